import type { Card, CardRow, Text } from '#engine';
import { punctuality, type TransitCardOutput, type TransitRoute } from '#models';
import { routeKind } from './route-look.ts';

const row = (zh: string, en: string, value: CardRow['value'], unit?: string, group?: Text): CardRow => ({ label: { zh, en }, value, ...(unit ? { unit } : {}), ...(group ? { group } : {}) });
const both = (text: string): Text => ({ zh: text, en: text });

/** Hours and minutes of a moment in the feed's own zone. */
export function clockIn(zone: string, unix: number): string {
  return Number.isNaN(unix) ? '–' : new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' }).format(unix * 1000);
}

/** A delay as a person says it: how it is judged, and by how much. */
export function delayText(delay: number): Text {
  const { zh, en, id } = punctuality(delay);
  const minutes = Math.abs(delay) >= 60 ? Math.round(Math.abs(delay) / 60) : 0;
  if (minutes === 0) return { zh, en };
  const side = delay < 0 ? { zh: '早', en: 'early' } : { zh: '晚', en: 'late' };
  return id === 'on-time' ? { zh: `${zh}（${side.zh} ${minutes} 分钟）`, en: `${en} (${minutes} min ${side.en})` } : { zh: `${zh} ${minutes} 分钟`, en: `${minutes} min ${en}` };
}

const CALLS: Text = { zh: '后续站点', en: 'Next stops' };
const DEPARTURES: Text = { zh: '即将发车', en: 'Next departures' };
/** Calls that a card lists. */
const MOST = 8;

/** Where a vehicle's place is from, as the card says it. */
const FROM: Readonly<Record<'timetable' | 'predicted' | 'seen', Text>> = {
  timetable: { zh: '时刻表推算，未经观测', en: 'by the timetable, not observed' },
  predicted: { zh: '时刻表加实时晚点推算', en: 'by the timetable and the delay told' },
  seen: { zh: '车辆实时上报', en: 'told by the vehicle' },
};

export interface TripFacts {
  readonly route: TransitRoute;
  readonly zone: string;
  /** s; null where nobody tells. */
  readonly delay: number | null;
  /** Unix seconds of what was told; null where nothing was. */
  readonly told: number | null;
  readonly from: keyof typeof FROM;
  readonly stale: boolean;
  readonly source: Text | null;
}

export function tripCard(trip: NonNullable<TransitCardOutput['trip']>, facts: TripFacts): Card {
  const { route, zone, delay } = facts;
  const rows: CardRow[] = [row('方向', 'Towards', trip.headsign), row('类型', 'Kind', routeKind(route)), row('位置', 'Place', FROM[facts.from])];
  rows.push(row('准点', 'Punctuality', delay === null ? { zh: '无实时数据', en: 'nothing told' } : delayText(delay)));
  if (!trip.running) rows.push(row('班次', 'Trip', { zh: '当前不在运行', en: 'not under way now' }));
  rows.push(row('班次编号', 'Trip id', trip.id));
  trip.calls.slice(0, MOST).forEach(({ stop, time }, i) => {
    const planned = clockIn(zone, time);
    const expected = delay === null || Math.abs(delay) < 60 ? planned : `${planned} → ${clockIn(zone, time + delay)}`;
    rows.push(row(i === 0 && trip.standing ? `${stop}（停靠）` : stop, i === 0 && trip.standing ? `${stop} (standing)` : stop, both(expected), undefined, CALLS));
  });
  return { title: { zh: `${route.name}`, en: route.name }, rows, asOf: facts.told, stale: facts.stale, source: facts.source };
}

export function stopCard(name: string, departures: TransitCardOutput['departures'], facts: { readonly routes: readonly TransitRoute[]; readonly zone: string; readonly told: (trip: string) => boolean; readonly source: Text | null }): Card {
  const rows: CardRow[] = departures.length === 0 ? [row('发车', 'Departures', { zh: '三小时内无班次', en: 'none within three hours' })] : departures.map(({ trip, route, headsign, time, delay }) => {
    const label = headsign ? `${facts.routes[route].name} → ${headsign}` : facts.routes[route].name;
    const at = clockIn(facts.zone, time + delay);
    const judged = facts.told(trip) ? delayText(delay) : { zh: '时刻表', en: 'timetable' };
    return row(label, label, { zh: `${at} · ${judged.zh}`, en: `${at} · ${judged.en}` }, undefined, DEPARTURES);
  });
  return { title: both(name), rows, asOf: null, stale: false, source: facts.source };
}

export function routeCard(route: TransitRoute, underWay: number, source: Text | null): Card {
  return { title: both(route.name), rows: [row('名称', 'Name', route.long), row('类型', 'Kind', routeKind(route)), row('全网在途（时刻表）', 'Under way in the network (timetable)', underWay)], asOf: null, stale: false, source };
}
