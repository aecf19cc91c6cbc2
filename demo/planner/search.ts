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
      h('span', { class: 'ellipsis', text: each.target ? each.label : words.say('search.place', { place: each.label }) }), each.detail ? h('small', { class: 'ellipsis', text: each.detail }) : null)),
    ...(more > 0 ? [h('li', { class: 'empty', text: words.say('search.more', { n: formatNumber(more, words.language) }) })] : []));
  };
  const ask = async (): Promise<void> => {
    asking?.abort();
    const typed = input.value.trim();
    const place = parsePlace(typed);
    if (place) {
      const label = formatPlace(place.lon, place.lat);
      return show([{ label, detail: '', ...place, height: 0, target: null }], 0);
    }
    if (typed.length < 1) return close();
    const { signal: gone } = (asking = new AbortController());
    say(words.say('search.busy'));
    try {
      const { found, more } = await findPlaces(ui.twin, ui.catalogues, typed, { signal: gone, limit: ROWS });
      if (!gone.aborted) show(found, more);
    } catch (cause) {
      if (!gone.aborted) say(sayError(words, cause));
    }
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), 200);
  });
  input.addEventListener('keydown', (event) => {
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
