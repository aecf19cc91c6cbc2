import type { Text } from '#engine';
import type { FleetEventKind, FleetEventRow } from '#models';
import type { TrafficListed } from './result.ts';

export const EVENT_WORDS: Readonly<Record<FleetEventKind, Text>> = {
  forbidden: { zh: '驶入禁行区', en: 'in a forbidden area' },
  'off-route': { zh: '偏离核准路线', en: 'off the approved route' },
  stop: { zh: '场外停留', en: 'stopped outside the sites' },
  speeding: { zh: '超速', en: 'speeding' },
};

/** What was measured and what is allowed, in a few words. */
export function eventDetail(event: FleetEventRow): Text {
  const { kind, most, allowed, name } = event;
  if (kind === 'forbidden') return { zh: name || '禁行区', en: name || 'forbidden area' };
  if (kind === 'off-route') return { zh: `最远 ${most.toFixed(0)} m（容许 ${allowed.toFixed(0)} m）`, en: `at most ${most.toFixed(0)} m (${allowed.toFixed(0)} m allowed)` };
  if (kind === 'stop') return { zh: `停留 ${minutes(most)} 分钟（容许 ${minutes(allowed)} 分钟）`, en: `stood ${minutes(most)} min (${minutes(allowed)} min allowed)` };
  return { zh: `最高 ${most.toFixed(0)} km/h（限速 ${allowed.toFixed(0)} km/h）`, en: `at most ${most.toFixed(0)} km/h (limit ${allowed.toFixed(0)} km/h)` };
}

const minutes = (seconds: number): string => (seconds / 60).toFixed(seconds < 600 ? 1 : 0);

/** Events as a list shows them: the newest first, those that go on before all. `lag`: seconds that the picture is behind the clock. */
export function listedEvents(events: readonly FleetEventRow[], lag: number): TrafficListed {
  const sorted = events.toSorted((a, b) => Number(b.end === null) - Number(a.end === null) || b.start - a.start);
  return {
    title: { zh: '车队违规事件', en: 'Fleet events' }, none: { zh: '目前没有违规事件', en: 'Nothing broke a rule so far' },
    note: { zh: '偏航按地图匹配后的位置计算：超过容许距离并持续确认时间；回线同理。点击一条即回放其证据轨迹。', en: 'Off-route counts from places matched to the roads, beyond the tolerance for the time to confirm; back likewise. A click replays the track that shows it.' },
    events: sorted.map((event) => ({
      id: event.id, select: event.vehicle, replay: event.evidence[0] + lag, tone: event.end === null ? 'bad' : 'warn', start: event.start, end: event.end, lon: event.lon, lat: event.lat,
      title: { zh: `${event.vehicle} ${EVENT_WORDS[event.kind].zh}`, en: `${event.vehicle} ${EVENT_WORDS[event.kind].en}` }, detail: eventDetail(event),
    })),
  };
}

/** Joins what was found just now to what is known: an event of the same vehicle, kind and fence that overlaps a known one is that one, and keeps its earliest start. */
export function mergedEvents(known: readonly FleetEventRow[], found: readonly FleetEventRow[], from: number): FleetEventRow[] {
  const out = [...known];
  for (const event of found) {
    const at = out.findIndex((other) => other.vehicle === event.vehicle && other.kind === event.kind && other.fence === event.fence && other.start <= (event.end ?? Infinity) && (other.end ?? Infinity) >= event.start);
    if (at < 0) {
      out.push(event);
      continue;
    }
    const before = out[at];
    // What began before the window is cut at its edge: the place and start known then are the true ones.
    const cut = before.start < event.start && event.start <= from + 90;
    out[at] = { ...event, id: before.id, ...(cut ? { start: before.start, lon: before.lon, lat: before.lat, evidence: [before.evidence[0], event.evidence[1]] as const } : {}), most: Math.max(event.most, cut ? before.most : event.most) };
  }
  // What went on and is not found any more has ended: its vehicle is silent, or the rules are others.
  const gone = (event: FleetEventRow): boolean => event.end === null && !found.some((other) => other.vehicle === event.vehicle && other.kind === event.kind && other.fence === event.fence && (other.end === null || other.end >= event.start));
  return out.map((event) => (gone(event) ? { ...event, end: Math.max(event.start, from) } : event)).toSorted((a, b) => a.start - b.start);
}
