import { TwinError } from '../../engine/errors.ts';
import table from './traffic-tables.json' with { type: 'json' };

/** The three tables of the standard: urban expressways, arterials, and secondary and branch roads. */
export type RoadRank = 'expressway' | 'arterial' | 'secondary';
/** 1 free … 5 severe. */
export type CongestionLevel = 1 | 2 | 3 | 4 | 5;

/**
 * How congestion is judged; all of it can be set, and {@link methodText} says it in words.
 * 'severe-mileage': level of each section by class and speed, the share of mileage at level 5 made an index. 'travel-time-ratio': actual over free-flow travel time.
 */
export interface CongestionMethod {
  readonly method: 'severe-mileage' | 'travel-time-ratio';
  /** km/h, four a class: faster than the first is level 1, …, not faster than the last is level 5. */
  readonly sectionSpeed: Readonly<Record<RoadRank, readonly number[]>>;
  /** [percent of mileage at level 5, index], ascending, piecewise linear between. */
  readonly severeMileage: readonly (readonly [number, number])[];
  /** Index up to which each of the first four bands goes. */
  readonly bands: readonly number[];
  /** Travel time over free-flow travel time between the five levels. */
  readonly travelTimeRatio: readonly number[];
}

/** @source GB/T 33171-2016; DB11/T 785-2011 */
export const STANDARD_METHOD: CongestionMethod = {
  method: 'severe-mileage',
  sectionSpeed: table.sectionSpeed,
  severeMileage: table.severeMileage as unknown as readonly (readonly [number, number])[],
  bands: table.bands,
  travelTimeRatio: table.travelTimeRatio,
};

/** Slowest speed that a travel time is computed with, km/h: a standing section takes long, not for ever. Project convention. */
export const CREEP = 1;

/** The standard's class of a road by its class in the data (OpenStreetMap's words). */
export function roadRank(roadClass: string): RoadRank {
  if (roadClass === 'motorway' || roadClass === 'trunk') return 'expressway';
  return roadClass === 'primary' ? 'arterial' : 'secondary';
}

/** Checks a method from a document; what is left out is the standard's. @throws TwinError `bad-input` */
export function congestionMethod(given: Partial<CongestionMethod> = {}): CongestionMethod {
  const method = { ...STANDARD_METHOD, ...given, sectionSpeed: { ...STANDARD_METHOD.sectionSpeed, ...given.sectionSpeed } };
  const refuse = (what: string): never => {
    throw new TwinError('bad-input', `The congestion method's ${what}. See docs/traffic.md for what belongs there.`, { where: 'method' });
  };
  const rising = (list: readonly number[]): boolean => list.every((value, i) => Number.isFinite(value) && (i === 0 || value > list[i - 1]));
  if (method.method !== 'severe-mileage' && method.method !== 'travel-time-ratio') refuse('name is neither severe-mileage nor travel-time-ratio');
  for (const [rank, limits] of Object.entries(method.sectionSpeed)) if (limits.length !== 4 || !rising(limits.toReversed())) refuse(`speeds for ${rank} are not four that fall`);
  if (method.bands.length !== 4 || !rising(method.bands)) refuse('bands are not four that rise');
  if (method.travelTimeRatio.length !== 4 || !rising([1, ...method.travelTimeRatio])) refuse('travel-time ratios are not four that rise from above 1');
  if (method.severeMileage.length < 2 || !rising(method.severeMileage.map(([share]) => share)) || method.severeMileage.some(([, index], i, all) => !(index >= (all[i - 1]?.[1] ?? 0)))) refuse('table of severe mileage does not rise');
  return method;
}

/** Level of a section by its class and speed (km/h); null without a speed. A speed on a limit belongs to the slower level. @source DB11/T 785-2011 */
export function sectionLevel(rank: RoadRank, speed: number, method: CongestionMethod = STANDARD_METHOD): CongestionLevel | null {
  if (!(speed >= 0)) return null;
  const limits = method.sectionSpeed[rank];
  return (1 + limits.filter((limit) => speed <= limit).length) as CongestionLevel;
}

