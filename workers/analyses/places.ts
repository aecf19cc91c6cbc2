import type { PlacesInput, PlacesOutput, TreeColumns } from '#models';
import type { AnalysisContext } from './context.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import type { FeatureColumns } from './geometry/feature-columns.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';

const TREE = 'tree';
/** As many trees as are given out. */
const MOST_TREES = 40_000;

/** Named points of a city on its ground, those of highest rank first; trees apart. */
export async function places({ places: url, dem, kinds, limit = 5000 }: PlacesInput, context: AnalysisContext): Promise<PlacesOutput> {
  const file = await openFlatGeobuf(url, (each, range) => context.load(each, range));
  const [points, ground] = await Promise.all([file.all(), dem ? demAt(dem, context) : null]);
  const ranks = points.numbers('rank');
  const weight = (row: number): number => (Number.isNaN(ranks[row]) ? -Infinity : ranks[row]);
  const columns = { id: points.text('id'), name: points.text('name'), kind: points.text('kind') };
  const wanted = Array.from({ length: points.count }, (_, row) => row).filter((row) => (kinds ? kinds.includes(columns.kind[row]) : columns.kind[row] !== TREE));
  const order = wanted.toSorted((a, b) => weight(b) - weight(a) || a - b).slice(0, limit);
  const trees = kinds ? [] : Array.from({ length: points.count }, (_, row) => row).filter((row) => columns.kind[row] === TREE);
  return {
    ids: order.map((row) => columns.id[row] || String(row)),
    names: order.map((row) => columns.name[row]),
    kinds: order.map((row) => columns.kind[row]),
    ranks: Float32Array.from(order, (row) => ranks[row]),
    places: standing(points, order, ground),
    total: wanted.length,
    ...(trees.length > 0 && { trees: treesOf(points, trees, ground) }),
  };
}

/** Where there are too many, every so-manieth: a wood grows thinner, and none goes bare. */
function treesOf(points: FeatureColumns, rows: readonly number[], ground: Dem | null): TreeColumns {
  const step = Math.max(1, rows.length / MOST_TREES);
  const shown = Array.from({ length: Math.floor(rows.length / step) }, (_, i) => rows[Math.floor(i * step)]);
  const [ids, heights] = [points.text('id'), points.numbers('height')];
  return { ids: shown.map((row) => ids[row] || String(row)), places: standing(points, shown, ground), heights: Float32Array.from(shown, (row) => heights[row]), total: rows.length };
}

function standing(points: FeatureColumns, rows: readonly number[], ground: Dem | null): Float64Array {
  const out = new Float64Array(3 * rows.length);
  for (const [i, row] of rows.entries()) {
    const vertex = points.rings[points.parts[points.starts[row]]];
    const [lon, lat] = [points.xy[2 * vertex], points.xy[2 * vertex + 1]];
    const height = ground ? ground.height(lon, lat) : 0;
    out.set([lon, lat, Number.isNaN(height) ? 0 : height], 3 * i);
  }
  return out;
}
