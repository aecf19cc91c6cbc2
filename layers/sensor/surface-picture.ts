import { ORDER, toTwinError, type Drawn, type LabelEntry, type Legend, type Stage, type Text } from '#engine';
import { stationsFault, type AqiStandard, type SurfaceInput, type SurfaceOutput } from '#models';
import type { SurfaceResult } from './result.ts';
import type { StationState } from './stations.ts';
import { surfaceChoice, surfaceReadings, type SurfaceChoice, type SurfaceReadings } from './surface-choice.ts';
import { shortNumber, surfaceLegend } from './surface-legend.ts';

/** Vertices a side of the first picture and of the one that stays. */
const COARSE = 48;
const FINE = 320;
/** Milliseconds between two pictures of a clock that runs, and after a leap of it. */
const CALM = 15_000;
const LEAP = 1000;
const LINES = { day: [28, 37, 41, 200], night: [232, 240, 244, 190] } as const;

/** What is seen now. */
interface Shown {
  readonly choice: SurfaceChoice;
  readonly readings: SurfaceReadings;
  readonly found: SurfaceOutput;
  readonly drawn: readonly Drawn[];
}

/** One moment's wish: what to draw, and from what. */
export interface SurfaceMoment {
  readonly states: Iterable<StationState>;
  readonly standard: AqiStandard;
  readonly option: unknown;
  readonly visible: boolean;
  /** Says when the clock was set anew: its state as text. */
  readonly clock: string;
}

/** The surface of a sensor layer: asked of a worker when readings or the wish change, a few times a minute at most. */
export class SurfacePicture {
  readonly #stage: Stage;
  readonly #dem: string | null;
  readonly #changed: () => void;
  #shown: Shown | null = null;
  #run: AbortController | null = null;
  #key = '';
  #clock = '';
  #wish = '';
  #last = -Infinity;
  /** Why there is none. */
  note: Text | null = null;

