import { boxOfCell, cellOf } from '../cells/grid.ts';
import { SPILL_LEVEL, type Extents } from '../cells/spill.ts';
import type { Issue } from '../../engine/errors.ts';

/** Kilometres from the middle that no city reaches, and how many times farther than half of all it must be besides: a country's data are no mistake. */
const [FAR, TIMES] = [200, 10];
/** Degrees about 0°, 0°: open sea, where places end up that are missing. */
const NULL_ISLAND = 0.5;
const EARTH = 6371;

export interface StrayReading {
  readonly extents: Extents;
  /** The input it is of. */
  readonly name: string;
}

/**
 * Says of buildings that lie where they hardly can: at 0°, 0°, and very far from all others. They are built all the same; whoever asks for them
 * knows better than a rule.
 */
export function sayStrays(readings: readonly StrayReading[], issues: Issue[]): void {
  const places = readings.flatMap(({ extents, name }) => [...extents.cell].map((cell, k) => ({ ...middleOf(cell), count: extents.count[k], name })));
  if (places.length === 0) return;
  const lost = places.filter(({ lon, lat }) => Math.abs(lon) < NULL_ISLAND && Math.abs(lat) < NULL_ISLAND);
  if (lost.length > 0) issues.push({ code: 'null-island', severity: 'warning', message: `${counted(lost)} at 0°, 0° in the open sea (${namesOf(lost)}): that is where missing coordinates end up. Give their places, or name the system of coordinates with --crs.` });
  const middle = { lon: median(places.map(({ lon, count }) => [lon, count])), lat: median(places.map(({ lat, count }) => [lat, count])) };
  // A place there is: between two cities there is none.
  const home = places.reduce((best, place) => (kilometres(middle, place) < kilometres(middle, best) ? place : best));
  const away = places.map((place) => ({ ...place, distance: kilometres(home, place) }));
  const usual = median(away.map(({ distance, count }) => [distance, count]));
  const strays = away.filter((place) => place.distance > Math.max(FAR, usual * TIMES) && !lost.some(({ lon, lat }) => lon === place.lon && lat === place.lat));
  if (strays.length === 0) return;
  const farthest = strays.reduce((far, place) => (place.distance > far.distance ? place : far));
  issues.push({ code: 'far-apart', severity: 'warning', message: `${counted(strays)} far from all others (${namesOf(strays)}), up to ${Math.round(farthest.distance).toLocaleString('en')} km away at ${farthest.lon.toFixed(1)}, ${farthest.lat.toFixed(1)}: the others lie about ${home.lon.toFixed(1)}, ${home.lat.toFixed(1)}. Check their coordinates; if they are right, build them as a city of their own.` });
}

function middleOf(run: number): { lon: number; lat: number } {
  const [west, south, east, north] = boxOfCell(cellOf(run, SPILL_LEVEL));
  return { lon: (west + east) / 2, lat: (south + north) / 2 };
}

/** The value that half of all buildings do not exceed. */
function median(values: readonly (readonly [value: number, count: number])[]): number {
  const sorted = values.toSorted((a, b) => a[0] - b[0]);
  const half = sorted.reduce((sum, [, count]) => sum + count, 0) / 2;
  let sum = 0;
  for (const [value, count] of sorted) if ((sum += count) >= half) return value;
  return Number.NaN;
}

/** On a sphere: a warning needs no more. */
function kilometres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const [p, q] = [a.lat, b.lat].map((degrees) => (degrees * Math.PI) / 180);
  const turn = ((b.lon - a.lon) * Math.PI) / 180;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(Math.sin((q - p) / 2) ** 2 + Math.cos(p) * Math.cos(q) * Math.sin(turn / 2) ** 2)));
}

function counted(places: readonly { count: number }[]): string {
  const count = places.reduce((sum, place) => sum + place.count, 0);
  return count === 1 ? '1 building lies' : `${count.toLocaleString('en')} buildings lie`;
}

function namesOf(places: readonly { name: string }[]): string {
  const names = [...new Set(places.map(({ name }) => name.replace(/^.*[/\\]/u, '')))];
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more files` : ''}`;
}
