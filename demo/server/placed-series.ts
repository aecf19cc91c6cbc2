import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StartOptions } from './arguments.ts';

/**
 * Stations for series that were given a place of their own (`--place series.csv@lon,lat,ground,0`): a file of points beside the user's, since a series says
 * no coordinates and a city of the user's own may have no stations. Null where none was placed. Written anew only when it says something else.
 */
export function placedSeries(cache: string, { sensors, places }: Pick<StartOptions, 'sensors' | 'places'>): string | null {
  const features = sensors.flatMap((path, i) => {
    const said = places.find(({ file }) => file !== null && basename(file) === basename(path))?.value;
    if (!said) return [];
    const name = basename(path).replace(/\.[^.]*$/u, '');
    return [{ type: 'Feature', properties: { id: `air-station-${String(i + 1).padStart(4, '0')}`, kind: 'air-station', name, rank: 50 }, geometry: { type: 'Point', coordinates: [said.lon, said.lat] } }];
  });
  if (features.length === 0) return null;
  const folder = join(cache, 'series');
  const file = join(folder, 'stations.geojson');
  const text = JSON.stringify({ type: 'FeatureCollection', features });
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  return file;
}
