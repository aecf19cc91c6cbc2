/** A run of features [start, end) in curve order; leaves have no children. */
export interface TreeNode {
  readonly start: number;
  readonly end: number;
  /** r for the root, then a digit a level. */
  readonly path: string;
  readonly children: readonly TreeNode[];
}

export interface LeafLimits {
  readonly features: number;
  /** Corners of footprints; a corner costs three vertices. */
  readonly corners: number;
}

const DEEPEST = 16;

/**
 * A quadtree over features sorted along the Hilbert curve: a cell of level k is a run of equal 2k leading bits.
 * A node with one occupied quarter is that quarter; where the curve ends and there is still too much, the run is cut evenly.
 * @param keys the features' curve indices, ascending @param cornersBefore [count + 1] corners of all features before each
 */
export function buildTree(keys: Uint32Array, cornersBefore: ArrayLike<number>, limits: LeafLimits): TreeNode {
  const fits = (start: number, end: number): boolean => end - start <= 1 || (end - start <= limits.features && cornersBefore[end] - cornersBefore[start] <= limits.corners);
  const grow = (start: number, end: number, level: number, path: string): TreeNode => {
    if (fits(start, end)) return { start, end, path, children: [] };
    const runs = level < DEEPEST ? quarters(keys, start, end, level) : even(start, end);
    if (runs.length === 1) return grow(start, end, level + 1, path);
    return { start, end, path, children: runs.map(([from, to], digit) => grow(from, to, level + 1, `${path}${digit}`)) };
  };
  return grow(0, keys.length, 0, 'r');
}

function quarters(keys: Uint32Array, start: number, end: number, level: number): [number, number][] {
  const shift = 30 - 2 * level;
  const runs: [number, number][] = [];
  for (let i = start; i < end; i++) {
    const last = runs.at(-1);
    if (last && keys[last[0]] >>> shift === keys[i] >>> shift) last[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs;
}

function even(start: number, end: number): [number, number][] {
  const step = Math.ceil((end - start) / 4);
  return [0, 1, 2, 3].map((k): [number, number] => [start + k * step, Math.min(end, start + (k + 1) * step)]).filter(([from, to]) => to > from);
}
