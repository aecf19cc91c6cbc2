import { toTwinError, type Series, type Stage } from '#engine';
import { NO_ALERT, type AlertReading, type AlertRule, type AlertsInput, type AlertsOutput, type AlertState } from '#models';
import type { Station } from './stations.ts';

/** Seconds of the feed's history that are looked through when the clock is set: what was raised before is not known any more. */
const BACK = 6 * 3600;
/** Cleared episodes kept. */
const MOST = 2000;

/** One time an alarm was up. */
export interface Episode {
  readonly rule: AlertRule;
  readonly station: Station;
  /** Unix seconds. */
  readonly raised: number;
  /** What was read then; NaN for missing data. */
  readonly value: number;
  cleared: number | null;
}

/** A rule over a station. */
interface Watch {
  readonly rule: number;
  readonly station: Station;
  state: AlertState;
  pending: AlertReading[];
}

/** Asks for what is known of a station's item between two moments. */
export type CourseOf = (station: Station, item: string | undefined, from: number, to: number) => Promise<Series | null>;

/**
 * Steps alert rules in a worker over what stations tell. Live, paused and replayed are the same question: when the clock is set, the history up to its
 * moment is looked through anew, so that a replay raises what was raised.
 */
export class AlertWatch {
  readonly #stage: Stage;
  readonly #changed: () => void;
  #rules: readonly AlertRule[] = [];
  #watches: readonly Watch[] = [];
  #byStation: ReadonlyMap<string, readonly Watch[]> = new Map();
  #episodes: Episode[] = [];
  #run: AbortController | null = null;
  /** Counts the clock's settings: answers to an older one are passed over. */
  #era = 0;
  /** True while the history is on its way: what is newer waits, or the older would be passed over. */
  #rebuilding = false;
  /** Unix seconds since when readings would have been heard; null for always. */
  known: number | null = null;

  constructor(stage: Stage, changed: () => void) {
    this.#stage = stage;
    this.#changed = changed;
    stage.signal.addEventListener('abort', () => this.#run?.abort(), { once: true });
  }

  get episodes(): readonly Episode[] {
    return this.#episodes;
  }

  /** Watches these rules over these stations, from nothing. */
  watch(rules: readonly AlertRule[], stations: readonly Station[]): void {
    this.#rules = rules;
    this.#watches = rules.flatMap((rule, number) => stations.filter((station) => concerns(rule, station)).map((station) => ({ rule: number, station, state: NO_ALERT, pending: [] })));
    const byStation = new Map<string, Watch[]>();
    for (const watch of this.#watches) {
      const there = byStation.get(watch.station.id);
      if (there) there.push(watch);
      else byStation.set(watch.station.id, [watch]);
    }
    this.#byStation = byStation;
    this.#forget();
  }

  /** Takes what a station told of an item. */
  read(id: string, item: string, reading: AlertReading): void {
    for (const watch of this.#byStation.get(id) ?? []) {
      const { item: own } = this.#rules[watch.rule];
      if (own === undefined || own === item) watch.pending.push({ lon: watch.station.lon, lat: watch.station.lat, ...reading });
    }
  }

  /** Looks through the history up to a moment: after the clock was set, and at the start. */
  async rebuild(now: number, courseOf: CourseOf): Promise<void> {
    this.#forget();
    const era = this.#era;
    if (this.#watches.length === 0) return;
    this.#rebuilding = true;
    const found = await Promise.all(this.#watches.map(({ station, rule }) => courseOf(station, this.#rules[rule].item, now - BACK, now)));
    if (era !== this.#era || this.#stage.signal.aborted) return;
    this.#rebuilding = false;
    this.#watches.forEach((watch, i) => {
      const course = found[i];
      if (course) watch.pending = [...Array.from(course.times, (time, k): AlertReading => ({ time, value: course.values[k], lon: watch.station.lon, lat: watch.station.lat })), ...watch.pending];
    });
    this.step(now);
  }

  /** Steps what something happened to, unless a step is still on its way. */
  step(now: number): void {
    if (this.#run || this.#rebuilding) return;
    const touched = this.#watches.filter(({ pending, state, rule }) => pending.some(({ time }) => time <= now) || isDue(this.#rules[rule], state, now, this.known ?? -Infinity));
    if (touched.length === 0) return;
    const input: AlertsInput = { rules: this.#rules, now, known: this.known, watches: touched.map(({ rule, state, pending }) => ({ rule, state, readings: pending.filter(({ time }) => time <= now).toSorted((a, b) => a.time - b.time) })) };
    for (const watch of touched) watch.pending = watch.pending.filter(({ time }) => time > now);
    const run = (this.#run = new AbortController());
    this.#stage.analysis.run<AlertsInput, AlertsOutput>('alerts', input, { signal: run.signal, priority: 4 }).then((found) => {
      if (this.#run === run) this.#take(touched, found);
    }).catch((cause: unknown) => {
      if (run.signal.aborted || this.#stage.signal.aborted) return;
      // Nothing is lost: what was to be stepped waits for the next time.
      touched.forEach((watch, i) => { watch.pending = [...input.watches[i].readings, ...watch.pending]; });
      this.#stage.report(toTwinError(cause, 'analysis-failed', this.#stage.id));
    }).finally(() => { if (this.#run === run) this.#run = null; });
  }

  #take(touched: readonly Watch[], found: AlertsOutput): void {
    let news = false;
    touched.forEach((watch, i) => {
      const { state, events } = found.watches[i];
      watch.state = state;
      const rule = this.#rules[watch.rule];
      for (const { is, time, value } of events) {
        news = true;
        if (is === 'raised') this.#episodes.push({ rule, station: watch.station, raised: time, value, cleared: null });
        else for (const open of this.#episodes) if (open.rule === rule && open.station === watch.station && open.cleared === null) open.cleared = time;
      }
    });
    if (!news) return;
    if (this.#episodes.length > MOST) this.#episodes = [...this.#episodes.filter(({ cleared }) => cleared === null), ...this.#episodes.filter(({ cleared }) => cleared !== null).slice(-MOST)].toSorted((a, b) => a.raised - b.raised);
    this.#changed();
  }

  #forget(): void {
    this.#era++;
    this.#rebuilding = false;
    this.#run?.abort();
    this.#run = null;
    for (const watch of this.#watches) {
      watch.state = NO_ALERT;
      watch.pending = [];
    }
    const had = this.#episodes.length > 0;
    this.#episodes = [];
    if (had) this.#changed();
  }
}

function concerns({ kind, stations }: AlertRule, station: Station): boolean {
  return (kind === undefined || kind === station.kind) && (stations === undefined || stations.includes(station.id));
}

function isDue({ when }: AlertRule, { raised, last }: AlertState, now: number, known: number): boolean {
  return when.is === 'missing' && raised === null && last !== null && now - Math.max(last, known) >= when.for;
}
