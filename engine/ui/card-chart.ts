import type { CardSeries } from '../layer.ts';
import type { Chart, ChartLook } from './chart.ts';
import type { UiKey } from './dictionary-en.ts';
import { h } from './element.ts';
import { formatDate, formatNumber, formatTime } from './format.ts';
import type { Words } from './words.ts';

/** Rows of the table at most, the newest first. */
const ROWS = 200;

/** The courses of a card: which one, its chart, and the same numbers as a table. The chart's code comes with the first course that is shown. */
export class CardChart {
  readonly element: HTMLElement;
  readonly #words: Words<UiKey>;
  readonly #signal: AbortSignal;
  readonly #choice = h('select', { class: 'slim', onchange: () => this.#draw() });
  readonly #plot = h('div', { class: 'plot', role: 'img' });
  readonly #note = h('p', { class: 'small-text', role: 'status', hidden: true });
  readonly #table = h('div', { class: 'numbers scroll' });
  readonly #more: HTMLDetailsElement;
  #series: readonly CardSeries[] = [];
  #chart: Chart | null = null;
  /** 'asked' while the code is on the way, 'failed' where it did not come. */
  #code: 'none' | 'asked' | 'there' | 'failed' = 'none';
  #drawn = '';

  constructor(words: Words<UiKey>, signal: AbortSignal) {
    this.#words = words;
    this.#signal = signal;
    this.#choice.setAttribute('aria-label', words.say('chart.choose'));
    this.#more = h('details', { ontoggle: () => this.#fillTable() }, h('summary', { class: 'small-text', text: words.say('chart.table') }), this.#table);
    this.element = h('figure', { class: 'course stack', hidden: true }, this.#choice, this.#plot, this.#note, this.#more);
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Shows a card's courses; the one that was chosen stays chosen. Without any, the chart goes. */
  show(series: readonly CardSeries[]): void {
    this.#series = series;
    this.element.hidden = series.length === 0;
    if (series.length === 0 || this.#signal.aborted) return this.#end();
    const titles = series.map((each) => this.#words.text(each.title) + (each.unit ? ` (${each.unit})` : ''));
    if ([...this.#choice.options].map(({ text }) => text).join('\n') !== titles.join('\n')) {
      const chosen = this.#choice.value;
      this.#choice.replaceChildren(...titles.map((title) => h('option', { value: title, text: title })));
      if (titles.includes(chosen)) this.#choice.value = chosen;
    }
    this.#choice.disabled = series.length === 1;
    this.#draw();
  }

  get #chosen(): CardSeries | undefined {
    return this.#series[Math.max(0, this.#choice.selectedIndex)];
  }

  #draw(): void {
    const series = this.#chosen;
    if (!series) return;
    const look = this.#look();
    const drawn = `${this.#choice.value} ${series.times.length} ${series.times.at(-1)} ${series.values.at(-1)} ${look.accent} ${look.size}`;
    if (this.#code === 'none') void this.#load();
    if (drawn === this.#drawn || (this.#code === 'asked' && !this.#chart)) return;
    this.#drawn = drawn;
    this.#plot.setAttribute('aria-label', this.#summary(series));
    this.#chart?.show(series, look);
    this.#fillTable();
  }

  async #load(): Promise<void> {
    this.#code = 'asked';
    try {
      const { makeChart } = await import('./chart.ts');
      if (this.#signal.aborted || this.element.hidden) return void (this.#code = 'none');
      this.#chart = makeChart(this.#plot, this.#words.language);
      this.#code = 'there';
    } catch {
      this.#code = 'failed';
      this.#plot.hidden = true;
      this.#note.hidden = false;
      this.#note.textContent = this.#words.say('chart.failed');
      this.#more.open = true;
    }
    this.#draw();
  }

  #end(): void {
    this.#chart?.dispose();
    this.#chart = null;
    this.#drawn = '';
    if (this.#code === 'there') this.#code = 'none';
  }

  /** The tokens as they are where the chart stands. */
  #look(): ChartLook {
    const style = getComputedStyle(this.#plot);
    const token = (name: string): string => style.getPropertyValue(`--cm-${name}`).trim();
    const { language } = this.#words;
    return {
      accent: token('accent'), ink: token('ink'), quiet: token('ink-2'), line: token('line'), surface: token('surface'), font: style.fontFamily, size: Number.parseFloat(token('small')) || 12,
      value: (value) => formatNumber(value, language, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0),
      moment: (unix) => `${formatDate(unix)} ${formatTime(unix)}`,
    };
  }

  #summary({ title, unit, times, values }: CardSeries): string {
    const known = values.filter((value) => !Number.isNaN(value));
    const { value, moment } = this.#look();
    if (known.length === 0) return this.#words.text(title);
    return this.#words.say('chart.says', { title: this.#words.text(title), unit, from: moment(times[0]), last: value(known[known.length - 1]), low: value(Math.min(...known)), high: value(Math.max(...known)) });
  }

  /** The table is made when it is opened, and kept current while it is. */
  #fillTable(): void {
    const series = this.#chosen;
    if (!this.#more.open || !series) return;
    const { value, moment } = this.#look();
    const rows = Array.from(series.times, (time, i) => [time, series.values[i]]).toReversed().slice(0, ROWS);
    this.#table.replaceChildren(h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: this.#words.say('chart.time') }), h('th', { scope: 'col', text: this.#choice.value }))),
      h('tbody', {}, ...rows.map(([time, each]) => h('tr', {}, h('th', { scope: 'row', text: moment(time) }), h('td', { text: Number.isNaN(each) ? '–' : value(each) }))))));
  }
}
