import type { CardSeries, Series } from '#engine';
import { aqiClasses, aqiItemClasses, iaqi, movingMean, REAL_TIME_ITEMS, realTimeIndex, NORMAL_COLOUR, thresholdsOf, waterClasses, waterLimits, type AqiItem, type AqiStandard, type HourlyAir, type ThresholdItem } from '#models';
import { ITEMS, itemsOf, otherItem, type Item } from './items.ts';
import { standardFor } from './judge.ts';
import type { StationState } from './stations.ts';

type Courses = Readonly<Record<string, Series>>;
type Bands = NonNullable<CardSeries['bands']>;

/** A step this many times the usual one is a gap and is drawn as one. */
const GAP = 3.5;
/** Points of a chart at most. */
const MOST = 1500;

/** Times as they were measured: a replay shows old hours now, its chart shows them when they were. Starts after the last jump back (a series that begins again). */
function measured(course: Series, origin: Series | undefined): Series {
  if (!origin) return course;
  const hourAt = new Map(Array.from(origin.times, (time, i) => [time, origin.values[i]]));
  const times: number[] = [];
  const values: number[] = [];
  course.times.forEach((time, i) => {
    const hour = hourAt.get(time);
    if (hour === undefined || Number.isNaN(hour)) return;
    if (times.length > 0 && hour * 3600 <= times[times.length - 1]) times.length = values.length = 0;
    times.push(hour * 3600);
    values.push(course.values[i]);
  });
  return { times: Float64Array.from(times), values: Float32Array.from(values) };
}

/** The newest points, with a NaN where readings are missing: nothing is drawn over a time of which nothing is known. */
export function withGaps({ times, values }: Series): Series {
  const from = Math.max(0, times.length - MOST);
  const steps = Array.from({ length: Math.max(0, times.length - from - 1) }, (_, i) => times[from + i + 1] - times[from + i]).toSorted((a, b) => a - b);
  const usual = steps[steps.length >> 1] ?? Infinity;
  const out: [number, number][] = [];
  for (let i = from; i < times.length; i++) {
    if (i > from && times[i] - times[i - 1] > GAP * usual) out.push([times[i - 1] + usual, Number.NaN]);
    out.push([times[i], values[i]]);
  }
  return { times: Float64Array.from(out, ([time]) => time), values: Float32Array.from(out, ([, value]) => value) };
}

/** The AQI of every moment at which an item was told, each item standing until its next word. */
export function aqiCourse(courses: Courses, standard: AqiStandard): Series {
  const names = Object.keys(REAL_TIME_ITEMS).filter((name) => courses[name]) as (keyof HourlyAir)[];
  const moments = [...new Set(names.flatMap((name) => [...courses[name].times]))].toSorted((a, b) => a - b).slice(-MOST);
  const at = new Map(names.map((name) => [name, -1]));
  const values = moments.map((moment) => {
    const hour: Partial<Record<keyof HourlyAir, number>> = {};
    for (const name of names) {
      const { times, values: told } = courses[name];
      let index = at.get(name) ?? -1;
      while (index + 1 < times.length && times[index + 1] <= moment) index++;
      at.set(name, index);
      if (index >= 0) hour[name] = told[index];
    }
    return realTimeIndex(hour, standard)?.aqi ?? Number.NaN;
  });
  return { times: Float64Array.from(moments), values: Float32Array.from(values) };
}

function bandsOf({ limits, colours, labels }: ReturnType<typeof aqiClasses>): Bands {
  return colours.map((colour, i) => ({ below: limits[i] ?? Infinity, colour, label: labels?.[i] ?? { zh: '', en: '' } }));
}

function waterBands(item: string, lake: boolean): Bands | undefined {
  const limits = waterLimits(item, lake ? 'lake' : 'river');
  if (!limits) return undefined;
  const classes = waterClasses();
  const rising = item !== 'DO';
  // Some classes share a limit: the worse of the two has no band of its own.
  const bands = rising ? classes.map((each, i) => ({ below: limits[i] ?? Infinity, each })) : classes.toReversed().map((each, i) => ({ below: limits[4 - i] ?? Infinity, each }));
  return bands.filter(({ below }, i) => i === 0 || below > bands[i - 1].below).map(({ below, each }) => ({ below, colour: each.colour, label: each.name }));
}

