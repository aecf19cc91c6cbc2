import type { Card, CardRow, Hit } from '../layer.ts';
import { CardChart } from './card-chart.ts';
import type { UiKey } from './dictionary-en.ts';
import { h, type Part } from './element.ts';
import { formatDate, formatSpan, formatTime, formatValue } from './format.ts';
import { timeDistance } from './time-distance.ts';
import type { Words } from './words.ts';

/** Rows as a list of names and values. */
function list(rows: readonly CardRow[], words: Words<UiKey>): HTMLElement {
  return h('dl', {}, ...rows.flatMap((row) => [
    h('dt', { text: words.text(row.label) }),
    h('dd', {}, formatValue(row.value, words.language), row.unit ? h('span', { class: 'unit', text: ` ${row.unit}` }) : null),
  ]));
}

/** Groups from which on they can be folded; fewer stand open. */
const MANY = 3;

/** Which groups a person opened or closed, by their heading. */
type Folded = Map<string, boolean>;

/** Rows under their headings, in the order in which the headings first come. Many can be folded; the first is open at first. */
function groups(rows: readonly CardRow[], words: Words<UiKey>, folded: Folded): HTMLElement[] {
  const byTitle = new Map<string, CardRow[]>();
  for (const row of rows) {
    if (!row.group) continue;
    const title = words.text(row.group);
    byTitle.set(title, [...(byTitle.get(title) ?? []), row]);
  }
  if (byTitle.size < MANY) return [...byTitle].map(([title, members]) => h('section', {}, h('h3', { text: title }), list(members, words)));
  return [...byTitle].map(([title, members], k) => {
    const fold = h('details', { open: folded.get(title) ?? k === 0, ontoggle: () => folded.set(title, fold.open) }, h('summary', {}, h('span', { class: 'ellipsis', text: title }), h('span', { class: 'quiet', text: String(members.length) })), list(members, words));
    return fold;
  });
}

function foot(card: Card, words: Words<UiKey>, machine: number): HTMLElement | null {
  const parts: HTMLElement[] = [];
  if (card.asOf !== null) {
    parts.push(h('span', { text: words.say('card.asOf', { time: `${formatDate(card.asOf)} ${formatTime(card.asOf)}` }) }));
    if (card.stale) parts.push(h('span', { class: 'stale', text: words.say('card.stale', { age: formatSpan(machine - card.asOf, words) }) }));
  }
  if (card.source) parts.push(h('span', { text: words.say('card.source', { source: words.text(card.source) }) }));
  return parts.length > 0 ? h('div', { class: 'foot' }, ...parts) : null;
}

/** Title and first rows; what follows them: rows under headings, and the foot. */
function parts(card: Card, words: Words<UiKey>, machine: number, folded: Folded = new Map()): { head: HTMLElement[]; rest: HTMLElement[] } {
  const plain = card.rows.filter((row) => !row.group);
  const first = plain.length > 0 ? list(plain, words) : card.rows.length > 0 ? null : h('p', { class: 'small-text', text: words.say('card.nothing') });
  const last = foot(card, words, machine);
  return { head: [h('p', { class: 'large', text: words.text(card.title) }), ...(first ? [first] : [])], rest: [...groups(card.rows, words, folded), ...(last ? [last] : [])] };
}

/** A card of what was picked, as it is now: title, rows, how old it is, where it is from. Courses are shown by {@link CardView}. */
export function cardView(card: Card, words: Words<UiKey>, machine: number): HTMLElement {
  const { head, rest } = parts(card, words, machine);
  return h('div', { class: 'card stack' }, ...head, ...rest);
}

/** A card that is kept current while it is open: its chart stays as it is while the rows around it change. Ends with `signal`. */
export class CardView {
  readonly element: HTMLElement;
  readonly #words: Words<UiKey>;
  readonly #folded: Folded = new Map();
  readonly #head = h('div', { class: 'stack' });
  readonly #rest = h('div', { class: 'stack' });
  readonly #chart: CardChart;
  readonly #diagram = h('div', { hidden: true });
  #drawn = '';

  constructor(words: Words<UiKey>, signal: AbortSignal) {
    this.#words = words;
    this.#chart = new CardChart(words, signal);
    this.element = h('div', { class: 'card stack' }, this.#head, this.#chart.element, this.#diagram, this.#rest);
  }

  /** @param machine unix seconds that ages count to; null as the card takes it away with its chart */
  show(card: Card | null, machine: number): void {
    const { head, rest } = card ? parts(card, this.#words, machine, this.#folded) : { head: [], rest: [] };
    this.#head.replaceChildren(...head);
    this.#rest.replaceChildren(...rest);
    this.#chart.show(card?.series ?? []);
    this.#draw(card?.diagram);
  }

  /** Anew only where it says something new: its table stays open. */
  #draw(diagram: Card['diagram']): void {
    const drawn = diagram ? JSON.stringify(diagram) : '';
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#diagram.hidden = !diagram;
    this.#diagram.replaceChildren(...(diagram ? [timeDistance(diagram, this.#words)] : []));
  }
}

/** Heading of a card with its layer's title, and how to close it. */
export function cardLayer(part: Pick<Part, 'ui'>, hit: Hit): string {
  const layer = part.ui.twin.document.layers[hit.layer];
  return layer ? part.ui.words.text(layer.title) : part.ui.words.say('card.title');
}
