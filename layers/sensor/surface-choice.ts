import type { Text } from '#engine';
import { aqiClasses, aqiItemClasses, REAL_TIME_ITEMS, type AqiStandard, type HourlyAir } from '#models';
import { ITEMS, itemNamed, type Item } from './items.ts';
import type { Station, StationState } from './stations.ts';

/** Which reading is shown as a surface, and how: `surface` among the options of a sensor layer. */
export interface SurfaceChoice {
  /** 'aqi', or the name of a value ('pm25', 'laeq', 'temperature' …). */
  readonly item: string;
  /** Ordinary kriging (default), or inverse distance. */
  readonly method?: 'kriging' | 'distance';
  /** The estimate (default), or its standard deviation: how far to trust it where. */
  readonly show?: 'value' | 'error';
  /** 0 … 1, 0.5 by default. */
  readonly opacity?: number;
  /** Lines of equal value with their numbers; true by default. */
  readonly lines?: boolean;
}

/** Readings that a surface goes through. */
export interface SurfaceReadings {
  readonly title: Text;
  readonly unit: string;
  readonly digits: number;
  readonly stations: readonly Station[];
  readonly values: readonly number[];
  /** Unix seconds of the oldest and the newest reading. */
  readonly from: number;
  readonly to: number;
  readonly classes: { readonly limits: readonly number[]; readonly colours: readonly string[]; readonly labels?: readonly Text[] } | null;
}

/** The choice among a layer's options; null for none, a sentence where it is none that can be shown. */
export function surfaceChoice(option: unknown): SurfaceChoice | Text | null {
  if (option === undefined || option === null || option === false) return null;
  const choice = option as Partial<SurfaceChoice>;
  if (typeof option !== 'object' || typeof choice.item !== 'string') return { zh: '面插值没有指明项目（surface.item）', en: 'the surface names no item (surface.item)' };
  if (ITEMS.water.some(({ name }) => name === choice.item)) return { zh: '水质不在陆地上插值：水只沿河道流动，请在河上逐站查看', en: 'water is not interpolated over land: it follows its river; look at the stations along it' };
  return choice as SurfaceChoice;
}

/** The thing measured, by its name. */
function itemOf(name: string): Item {
  if (name === 'aqi') return { name, title: { zh: 'AQI', en: 'AQI' }, unit: '', digits: 0 };
  return itemNamed(name);
}

/** What the stations read now of an item: fresh readings only. */
export function surfaceReadings(choice: SurfaceChoice, states: Iterable<StationState>, standard: AqiStandard): SurfaceReadings {
  const item = itemOf(choice.item);
  const used = [...states].flatMap((state) => {
    const value = choice.item === 'aqi' ? (state.station.kind === 'air' ? state.verdict?.value : undefined) : state.values[choice.item];
    return value === undefined || state.stale || state.asOf === null || state.quality === 'invalid' ? [] : [{ station: state.station, value, asOf: state.asOf }];
  });
  const times = used.map(({ asOf }) => asOf);
  const air = REAL_TIME_ITEMS[choice.item as keyof HourlyAir];
  return {
    title: item.title, unit: item.unit, digits: item.digits, stations: used.map(({ station }) => station), values: used.map(({ value }) => value), from: Math.min(...times), to: Math.max(...times),
    classes: choice.item === 'aqi' ? aqiClasses() : air ? aqiItemClasses(air, standard) : null,
  };
}
