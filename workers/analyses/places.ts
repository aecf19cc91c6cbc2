import type { PlacesInput, PlacesOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { demAt } from './geometry/dem.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';

/** Named points of a city on its ground, those of highest rank first. */
export async function places({ places: url, dem, kinds, limit = 5000 }: PlacesInput, context: AnalysisContext): Promise<PlacesOutput> {
  const file = await openFlatGeobuf(url, (each, range) => context.load(each, range));
  const [points, ground] = await Promise.all([file.all(), dem ? demAt(dem, context) : null]);
  const ranks = points.numbers('rank');
  const weight = (row: number): number => (Number.isNaN(ranks[row]) ? -Infinity : ranks[row]);
  const columns = { id: points.text('id'), name: points.text('name'), kind: points.text('kind') };
  const wanted = Array.from({ length: points.count }, (_, row) => row).filter((row) => !kinds || kinds.includes(columns.kind[row]));
  const order = wanted.toSorted((a, b) => weight(b) - weight(a) || a - b).slice(0, limit);
  const out = new Float64Array(3 * order.length);
  for (const [i, row] of order.entries()) {
    const vertex = points.rings[points.parts[points.starts[row]]];
    const [lon, lat] = [points.xy[2 * vertex], points.xy[2 * vertex + 1]];
    const height = ground ? ground.height(lon, lat) : 0;
    out.set([lon, lat, Number.isNaN(height) ? 0 : height], 3 * i);
  }
  return {
    ids: order.map((row) => columns.id[row] || String(row)),
    names: order.map((row) => columns.name[row]),
    kinds: order.map((row) => columns.kind[row]),
    ranks: Float32Array.from(order, (row) => ranks[row]),
    places: out,
    total: wanted.length,
  };
}
