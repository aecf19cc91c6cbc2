import { CREEP, lostAnHour, sectionLevel, STANDARD_METHOD, type CongestionMethod, type SectionColumns } from './congestion.ts';

/** Sections as a graph: each runs from a node to a node, and both ways where it is not oneway. */
export interface SectionGraph extends SectionColumns {
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  /** [n] 1 where traffic runs from → to alone. */
  readonly oneway: ArrayLike<number>;
  /** [n] vehicles an hour, NaN where unknown. */
  readonly flows: ArrayLike<number>;
  /** [2 · nodes] metres east and north. */
  readonly nodes: ArrayLike<number>;
}

/** Speeds of all sections at moments: [t · n] km/h, NaN where unknown; times in unix seconds, ascending. */
export interface SpeedFrames {
  readonly times: ArrayLike<number>;
  readonly speeds: ArrayLike<number>;
}

/** A congested stretch through time. */
export interface CongestionPoint {
  /** Sections that were part of it at any time. */
  readonly sections: readonly number[];
  /** Those of its last moment. */
  readonly latest: readonly number[];
  /** Unix seconds: first moment, and the last one (it goes on when that is the last of all). */
  readonly start: number;
  readonly end: number;
  /** Metres at its longest, and at its last moment. */
  readonly longest: number;
  readonly length: number;
  /** Vehicle-hours lost in all. */
  readonly lost: number;
  /** Section at whose end the queue begins, and degrees clockwise from north in which it grows; NaN where traffic runs both ways and nobody can say. */
  readonly head: number;
  readonly queue: number;
}

export interface PointOptions {
  /** Level from which a section counts as congested. */
  readonly level?: number;
  /** Shorter stretches, in metres, are no points. */
  readonly shortest?: number;
  readonly method?: CongestionMethod;
}

interface Open {
  readonly order: number;
  all: Set<number>;
  latest: number[];
  start: number;
  end: number;
  longest: number;
  length: number;
  lost: number;
}

/**
 * Congested stretches: sections at or above a level that hang together, followed from moment to moment while they share a section. Where two grow together the older
 * goes on. Ranked by vehicle-hours lost; where flows are unknown these are 0 and length times duration ranks.
 */
export function congestionPoints(graph: SectionGraph, frames: SpeedFrames, options: PointOptions = {}): CongestionPoint[] {
  const { level = 4, shortest = 100, method = STANDARD_METHOD } = options;
  const count = graph.ranks.length;
  const around = sectionsByNode(graph);
  const done: Open[] = [];
  let open: Open[] = [];
  let orders = 0;
  const owner = new Int32Array(count);
  const { times, speeds } = frames;
  for (let t = 0; t < times.length; t++) {
    const congested = new Uint8Array(count);
    for (let i = 0; i < count; i++) congested[i] = (sectionLevel(graph.ranks[i], speeds[t * count + i], method) ?? 0) >= level ? 1 : 0;
    const hours = t + 1 < times.length ? (times[t + 1] - times[t]) / 3600 : t > 0 ? (times[t] - times[t - 1]) / 3600 : 0;
    owner.fill(-1);
    open.forEach((point, k) => point.latest.forEach((section) => { if (owner[section] < 0) owner[section] = k; }));
    const taken = new Map<number, Open>();
    for (const sections of stretches(graph, around, congested)) {
      const length = sections.reduce((sum, i) => sum + graph.lengths[i], 0);
      const before = [...new Set(sections.map((i) => owner[i]).filter((k) => k >= 0))].map((k) => open[k]).filter((point) => !taken.has(point.order)).toSorted((a, b) => a.start - b.start || a.order - b.order);
      if (length < shortest && before.length === 0) continue;
      const point = before[0] ?? { order: orders++, all: new Set<number>(), latest: [], start: times[t], end: times[t], longest: 0, length: 0, lost: 0 };
      for (const other of before.slice(1)) {
        other.all.forEach((section) => point.all.add(section));
        point.lost += other.lost;
        taken.set(other.order, point);
      }
      taken.set(point.order, point);
      sections.forEach((section) => point.all.add(section));
      Object.assign(point, { latest: sections, end: times[t], length, longest: Math.max(point.longest, length) });
      point.lost += hours * sections.reduce((sum, i) => sum + lostAnHour(graph.lengths[i], speeds[t * count + i], graph.free[i], graph.flows[i]), 0);
    }
    done.push(...open.filter((point) => !taken.has(point.order)));
    open = [...new Set(taken.values())];
  }
  const weight = ({ lost, longest, start, end }: Open): number => (lost > 0 ? lost : 1e-9 * longest * (end - start + 1));
  return [...done, ...open].toSorted((a, b) => weight(b) - weight(a) || a.order - b.order).map((point) => described(graph, point));
}

