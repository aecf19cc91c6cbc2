/** Boxes on the screen in CSS pixels, one a label or symbol. */
export interface ScreenBoxes {
  /** [2n] middle. */
  readonly middles: Float32Array;
  /** [2n] half width and half height; negative: not on the screen, never shown. */
  readonly halves: Float32Array;
  /** [n] higher is kept; ties go to the one shown before, then to the lower number. */
  readonly priorities: Float32Array;
}

/** Side of a grid cell in CSS pixels. */
const CELL = 64;

/**
 * Which boxes are shown so that none lies over another. Stable: what was shown stays unless something of higher priority needs its room.
 * @param previous the last verdict ([n] 0 or 1), null for none
 * @param limit most boxes shown
 * @returns [n] 1 where shown
 */
export function declutter(boxes: ScreenBoxes, previous: Uint8Array | null, limit = Infinity): Uint8Array {
  const { middles, halves, priorities } = boxes;
  const count = priorities.length;
  const order = Array.from({ length: count }, (_, i) => i).filter((i) => halves[2 * i] >= 0);
  order.sort((a, b) => priorities[b] - priorities[a] || (previous ? previous[b] - previous[a] : 0) || a - b);
  const shown = new Uint8Array(count);
  const grid = new Map<number, number[]>();
  let kept = 0;
  for (const i of order) {
    if (kept >= limit) break;
    const cells = cellsOf(middles[2 * i], middles[2 * i + 1], halves[2 * i], halves[2 * i + 1]);
    const free = cells.every((cell) => (grid.get(cell) ?? []).every((other) => !overlap(middles, halves, i, other)));
    if (!free) continue;
    shown[i] = 1;
    kept++;
    for (const cell of cells) {
      const there = grid.get(cell);
      if (there) there.push(i);
      else grid.set(cell, [i]);
    }
  }
  return shown;
}

function overlap(middles: Float32Array, halves: Float32Array, a: number, b: number): boolean {
  return Math.abs(middles[2 * a] - middles[2 * b]) < halves[2 * a] + halves[2 * b] && Math.abs(middles[2 * a + 1] - middles[2 * b + 1]) < halves[2 * a + 1] + halves[2 * b + 1];
}

function cellsOf(x: number, y: number, halfWidth: number, halfHeight: number): number[] {
  const cells: number[] = [];
  for (let row = Math.floor((y - halfHeight) / CELL); row <= Math.floor((y + halfHeight) / CELL); row++)
    for (let column = Math.floor((x - halfWidth) / CELL); column <= Math.floor((x + halfWidth) / CELL); column++) cells.push(row * 65536 + column);
  return cells;
}
