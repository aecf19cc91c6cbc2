import { expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { placeKey, runOf } from '../cells/grid.ts';
import { SPILL_LEVEL, type Extents } from '../cells/spill.ts';
import { sayStrays } from './strays.ts';

function extentsOf(places: readonly (readonly [lon: number, lat: number, count: number])[]): Extents {
  const zeros = new Float64Array(places.length);
  return { cell: Float64Array.from(places, ([lon, lat]) => runOf(placeKey(lon, lat), SPILL_LEVEL)), count: Uint32Array.from(places, ([, , count]) => count), offset: zeros, length: zeros, corners: new Uint32Array(places.length), hash: [] };
}

function said(...files: (readonly (readonly [number, number, number])[])[]): Issue[] {
  const issues: Issue[] = [];
  sayStrays(files.map((places, k) => ({ extents: extentsOf(places), name: `/data/${'abc'[k]}.geojson` })), issues);
  return issues;
}

test('nothing is said of a city, nor of a country whose towns lie far apart', () => {
  expect(said([[117.49, 30.66, 500], [117.6, 30.7, 20]])).toEqual([]);
  expect(said([[116.4, 39.9, 100], [121.5, 31.2, 100], [113.3, 23.1, 100], [104.1, 30.7, 100]])).toEqual([]);
  expect(said()).toEqual([]);
});

test('what lies at 0°, 0° is named with its file', () => {
  const [issue, ...others] = said([[117.49, 30.66, 500]], [[0.0001, 0, 3]]);
  expect(others).toEqual([]);
  expect(issue).toMatchObject({ code: 'null-island', severity: 'warning' });
  expect(issue.message).toMatch(/^3 buildings lie at 0°, 0° .*\(b\.geojson\).*--crs/u);
});

test('what lies on another continent is named with how far and where, though it be half of all', () => {
  const [issue] = said([[117.49, 30.66, 50]], [[17.49, 30.66, 1]]);
  expect(issue).toMatchObject({ code: 'far-apart', severity: 'warning' });
  expect(issue.message).toMatch(/^1 building lies far from all others \(b\.geojson\), up to 9,\d{3} km away at 17\.5, 30\.7/u);
  expect(said([[117.49, 30.66, 1], [-73.9, 40.7, 1]])).toHaveLength(1);
});
