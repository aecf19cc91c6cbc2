import type { Position } from 'geojson';
import type { SourceFeature } from '../format.ts';
import type { Tags } from './element-store.ts';
import { metres } from './measures.ts';

/** Metres between the trees of a row, and the most of them. */
const TREE_GAP = 8;
const MOST_TREES = 5000;
const METRES_A_DEGREE = 111_320;

/** A tree, its height in metres where it is tagged. */
export function treeOf(tags: Tags): Record<string, unknown> {
  const height = metres(tags.height);
  return height > 0 ? { ...tags, natural: 'tree', height } : { ...tags, natural: 'tree' };
}

/** Trees along a row, which says where it runs and not where each tree stands: one at each end, the others evenly between. */
export function* treesOfRow(id: string, tags: Tags, lines: readonly Position[][]): Generator<SourceFeature> {
  let number = 0;
  for (const line of lines) {
    const perLon = METRES_A_DEGREE * Math.cos((line[0][1] * Math.PI) / 180);
    const lengths = line.slice(1).map(([lon, lat], i) => Math.hypot((lon - line[i][0]) * perLon, (lat - line[i][1]) * METRES_A_DEGREE));
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    const gaps = Math.min(MOST_TREES, Math.max(1, Math.round(whole / TREE_GAP)));
    let [piece, before] = [0, 0];
    for (let k = 0; k <= gaps; k++) {
      const at = (whole * k) / gaps;
      while (piece < lengths.length - 1 && before + lengths[piece] < at) before += lengths[piece++];
      const share = lengths[piece] > 0 ? Math.min(1, (at - before) / lengths[piece]) : 0;
      const [a, b] = [line[piece], line[piece + 1]];
      yield { id: `${id}/${++number}`, properties: treeOf(tags), geometry: { type: 'Point', coordinates: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])] } };
    }
  }
}