function sectionsByNode(graph: SectionGraph): Map<number, number[]> {
  const around = new Map<number, number[]>();
  for (let i = 0; i < graph.ranks.length; i++) {
    for (const node of [graph.from[i], graph.to[i]]) {
      const list = around.get(node);
      if (list) list.push(i);
      else around.set(node, [i]);
    }
  }
  return around;
}

/** Whether traffic can drive from a section into another over a node, either way round. */
function joined(graph: SectionGraph, a: number, b: number, node: number): boolean {
  const leaves = (i: number): boolean => graph.from[i] === node || !graph.oneway[i];
  const arrives = (i: number): boolean => graph.to[i] === node || !graph.oneway[i];
  return (arrives(a) && leaves(b)) || (arrives(b) && leaves(a));
}

function* stretches(graph: SectionGraph, around: Map<number, number[]>, congested: Uint8Array): Generator<number[]> {
  const seen = new Uint8Array(congested.length);
  for (let first = 0; first < congested.length; first++) {
    if (!congested[first] || seen[first]) continue;
    seen[first] = 1;
    const found = [first];
    for (let k = 0; k < found.length; k++) {
      const at = found[k];
      for (const node of [graph.from[at], graph.to[at]]) {
        for (const next of around.get(node) ?? []) {
          if (!congested[next] || seen[next] || !joined(graph, at, next, node)) continue;
          seen[next] = 1;
          found.push(next);
        }
      }
    }
    yield found.toSorted((a, b) => a - b);
  }
}

/** Where the queue begins: the oneway section of the stretch that none of it goes on from; it grows towards the middle of the rest, against the traffic. */
function described(graph: SectionGraph, point: Open): CongestionPoint {
  const { latest, all, start, end, longest, length, lost } = point;
  const base = { sections: [...all].toSorted((a, b) => a - b), latest, start, end, longest, length, lost };
  if (latest.some((i) => !graph.oneway[i])) return { ...base, head: -1, queue: NaN };
  const starts = new Set(latest.map((i) => graph.from[i]));
  const heads = latest.filter((i) => !starts.has(graph.to[i]));
  const head = heads.toSorted((a, b) => graph.lengths[b] - graph.lengths[a])[0] ?? -1;
  if (head < 0) return { ...base, head, queue: NaN };
  const [x, y] = [graph.nodes[2 * graph.to[head]], graph.nodes[2 * graph.to[head] + 1]];
  let [east, north, weight] = [0, 0, 0];
  for (const i of latest) {
    east += (graph.nodes[2 * graph.from[i]] - x) * graph.lengths[i];
    north += (graph.nodes[2 * graph.from[i] + 1] - y) * graph.lengths[i];
    weight += graph.lengths[i];
  }
  return { ...base, head, queue: weight > 0 ? ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360 : NaN };
}

/**
 * Bottlenecks (堵点) that come again: sections at or above a level in at least `share` of the same slots.
 * @param weeks speeds of the sections in the same weekday slot of several weeks, km/h @returns sections with their share of weeks, most often first
 */
export function recurrentBottlenecks(sections: SectionColumns, weeks: readonly ArrayLike<number>[], { level = 4, share = 0.5, method = STANDARD_METHOD }: PointOptions & { share?: number } = {}): { section: number; share: number }[] {
  const found: { section: number; share: number }[] = [];
  for (let section = 0; section < sections.ranks.length; section++) {
    const levels = weeks.map((speeds) => sectionLevel(sections.ranks[section], speeds[section], method)).filter((known) => known !== null);
    const often = levels.filter((known) => known >= level).length / levels.length;
    if (often >= share) found.push({ section, share: often });
  }
  return found.toSorted((a, b) => b.share - a.share || a.section - b.section);
}

/** Seconds a section takes at a speed in km/h. */
export function sectionSeconds(length: number, speed: number): number {
  return (length / Math.max(speed, CREEP)) * 3.6;
}
