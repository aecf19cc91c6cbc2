import type { Card, CardRow, CardSeries, Series, Text } from '#engine';
import { heldMean, parkingFigures, sharedDemand, standLevel, staysOf, type Stay } from '#models';
import type { StandState } from './stand-state.ts';

const row = (zh: string, en: string, value: CardRow['value'], unit?: string, group?: Text): CardRow => ({ label: { zh, en }, value, ...(unit ? { unit } : {}), ...(group ? { group } : {}) });
const percent = (share: number): number => Math.round(share * 100);

/** What a card shows of a stand's past. */
export interface StandPast {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  /** Of the stand's own count. */
  readonly course: Series | null;
  /** Of each bay that told something. */
  readonly bays: readonly Series[];
}

/** Hours that must be known before figures are made of them. */
const LEAST = 1 / 12;

/** Figures over the span that is known, as hours of it. */
function pastRows({ capacity }: StandState, past: StandPast): CardRow[] {
  const { course, bays } = past;
  const begins = [...(course ? [course] : []), ...bays].map(({ times }) => times[0]).filter((time) => time !== undefined);
  const from = Math.max(past.from, Math.min(...begins));
  const hours = (past.to - from) / 3600;
  if (begins.length === 0 || !(hours >= LEAST) || capacity === null) return [];
  const group: Text = hours < 1 ? { zh: `最近 ${Math.round(hours * 60)} 分钟`, en: `Last ${Math.round(hours * 60)} minutes` } : { zh: `最近 ${hours.toFixed(1)} 小时`, en: `Last ${hours.toFixed(1)} hours` };
  if (bays.length > 0) {
    const stays = bays.flatMap((bay): Stay[] => staysOf(bay, past.to));
    const figures = parkingFigures(stays, bays.length, [from, past.to]);
    return [
      row('周转率', 'Turnover', Number(figures.turnover.toFixed(2)), 'veh/space', group), row('平均利用率', 'Mean utilisation', percent(figures.meanUtilisation), '%', group),
      row('高峰利用率', 'Peak utilisation', percent(figures.peakUtilisation), '%', group), row('驶入车辆', 'Vehicles that came', figures.entries, undefined, group),
      ...(Number.isNaN(figures.meanStay) ? [] : [row('平均停放时长', 'Mean stay', Math.round(figures.meanStay / 60), 'min', group)]),
    ];
  }
  const { mean, peak } = heldMean(course!, past.to);
  return Number.isNaN(peak) ? [] : [row('平均利用率', 'Mean utilisation', percent(mean / capacity), '%', group), row('高峰利用率', 'Peak utilisation', percent(peak / capacity), '%', group)];
}

function demandRows({ stand: { users }, capacity }: StandState): CardRow[] {
  if (users.length === 0 || capacity === null) return [];
  const group: Text = { zh: '错时共享（按小时需求）', en: 'Shared over the day (hourly demand)' };
  const { peak, hours, free, saved } = sharedDemand(users.map(({ demand }) => demand), capacity);
  return [
    row('共享用户', 'Users', users.map(({ name }) => name).join('、'), undefined, group), row('合计高峰', 'Peak together', peak, `veh · ${hours[0]}:00–${hours[hours.length - 1] + 1}:00`, group),
    row('最少空位', 'Fewest free', free, free < 0 ? '!' : undefined, group), row('共享节省泊位', 'Spaces saved by sharing', saved, undefined, group),
  ];
}

export function standCard(state: StandState, past: StandPast, source: Text | null): Card {
  const { stand, taken, free, capacity, asOf, stale } = state;
  const rows: CardRow[] = [];
  const none: Text = { zh: '无数据', en: 'no data' };
  if (stand.kind === 'bikes') rows.push(row('可借车辆', 'Bikes', taken ?? none), row('空桩', 'Free docks', free ?? none));
  else rows.push(row('空位', 'Free', free ?? none), row('已停', 'Taken', taken ?? none));
  rows.push(row(stand.kind === 'bikes' ? '桩位' : '泊位', stand.kind === 'bikes' ? 'Docks' : 'Spaces', capacity ?? { zh: '未知', en: 'unknown' }));
  if (taken !== null && capacity !== null) rows.push(row('利用率', 'Utilisation', percent(taken / capacity), '%'), row('状态', 'State', (({ zh, en }) => ({ zh, en }))(standLevel(stand.kind, taken, capacity))));
  rows.push(row('编号', 'Id', stand.id), ...pastRows(state, past), ...demandRows(state));
  const series: CardSeries[] = past.course && past.course.times.length > 1 ? [{ title: stand.kind === 'bikes' ? { zh: '可借车辆', en: 'Bikes' } : { zh: '已停车辆', en: 'Vehicles' }, unit: '', ...past.course }] : [];
  return { title: { zh: stand.name, en: stand.name }, rows, asOf, stale, source, ...(series.length > 0 ? { series } : {}) };
}
