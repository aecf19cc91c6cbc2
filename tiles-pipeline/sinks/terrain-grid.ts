/** The triangles of a regular grid in the order quantized-mesh wants them: vertices numbered by first use. */
export interface TerrainGrid {
  /** Cells a side; a power of two. */
  readonly cells: number;
  /** [vertices] column and row of each vertex, west → east and south → north. */
  readonly columns: Uint16Array;
  readonly rows: Uint16Array;
  /** High-water-mark encoded triangle indices, ready to write. */
  readonly encoded: Uint32Array;
  /** Vertices on each edge, in order along it. */
  readonly west: number[];
  readonly south: number[];
  readonly east: number[];
  readonly north: number[];
}

/** @source Quantized-mesh-1.0, "Index Data": a vertex is numbered where it is first used, so that deltas stay small and positive */
export function terrainGrid(cells: number): TerrainGrid {
  const side = cells + 1;
  const number = new Int32Array(side * side).fill(-1);
  const columns: number[] = [];
  const rows: number[] = [];
  const indices: number[] = [];
  const use = (column: number, row: number): void => {
    const at = row * side + column;
    if (number[at] < 0) {
      number[at] = columns.length;
      columns.push(column);
      rows.push(row);
    }
    indices.push(number[at]);
  };
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) {
      use(column, row);
      use(column + 1, row);
      use(column + 1, row + 1);
      use(column, row);
      use(column + 1, row + 1);
      use(column, row + 1);
    }
  const along = (pick: (k: number) => number): number[] => Array.from({ length: side }, (_, k) => number[pick(k)]);
  return {
    cells,
    columns: Uint16Array.from(columns),
    rows: Uint16Array.from(rows),
    encoded: highWaterMark(indices),
    west: along((k) => k * side),
    south: along((k) => k),
    east: along((k) => k * side + cells),
    north: along((k) => cells * side + k),
  };
}

function highWaterMark(indices: readonly number[]): Uint32Array {
  const out = new Uint32Array(indices.length);
  let highest = 0;
  for (const [i, index] of indices.entries()) {
    out[i] = highest - index;
    if (index === highest) highest++;
  }
  return out;
}
