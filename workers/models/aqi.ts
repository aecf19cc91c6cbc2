import type { Classes, Text } from '../../engine/drawing/rule.ts';
import tables from './aqi-tables.json' with { type: 'json' };

export type AqiStandard = 'HJ 633-2012' | 'HJ 633-2026';

/** A pollutant with its averaging time. CO in mg/m³, all others in µg/m³. */
export type AqiItem = 'SO2_24h' | 'SO2_1h' | 'NO2_24h' | 'NO2_1h' | 'PM10_24h' | 'PM25_24h' | 'CO_24h' | 'CO_1h' | 'O3_8h' | 'O3_1h';

/** The air of one place and time, judged. */
export interface AirIndex {
  /** 0 … 500. */
  readonly aqi: number;
  /** 1 (excellent) … 6 (severe). */
  readonly level: number;
  readonly name: Text;
  /** '#rrggbb' of the level. */
  readonly colour: string;
  /** Sub-index of every item given; null where the standard has none for that concentration. */
  readonly iaqi: Readonly<Partial<Record<AqiItem, number | null>>>;
  /** Items whose sub-index is the AQI, where it is over 50; ties together. */
  readonly primary: readonly AqiItem[];
  /** Items with a sub-index over 100. */
  readonly exceeding: readonly AqiItem[];
}

/** 2026-03-01 00:00 in China (UTC+8), when HJ 633-2026 came into force. */
const IN_FORCE_2026 = Date.UTC(2026, 1, 28, 16) / 1000;

/** The version in force at a moment (unix seconds): old data are judged by the standard of their day. */
export function aqiStandardAt(time: number): AqiStandard {
  return time >= IN_FORCE_2026 ? 'HJ 633-2026' : 'HJ 633-2012';
}

/** Limits of an item by sub-index 0, 50, 100, 150, 200, 300, 400, 500; shorter where the standard ends earlier. */
function limitsOf(item: AqiItem, standard: AqiStandard): readonly number[] {
  return item === 'PM25_24h' || item === 'PM10_24h' ? tables[standard][item] : tables.common[item];
}

/** A concentration as the standard takes it: whole µg/m³, CO to 0.1 mg/m³, a five before nothing goes to the even digit. @source GB/T 8170-2008 */
export function aqiConcentration(item: AqiItem, concentration: number): number {
  const scale = item.startsWith('CO') ? 10 : 1;
  const scaled = Number((concentration * scale).toPrecision(12));
  const floor = Math.floor(scaled);
  const rounded = scaled - floor === 0.5 ? floor + (floor % 2) : Math.round(scaled);
  return rounded / scale;
}

/**
 * Sub-index of a concentration, rounded up; 500 above the table's end.
 * Above 800 µg/m³ SO2 of one hour and O3 of eight have none in 2012 (null: another averaging time stands for them) and 200 and 300 in 2026.
 * Null for what is no concentration.
 * @source HJ 633, formula (1) and notes to table 1
 */
export function iaqi(item: AqiItem, concentration: number, standard: AqiStandard): number | null {
  if (!(concentration >= 0) || concentration === Infinity) return null;
  const value = aqiConcentration(item, concentration);
  const limits = limitsOf(item, standard);
  const high = limits.findIndex((limit) => value <= limit);
  if (high < 0) {
    if (limits.length < tables.subIndex.length && standard === 'HJ 633-2012') return null;
    return tables.subIndex[limits.length - 1];
  }
  if (high === 0) return 0;
  const [from, to] = [tables.subIndex[high - 1], tables.subIndex[high]];
  const share = ((to - from) * (value - limits[high - 1])) / (limits[high] - limits[high - 1]);
  return Math.ceil(Number((share + from).toPrecision(12)));
}

/** Judges the concentrations of one place and time; null where none of them has a sub-index. */
export function airIndex(concentrations: Readonly<Partial<Record<AqiItem, number>>>, standard: AqiStandard): AirIndex | null {
  const entries = Object.entries(concentrations).map(([item, value]) => [item as AqiItem, iaqi(item as AqiItem, value, standard)] as const);
  const known = entries.filter((entry): entry is readonly [AqiItem, number] => entry[1] !== null);
  if (known.length === 0) return null;
  const aqi = Math.max(...known.map(([, index]) => index));
  const level = aqiLevel(aqi);
  const { zh, en, colour } = tables.levels[level - 1];
  return {
    aqi, level, colour, name: { zh, en }, iaqi: Object.fromEntries(entries),
    primary: aqi > 50 ? known.filter(([, index]) => index === aqi).map(([item]) => item) : [],
    exceeding: known.filter(([, index]) => index > 100).map(([item]) => item),
  };
}

