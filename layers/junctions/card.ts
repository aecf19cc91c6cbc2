import type { Card, CardRow, CardSeries, Text, TimeDistance } from '#engine';
import { websterOf, type CorridorBands, type GroupState, type JunctionState } from '#models';
import { groupTitle, LIGHT_WORDS } from './lights.ts';

const PLAN: Text = { zh: '配时', en: 'Timing' };
const row = (zh: string, en: string, value: CardRow['value'], unit?: string, group?: Text): CardRow => ({ label: { zh, en }, value, ...(unit ? { unit } : {}), ...(group ? { group } : {}) });
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

function groupRows({ group, light, left, queue, planned, delay, measured, level, stale }: GroupState): CardRow[] {
  const title = groupTitle(group.heading, group.movement);
  const rows: CardRow[] = [];
  if (light === null) rows.push(row('灯色', 'Signal', stale ? { zh: '数据已过期', en: 'too old to say' } : { zh: '无数据', en: 'no data' }, undefined, title));
  else {
    const word = LIGHT_WORDS[light];
    rows.push(row('灯色', 'Signal', left === null ? word : { zh: `${word.zh}，剩余 ${Math.ceil(left)} 秒`, en: `${word.en}, ${Math.ceil(left)} s left` }, undefined, title));
  }
  if (queue !== null) rows.push(row('排队', 'Queue', round(queue, 0), 'veh', title));
  if (planned) rows.push(row('最大排队（D/D/1）', 'Queue at most (D/D/1)', Number.isFinite(planned.farthest) ? round(planned.farthest) : { zh: '不能消散', en: 'never clears' }, Number.isFinite(planned.farthest) ? `veh · ${round(planned.metres, 0)} m` : undefined, title));
  if (delay !== null) rows.push(measured ? row('延误（实测）', 'Delay (measured)', round(delay), `s/veh · ${level}`, title) : row('延误（HCM）', 'Delay (HCM)', round(delay), `s/veh · ${level}`, title));
  return rows;
}

function planRows(state: JunctionState): CardRow[] {
  const { plan } = state.junction;
  if (!plan) return [row('控制方式', 'Control', { zh: '感应或自适应，无固定配时', en: 'driven by traffic, no fixed plan' }, undefined, PLAN)];
  const rows = [row('周期', 'Cycle', round(plan.cycle), 's', PLAN), row('相位差', 'Offset', round(plan.offset), 's', PLAN)];
  const timing = websterOf(state);
  if (!timing) return rows;
  rows.push(row('关键流率比之和 Y', 'Sum of critical flow ratios Y', round(timing.sum, 3), undefined, PLAN));
  rows.push(timing.cycle === null
    ? row('韦伯斯特最佳周期', 'Best cycle (Webster)', { zh: '过饱和，无可行周期', en: 'oversaturated: no cycle serves it' }, undefined, PLAN)
    : row('韦伯斯特最佳周期', 'Best cycle (Webster)', round(timing.cycle), `s · ${timing.greens.map((green) => round(green)).join(' / ')}`, PLAN));
  return rows;
}

/** A junction's name without the road that the corridor is: what is left is the street that crosses. */
function crossing(name: string, road: string): string {
  const rest = name.replace(road, '').replaceAll(/^[－—–\-·/&\s]+|[－—–\-·/&\s]+(?=路口$|$)/gu, '').replace(/路口$/u, '');
  return rest === '' ? name : rest;
}

/** The diagram of the corridor that a junction lies on. */
export function corridorDiagram({ entry, cycle, corridor, back, bands }: CorridorBands, nameOf: (junction: string) => string, here: string | null): TimeDistance {
  return {
    title: { zh: entry.name, en: entry.name }, cycle, speed: entry.speed, forward: bands.forward, reverse: bands.reverse,
    signals: entry.signals.map(({ junction, position }, i) => ({ name: crossing(nameOf(junction), entry.name), position, green: [corridor.offsets[i], corridor.greens[i]], back: [back.offsets[i], back.greens[i]], ...(junction === here ? { here: true } : {}) })),
  };
}

/** The card of a junction: how it stands, its timing, each of its groups, and the green wave it is part of. */
export function junctionCard(state: JunctionState, more: { readonly diagram: TimeDistance | null; readonly series: readonly CardSeries[]; readonly source: Text | null }): Card {
  const { junction, delay, level, queue, asOf, stale } = state;
  const rows: CardRow[] = [];
  if (delay !== null) rows.push(row('平均延误', 'Mean delay', round(delay), 's/veh'), row('服务水平（HCM）', 'Level of service (HCM)', level ?? '–'));
  if (queue !== null) rows.push(row('最长排队', 'Longest queue', round(queue, 0), 'veh'));
  rows.push(row('编号', 'Id', junction.id), ...planRows(state), ...state.groups.flatMap(groupRows));
  return { title: { zh: junction.name, en: junction.name }, rows, asOf, stale, source: more.source, ...(more.diagram ? { diagram: more.diagram } : {}), ...(more.series.length > 0 ? { series: more.series } : {}) };
}
