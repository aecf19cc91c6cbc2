import { toTwinError, type CardSeries, type LabelEntry, type Stage, type Text } from '#engine';
import { congestionMethod, indexLevel, methodText, STANDARD_METHOD, type CongestedStretch, type CongestionInput, type CongestionMethod, type CongestionOutput } from '#models';
import { levelColour, levelWords } from './levels.ts';
import type { SpeedDay } from './speed-day.ts';
import type { TrafficListed } from './result.ts';

/** How congestion is judged, and where; part of the layer's options. */
export interface CongestionOptions {
  readonly method?: Partial<CongestionMethod>;
  /** An area by its outline and holes in degrees, and what it is called; the whole city when absent. */
  readonly area?: readonly (readonly (readonly [number, number])[])[];
  readonly name?: string;
  /** Level from which a stretch is congested (4), and its least length in metres (100). */
  readonly level?: number;
  readonly shortest?: number;
}

/** Labels on the map at most. */
const LABELS = 8;
const DIRECTIONS: readonly Text[] = [{ zh: '北', en: 'north' }, { zh: '东北', en: 'northeast' }, { zh: '东', en: 'east' }, { zh: '东南', en: 'southeast' }, { zh: '南', en: 'south' }, { zh: '西南', en: 'southwest' }, { zh: '西', en: 'west' }, { zh: '西北', en: 'northwest' }];

/** Judges the roads' day in a worker, whenever a sample came or the question changed. */
export class CongestionWatch {
  output: CongestionOutput | null = null;
  #options: CongestionOptions = {};
  #method: CongestionMethod = STANDARD_METHOD;
  #running = false;
  #again = false;
  #failed = '';

  constructor(private readonly stage: Stage, private readonly parts: { readonly roads: string; readonly day: SpeedDay; readonly flows: () => Float32Array | null; readonly changed: () => void }) {}

  get method(): CongestionMethod {
    return this.#method;
  }

  /** Takes the options of a document; a method that is none is said, and the one before stays. */
  configure(options: CongestionOptions): void {
    try {
      this.#method = congestionMethod(options.method);
      this.#options = options;
    } catch (cause) {
      this.stage.report(toTwinError(cause, 'bad-input', this.stage.id));
    }
    this.turn();
  }

