import type { Legend } from '../drawing/rule.ts';
import { h } from './element.ts';
import type { Words } from './words.ts';

/** A legend as a list: swatch and words, title with unit above. */
export function legendView(legend: Legend, words: Words): HTMLElement {
  return h('div', { class: 'legend' },
    h('p', { class: 'title' }, words.text(legend.title), legend.unit ? h('span', { class: 'unit', text: ` (${legend.unit})` }) : null),
    h('ul', {}, ...legend.entries.map((entry) => {
      const swatch = h('i');
      swatch.style.background = entry.colour;
      return h('li', {}, swatch, h('span', { text: words.text(entry.label) }));
    })),
  );
}
