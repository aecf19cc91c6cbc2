import type { Card, Hit } from '../layer.ts';
import { h, type Part } from './element.ts';
import type { UiKey } from './dictionary-en.ts';
import { formatDate, formatSpan, formatTime, formatValue } from './format.ts';
import type { Words } from './words.ts';

/** A card of what was picked: title, rows, how old it is, where it is from. */
export function cardView(card: Card, words: Words<UiKey>, machine: number): HTMLElement {
  const rows = card.rows.flatMap((row) => [
    h('dt', { text: words.text(row.label) }),
    h('dd', {}, formatValue(row.value, words.language), row.unit ? h('span', { class: 'unit', text: ` ${row.unit}` }) : null),
  ]);
  const foot: HTMLElement[] = [];
  if (card.asOf !== null) {
    foot.push(h('span', { text: words.say('card.asOf', { time: `${formatDate(card.asOf)} ${formatTime(card.asOf)}` }) }));
    if (card.stale) foot.push(h('span', { class: 'stale', text: words.say('card.stale', { age: formatSpan(machine - card.asOf, words) }) }));
  }
  if (card.source) foot.push(h('span', { text: words.say('card.source', { source: words.text(card.source) }) }));
  return h('div', { class: 'card stack' },
    h('p', { class: 'large', text: words.text(card.title) }),
    rows.length > 0 ? h('dl', {}, ...rows) : h('p', { class: 'small-text', text: words.say('card.nothing') }),
    foot.length > 0 ? h('div', { class: 'foot' }, ...foot) : null);
}

/** Heading of a card with its layer's title, and how to close it. */
export function cardLayer(part: Pick<Part, 'ui'>, hit: Hit): string {
  const layer = part.ui.twin.document.layers[hit.layer];
  return layer ? part.ui.words.text(layer.title) : part.ui.words.say('card.title');
}
