import type { Card, CardRow, Reading, Text } from '#engine';
import { capacityOf, roadRank, saturation } from '#models';
import { ageText } from './age.ts';
import { levelText } from './levels.ts';
import type { RoadState } from './road-lines.ts';

const classTexts: Readonly<Record<string, Text>> = {
  motorway: { zh: '高速公路', en: 'motorway' },
  trunk: { zh: '快速路', en: 'trunk road' },
  primary: { zh: '主干路', en: 'primary road' },
  secondary: { zh: '次干路', en: 'secondary road' },
  tertiary: { zh: '支路', en: 'tertiary road' },
  residential: { zh: '街坊路', en: 'residential street' },
  service: { zh: '内部道路', en: 'service road' },
};

const row = (zh: string, en: string, value: CardRow['value'], unit?: string): CardRow => ({ label: { zh, en }, value, ...(unit ? { unit } : {}) });
const kmh = (value: number): number => Math.round(value * 10) / 10;

/** The card of a vehicle. A reading's speed is in m/s, the card's in km/h. */
export function vehicleCard(reading: Reading, now: number, source: Text | null): Card {
  const { id, heading, time, stale, values } = reading;
  const rows: CardRow[] = [];
  if (Number.isFinite(values.speed)) rows.push(row('车速', 'Speed', kmh(values.speed * 3.6), 'km/h'));
  if (heading !== null) rows.push(row('航向', 'Heading', Math.round(heading), '°'));
  rows.push(row('最近一次上报', 'Last reading', ageText(now - time)));
  rows.push(row('编号', 'Id', id));
  return { title: { zh: `车辆 ${id}`, en: `Vehicle ${id}` }, rows, asOf: time, stale, source };
}

const LOAD_WORDS: readonly Text[] = [{ zh: '很宽裕', en: 'ample' }, { zh: '宽裕', en: 'easy' }, { zh: '适中', en: 'moderate' }, { zh: '较紧', en: 'tight' }, { zh: '紧张', en: 'very tight' }, { zh: '饱和', en: 'saturated' }];
/** Metres of a lane. */
const LANE = 3.25;

/** Flow, and how much of what its lanes can carry that is; nothing where nobody counts. */
function loadRows({ class: roadClass, freeFlow, flow, width }: RoadState): CardRow[] {
  const load = saturation(flow, capacityOf(roadRank(roadClass), freeFlow, Math.max(1, Math.round(width / LANE))));
  if (!load) return [];
  const words = LOAD_WORDS[load.level - 1];
  return [row('流量', 'Flow', Math.round(flow), 'veh/h'), row('饱和度 v/c', 'Saturation v/c', { zh: `${load.ratio.toFixed(2)}（${words.zh}）`, en: `${load.ratio.toFixed(2)} (${words.en})` })];
}

/** The card of a road: how it flows now, against how it could. */
export function roadCard(road: RoadState, now: number, source: Text | null): Card {
  const rows: CardRow[] = [row('等级', 'Class', classTexts[road.class] ?? road.class)];
  const known = Number.isFinite(road.speed);
  rows.push(known ? row('车速', 'Speed', kmh(road.speed), 'km/h') : row('车速', 'Speed', { zh: '无数据', en: 'no value' }));
  if (Number.isFinite(road.freeFlow)) rows.push(row('自由流车速', 'Free-flow speed', kmh(road.freeFlow), 'km/h'));
  const level = levelText(road.speed, road.freeFlow);
  if (level) rows.push(row('路况', 'Level', level), row('车速比', 'Speed ratio', Math.round((road.speed / road.freeFlow) * 100), '%'));
  rows.push(...loadRows(road));
  if (Number.isFinite(road.time)) rows.push(row('数据时间', 'Reading', ageText(now - road.time)));
  rows.push(row('编号', 'Id', road.id));
  const name = road.name || road.id;
  return { title: { zh: name, en: name }, rows, asOf: Number.isFinite(road.time) ? road.time : null, stale: known && !road.fresh, source };
}
