import table from './noise-limits.json' with { type: 'json' };

/** Zone of the acoustic environment. */
export type NoiseZone = '0' | '1' | '2' | '3' | '4a' | '4b';

export interface NoiseCheck {
  /** dB(A) of the zone at that hour. */
  readonly limit: number;
  readonly night: boolean;
  readonly compliant: boolean;
  /** dB over the limit, 0 within it. */
  readonly over: number;
  /** Whether a sudden noise at night stays within 15 dB over the limit; null by day and where none is given. */
  readonly peakOk: boolean | null;
}

/** Zones in the order of their numbers. */
export const noiseZones = Object.keys(table.zones) as readonly NoiseZone[];

/**
 * An equivalent level (LAeq, dB(A)) against the limit of its zone at an hour of the day, local time, 0 … 23. 22:00 is night, 06:00 is day.
 * @source GB 3096-2008
 */
export function noiseCheck(zone: NoiseZone, hour: number, level: number, peak: number | null = null): NoiseCheck {
  const night = hour < table.day[0] || hour >= table.day[1];
  const limit = table.zones[zone][night ? 1 : 0];
  return {
    limit, night, compliant: level <= limit, over: Math.max(0, Number((level - limit).toFixed(2))),
    peakOk: night && peak !== null ? peak <= limit + table.peakOver : null,
  };
}