/** Bands of a kind that is data; of falling values there is none, whose bands would stand upside down. */
function ownBands(item: ThresholdItem | undefined, said: Readonly<Record<string, number>>): Bands | undefined {
  const at = item && !item.falling ? thresholdsOf(item, said) : [];
  const known = (item?.levels ?? []).flatMap((level, i) => (Number.isNaN(at[i] ?? Number.NaN) ? [] : [{ level, at: at[i] }]));
  if (!item || known.length === 0) return undefined;
  const base = { colour: NORMAL_COLOUR, label: item.base ?? { zh: '正常', en: 'Normal' } };
  return [base, ...known.map(({ level }) => level)].map(({ colour, label }, i) => ({ below: known[i]?.at ?? Infinity, colour, label }));
}

/** A moving mean that the real-time report lists beside the hourly ones, with its sub-index. */
export interface MovingMean {
  readonly item: Item;
  /** Hours it is the mean of. */
  readonly span: 8 | 24;
  readonly value: number;
  readonly iaqi: number | null;
}

const MEANS: readonly (readonly [name: string, span: 8 | 24, item: AqiItem])[] = [['pm25', 24, 'PM25_24h'], ['pm10', 24, 'PM10_24h'], ['o3', 8, 'O3_8h']];

/** Means of the whole hours of a course. */
function hourly({ times, values }: Series): { hours: number[]; means: number[] } {
  const bins = new Map<number, number[]>();
  times.forEach((time, i) => {
    if (!Number.isNaN(values[i])) bins.set(Math.floor(time / 3600), [...(bins.get(Math.floor(time / 3600)) ?? []), values[i]]);
  });
  return { hours: [...bins.keys()], means: [...bins.values()].map((list) => list.reduce((a, b) => a + b, 0) / list.length) };
}

/** Moving means of PM (24 h) and O3 (8 h) up to a station's last hour, where enough hours are known. */
export function movingMeans(state: StationState, told: Courses, standard: unknown): MovingMean[] {
  if (state.station.kind !== 'air' || state.asOf === null) return [];
  const at = state.origin ?? state.asOf;
  return MEANS.flatMap(([name, span, column]): MovingMean[] => {
    const item = ITEMS.air.find((each) => each.name === name);
    if (!item || !told[name]) return [];
    const { hours, means } = hourly(measured(told[name], told.originHour));
    const value = movingMean(hours, means, Math.floor(at / 3600), span);
    return Number.isNaN(value) ? [] : [{ item, span, value, iaqi: iaqi(column, value, standardFor(standard, at)) }];
  });
}

/** The courses of a station as its card shows them: the judged whole first where there is one, then every item. */
export function cardSeries(state: StationState, told: Courses, standard: unknown): CardSeries[] {
  const { station, station: { kind } } = state;
  const courses: Courses = Object.fromEntries(Object.entries(told).map(([name, course]) => [name, measured(course, told.originHour)]));
  const version = standardFor(standard, state.origin ?? state.asOf ?? 0);
  const series = ({ title, unit }: Pick<Item, 'title' | 'unit'>, course: Series, bands: Bands | undefined): CardSeries[] =>
    course.times.length < 2 ? [] : [{ title, unit, ...withGaps(course), ...(bands ? { bands } : {}) }];
  const bands = (name: string): Bands | undefined => {
    if (kind === 'air') return bandsOf(aqiItemClasses(REAL_TIME_ITEMS[name as keyof HourlyAir], version));
    if (station.own) return ownBands(station.own.items.find((item) => item.name === name), { ...station.thresholds, ...state.values });
    // A zone's limit is another by night than by day: no one band holds for a whole day of noise.
    return kind === 'water' ? waterBands(name, state.values.lake === 1) : undefined;
  };
  const judged = itemsOf(station).filter(({ name }) => courses[name]).flatMap((item) => series(item, courses[item.name], bands(item.name)));
  const others = Object.keys(courses).flatMap((name) => {
    const item = otherItem(station, name);
    return item ? series(item, courses[name], undefined) : [];
  });
  const whole = kind === 'air' ? series({ title: { zh: 'AQI', en: 'AQI' }, unit: '' }, aqiCourse(courses, version), bandsOf(aqiClasses())) : [];
  return [...whole, ...judged, ...others];
}
