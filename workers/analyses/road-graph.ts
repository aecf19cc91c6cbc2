import { readRoads } from '../feeds/roads.ts';
import { roadNetwork, type RoadNetwork } from '../models/road-network.ts';
import type { AnalysisContext } from './context.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';

/** A city's roads as a graph, with the names they go by; read once a worker. */
export async function roadGraphAt(url: string, context: AnalysisContext): Promise<{ readonly network: RoadNetwork; readonly names: ReadonlyMap<string, string> }> {
  return context.cache.keep(`road-graph ${url}`, async () => {
    const { bytes } = await context.load(url);
    const roads = await readRoads(bytes.slice().buffer);
    const lines = await (await openFlatGeobuf(url, async () => ({ bytes, total: bytes.length, partial: false }))).all();
    const [ids, names] = [lines.text('id'), lines.text('name')];
    let [lon, lat, count] = [0, 0, 0];
    for (const { coordinates } of roads) for (const place of coordinates) [lon, lat, count] = [lon + place[0], lat + place[1], count + 1];
    const network = roadNetwork(roads, { lon: lon / Math.max(1, count), lat: lat / Math.max(1, count), height: 0 });
    return { network, names: new Map(Array.from(ids, (id, row) => [id, names[row] ?? ''])) };
  });
}
