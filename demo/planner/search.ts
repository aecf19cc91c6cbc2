import { h, formatNumber, formatPlace, icon, type Part } from 'citymirror';
import { findPlaces, parsePlace, type Found } from './find.ts';
import { sayError, type PageUi } from './page-ui.ts';

const ROWS = 8;

/** A field that finds buildings and coordinates and hands over what was chosen. Arrow keys, Enter, Escape as in any list of suggestions. */
export function searchField(part: Part<PageUi>, options: { id: string; hint: string; choose(found: Found): void }): HTMLElement {
  const { ui, signal } = part;
  const { words } = ui;
  let rows: readonly Found[] = [];
  let at = -1;
  let asking: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const input = h('input', {
    type: 'search', id: options.id, role: 'combobox', autocomplete: 'off', spellcheck: 'false', placeholder: options.hint, 'aria-label': words.say('search.label'),
    'aria-expanded': 'false', 'aria-controls': `${options.id}-list`, 'aria-autocomplete': 'list',
  });
  const list = h('ul', { class: 'suggestions', id: `${options.id}-list`, role: 'listbox', hidden: true });
  const close = (): void => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    at = -1;
  };
  const open = (...items: HTMLElement[]): void => {
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
  };
  const say = (text: string): void => open(h('li', { class: 'empty', text }));
  const choose = (found: Found): void => {
    close();
    input.value = found.label;
    options.choose(found);
  };
  const mark = (to: number): void => {
    at = rows.length === 0 ? -1 : (to + rows.length) % rows.length;
    [...list.querySelectorAll('[role="option"]')].forEach((each, i) => each.setAttribute('aria-selected', String(i === at)));
    if (at >= 0) input.setAttribute('aria-activedescendant', `${options.id}-${at}`);
  };
  const show = (found: readonly Found[], more: number): void => {
    rows = found;
    at = -1;
    if (found.length === 0) return say(words.say('search.none'));
    open(...found.map((each, i) => h('li', { role: 'option', id: `${options.id}-${i}`, 'aria-selected': 'false', onpointerdown: (event: Event) => { event.preventDefault(); choose(each); } },
      each.typed ? h('span', { class: 'ellipsis', text: words.say('search.place', { place: each.label }) }) : h('span', { class: 'ellipsis' }, ...marked(each.label, input.value)), each.detail ? h('small', { class: 'ellipsis' }, ...marked(each.detail, input.value)) : null)),
    ...(more > 0 ? [h('li', { class: 'empty', text: words.say('search.more', { n: formatNumber(more, words.language) }) })] : []));
  };
  const ask = async (): Promise<void> => {
    asking?.abort();
    const typed = input.value.trim();
    const place = parsePlace(typed);
    if (place) {
      const label = formatPlace(place.lon, place.lat);
      return show([{ label, detail: '', ...place, height: 0, target: null, typed: true }], 0);
    }
    if (typed.length < 1) return close();
    const { signal: gone } = (asking = new AbortController());
    if (list.hidden) say(words.say('search.busy'));
    try {
      const { found, more } = await findPlaces(ui.twin, ui.catalogues, typed, { signal: gone, limit: ROWS });
      if (!gone.aborted) show(found, more);
    } catch (cause) {
      if (!gone.aborted) say(sayError(words, cause));
    }
  };
  // While an input method still composes, what stands in the field is not yet what is meant.
  const later = (event: Event): void => {
    clearTimeout(timer);
    if (!(event as InputEvent).isComposing) timer = setTimeout(() => void ask(), 90);
  };
  input.addEventListener('input', later);
  input.addEventListener('compositionend', later);
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      mark(at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1));
    } else if (event.key === 'Enter' && rows.length > 0 && !list.hidden) {
      event.preventDefault();
      choose(rows[Math.max(0, at)]);
    } else if (event.key === 'Escape') close();
  });
  input.addEventListener('blur', close);
  signal.addEventListener('abort', () => { clearTimeout(timer); asking?.abort(); }, { once: true });
  return h('div', { class: 'search' }, icon('search'), input, list);
}

/** A text with the typed words set off. */
function marked(text: string, typed: string): (string | HTMLElement)[] {
  const words = typed.normalize('NFKC').toLowerCase().split(/\s+/u).filter((word) => word !== '');
  const small = text.toLowerCase();
  const out: (string | HTMLElement)[] = [];
  for (let at = 0; at < text.length;) {
    const next = words.map((word) => ({ word, at: small.indexOf(word, at) })).filter((each) => each.at >= 0).toSorted((a, b) => a.at - b.at || b.word.length - a.word.length)[0];
    if (!next) return [...out, text.slice(at)];
    out.push(text.slice(at, next.at), h('mark', { text: text.slice(next.at, next.at + next.word.length) }));
    at = next.at + next.word.length;
  }
  return out;
}
