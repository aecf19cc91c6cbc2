import type { Moment } from '../layer.ts';
import { h, setLabel } from './element.ts';
import { formatDate, formatTime } from './format.ts';
import { gapsOf, stepOf, ticksOf, type Range } from './time-range.ts';
import type { UiKey } from './dictionary-en.ts';
import type { Words } from './words.ts';

/** Parts that readings are counted in along a track. */
export const PARTS = 180;

/** What a track shows besides the moment. */
export interface TrackFacts {
  readonly range: Range;
  readonly moment: number;
  readonly machine: number;
  /** Readings in {@link PARTS} equal parts of `counted`. */
  readonly density: Uint32Array;
  readonly counted: Range;
  /** What is held, of that what is thinned, what is on its way, and what the source has nothing of. */
  readonly held: Range | null;
  readonly thinned: readonly Range[];
  readonly loading: Range | null;
  readonly loaded: readonly Range[];
  readonly holes: readonly Range[];
  readonly moments: readonly Moment[];
  /** The moment in words, for screen readers. */
  readonly said: string;
}

export interface TrackActions {
  seek(time: number): void;
  live(): void;
  toggle(): void;
  step(seconds: number): void;
}

/** A track of time with a slider on it: how much came when, what is missing, what happened. */
export class ClockTrack {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' });
  readonly #slider: HTMLElement;
  readonly #head = h('i', { class: 'head' });
  readonly #marks = h('div', { class: 'marks' });
  readonly #ticks = h('div', { class: 'ticks', 'aria-hidden': 'true' });
  readonly #tip = h('output', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  readonly #words: Words<UiKey>;
  readonly #actions: TrackActions;
  #facts: TrackFacts | null = null;
  #marked = '';
  #ticked = '';
  held = false;