/** 1 … 6 of an AQI. */
export function aqiLevel(aqi: number): number {
  const level = tables.levels.findIndex(({ upTo }) => aqi <= upTo);
  return level < 0 ? tables.levels.length : level + 1;
}

/** The levels as colours of a rule or a legend, by AQI. */
export function aqiClasses(): Classes {
  return {
    limits: tables.levels.slice(0, -1).map(({ upTo }) => upTo),
    colours: tables.levels.map(({ colour }) => colour),
    labels: tables.levels.map(({ zh, en }) => ({ zh, en })),
    inclusive: true,
  };
}

/** The same levels by the concentration of one item, for a chart's bands: an item's sub-index 50, 100, 150, 200, 300 lie at these limits. */
export function aqiItemClasses(item: AqiItem, standard: AqiStandard): Classes {
  const limits = limitsOf(item, standard).slice(1, 6);
  const { colours, labels } = aqiClasses();
  return { limits, colours: colours.slice(0, limits.length + 1), labels: labels?.slice(0, limits.length + 1), inclusive: true };
}

/** Means of one hour as stations report them; CO in mg/m³, others in µg/m³. */
export interface HourlyAir {
  readonly so2?: number;
  readonly no2?: number;
  readonly pm10?: number;
  readonly pm25?: number;
  readonly co?: number;
  readonly o3?: number;
}

/** Which column of the table an hourly item is looked up in. */
export const REAL_TIME_ITEMS = { pm25: 'PM25_24h', pm10: 'PM10_24h', o3: 'O3_1h', no2: 'NO2_1h', so2: 'SO2_1h', co: 'CO_1h' } as const satisfies Record<keyof HourlyAir, AqiItem>;

/** The rule of {@link realTimeIndex} as a person is told it. */
export const REAL_TIME_RULE: Text = {
  zh: '实时报：O₃、NO₂、SO₂、CO 的 1 小时均值按 1 小时限值；PM2.5、PM10 的 1 小时均值按 24 小时限值（表中颗粒物无 1 小时限值）。实时报对颗粒物取 1 小时还是 24 小时滑动均值，未核对到标准原文条款',
  en: 'Real-time report: hourly O₃, NO₂, SO₂, CO by the 1 h limits; hourly PM2.5 and PM10 by the 24 h limits (the table has no 1 h limits for them). Whether the index takes the hourly or the 24 h moving mean of PM was not checked against the clause itself',
};

/**
 * The index of an hour. Gases go by the standard's 1 h limits; for PM2.5 and PM10 the table has none, so their means are looked up in the 24 h column.
 * The real-time report (实时报) lists the hourly means of all six, the 8 h moving mean of O3 and the 24 h moving means of PM2.5 and PM10, nine figures in all; which of
 * the two PM means its index is computed from could not be checked against the clause of either version. Taken here: the hourly mean, unless `pm` gives moving ones
 * (see {@link movingMean}).
 * @source HJ 633-2012 table 1, note 1 (1 h limits are for the real-time report only); the nine figures after 深圳市生态环境局, 空气质量实时报的周期及指标 (meeb.sz.gov.cn, post_12340768)
 */
export function realTimeIndex(hourly: HourlyAir, standard: AqiStandard, pm: Pick<HourlyAir, 'pm25' | 'pm10'> = {}): AirIndex | null {
  const concentrations: Partial<Record<AqiItem, number>> = {};
  for (const [name, item] of Object.entries(REAL_TIME_ITEMS) as [keyof HourlyAir, AqiItem][]) {
    const value = { ...hourly, ...pm }[name];
    if (value !== undefined && !Number.isNaN(value)) concentrations[item] = value;
  }
  return airIndex(concentrations, standard);
}

/**
 * Mean of the hourly values of the last hours up to and including a moment; NaN where fewer than needed are there.
 * A day's mean needs 20 hours, one of eight hours six. @source GB 3095-2012 table 4
 * @param hours [n] whole hours since 1970, ascending; values NaN where there is none
 */
export function movingMean(hours: ArrayLike<number>, values: ArrayLike<number>, last: number, span: 8 | 24): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < hours.length; i++) {
    if (hours[i] > last || hours[i] <= last - span || Number.isNaN(values[i])) continue;
    sum += values[i];
    count++;
  }
  return count >= (span === 24 ? 20 : 6) ? sum / count : Number.NaN;
}
