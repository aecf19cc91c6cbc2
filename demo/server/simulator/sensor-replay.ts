import { chineseName, type StationSeries } from '../sensor-files.ts';
import type { StationPlace } from './station-places.ts';
import type { StationReading } from './sensors.ts';

/** Hours told at once when a replay begins, so that a chart has a past. */
export const LEAD = 48;

/** A real series shown at a station of another city. */
export interface Placed {
  readonly station: StationPlace;
  readonly series: StationSeries;
}

/** Gives the series to the air stations in the order of their ids. Those left over on either side are said. */
export function placeSeries(stations: readonly StationPlace[], series: readonly StationSeries[]): { placed: Placed[]; unused: StationSeries[] } {
  const air = stations.filter(({ kind }) => kind === 'air');
  return { placed: series.slice(0, air.length).map((each, i) => ({ station: air[i], series: each })), unused: series.slice(air.length) };
}

/**
 * The reading of one hour of a series, told at `t` (unix seconds): its values are the hour's, null where the file has none, and `originHour` (hours since 1970 UTC)
 * says when it was measured, so that nobody takes it for today's. A series that ends begins again.
 */
export function replayedReading({ station, series }: Placed, step: number, t: number): StationReading {
  const row = step % series.hours.length;
  const values: Record<string, number | null> = { originHour: series.hours[row] };
  for (const [name, column] of Object.entries(series.items)) values[name] = Number.isNaN(column[row]) ? null : Number(column[row].toFixed(3));
  return { id: station.id, t, values, quality: 'replayed' };
}

/** Day and hour in Beijing. */
export function beijing(hours: number): string {
  return new Date((hours + 8) * 3600_000).toISOString().slice(0, 13).replace('T', ' ');
}

/** Where a station's replayed readings come from. */
export function sourceOf({ station, series }: Placed, rate: number): { zh: string; en: string } {
  const seconds = 3600 / rate;
  const span = `${beijing(series.hours[0]).slice(0, 10)} – ${beijing(series.hours[series.hours.length - 1]).slice(0, 10)}`;
  return {
    zh: `北京${chineseName(series.station)}站 ${span} 的实测数据（UCI 501，CC BY 4.0），显示在样例城市“${station.name}”；原数据无坐标；每 ${seconds} 秒重放 1 小时，至末尾后从头循环`,
    en: `Readings of Beijing station ${series.station}, ${span} (UCI 501, CC BY 4.0), shown at “${station.name}”; the data have no coordinates; an hour every ${seconds} s, from the beginning again after the end`,
  };
}