/** Straight between points [x, y], held beyond the first and last. */
function between(points: readonly (readonly [number, number])[], x: number): number {
  const at = points.findIndex(([limit]) => x <= limit);
  if (at < 0) return points[points.length - 1][1];
  if (at === 0) return points[0][1];
  const [[x0, y0], [x1, y1]] = [points[at - 1], points[at]];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** Index 0 … 10 of the percentage of mileage at level 5. @source DB11/T 785-2011 */
export function severeMileageIndex(percent: number, method: CongestionMethod = STANDARD_METHOD): number {
  return percent >= 0 ? between(method.severeMileage, percent) : NaN;
}

/** Index 0 … 10 of travel time over free-flow travel time: each limit is the end of a band, and one more band's width makes 10. Project convention after GB/T 33171-2016. */
export function travelTimeIndex(ratio: number, method: CongestionMethod = STANDARD_METHOD): number {
  if (!(ratio > 0)) return NaN;
  const limits = method.travelTimeRatio;
  const last = limits[3] + (limits[3] - limits[2]);
  return between([[1, 0], ...limits.map((limit, i): readonly [number, number] => [limit, method.bands[i]]), [last, 10]], ratio);
}

/** Level of an index: [0, 2] is 1, (2, 4] is 2, … @source GB/T 33171-2016 */
export function indexLevel(index: number, method: CongestionMethod = STANDARD_METHOD): CongestionLevel | null {
  if (!(index >= 0)) return null;
  return (1 + method.bands.filter((band) => index > band).length) as CongestionLevel;
}

/** Mean speeds of passes of one section: of the speeds, and of the way over the time. NaN where there is none. */
export function meanSpeeds(speeds: ArrayLike<number>): { readonly time: number; readonly space: number } {
  let [sum, slow, count] = [0, 0, 0];
  for (let i = 0; i < speeds.length; i++) {
    if (!(speeds[i] >= 0)) continue;
    sum += speeds[i];
    slow += 1 / Math.max(speeds[i], CREEP);
    count++;
  }
  return { time: sum / count, space: count / slow };
}

/** Columns of sections: [n] each. */
export interface SectionColumns {
  /** Metres. */
  readonly lengths: ArrayLike<number>;
  readonly ranks: readonly RoadRank[];
  /** Free flow, km/h. */
  readonly free: ArrayLike<number>;
}

/** How a network, or a part of it, flows at one moment. Sections without a speed are left out, and how much of the mileage spoke is said. */
export interface NetworkState {
  readonly index: number;
  readonly level: CongestionLevel | null;
  /** Percent of the mileage that spoke at level 5. */
  readonly severe: number;
  /** km/h: all the way over all the time. */
  readonly speed: number;
  /** Travel time over free-flow travel time. */
  readonly ratio: number;
  /** Kilometres that spoke, and in all. */
  readonly known: number;
  readonly total: number;
}

/** State of the sections that `within` names (all when null), from their speeds in km/h (NaN: unknown). */
export function networkState(sections: SectionColumns, speeds: ArrayLike<number>, within: ArrayLike<number> | null = null, method: CongestionMethod = STANDARD_METHOD): NetworkState {
  let [known, total, severe, hours, freeHours] = [0, 0, 0, 0, 0];
  const count = within ? within.length : sections.ranks.length;
  for (let k = 0; k < count; k++) {
    const i = within ? within[k] : k;
    const km = sections.lengths[i] / 1000;
    total += km;
    const level = sectionLevel(sections.ranks[i], speeds[i], method);
    if (level === null || !(sections.free[i] > 0)) continue;
    known += km;
    hours += km / Math.max(speeds[i], CREEP);
    freeHours += km / sections.free[i];
    if (level === 5) severe += km;
  }
  const percent = known > 0 ? (100 * severe) / known : NaN;
  const ratio = known > 0 ? hours / freeHours : NaN;
  const index = method.method === 'severe-mileage' ? severeMileageIndex(percent, method) : travelTimeIndex(ratio, method);
  return { index, level: indexLevel(index, method), severe: percent, speed: known > 0 ? known / hours : NaN, ratio, known, total };
}

/** Vehicles an hour that lanes of one direction can pass, by class and free-flow speed (km/h). @source CJJ 37-2012, tables 4.2.2 and 4.3.2: design capacity of a lane */
export function capacityOf(rank: RoadRank, free: number, lanes: number): number {
  const points = (rank === 'expressway' ? table.laneCapacity.expressway : table.laneCapacity.street) as unknown as readonly (readonly [number, number])[];
  return between(points, free) * lanes;
}

/** Flow over capacity with its step 1 (ample) … 6 (saturated); null without a flow. @source CJJ/T 141-2010: 0.25, 0.5, 0.7, 0.85, 0.95 */
export function saturation(flow: number, capacity: number): { readonly ratio: number; readonly level: 1 | 2 | 3 | 4 | 5 | 6 } | null {
  if (!(flow >= 0) || !(capacity > 0)) return null;
  const ratio = flow / capacity;
  return { ratio, level: (1 + table.saturation.filter((limit) => ratio > limit).length) as 1 | 2 | 3 | 4 | 5 | 6 };
}

/** Vehicle-hours lost an hour on a section: the delay of one passage times the vehicles an hour; 0 where nothing is slower than free flow. */
export function lostAnHour(length: number, speed: number, free: number, flow: number): number {
  if (!(speed >= 0) || !(free > 0) || !(flow >= 0)) return 0;
  return Math.max(0, length / 1000 / Math.max(speed, CREEP) - length / 1000 / free) * flow;
}

/** The method with its limits, as a legend says it. */
export function methodText(method: CongestionMethod = STANDARD_METHOD): { zh: string; en: string } {
  if (method.method === 'travel-time-ratio') {
    const list = method.travelTimeRatio.join(' / ');
    return { zh: `拥堵指数：行程时间比，分级 ${list}（GB/T 33171-2016）`, en: `Congestion index: travel time over free flow, limits ${list} (GB/T 33171-2016)` };
  }
  const { expressway, arterial, secondary } = method.sectionSpeed;
  const points = method.severeMileage.map(([share, index]) => `${share}%→${index}`).join(' ');
  return {
    zh: `拥堵指数：严重拥堵里程比 ${points}；路段分级（km/h）快速路 ${expressway.join('/')}，主干路 ${arterial.join('/')}，次干路与支路 ${secondary.join('/')}（DB11/T 785-2011，GB/T 33171-2016）`,
    en: `Congestion index: share of severe mileage ${points}; section levels (km/h) expressway ${expressway.join('/')}, arterial ${arterial.join('/')}, secondary and branch ${secondary.join('/')} (DB11/T 785-2011, GB/T 33171-2016)`,
  };
}
