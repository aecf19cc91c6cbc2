import { DEVIATION, deviationEvents, plausible, routeDistance, speedingRuns, stays, type DeviationRule } from './deviation.ts';
import { activeSpans, insideRings, insideSpans, overlaps, type Rings, type TimeWindow, type TrackFix } from './fence.ts';

/** A fix with the speed as read, m/s (NaN where nobody said), and where the roads say it was. */
export interface WatchedFix extends TrackFix {
  readonly speed: number;
  /** Place on the road matched to it; null where none is. */
  readonly matched: { readonly x: number; readonly y: number; readonly limit: number } | null;
}

/** An area that is closed to a fleet, always or in some hours. */
export interface Fence {
  readonly id: string;
  readonly name: string;
  readonly rings: Rings;
  readonly windows?: readonly TimeWindow[];
}

/** What a fleet must keep to, in metres of one anchor. */
export interface FleetRules {
  readonly forbidden: readonly Fence[];
  /** Sites where it may stand and unload. */
  readonly sites: readonly Fence[];
  /** Approved ways, of which one must be near; none: any way may be taken. */
  readonly routes: readonly (readonly (readonly [number, number])[])[];
  readonly deviation?: Partial<DeviationRule>;
  readonly stay?: { readonly radius?: number; readonly least?: number };
  /** km/h; absent: the matched road's own limit, with a tenth of grace. `least`: seconds. */
  readonly speed?: { readonly limit?: number; readonly least?: number };
  /** Hours that clocks are ahead of UTC. */
  readonly utcOffset?: number;
}

export type FleetEventKind = 'forbidden' | 'off-route' | 'stop' | 'speeding';

/** Something that happened, with the stretch of the track that shows it. */
export interface FleetEvent {
  readonly kind: FleetEventKind;
  readonly vehicle: string;
  /** Unix seconds; end is null while it goes on. */
  readonly start: number;
  readonly end: number | null;
  /** Metres of the anchor where it began, or where it stood. */
  readonly x: number;
  readonly y: number;
  /** Fence's id and name; empty for others. */
  readonly fence: string;
  readonly name: string;
  /** Metres off the route, km/h, or seconds stood: the most there was; and what was allowed. */
  readonly most: number;
  readonly allowed: number;
  /** Unix seconds: the stretch of track to be shown as evidence. */
  readonly evidence: readonly [number, number];
}

/** Seconds of track before and after an event that belong to its evidence. */
const MARGIN = 60;
const GRACE = 1.1;

/** Everything that a track says about the rules, by time. */
export function watchTrack(vehicle: string, given: readonly WatchedFix[], rules: FleetRules): FleetEvent[] {
  const track = plausible(given);
  if (track.length === 0) return [];
  const [first, last] = [track[0].time, track[track.length - 1].time];
  const event = (kind: FleetEventKind, start: number, end: number | null, more: Partial<FleetEvent>): FleetEvent => {
    const [x, y] = placeAt(track, start);
    return { kind, vehicle, start, end, x, y, fence: '', name: '', most: NaN, allowed: NaN, evidence: [Math.max(first, start - MARGIN), Math.min(last, (end ?? last) + MARGIN)], ...more };
  };
  const events: FleetEvent[] = [];
  for (const { id, name, rings, windows } of rules.forbidden) {
    const active = activeSpans(windows, first, last, rules.utcOffset);
    // A moment on the border is no visit: the span must last.
    for (const [from, to] of overlaps(insideSpans(track, rings), active)) events.push(event('forbidden', from, to >= last ? null : to, { fence: id, name }));
  }
  if (rules.routes.length > 0) events.push(...offRoute(track, rules, event));
  const { radius = 50, least = 300 } = rules.stay ?? {};
  for (const stay of stays(track, radius, least)) {
    if (rules.sites.some(({ rings }) => insideRings(rings, stay.x, stay.y))) continue;
    events.push(event('stop', stay.from, stay.to >= last ? null : stay.to, { x: stay.x, y: stay.y, most: stay.to - stay.from, allowed: least }));
  }
  const limits = track.map(({ matched }) => rules.speed?.limit ?? (matched && matched.limit > 0 ? matched.limit * GRACE : Infinity));
  for (const run of speedingRuns(track.map(({ time }) => time), track.map(({ speed }) => 3.6 * speed), limits, rules.speed?.least ?? 10)) {
    events.push(event('speeding', run.start, run.end >= last ? null : run.end, { most: run.fastest, allowed: run.limit }));
  }
  return events.toSorted((a, b) => a.start - b.start || a.kind.localeCompare(b.kind));
}

/** Off the approved ways, by the distance of the matched place: a receiver's error on the right road is no deviation. Where no road is near, the fix itself counts. */
function offRoute(track: readonly WatchedFix[], rules: FleetRules, event: (kind: FleetEventKind, start: number, end: number | null, more: Partial<FleetEvent>) => FleetEvent): FleetEvent[] {
  const rule = { ...DEVIATION, ...rules.deviation };
  const distances = track.map(({ x, y, matched }) => Math.min(...rules.routes.map((route) => routeDistance(route, matched?.x ?? x, matched?.y ?? y))));
  const found = deviationEvents(track.map(({ time }) => time), distances, rule);
  const out: FleetEvent[] = [];
  for (let i = 0; i < found.length; i += 2) {
    const end = found[i + 1]?.start ?? null;
    const most = Math.max(...distances.filter((_, k) => track[k].time >= found[i].start && (end === null || track[k].time <= end)));
    out.push(event('off-route', found[i].start, end, { most, allowed: rule.tolerance }));
  }
  return out;
}

function placeAt(track: readonly TrackFix[], time: number): [number, number] {
  const next = track.findIndex((fix) => fix.time >= time);
  if (next <= 0) return next === 0 ? [track[0].x, track[0].y] : [track[track.length - 1].x, track[track.length - 1].y];
  const [a, b] = [track[next - 1], track[next]];
  const share = (time - a.time) / (b.time - a.time);
  return [a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)];
}
