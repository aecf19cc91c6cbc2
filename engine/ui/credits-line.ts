import type { Credit } from '../layer.ts';
import type { TwinPort } from './port.ts';
import type { Language } from './words.ts';

type Owing = Pick<TwinPort, 'credits' | 'on'>;

/** Stands on the map, so it brings its own ground under the letters. */
const STYLE = `
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
  const span = document.createElement('span');
  const link = followed(url);
  if (!link) span.textContent = words;
  else span.append(Object.assign(document.createElement('a'), { href: link, target: '_blank', rel: 'noopener noreferrer', textContent: words }));
  return span;
}

/** Puts whom the picture is owed to into a shadow root, as one short line with “…” for the rest, kept current until `signal` ends. */
export function creditsLine(root: ShadowRoot, twin: Owing, language: () => Language, signal: AbortSignal): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const line = Object.assign(document.createElement('div'), { className: 'credits' });
  const toggle = Object.assign(document.createElement('button'), { type: 'button' });
  let all = false;
  let shown = '';
  const draw = (): void => {
    const credits = twin.credits();
    const now = JSON.stringify([credits, language(), all]);
    if (now === shown) return;
    shown = now;
    const bound = credits.filter((credit) => credit.always);
    const short = all ? credits : [...bound, ...credits.filter((credit) => !credit.always).slice(0, Math.max(0, SHORT - bound.length))];
    toggle.textContent = all ? '×' : '…';
    toggle.title = (all ? LESS : MORE)[language()];
    toggle.setAttribute('aria-label', toggle.title);
    toggle.setAttribute('aria-expanded', String(all));
    line.replaceChildren(...short.map((credit) => creditView(credit, language())), ...(credits.length > short.length || all ? [toggle] : []));
  };
  toggle.addEventListener('click', () => { all = !all; draw(); });
  draw();
  for (const name of ['state', 'result', 'status'] as const) {
    const off = twin.on(name, draw);
    signal.addEventListener('abort', off, { once: true });
  }
  root.append(line);
}

/** Puts the line into the lower right corner of an element that holds a twin and no widgets, until `signal` ends. */
export function showCredits(twin: Owing, element: HTMLElement, signal: AbortSignal): void {
  if (signal.aborted) return;
  if (getComputedStyle(element).position === 'static') element.style.position = 'relative';
  const host = document.createElement('div');
  for (const [name, value] of Object.entries({ position: 'absolute', right: '6px', bottom: '4px', 'max-width': '75%', 'z-index': '1', 'pointer-events': 'none', 'text-align': 'right' })) host.style.setProperty(name, value);
  const language = (): Language => { const lang = element.closest<HTMLElement>('[lang]')?.lang; return !lang || lang.startsWith('zh') ? 'zh' : 'en'; };
  creditsLine(host.attachShadow({ mode: 'open' }), twin, language, signal);
  element.append(host);
  signal.addEventListener('abort', () => host.remove(), { once: true });
}
