import type { TrackFix } from './fence.ts';

/** When a vehicle counts as off its route, and as back. Project convention: 50 m for 60 s, back below 30 m for 30 s. */
export interface DeviationRule {
  readonly tolerance: number;
  readonly confirm: number;
  readonly returnTolerance: number;
  readonly returnConfirm: number;
}

export const DEVIATION: DeviationRule = { tolerance: 50, confirm: 60, returnTolerance: 30, returnConfirm: 30 };

export interface DeviationEvent {
  readonly type: 'deviation' | 'return';
  /** First fix of the unbroken run, and the one that confirmed it; seconds. */
  readonly start: number;
  readonly confirmed: number;
}

/** Metres from a place to the nearest of a route's lines. */
export function routeDistance(route: readonly (readonly [number, number])[], x: number, y: number): number {
  let best = route.length === 1 ? Math.hypot(x - route[0][0], y - route[0][1]) : Infinity;
  for (let i = 0; i + 1 < route.length; i++) {
    const [[ax, ay], [bx, by]] = [route[i], route[i + 1]];
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    best = Math.min(best, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return best;
}

/** Leaving and returning, from distances at times: a run must be unbroken and last. A fix without a distance (NaN) says nothing and breaks no run. */
export function deviationEvents(times: ArrayLike<number>, distances: ArrayLike<number>, rule: DeviationRule = DEVIATION): DeviationEvent[] {
  const events: DeviationEvent[] = [];
  let off = false;
  let start = NaN;
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(distances[i])) continue;
    const counts = off ? distances[i] < rule.returnTolerance : distances[i] > rule.tolerance;
    if (!counts) {
      start = NaN;
      continue;
    }
    if (Number.isNaN(start)) start = times[i];
    if (times[i] - start < (off ? rule.returnConfirm : rule.confirm)) continue;
    events.push({ type: off ? 'return' : 'deviation', start, confirmed: times[i] });
    off = !off;
    start = NaN;
  }
  return events;
}

/** A stay: where it stood, on average, from its first fix to its last. */
export interface Stay {
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly y: number;
}

/** Stays: all fixes within a radius of the first for at least so long. Project convention: 50 m, 5 minutes. */
export function stays(track: readonly TrackFix[], radius = 50, least = 300): Stay[] {
  const found: Stay[] = [];
  for (let i = 0; i < track.length; ) {
    let end = i + 1;
    while (end < track.length && Math.hypot(track[end].x - track[i].x, track[end].y - track[i].y) <= radius) end++;
    if (track[end - 1].time - track[i].time < least) {
      i++;
      continue;
    }
    const group = track.slice(i, end);
    found.push({ from: group[0].time, to: group[group.length - 1].time, x: group.reduce((sum, fix) => sum + fix.x, 0) / group.length, y: group.reduce((sum, fix) => sum + fix.y, 0) / group.length });
    i = end;
  }
  return found;
}

/** The track without fixes that it could only have reached faster than `fastest` km/h; the first one is believed. */
export function plausible<Fix extends TrackFix>(track: readonly Fix[], fastest = 120): Fix[] {
  const kept: Fix[] = [];
  for (const fix of track) {
    const last = kept.at(-1);
    if (last && (fix.time <= last.time || (Math.hypot(fix.x - last.x, fix.y - last.y) / (fix.time - last.time)) * 3.6 > fastest)) continue;
    kept.push(fix);
  }
  return kept;
}

/** Runs in which a speed (km/h, NaN says nothing) lies above a limit for at least so long: first and last fix, and the fastest. */
export function speedingRuns(times: ArrayLike<number>, speeds: ArrayLike<number>, limits: ArrayLike<number>, least = 10): { start: number; end: number; fastest: number; limit: number }[] {
  const runs: { start: number; end: number; fastest: number; limit: number }[] = [];
  let run: (typeof runs)[number] | null = null;
  const close = (): void => {
    if (run && run.end - run.start >= least) runs.push(run);
    run = null;
  };
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(speeds[i])) continue;
    if (!(speeds[i] > limits[i])) {
      close();
      continue;
    }
    run ??= { start: times[i], end: times[i], fastest: 0, limit: limits[i] };
    run.end = times[i];
    if (speeds[i] > run.fastest) Object.assign(run, { fastest: speeds[i], limit: limits[i] });
  }
  close();
  return runs;
}
