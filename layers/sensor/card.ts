import type { Card, CardRow, CardSeries, Text } from '#engine';
import { REAL_TIME_RULE, thresholdsOf } from '#models';
import type { MovingMean } from './course.ts';
import { itemsOf, kindText, otherItem, type Item } from './items.ts';
import { chinaTime } from './status.ts';
import type { StationState } from './stations.ts';

const both = (text: string): Text => ({ zh: text, en: text });
const VALUES: Text = { zh: '监测值', en: 'Readings' };
const MEANS: Text = { zh: '实时报的滑动均值', en: 'Moving means of the report' };
const OTHERS: Text = { zh: '其他', en: 'Others' };
const LIMITS: Text = { zh: '阈值', en: 'Thresholds' };
const RULES: Text = { zh: '依据', en: 'Judged by' };

function itemRow(state: StationState, item: Item, group: Text): CardRow | null {
  const { [item.name]: value } = state.values;
  const judged = state.verdict?.items[item.name];
  if (value === undefined) return state.missing.includes(item.name) ? { label: item.title, value: { zh: '缺测', en: 'no value' }, group } : null;
  const words = state.verdict?.words?.[item.name];
  if (words) return { label: item.title, value: { zh: `${value.toFixed(item.digits)} ${item.unit} · ${words.zh}`, en: `${value.toFixed(item.digits)} ${item.unit} · ${words.en}` }, group };
  const unit = [item.unit, judged].filter(Boolean).join(' · ');
  return { label: item.title, value: Number(value.toFixed(item.digits)), ...(unit ? { unit } : {}), group };
}

function verdictRows(state: StationState): CardRow[] {
  const { verdict, station, station: { kind } } = state;
  if (!verdict) return [{ label: kindText(station), value: state.quality === 'invalid' ? { zh: '数据无效', en: 'marked invalid' } : { zh: '无数据', en: 'no data' } }];
  const rows: CardRow[] = [];
  if (kind === 'air') rows.push({ label: both('AQI'), value: verdict.value });
  rows.push({ label: kind === 'air' ? { zh: '级别', en: 'Level' } : kind === 'water' ? { zh: '水质类别', en: 'Class' } : { zh: '评价', en: 'Judged' }, value: verdict.level });
  if (verdict.primary.length > 0) {
    const titles = verdict.primary.map((name) => itemsOf(station).find((item) => item.name === name)?.title ?? both(name));
    rows.push({
      label: kind === 'air' ? { zh: '首要污染物', en: 'Primary pollutant' } : { zh: '定类项目', en: 'Deciding item' },
      value: { zh: titles.map(({ zh }) => zh).join('、'), en: titles.map(({ en }) => en).join(', ') },
    });
  }
  return rows;
}

/** What the reading is, where it is not simply measured here and now. */
function qualityRow({ quality, origin }: StationState): CardRow | null {
  const label: Text = { zh: '数据性质', en: 'Readings are' };
  if (quality === 'simulated') return { label, value: { zh: '模拟数据，非实测', en: 'simulated, not measured' } };
  if (quality === 'replayed') return { label, value: origin === null ? { zh: '重放的历史实测', en: 'a replay of real readings' } : { zh: `重放的历史实测，原始时间 ${chinaTime(origin)}（UTC+8）`, en: `a replay of readings measured at ${chinaTime(origin)} (UTC+8)` } };
  if (quality === 'suspect') return { label, value: { zh: '存疑', en: 'suspect' } };
  return null;
}

function meanRow({ item, span, value, iaqi }: MovingMean): CardRow {
  return { label: { zh: `${item.title.zh}（${span} 小时）`, en: `${item.title.en} (${span} h)` }, value: Number(value.toFixed(item.digits)), unit: `${item.unit} · IAQI ${iaqi ?? '–'}`, group: MEANS };
}

/** The card of a station at the clock's moment. */
export function stationCard(state: StationState, { series, means }: { series: readonly CardSeries[]; means: readonly MovingMean[] }, source: Text | null): Card {
  const { station, verdict, values, asOf, stale } = state;
  const own = itemsOf(station).map((item) => itemRow(state, item, VALUES));
  const limits = (station.own?.items ?? []).flatMap((item) => (item.levels ?? []).flatMap(({ label }, i): CardRow[] => {
    const at = thresholdsOf(item, { ...station.thresholds, ...values })[i];
    return Number.isNaN(at) ? [] : [{ label, value: Number(at.toFixed(Math.max(item.digits, 1))), unit: item.unit, group: LIMITS }];
  }));
  const others = Object.keys(values).flatMap((name) => {
    const item = otherItem(station, name);
    return item ? [itemRow(state, item, OTHERS)] : [];
  });
  const rules: CardRow[] = verdict?.standard ? [{ label: { zh: '标准', en: 'Standard' }, value: verdict.standard, group: RULES }] : [];
  if (verdict && station.kind === 'air') rules.push({ label: { zh: '规则', en: 'Rule' }, value: REAL_TIME_RULE, group: RULES });
  if (verdict && station.kind === 'water') rules.push({ label: { zh: '规则', en: 'Rule' }, value: values.lake === 1 ? { zh: '湖库，单因子评价', en: 'lake, the worst item decides' } : { zh: '河流，单因子评价，总氮不参评', en: 'river, the worst item decides, total nitrogen left out' }, group: RULES });
  const rows = [...verdictRows(state), qualityRow(state), ...own, ...means.map(meanRow), ...others, ...limits, ...rules, { label: { zh: '编号', en: 'Id' }, value: station.id, group: RULES }];
  const name = station.name || station.id;
  return { title: { zh: name, en: name }, rows: rows.filter((row): row is CardRow => row !== null), ...(series.length > 0 ? { series } : {}), asOf, stale, source };
}