  /** Judges anew; while one question is open the next one waits. */
  turn(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    const { day, roads } = this.parts;
    const flows = this.parts.flows();
    if (day.length === 0 || this.stage.signal.aborted) return;
    this.#running = true;
    const { times, speeds } = day.columns();
    const { area, level, shortest } = this.#options;
    const input: CongestionInput = { roads, ids: day.ids, times, speeds, area: area ?? null, method: this.#method, ...(flows ? { flows } : {}), ...(level === undefined ? {} : { level }), ...(shortest === undefined ? {} : { shortest }) };
    void this.stage.analysis.run<CongestionInput, CongestionOutput>('congestion', input, { signal: this.stage.signal, affinity: roads, transfer: [times.buffer, speeds.buffer] }).then((output) => {
      this.output = output;
      this.#failed = '';
      if (!this.stage.signal.aborted) this.#tell();
    }, (cause: unknown) => {
      const error = toTwinError(cause, 'analysis-failed', this.stage.id);
      if (!this.stage.signal.aborted && error.message !== this.#failed) this.stage.report(error);
      this.#failed = error.message;
    }).finally(() => {
      this.#running = false;
      if (this.#again && !this.stage.signal.aborted) {
        this.#again = false;
        this.turn();
      }
    });
  }

  /** What the list of events shows: the area's day as a chart, and its congested stretches, those that go on first, the costliest first among them. */
  listed(): TrafficListed | null {
    const { output } = this;
    if (!output || output.times.length === 0) return null;
    const area = this.#options.name ?? '';
    const title: Text = area ? { zh: `${area}：交通运行`, en: `${area}: traffic` } : { zh: '全市交通运行', en: 'Traffic in the whole city' };
    const points = output.points.toSorted((a, b) => Number(b.going) - Number(a.going));
    const note = methodText(this.#method);
    const assumed = output.assumedFlow ? { zh: '；延误按道路通行能力的 60% 估算（无流量数据）', en: '; delay with 60% of capacity as flow (no counts)' } : { zh: '', en: '' };
    return {
      title, series: this.#series(output), none: { zh: '目前没有拥堵路段', en: 'No congested stretch now' }, note: { zh: note.zh + assumed.zh, en: note.en + assumed.en },
      events: points.map((point) => ({
        id: `${point.roads[0]} ${Math.round(point.start)}`, title: nameOf(point), detail: detailOf(point), tone: point.going ? 'bad' : 'plain',
        start: point.start, end: point.going ? null : point.end, lon: point.lon, lat: point.lat,
      })),
    };
  }

  #series(output: CongestionOutput): CardSeries[] {
    const { bands } = this.#method;
    const limits = [...bands, 10];
    const levels = limits.map((below, i) => ({ below, colour: levelColour(i + 1), label: levelWords(i + 1) }));
    return [
      { title: { zh: '拥堵指数', en: 'Congestion index' }, unit: '', times: output.times, values: output.index, bands: levels },
      { title: { zh: '平均车速', en: 'Mean speed' }, unit: 'km/h', times: output.times, values: output.speed },
      { title: { zh: '行程时间比', en: 'Travel time over free flow' }, unit: '', times: output.times, values: output.ratio },
    ];
  }

  #tell(): void {
    const going = (this.output?.points ?? []).filter((point) => point.going).slice(0, LABELS);
    this.stage.labels(going.map((point, i): LabelEntry => {
      const [name, detail] = [nameOf(point), lengthText(point.length)];
      return { text: { zh: `${name.zh} ${detail}`, en: `${name.en} ${detail}` }, lon: point.lon, lat: point.lat, height: 12, rank: 100 - i, alarm: i < 3, colour: '#a50f15', size: 13 };
    }));
    this.parts.changed();
  }

  /** One sentence on how it flows now; null before the first answer. */
  sentence(): Text | null {
    const { output } = this;
    const index = output && output.index.length > 0 ? output.index[output.index.length - 1] : NaN;
    const level = indexLevel(index, this.#method);
    if (!output || level === null) return null;
    const speed = output.speed[output.speed.length - 1];
    const going = output.points.filter((point) => point.going).length;
    return { zh: `拥堵指数 ${index.toFixed(1)}（${levelWords(level).zh}），平均 ${speed.toFixed(0)} km/h，拥堵路段 ${going} 处`, en: `congestion index ${index.toFixed(1)} (${levelWords(level).en.toLowerCase()}), mean ${speed.toFixed(0)} km/h, ${going} congested stretches` };
  }
}

function nameOf({ name }: CongestedStretch): Text {
  return name ? { zh: name, en: name } : { zh: '无名道路', en: 'Unnamed road' };
}

function lengthText(metres: number): string {
  return metres >= 1000 ? `${(metres / 1000).toFixed(1)} km` : `${Math.round(metres / 10) * 10} m`;
}

function detailOf({ length, longest, lost, queue }: CongestedStretch): Text {
  const way = Number.isNaN(queue) ? null : DIRECTIONS[Math.round(queue / 45) % 8];
  const most = longest > 1.2 * length ? { zh: `（最长 ${lengthText(longest)}）`, en: ` (at most ${lengthText(longest)})` } : { zh: '', en: '' };
  // A stretch seen at one moment only has cost nothing yet.
  const cost = lost >= 0.05 ? { zh: `，累计延误 ${lost.toFixed(1)} 车·时`, en: `, ${lost.toFixed(1)} vehicle-hours lost` } : { zh: '', en: '' };
  return { zh: `${lengthText(length)}${most.zh}${way ? `，向${way.zh}排队` : ''}${cost.zh}`, en: `${lengthText(length)}${most.en}${way ? `, queue to the ${way.en}` : ''}${cost.en}` };
}