  constructor(words: Words<UiKey>, actions: TrackActions) {
    this.#words = words;
    this.#actions = actions;
    this.#slider = h('div', { class: 'slide', role: 'slider', tabindex: 0, label: words.say('clock.slider'), onkeydown: (event: KeyboardEvent) => this.#key(event) }, this.#canvas, this.#head);
    this.#slider.removeAttribute('title');
    this.element = h('div', { class: 'track' }, this.#slider, this.#marks, this.#ticks, this.#tip);
    this.#listen();
  }

  show(facts: TrackFacts): void {
    this.#facts = facts;
    const { range, moment, said } = facts;
    const share = (moment - range.from) / (range.to - range.from);
    this.#head.style.left = `${Math.min(1, Math.max(0, share)) * 100}%`;
    this.#head.classList.toggle('off', share < 0 || share > 1);
    for (const [name, value] of Object.entries({ valuemin: range.from, valuemax: Math.min(range.to, facts.machine), valuenow: moment })) this.#slider.setAttribute(`aria-${name}`, String(Math.round(value)));
    this.#slider.setAttribute('aria-valuetext', said);
    this.#slider.setAttribute('aria-disabled', String(facts.held === null));
    this.#draw(facts);
    this.#drawTicks(range);
    this.#drawMarks(facts);
  }

  #listen(): void {
    const { element } = this;
    const slide = this.#slider;
    slide.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      slide.setPointerCapture(event.pointerId);
      this.held = true;
      this.#seek(event);
    });
    slide.addEventListener('pointermove', (event) => {
      if (this.held) this.#seek(event);
      this.#point(event);
    });
    for (const name of ['pointerup', 'pointercancel'] as const) slide.addEventListener(name, () => { this.held = false; });
    element.addEventListener('pointerleave', () => { this.#tip.hidden = true; });
  }

  #timeAt(event: PointerEvent): number {
    const { left, width } = this.#slider.getBoundingClientRect();
    const { range } = this.#facts!;
    return range.from + Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width))) * (range.to - range.from);
  }

  #seek(event: PointerEvent): void {
    if (!this.#facts) return;
    const { range, machine } = this.#facts;
    const time = this.#timeAt(event);
    const { width } = this.#slider.getBoundingClientRect();
    // The last two pixels before now are now.
    if (time >= machine - (2 * (range.to - range.from)) / Math.max(1, width)) this.#actions.live();
    else this.#actions.seek(time);
  }

  #point(event: PointerEvent): void {
    if (!this.#facts) return;
    const time = this.#timeAt(event);
    const { left, width } = this.#slider.getBoundingClientRect();
    this.#tip.hidden = false;
    this.#tip.style.left = `${Math.min(width - 36, Math.max(36, event.clientX - left))}px`;
    this.#tip.textContent = `${formatTime(time)}${this.#note(time)}`;
  }

  /** What there is at a moment, where it is not simply readings. */
  #note(time: number): string {
    const { machine, held, thinned, loading, holes, counted, density } = this.#facts!;
    const within = ({ from, to }: Range): boolean => time >= from && time <= to;
    const note = (key: UiKey): string => `${this.#words.say('list')}${this.#words.say(key)}`;
    if (time > machine) return note('clock.ahead');
    if (loading && within(loading)) return note('clock.comes');
    if (holes.some(within)) return note('clock.hole');
    if (!held || time < held.from) return note('clock.before');
    const part = ((time - counted.from) / (counted.to - counted.from)) * PARTS;
    if (gapsOf(density).some(([from, to]) => part >= from && part < to)) return note('clock.gap');
    return thinned.some(within) ? note('clock.thinned') : '';
  }

  #key(event: KeyboardEvent): void {
    if (!this.#facts || event.altKey || event.ctrlKey || event.metaKey) return;
    const { range, held } = this.#facts;
    const step = event.shiftKey ? 0.04 : stepOf(range);
    const page = (range.to - range.from) / 10;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#actions.step(-step), ArrowDown: () => this.#actions.step(-step), ArrowRight: () => this.#actions.step(step), ArrowUp: () => this.#actions.step(step),
      PageDown: () => this.#actions.step(-page), PageUp: () => this.#actions.step(page),
      Home: () => this.#actions.seek(Math.max(range.from, held?.from ?? range.from)), End: () => this.#actions.live(),
      ' ': () => this.#actions.toggle(),
      '[': () => this.neighbour(-1), ']': () => this.neighbour(1),
    };
    const run = keys[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  /** Goes to the event before or after the moment shown; nothing where there is none. */
  neighbour(by: 1 | -1): void {
    if (!this.#facts) return;
    const { moments, moment } = this.#facts;
    const found = by > 0 ? moments.find(({ time }) => time > moment + 0.5) : moments.findLast(({ time }) => time < moment - 0.5);
    if (found) this.#actions.seek(found.time);
  }

  #drawTicks(range: Range): void {
    const most = Math.max(2, Math.floor(this.element.clientWidth / 90));
    const ticks = ticksOf(range, most);
    const key = `${most} ${range.from} ${range.to}`;
    if (key === this.#ticked) return;
    this.#ticked = key;
    this.#ticks.replaceChildren(...ticks.map((tick) => {
      const midnight = new Date(tick * 1000).getHours() === 0 && new Date(tick * 1000).getMinutes() === 0;
      const label = h('span', { text: midnight ? formatDate(tick).slice(5) : formatTime(tick).slice(0, 5) });
      label.style.left = `${((tick - range.from) / (range.to - range.from)) * 100}%`;
      return label;
    }));
  }

  #drawMarks({ range, moments, moment }: TrackFacts): void {
    const seen = moments.filter(({ time }) => time >= range.from && time <= range.to);
    const key = JSON.stringify([seen, this.#words.language]);
    if (key !== this.#marked) {
      this.#marked = key;
      this.#marks.replaceChildren(...seen.map((each) => {
        const button = h('button', { type: 'button', class: `mark ${each.kind}`, onclick: () => this.#actions.seek(each.time) });
        setLabel(button, this.#words.say('clock.jump', { what: this.#words.text(each.title), time: formatTime(each.time) }));
        return button;
      }));
    }
    [...this.#marks.children].forEach((button, i) => {
      (button as HTMLElement).style.left = `${((seen[i].time - range.from) / (range.to - range.from)) * 100}%`;
      button.setAttribute('aria-current', String(Math.abs(seen[i].time - moment) < 1));
    });
  }

  #draw(facts: TrackFacts): void {
    const { range, density, counted, machine } = facts;
    const [width, height] = [this.#slider.clientWidth, this.#slider.clientHeight];
    const ratio = Math.min(3, devicePixelRatio || 1);
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    if (!pen || width === 0) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.#slider);
    const colour = (name: string): string => style.getPropertyValue(`--cm-${name}`);
    const x = (time: number): number => ((time - range.from) / (range.to - range.from)) * width;
    const fill = (from: number, to: number, [top, bottom]: readonly [number, number], paint: string): void => {
      const [left, right] = [Math.max(0, x(from)), Math.min(width, x(to))];
      if (right <= left) return;
      pen.fillStyle = paint;
      pen.fillRect(left, top, Math.max(1, right - left), bottom - top);
    };
    const all = [0, height] as const;
    fill(range.from, Math.min(range.to, machine), all, colour('sunken'));
    for (const each of [...facts.loaded, ...(facts.held ? [facts.held] : [])]) fill(each.from, Math.min(each.to, machine), all, colour('accent-soft'));
    const most = Math.max(1, ...density);
    const part = (counted.to - counted.from) / density.length;
    density.forEach((count, k) => {
      if (count === 0) return;
      // Square roots: a quiet hour is seen beside a rush.
      const tall = Math.max(2, Math.sqrt(count / most) * (height - 8));
      fill(counted.from + k * part, counted.from + (k + 1) * part + (range.to - range.from) / width / 4, [height - tall, height], colour('track'));
    });
    for (const { from, to } of facts.thinned) fill(from, to, [0, 2], colour('stale'));
    const missing = [...gapsOf(density).map(([from, to]) => ({ from: counted.from + from * part, to: counted.from + to * part })), ...facts.holes];
    for (const { from, to } of missing) {
      fill(from, to, all, colour('sunken'));
      hatch(pen, [Math.max(0, x(from)), Math.min(width, x(to))], height, colour('ink-3'));
    }
    if (facts.loading) hatch(pen, [Math.max(0, x(facts.loading.from)), Math.min(width, x(facts.loading.to))], height, colour('accent'));
  }
}

/** Slanted lines between two edges: something is missing here, or comes. */
function hatch(pen: CanvasRenderingContext2D, [left, right]: readonly [number, number], height: number, paint: string): void {
  if (right <= left) return;
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, right - left, height);
  pen.clip();
  pen.strokeStyle = paint;
  pen.globalAlpha = 0.45;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = left - height; at < right; at += 6) {
    pen.moveTo(at, height);
    pen.lineTo(at + height, 0);
  }
  pen.stroke();
  pen.restore();
}
