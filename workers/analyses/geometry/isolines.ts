/** A grid of values: row by row, `values[row · width + column]`; NaN where there is none. */
export interface ValueGrid {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array | Float64Array;
}

/** One line of equal value in grid coordinates (column, row): [2m]. */
export interface Isoline {
  readonly level: number;
  readonly points: Float64Array;
  readonly closed: boolean;
}

/** Edges of a cell that a line enters and leaves by, for each of the sixteen cases: 0 south, 1 east, 2 north, 3 west. Saddles are told apart by their middle. */
const CASES: readonly (readonly (readonly [number, number])[])[] = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [], [[0, 2]], [[3, 2]], [[2, 3]], [[2, 0]], [], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

/**
 * Lines of equal value through a grid, joined end to end; cells with a corner without value have none.
 * @source marching squares: Lorensen and Cline 1987 in two dimensions; saddles by the mean of the corners
 */
export function isolines(grid: ValueGrid, levels: readonly number[]): Isoline[] {
  return levels.flatMap((level) => joined(segments(grid, level), grid, level));
}

/** Pairs of edge numbers. An edge is 2 · node for the one to the east of a node, 2 · node + 1 for the one to the north. */
function segments({ width, height, values }: ValueGrid, level: number): number[] {
  const found: number[] = [];
  for (let row = 0; row + 1 < height; row++)
    for (let column = 0; column + 1 < width; column++) {
      const at = row * width + column;
      const [sw, se, nw, ne] = [values[at], values[at + 1], values[at + width], values[at + width + 1]];
      if (Number.isNaN(sw + se + nw + ne)) continue;
      const kind = Number(sw >= level) | (Number(se >= level) << 1) | (Number(ne >= level) << 2) | (Number(nw >= level) << 3);
      if (kind === 0 || kind === 15) continue;
      const edges = [2 * at, 2 * (at + 1) + 1, 2 * (at + width), 2 * at + 1];
      for (const [from, to] of kind === 5 || kind === 10 ? saddle(kind, (sw + se + nw + ne) / 4 >= level) : CASES[kind]) found.push(edges[from], edges[to]);
    }
  return found;
}

function saddle(kind: number, high: boolean): readonly (readonly [number, number])[] {
  return (kind === 5) === high ? [[3, 2], [1, 0]] : [[3, 0], [1, 2]];
}

/** Where a level crosses an edge, in grid coordinates. */
function crossing(edge: number, { width, values }: ValueGrid, level: number): [number, number] {
  const node = edge >> 1;
  const [column, row] = [node % width, Math.floor(node / width)];
  const other = edge % 2 === 0 ? node + 1 : node + width;
  // Not quite at the node: two lines that meet in one node stay two.
  const share = Math.min(1 - 1e-6, Math.max(1e-6, (level - values[node]) / (values[other] - values[node])));
  return edge % 2 === 0 ? [column + share, row] : [column, row + share];
}

function joined(pairs: readonly number[], grid: ValueGrid, level: number): Isoline[] {
  const at = new Map<number, number[]>();
  for (let i = 0; i < pairs.length; i++) {
    const there = at.get(pairs[i]);
    if (there) there.push(i >> 1);
    else at.set(pairs[i], [i >> 1]);
  }
  const used = new Uint8Array(pairs.length / 2);
  const follow = (start: number): number[] => {
    const line = [start];
    for (let edge = start; ;) {
      const next = at.get(edge)!.find((segment) => !used[segment]);
      if (next === undefined) return line;
      used[next] = 1;
      edge = pairs[2 * next] === edge ? pairs[2 * next + 1] : pairs[2 * next];
      line.push(edge);
    }
  };
  // Lines that end at the border first, then the closed ones.
  const ends = [...at].filter(([, list]) => list.length === 1).map(([edge]) => edge);
  const lines = [...ends, ...at.keys()].map(follow).filter((line) => line.length > 1);
  return lines.map((line) => ({ level, points: Float64Array.from(line.flatMap((edge) => crossing(edge, grid, level))), closed: line[0] === line[line.length - 1] }));
}
