/** A fix of a track: seconds, metres east and north. */
export interface TrackFix {
  readonly time: number;
  readonly x: number;
  readonly y: number;
}

/** Rings as [x, y] in metres, closed or not; the first is the outline, others are holes. */
export type Rings = readonly (readonly (readonly [number, number])[])[];

export interface FenceEvent {
  readonly type: 'start-inside' | 'enter' | 'exit';
  readonly time: number;
  readonly x: number;
  readonly y: number;
}

/** Whether a place lies inside: rings counted even and odd, an outline's lower and left edges belong to it. */
export function insideRings(rings: Rings, x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

/** Shares 0 … 1 of a segment at which it crosses the rings, ascending. An edge's end on the segment's line counts to one of its two sides, so that a corner is crossed once or not at all. */
function crossings(rings: Rings, a: TrackFix, b: TrackFix): number[] {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const out: number[] = [];
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[px, py], [qx, qy]] = [ring[j], ring[i]];
      const p = dx * (py - a.y) - dy * (px - a.x);
      const q = dx * (qy - a.y) - dy * (qx - a.x);
      if (p >= 0 === q >= 0) continue;
      const along = p / (p - q);
      const [x, y] = [px + along * (qx - px), py + along * (qy - py)];
      const share = Math.abs(dx) > Math.abs(dy) ? (x - a.x) / dx : (y - a.y) / dy;
      if (share >= 0 && share <= 1) out.push(share);
    }
  }
  return out.toSorted((s, t) => s - t);
}

/** When a track enters and leaves a fence: by the crossing of each of its segments with each edge, the time linear between two fixes. */
export function fenceEvents(track: readonly TrackFix[], rings: Rings): FenceEvent[] {
  const events: FenceEvent[] = [];
  if (track.length === 0) return events;
  let inside = insideRings(rings, track[0].x, track[0].y);
  if (inside) events.push({ type: 'start-inside', time: track[0].time, x: track[0].x, y: track[0].y });
  for (let i = 1; i < track.length; i++) {
    const [a, b] = [track[i - 1], track[i]];
    const ends = insideRings(rings, b.x, b.y);
    let shares = crossings(rings, a, b);
    // On an edge or through a corner the two tests may disagree by a hair: the places decide, the crossing nearest to the end is not counted.
    if ((shares.length % 2 === 1) !== (inside !== ends)) shares = inside === ends ? shares.slice(0, -1) : [...shares, 1];
    for (const share of shares) {
      inside = !inside;
      const event: FenceEvent = { type: inside ? 'enter' : 'exit', time: a.time + share * (b.time - a.time), x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
      const last = events.at(-1);
      // In and out at one moment is a touch.
      if (last && last.time === event.time && last.type !== 'start-inside') events.pop();
      else events.push(event);
    }
  }
  return events;
}

/** [from, to) in seconds; to is Infinity where it goes on. */
export type Span = readonly [from: number, to: number];

/** When a track was inside: from each entry to the exit after it; the last one is open where the track ends inside. */
export function insideSpans(track: readonly TrackFix[], rings: Rings): Span[] {
  const spans: Span[] = [];
  let from = NaN;
  for (const { type, time } of fenceEvents(track, rings)) {
    if (type !== 'exit') from = time;
    else spans.push([from, time]);
  }
  if (fenceEvents(track, rings).at(-1)?.type !== 'exit' && !Number.isNaN(from)) spans.push([from, Infinity]);
  return spans;
}

/** Hours in which a rule holds, on some days of the week (1 Monday … 7 Sunday; all when absent). '22:00' to '06:00' goes past midnight and belongs to the day it begins. */
export interface TimeWindow {
  readonly days?: readonly number[];
  readonly from: string;
  readonly to: string;
}

const DAY = 86_400;

function seconds(text: string): number {
  const parts = /^(\d{1,2}):(\d{2})$/u.exec(text);
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 : NaN;
}

/** When windows hold between two moments (unix seconds), clipped to them and merged; no windows hold always. @param offset hours that clocks there are ahead of UTC (8 in China) */
export function activeSpans(windows: readonly TimeWindow[] | undefined, from: number, to: number, offset = 8): Span[] {
  if (!windows || windows.length === 0) return [[from, to]];
  const spans: [number, number][] = [];
  const first = Math.floor((from + offset * 3600) / DAY) - 1;
  for (let day = first; day * DAY - offset * 3600 <= to; day++) {
    // Day 0 of unix time was a Thursday.
    const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
    for (const window of windows) {
      const [begin, end] = [seconds(window.from), seconds(window.to)];
      if (Number.isNaN(begin) || Number.isNaN(end) || (window.days && !window.days.includes(weekday))) continue;
      const start = day * DAY - offset * 3600 + begin;
      const stop = day * DAY - offset * 3600 + (end > begin ? end : end + DAY);
      if (stop > from && start < to) spans.push([Math.max(from, start), Math.min(to, stop)]);
    }
  }
  const merged: [number, number][] = [];
  for (const span of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
    else merged.push(span);
  }
  return merged;
}

/** Where spans of two lists overlap. */
export function overlaps(a: readonly Span[], b: readonly Span[]): Span[] {
  return a.flatMap(([from, to]) => b.flatMap(([start, end]): Span[] => (Math.max(from, start) < Math.min(to, end) ? [[Math.max(from, start), Math.min(to, end)]] : []))).toSorted((x, y) => x[0] - y[0]);
}
