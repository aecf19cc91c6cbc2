import type { Classes, Legend, Text } from '#engine';
import { classOf, parseColour, speedRatioClasses } from '#models';
import { VEHICLE_KINDS } from './vehicle-models.ts';

/**
 * Speeds in km/h between the five levels of a secondary or branch road, the mildest of the standard's three tables: a vehicle says how fast it is, not
 * on which class of road. A speed on a limit belongs to the slower level.
 * @source DB11/T 785-2011, section level by speed, secondary and branch roads
 */
const BRANCH = [10, 15, 25, 35] as const;

/** What a road without a fresh value looks like: there, and quiet. */
export const UNKNOWN = { colour: '#8b959c', alpha: 110 } as const;
const KNOWN_ALPHA = 235;

const roads = speedRatioClasses();

/** Colours of vehicles by their own speed in m/s, in the colours of the five levels. */
export const vehicleClasses: Classes = { limits: BRANCH.map((limit) => limit / 3.6), colours: roads.colours, labels: roads.labels, inclusive: true };

const levelBytes: readonly (readonly number[])[] = roads.colours.map((colour) => parseColour(colour) ?? [0, 0, 0, 255]);
const unknownBytes = parseColour(UNKNOWN.colour) ?? [128, 128, 128, 255];

/** Writes a road's colour: by speed over free-flow speed, grey where either is not known. */
export function writeRoadColour(speed: number, freeFlow: number, out: Uint8Array, offset: number): void {
  const known = speed >= 0 && freeFlow > 0;
  const bytes = known ? levelBytes[classOf(speed / freeFlow, roads.limits)] : unknownBytes;
  out[offset] = bytes[0];
  out[offset + 1] = bytes[1];
  out[offset + 2] = bytes[2];
  out[offset + 3] = known ? KNOWN_ALPHA : UNKNOWN.alpha;
}

/** The level's name of a road's speed ratio; null where it is not known. */
export function levelText(speed: number, freeFlow: number): Text | null {
  if (!(speed >= 0) || !(freeFlow > 0)) return null;
  return roads.labels?.[classOf(speed / freeFlow, roads.limits)] ?? null;
}

/** Colour and name of level 1 (free) … 5 (severe). */
export const levelColour = (level: number): string => roads.colours[5 - level];
export const levelWords = (level: number): Text => roads.labels?.[5 - level] ?? { zh: '', en: '' };

function bounds(limits: readonly number[], index: number, show: (limit: number) => string): string {
  if (index === 0) return `≤ ${show(limits[0])}`;
  return index === limits.length ? `> ${show(limits[index - 1])}` : `${show(limits[index - 1])}–${show(limits[index])}`;
}

/** The five levels with their limits, freest first; the method is said, so that nobody has to guess it. */
export function trafficLegend(hasRoads: boolean, hasVehicles: boolean, method: Text | null = null): Legend {
  const entries = roads.colours.map((colour, index) => {
    const name = roads.labels?.[index] ?? { zh: '', en: '' };
    const ratio = bounds(roads.limits, index, (limit) => `${Math.round(limit * 100)}%`);
    const speed = bounds(BRANCH, index, String);
    const parts = (road: string, car: string): string => [hasRoads ? `${road} ${ratio}` : '', hasVehicles ? `${car} ${speed} km/h` : ''].filter(Boolean).join(' · ');
    return { colour, label: { zh: `${name.zh}　${parts('路', '车')}`, en: `${name.en}: ${parts('road', 'car')}` } };
  });
  return {
    title: {
      zh: `路况：道路按车速与自由流车速之比（GB/T 33171），车辆按车速（DB11/T 785 次干路与支路）${method ? `。${method.zh}` : ''}`,
      en: `Traffic: roads by speed over free-flow speed (GB/T 33171), vehicles by speed (DB11/T 785, secondary and branch roads)${method ? `. ${method.en}` : ''}`,
    },
    unit: '',
    entries: [...entries.toReversed(), ...(hasVehicles ? VEHICLE_KINDS.map(({ label, paints }) => ({ colour: paints[0], label: { zh: `近处：${label.zh}`, en: `Near: ${label.en.toLowerCase()}` } })) : []), { colour: UNKNOWN.colour, label: { zh: '无数据或已过期', en: 'No value, or too old' } }],
  };
}
