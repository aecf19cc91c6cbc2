import type { Text } from '#engine';
import { thresholdNames, type SensorKind } from '#models';

/** What standards of the house judge; any other kind is data, a {@link SensorKind}. */
export type StandardKind = 'air' | 'water' | 'noise';

/** What a station is: one that a standard judges, or one of a kind defined as data. */
export interface KindOfStation {
  /** 'air', 'water', 'noise', or the word of the kind as the data have it. */
  readonly kind: string;
  readonly own: SensorKind | null;
}

/** Kinds of places that are stations. */
export const STATION_KINDS: Readonly<Record<string, StandardKind>> = { 'air-station': 'air', 'water-station': 'water', 'noise-station': 'noise' };

const KIND_TEXTS: Readonly<Record<StandardKind, Text>> = {
  air: { zh: '空气质量', en: 'Air' },
  water: { zh: '地表水', en: 'Water' },
  noise: { zh: '环境噪声', en: 'Noise' },
};

/** How a station's kind is called. */
export function kindText({ kind, own }: KindOfStation): Text {
  return own?.title ?? KIND_TEXTS[kind as StandardKind];
}

/** A thing measured: how it is called and in what. */
export interface Item {
  readonly name: string;
  readonly title: Text;
  readonly unit: string;
  /** Decimals shown. */
  readonly digits: number;
}

const item = (name: string, zh: string, en: string, unit: string, digits: number): Item => ({ name, title: { zh, en }, unit, digits });
const MICRO = 'µg/m³';

/** What stations of a kind measure and their standard judges, in the order of their cards. */
export const ITEMS: Readonly<Record<StandardKind, readonly Item[]>> = {
  air: [item('pm25', 'PM2.5', 'PM2.5', MICRO, 0), item('pm10', 'PM10', 'PM10', MICRO, 0), item('o3', 'O₃', 'O₃', MICRO, 0), item('no2', 'NO₂', 'NO₂', MICRO, 0), item('so2', 'SO₂', 'SO₂', MICRO, 0), item('co', 'CO', 'CO', 'mg/m³', 1)],
  water: [
    item('pH', 'pH', 'pH', '', 2), item('DO', '溶解氧', 'Dissolved oxygen', 'mg/L', 2), item('CODMn', '高锰酸盐指数', 'Permanganate index', 'mg/L', 1), item('COD', '化学需氧量', 'COD', 'mg/L', 0),
    item('BOD5', '五日生化需氧量', 'BOD₅', 'mg/L', 1), item('NH3N', '氨氮', 'Ammonia nitrogen', 'mg/L', 2), item('TP', '总磷', 'Total phosphorus', 'mg/L', 3), item('TN', '总氮', 'Total nitrogen', 'mg/L', 2),
  ],
  noise: [item('laeq', '等效声级 LAeq', 'Equivalent level LAeq', 'dB(A)', 1)],
};

const others: readonly Item[] = [
  item('temperature', '气温', 'Temperature', '°C', 1), item('waterTemperature', '水温', 'Water temperature', '°C', 1), item('pressure', '气压', 'Pressure', 'hPa', 1), item('dewPoint', '露点', 'Dew point', '°C', 1), item('rain', '降水', 'Rain', 'mm', 1),
  item('windSpeed', '风速', 'Wind speed', 'm/s', 1), item('windFrom', '风向', 'Wind from', '°', 0), item('waterLevel', '水位', 'Water level', 'm', 2), item('lmax', '最大声级 Lmax', 'Highest level Lmax', 'dB(A)', 1),
];

/** Values that say something of the reading or the station, and are no measurements. */
const ABOUT = new Set(['quality', 'originHour', 'zone', 'lake']);

/** What a station is judged by, in the order of its card. */
export function itemsOf({ kind, own }: KindOfStation): readonly Item[] {
  return own?.items ?? ITEMS[kind as StandardKind];
}

/** An item by its name, whoever measures it; a name of its own stands as it is. */
export function itemNamed(name: string): Item {
  return [...ITEMS.air, ...ITEMS.noise, ...others].find((each) => each.name === name) ?? item(name, name, name, '', 2);
}

/** What a station tells besides what it is judged by. */
export function otherItem(station: KindOfStation, name: string): Item | null {
  if (ABOUT.has(name) || itemsOf(station).some((each) => each.name === name) || (station.own && thresholdNames(station.own).includes(name))) return null;
  return others.find((each) => each.name === name) ?? item(name, name, name, '', 2);
}
