import type { Credit } from '../layer.ts';
import type { Part } from './element.ts';
import { h, listen } from './element.ts';
import type { TwinPort } from './port.ts';
import type { Language } from './words.ts';

/** Rules of the line; it stands on the map, so it brings its own ground under the letters. */
export const CREDITS_STYLE = `
.credits { display: inline-flex; flex-wrap: wrap; justify-content: flex-end; gap: 0 1ch; max-width: 100%; padding: 1px 6px; border-radius: 3px; font: 400 11px/1.5 system-ui, sans-serif; color: #1c2529; background: rgb(255 255 255 / 0.82); pointer-events: auto; }
.credits:empty { display: none; }
.credits a { color: inherit; text-underline-offset: 2px; }
.credits button { font: inherit; color: inherit; background: none; border: 0; padding: 0 4px; cursor: pointer; }
.credits span { overflow-wrap: anywhere; }
`;

/** Credits shown at once beside those that must always be seen. */
const SHORT = 2;
const MORE = { zh: '显示全部来源', en: 'Show all sources' } as const;
const LESS = { zh: '收起', en: 'Show fewer' } as const;

/** An address that a credit may lead to; what is no web address is only text. */
function followed(url: string | undefined): string | null {
  try {
    return url !== undefined && /^https?:$/u.test(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

function creditView({ text, url, licence }: Credit, language: Language): HTMLElement {
  const words = `${typeof text === 'string' ? text : text[language]}${licence ? ` (${licence})` : ''}`;
  const link = followed(url);
  return h('span', {}, link ? h('a', { href: link, target: '_blank', rel: 'noopener noreferrer', text: words }) : words);
}

/**
 * Whom the picture is owed to, as one short line with “…” for the rest, kept current until `signal` ends.
 * Needs {@link CREDITS_STYLE} in the root it is put into.
 */
export function creditsLine(twin: Pick<TwinPort, 'credits' | 'on'>, language: () => Language, signal: AbortSignal): HTMLElement {
  const line = h('div', { class: 'credits' });
  let all = false;
  let shown = '';
  const draw = (): void => {
    const credits = twin.credits();
    const now = JSON.stringify([credits, language(), all]);
    if (now === shown) return;
    shown = now;
    const bound = credits.filter((credit) => credit.always);
    const short = all ? credits : [...bound, ...credits.filter((credit) => !credit.always).slice(0, Math.max(0, SHORT - bound.length))];
    const toggle = credits.length <= short.length && !all ? null : h('button', {
      type: 'button', text: all ? '×' : '…', 'aria-expanded': String(all), label: (all ? LESS : MORE)[language()],
      onclick: () => { all = !all; draw(); },
    });
    line.replaceChildren(...short.map((credit) => creditView(credit, language())), ...(toggle ? [toggle] : []));
  };
  draw();
  for (const off of [twin.on('state', draw), twin.on('result', draw), twin.on('status', draw)]) listen({ signal }, off);
  return line;
}

/** Puts the line into the lower right corner of an element that holds a twin and no widgets, until `signal` ends. */
export function showCredits(twin: Pick<TwinPort, 'credits' | 'on'>, element: HTMLElement, signal: AbortSignal): void {
  if (getComputedStyle(element).position === 'static') element.style.position = 'relative';
  const host = h('div');
  for (const [name, value] of Object.entries({ position: 'absolute', right: '6px', bottom: '4px', 'max-width': '75%', 'z-index': '1', 'pointer-events': 'none', 'text-align': 'right' })) host.style.setProperty(name, value);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CREDITS_STYLE);
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  const language = (): Language => { const lang = element.closest<HTMLElement>('[lang]')?.lang; return !lang || lang.startsWith('zh') ? 'zh' : 'en'; };
  root.append(creditsLine(twin, language, signal));
  element.append(host);
  signal.addEventListener('abort', () => host.remove(), { once: true });
}

/** The line as a widget of a page. */
export function creditsWidget(part: Part): void {
  const { ui: { twin, words }, root, signal } = part;
  root.append(creditsLine(twin, () => words.language, signal));
}
