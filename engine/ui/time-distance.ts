import type { TimeDistance } from '../layer.ts';
import type { UiKey } from './dictionary-en.ts';
import { h } from './element.ts';
import { formatLength, formatNumber } from './format.ts';
import type { Words } from './words.ts';

/** Size of the drawing in its own units; it grows with the width it is given. */
const SIZE = { width: 360, left: 96, right: 8, top: 8, bottom: 30, gap: 26 } as const;
/** Cycles shown. */
const CYCLES = 2;

type Point = readonly [number, number];

function svg(tag: string, attributes: Readonly<Record<string, string | number>>, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Times within [0, cycles × cycle) at which something of [start, start + length) modulo the cycle is seen. */
export function repeated(start: number, length: number, cycle: number, cycles = CYCLES): (readonly [number, number])[] {
  if (!(length > 0)) return [];
  if (length >= cycle) return [[0, cycle * cycles]];
  const first = (((start % cycle) + cycle) % cycle) - cycle;
  return Array.from({ length: cycles + 1 }, (_, k): readonly [number, number] => [Math.max(0, first + k * cycle), Math.min(cycle * cycles, first + k * cycle + length)]).filter(([from, to]) => to > from);
}

/** A step of the time axis that leaves room for its numbers. */
function stepOf(span: number): number {
  return [5, 10, 15, 20, 30, 60, 120].find((step) => span / step <= 8) ?? 240;
}

/** Signals at even heights where their distances would lay names over each other; else as far apart as they are. */
function heights(positions: readonly number[], inner: number): number[] {
  const span = (positions.at(-1) ?? 0) - positions[0] || 1;
  const true_ = positions.map((position) => inner - ((position - positions[0]) / span) * inner);
  const tight = true_.some((y, i) => i > 0 && true_[i - 1] - y < 13);
  return tight ? positions.map((_, i) => inner - (i / Math.max(1, positions.length - 1)) * inner) : true_;
}

/** A band as an area over the signals: its two edges, there or back. */
function bandPath(edges: (at: number) => Point[], start: number, width: number): string {
  const outline = [...edges(start), ...edges(start + width).toReversed()];
  return `M${outline.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}

/**
 * The time–distance diagram of a corridor: time to the right over two cycles, the way upwards, a bar a signal (upper half: the way there, lower half: back) and the two
 * green bands. The same is said in words and, on demand, as a table; all of it is plain SVG and HTML, so it prints.
 */
export function timeDistance(diagram: TimeDistance, words: Words<UiKey>): HTMLElement {
  const { signals, cycle } = diagram;
  const inner = Math.max(SIZE.gap * (signals.length - 1), 60);
  const height = inner + SIZE.top + SIZE.bottom + 12;
  const ys = heights(signals.map(({ position }) => position), inner).map((y) => y + SIZE.top + 6);
  const x = (time: number): number => SIZE.left + (time / (CYCLES * cycle)) * (SIZE.width - SIZE.left - SIZE.right);
  const summary = says(diagram, words);
  const base = SIZE.top + inner + 16;
  const clip = [x(0), x(CYCLES * cycle)] as const;
  const ticks = Array.from({ length: Math.floor((CYCLES * cycle) / stepOf(CYCLES * cycle)) + 1 }, (_, k) => k * stepOf(CYCLES * cycle));
  const picture = svg('svg', { viewBox: `0 0 ${SIZE.width} ${height}`, class: 'time-distance', role: 'img', 'aria-label': summary },
    ...ticks.flatMap((time) => [
      svg('line', { x1: x(time), x2: x(time), y1: SIZE.top, y2: base, class: 'grid' }),
      svg('text', { x: x(time), y: base + 11, 'text-anchor': 'middle' }, String(time)),
    ]),
    svg('text', { x: clip[1], y: height - 2, 'text-anchor': 'end' }, words.say('wave.axis')),
    ...bands(diagram, ys, x, clip),
    ...signals.flatMap(({ name, green, back, here }, i) => [
      svg('text', { x: SIZE.left - 6, y: ys[i] + 3.5, 'text-anchor': 'end', class: here ? 'here' : 'name' }, name.length > 9 ? `${name.slice(0, 8)}…` : name, svg('title', {}, name)),
      svg('rect', { x: clip[0], y: ys[i] - 4, width: clip[1] - clip[0], height: 8, class: 'red' }),
      ...repeated(green[0], green[1], cycle).map(([from, to]) => svg('rect', { x: x(from), y: ys[i] - 4, width: x(to) - x(from), height: 4, class: 'green' })),
      ...repeated(back[0], back[1], cycle).map(([from, to]) => svg('rect', { x: x(from), y: ys[i], width: x(to) - x(from), height: 4, class: 'green' })),
    ]));
  return h('figure', { class: 'course stack' }, h('figcaption', { class: 'small-text', text: summary }), picture as unknown as HTMLElement, table(diagram, words));
}

function bands({ signals, cycle, speed, forward, reverse }: TimeDistance, ys: readonly number[], x: (time: number) => number, [left, right]: readonly [number, number]): SVGElement[] {
  const first = signals[0].position;
  const last = signals[signals.length - 1].position;
  // Areas go beyond the axis and are cut at its ends: those that began a few cycles before come in from the left.
  const early = -Math.ceil((last - first) / speed / cycle) - 1;
  const many = Array.from({ length: CYCLES - early }, (_, k) => early + k);
  const areas = (band: { readonly start: number; readonly width: number }, style: string, travel: (position: number) => number): SVGElement[] => (band.width <= 0 ? [] : many.map((k) =>
    svg('path', { class: style, d: bandPath((at) => signals.map(({ position }, i): Point => [x(at + travel(position)) - left, ys[i]]), band.start + k * cycle, band.width) })));
  return [svg('svg', { x: left, y: 0, width: right - left, height: ys[0] + 20, overflow: 'hidden' },
    ...areas(reverse, 'band back', (position) => (last - position) / speed), ...areas(forward, 'band', (position) => (position - first) / speed))];
}

function says({ cycle, speed, forward, reverse, title }: TimeDistance, words: Words<UiKey>): string {
  const seconds = (value: number): string => formatNumber(value, words.language, 1);
  return words.say('wave.says', {
    title: words.text(title), cycle: seconds(cycle), speed: formatNumber(speed * 3.6, words.language), forward: seconds(forward.width), reverse: seconds(reverse.width),
    share: formatNumber(((forward.width + reverse.width) / (2 * cycle)) * 100, words.language),
  });
}

function table({ signals, cycle }: TimeDistance, words: Words<UiKey>): HTMLElement {
  const seconds = ([start, length]: readonly [number, number]): string => `${formatNumber(start, words.language, 1)} – ${formatNumber((start + length) % cycle, words.language, 1)}`;
  const heads = (['wave.signal', 'wave.position', 'wave.there', 'wave.back'] as const).map((key) => h('th', { scope: 'col', text: words.say(key) }));
  return h('details', {}, h('summary', { class: 'small-text', text: words.say('chart.table') }), h('div', { class: 'numbers scroll' }, h('table', {},
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...signals.map(({ name, position, green, back }) => h('tr', {}, h('th', { scope: 'row', text: name }), h('td', { text: formatLength(position, words.language) }), h('td', { text: seconds(green) }), h('td', { text: seconds(back) })))))));
}
