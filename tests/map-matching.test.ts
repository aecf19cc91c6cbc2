import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placer } from '#geo';
import { matchGraph, matchTrack, type Fix } from '../workers/models/map-match.ts';
import { roadNetwork, type Road } from '../workers/models/road-network.ts';
import { osmPbf } from '../tiles-pipeline/formats/osm.ts';
import { shapefile } from '../tiles-pipeline/formats/shapefile.ts';
import { fileSource } from '../tiles-pipeline/formats/source.ts';
import { readAll } from '../tiles-pipeline/testing/lone-source.ts';
import { describeShared, shared } from './shared.ts';

/** Distance in metres along places. */
function lengthOf(list: readonly Fix[]): number {
  return list.reduce((sum, fix, i) => (i === 0 ? 0 : sum + Math.hypot(fix.x - list[i - 1].x, fix.y - list[i - 1].y)), 0);
}

/** OSM's ways that cars drive on. @param highways of OSM to the engine's class: the same word without `_link` */
async function andorra(): Promise<Road[]> {
  const { features } = await readAll(osmPbf, await fileSource(shared('data/traffic/osm/andorra.osm.pbf')));
  return features.flatMap(({ id, geometry, properties }) => {
    const highway = String(properties.highway ?? '').replace(/_link$/u, '');
    if (geometry?.type !== 'LineString' || !/^(motorway|trunk|primary|secondary|tertiary|unclassified|residential|living_street|service)$/u.test(highway)) return [];
    return [{ id: String(id), coordinates: geometry.coordinates, class: highway, oneway: properties.oneway === 'yes' || properties.junction === 'roundabout' }];
  });
}

describeShared('map matching on real roads', () => {
  test('fmm’s toy network: the published paths', async () => {
    const anchor = { lon: 117, lat: 30, height: 0 };
    const unplaced = placer(anchor);
    const { features } = await readAll(shapefile, await fileSource(shared('data/traffic/map-matching/fmm-toy/edges.shp')));
    // Its units are made hundreds of metres.
    const roads = features.flatMap(({ geometry, properties }): Road[] => (geometry?.type === 'LineString'
      ? [{ id: String(properties.id), oneway: true, class: 'tertiary', coordinates: geometry.coordinates.map(([x, y]) => [...unplaced.unplace(x * 100, y * 100, 0, new Float64Array(3)).subarray(0, 2)]) }] : []));
    expect(roads).toHaveLength(30);
    const network = roadNetwork(roads, anchor);
    const graph = matchGraph(network);
    const rows = readFileSync(shared('data/traffic/map-matching/fmm-toy/gps_timestamps.csv'), 'utf8').trim().split(/\r?\n/u).slice(1).map((line) => line.split(';').map(Number));
    const paths = readFileSync(shared('data/traffic/map-matching/fmm-toy/mr.txt'), 'utf8').trim().split(/\r?\n/u).slice(1).map((line) => line.split(';'));
    expect(paths).toHaveLength(3);
    for (const [trip, path] of paths) {
      const fixes = rows.filter(([id]) => id === Number(trip)).map(([, x, y, time]) => ({ x: x * 100, y: y * 100, time }));
      // As its authors ran it: 0.5 units of error, 0.4 units around.
      const matched = matchTrack(graph, fixes, { sigma: 50, beta: 50, radius: 45, spacing: 0 });
      const ids = matched.pieces.flat().map((edge) => network.road(edge).id).filter((id, i, all) => id !== all[i - 1]);
      expect(`${trip};${ids.join(',')}`).toBe(`${trip};${path}`);
    }
  });

  test('a ride through Andorra: every fix, one piece, as long as the ride', async () => {
    const points = [...readFileSync(shared('data/traffic/trajectories/andorra_for_map_matching.gpx'), 'utf8').matchAll(/<trkpt lat="([\d.]+)" lon="([\d.]+)"/gu)].map(([, lat, lon]) => [Number(lon), Number(lat)]);
    const anchor = { lon: points[0][0], lat: points[0][1], height: 0 };
    const ground = placer(anchor);
    const network = roadNetwork(await andorra(), anchor);
    const fixes = points.map(([lon, lat], i) => { const [x, y] = ground.place(lon, lat, 0, new Float64Array(3)); return { x, y, time: 5 * i }; });
    // The ride is a bicycle's, drawn on a map without times: it may go against a oneway.
    const matched = matchTrack(matchGraph(network), fixes, { sigma: 10, beta: 10, radius: 60 });
    const placed = matched.fixes.filter(({ place }) => place);
    const driven = matched.fixes.reduce((sum, { route }) => sum + (route?.length ?? 0), 0);
    const off = placed.map(({ place }) => place!.distance).toSorted((a, b) => a - b);
    console.log(`Andorra: ${fixes.length} fixes, ${placed.length} matched, ${matched.breaks.length} breaks, off the road p50 ${off[off.length >> 1].toFixed(1)} m, most ${off.at(-1)!.toFixed(1)} m; ${driven.toFixed(0)} m driven of ${lengthOf(fixes).toFixed(0)} m ridden`);
    expect(matched.fixes.every(({ place, skipped }) => place !== null || skipped)).toBe(true);
    expect(matched.breaks).toEqual([]);
    expect(off[Math.floor(off.length * 0.9)]).toBeLessThan(15);
    expect(Math.abs(driven / lengthOf(fixes) - 1)).toBeLessThan(0.05);
  });

  test('a taxi’s day in Beijing on a grid of roads of no relation to it: nothing throws, everything is answered', () => {
    const rows = readFileSync(shared('data/traffic/trajectories/beijing-taxi-1140.csv'), 'utf8').trim().split(/\r?\n/u).slice(1).map((line) => line.split(','));
    const anchor = { lon: 117.09, lat: 40.135, height: 0 };
    const ground = placer(anchor);
    const fixes = rows.map(([, time, lon, lat]) => { const [x, y] = ground.place(Number(lon), Number(lat), 0, new Float64Array(3)); const [h, m, s] = time.split(':').map(Number); return { x, y, time: h * 3600 + m * 60 + s }; });
    const roads: Road[] = [];
    for (let k = -12; k <= 12; k++) for (const across of [true, false]) {
      roads.push({ id: `${across}${k}`, class: 'primary', coordinates: Array.from({ length: 25 }, (_, i) => [...ground.unplace(...((across ? [(i - 12) * 400, k * 400] : [k * 400, (i - 12) * 400]) as [number, number]), 0, new Float64Array(3)).subarray(0, 2)]) });
    }
    const matched = matchTrack(matchGraph(roadNetwork(roads, anchor)), fixes, { most: 4 });
    expect(matched.fixes).toHaveLength(1547);
    expect(matched.pieces.length).toBeGreaterThan(0);
    for (const { place, route } of matched.fixes) if (route) expect(route.edges.at(-1)).toBe(place!.edge);
  });
});
