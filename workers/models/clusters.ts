import { project } from '#geo';
import type { ClustersInput, ClustersOutput } from './analyses.ts';

/** How much farther than it joined a symbol has to be to part again: what stands at the edge does not flicker. */
const PART = 1.35;

/**
 * Symbols that lie over one another on the screen join to one: the worst of them stands for all, so that no alarm hides in a crowd.
 * The worst first; of equals those that stood for others before, then the lower number.
 */
export function clusters({ clip, places, severities, previous, width, height, pixels }: ClustersInput): ClustersOutput {
  const count = severities.length;
  const screen = new Float32Array(2 * count).fill(Number.NaN);
  const point = new Float64Array(3);
  for (let i = 0; i < count; i++) {
    project(clip, width, height, places[3 * i], places[3 * i + 1], places[3 * i + 2], point);
    if (!(point[2] > 0) || point[0] < -pixels || point[1] < -pixels || point[0] > width + pixels || point[1] > height + pixels) continue;
    screen[2 * i] = point[0];
    screen[2 * i + 1] = point[1];
  }
  const led = (i: number): number => (previous && previous[i] === i ? 1 : 0);
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => severities[b] - severities[a] || led(b) - led(a) || a - b);
  const leaders = Int32Array.from({ length: count }, (_, i) => i);
  const sizes = new Uint32Array(count);
  const side = pixels * PART;
  const cells = new Map<number, number[]>();
  const cellOf = (x: number, y: number): number => Math.floor(y / side) * 65_536 + Math.floor(x / side);
  for (const i of order) {
    const [x, y] = [screen[2 * i], screen[2 * i + 1]];
    if (Number.isNaN(x)) {
      sizes[i] = 1;
      continue;
    }
    let best = -1;
    let nearest = Infinity;
    for (let row = -1; row <= 1; row++)
      for (let column = -1; column <= 1; column++)
        for (const leader of cells.get(cellOf(x + column * side, y + row * side)) ?? []) {
          const away = Math.hypot(screen[2 * leader] - x, screen[2 * leader + 1] - y);
          if (away >= (previous?.[i] === leader ? side : pixels) || away >= nearest) continue;
          [best, nearest] = [leader, away];
        }
    leaders[i] = best < 0 ? i : best;
    sizes[leaders[i]]++;
    if (best >= 0) continue;
    const there = cells.get(cellOf(x, y));
    if (there) there.push(i);
    else cells.set(cellOf(x, y), [i]);
  }
  return { leaders, sizes };
}