  constructor(stage: Stage, dem: string | null, changed: () => void) {
    this.#stage = stage;
    this.#dem = dem;
    this.#changed = changed;
    stage.signal.addEventListener('abort', () => this.#run?.abort(), { once: true });
  }

  /** Brings the picture to a moment; does nothing while nothing changed. */
  show({ states, standard, option, visible, clock }: SurfaceMoment): void {
    const choice = surfaceChoice(option);
    if (choice === null || 'zh' in choice || !visible) return this.#clear(choice !== null && 'zh' in choice ? choice : null);
    const readings = surfaceReadings(choice, states, standard);
    const fault = stationsFault(this.#metres(readings));
    const wish = JSON.stringify(choice);
    if (fault) {
      return this.#clear(fault === 'few' ? { zh: `${readings.title.zh} 只有 ${readings.values.length} 站有新数据，至少 4 站才能插值`, en: `${readings.title.en}: ${readings.values.length} stations have fresh readings, a surface needs 4` } : { zh: '有数据的站点在一条直线上，不能插值成面', en: 'the stations with readings stand on one line: no surface' });
    }
    const key = JSON.stringify([wish, this.#night, readings.stations.map(({ id }) => id), readings.values]);
    const calm = wish !== this.#wish ? 0 : clock !== this.#clock ? LEAP : CALM;
    if (key === this.#key || performance.now() - this.#last < calm) return;
    const first = wish !== this.#wish || !this.#shown;
    this.note = null;
    [this.#key, this.#clock, this.#wish, this.#last] = [key, clock, wish, performance.now()];
    void this.#ask(choice, readings, first);
  }

  /** `standard`: its colours are those of the air's levels. */
  legend(): (Legend & { readonly standard: boolean }) | null {
    return this.#shown && surfaceLegend(this.#shown.choice, this.#shown.readings, this.#shown.found);
  }

  /** What a panel or an export wants to know of it. */
  result(): SurfaceResult | null {
    if (!this.#shown) return null;
    const { choice: { item }, readings, found: { method, check, variogram } } = this.#shown;
    return { item, method, check, variogram, asOf: readings.to, stations: readings.values.length };
  }

  /** Numbers on the lines. */
  labels(): LabelEntry[] {
    if (!this.#shown || this.#shown.choice.lines === false) return [];
    const { marks } = this.#shown.found;
    return Array.from({ length: marks.length / 4 }, (_, i) => ({ text: shortNumber(marks[4 * i + 3]), lon: marks[4 * i], lat: marks[4 * i + 1], height: marks[4 * i + 2], rank: 5, size: 12, colour: this.#night ? '#e8f0f4' : '#1c2529', farthest: 25_000 }));
  }

  get #night(): boolean {
    return this.#stage.light().night > 0.5;
  }

  #metres({ stations }: SurfaceReadings): number[] {
    const shrink = Math.cos(((stations[0]?.lat ?? 0) * Math.PI) / 180);
    return stations.flatMap(({ lon, lat }) => [lon * shrink, lat]);
  }

  async #ask(choice: SurfaceChoice, readings: SurfaceReadings, first: boolean): Promise<void> {
    this.#run?.abort();
    const { signal } = (this.#run = new AbortController());
    const input: SurfaceInput = {
      dem: this.#dem, stations: readings.stations.flatMap(({ lon, lat }) => [lon, lat]), values: readings.values, method: choice.method ?? 'kriging', show: choice.show ?? 'value',
      paint: { ...(readings.classes ? { classes: { limits: readings.classes.limits, colours: readings.classes.colours } } : {}), ...(choice.opacity === undefined ? {} : { opacity: choice.opacity }) },
    };
    try {
      for (const cells of first ? [COARSE, FINE] : [FINE]) {
        const found = await this.#stage.analysis.run<SurfaceInput, SurfaceOutput>('surface', { ...input, cells }, { signal, affinity: this.#dem ?? undefined, priority: cells === COARSE ? 3 : 2 });
        if (signal.aborted || this.#stage.signal.aborted) return;
        this.#draw(choice, readings, found);
      }
    } catch (cause) {
      if (signal.aborted || this.#stage.signal.aborted) return;
      const error = toTwinError(cause, 'analysis-failed', this.#stage.id);
      this.#drop({ zh: choice.show === 'error' ? '这些站点没有误差面：需克里金与至少 10 站，或给定变差函数' : '面插值未能算出', en: error.message });
      if (error.code !== 'bad-input') this.#stage.report(error);
    }
  }

  #draw(choice: SurfaceChoice, readings: SurfaceReadings, found: SurfaceOutput): void {
    const before = this.#shown?.drawn ?? [];
    const head = { anchor: found.anchor, epoch: 0 };
    const drawn = [this.#stage.draw({ kind: 'mesh', ...head, order: ORDER.groundDrape, ids: null, places: found.places, indices: found.indices, colours: found.colours, slots: null, lit: false })];
    const { places, starts } = found.isolines;
    if (choice.lines !== false && starts.length > 1) {
      const colour = this.#night ? LINES.night : LINES.day;
      const colours = new Uint8Array(4 * (starts.length - 1));
      for (let at = 0; at < colours.length; at += 4) colours.set(colour, at);
      drawn.push(this.#stage.draw({ kind: 'lines', ...head, order: ORDER.groundLine, ids: null, places, starts, colours, width: 1.4, metres: false, flow: 0 }));
    }
    this.#shown = { choice, readings, found, drawn };
    for (const each of before) each.dispose();
    this.#changed();
  }

  /** Takes the picture away, and says why where somebody wished for it; the next moment is asked for at once. */
  #clear(note: Text | null): void {
    this.#run?.abort();
    this.#key = this.#wish = '';
    this.#last = -Infinity;
    if (this.#shown || note?.en !== this.note?.en) this.#drop(note);
  }

  /** Takes the picture away until something changes. */
  #drop(note: Text | null): void {
    this.note = note;
    for (const each of this.#shown?.drawn ?? []) each.dispose();
    this.#shown = null;
    this.#changed();
  }
}
