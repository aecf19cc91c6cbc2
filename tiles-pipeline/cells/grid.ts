/** Degrees of the square that all cells divide: 360° each way, its south-west corner at 180° W, 90° S. The half beyond the pole stays empty. */
const SIDE = 360;
/** Level of a place's key: cells of 5 × 10⁻⁶ degrees, half a metre. Two bits a level, so that a key is exact in a double. */
export const KEY_LEVEL = 26;
const KEY_SIDE = 2 ** KEY_LEVEL;

/** A cell of the quadtree over the earth: side 360° / 2^level, column from 180° W, row from 90° S. */
export interface Cell {
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Where a place lies on the Hilbert curve through the cells of {@link KEY_LEVEL}. It depends on the place alone, never on what else there is: a city
 * keeps its cells when something is added to it. The cells of every coarser level are runs of equal leading bits.
 * @source Hacker's Delight, 2nd ed., §16-2
 */
export function placeKey(lon: number, lat: number): number {
  let x = clamped((lon + 180) / SIDE);
  let y = clamped((lat + 90) / SIDE);
  let [high, low] = [0, 0];
  for (let s = KEY_SIDE >>> 1, n = 0; s > 0; s >>>= 1, n++) {
    const rx = (x & s) !== 0 ? 1 : 0;
    const ry = (y & s) !== 0 ? 1 : 0;
    const digit = (3 * rx) ^ ry;
    // Thirteen levels a half: both stay small integers.
    if (n < 13) high = high * 4 + digit;
    else low = low * 4 + digit;
    if (ry === 0) {
      if (rx === 1) {
        x = KEY_SIDE - 1 - x;
        y = KEY_SIDE - 1 - y;
      }
      const swap = x;
      x = y;
      y = swap;
    }
  }
  return high * 67_108_864 + low;
}

function clamped(share: number): number {
  return Math.min(KEY_SIDE - 1, Math.max(0, Math.floor(share * KEY_SIDE)));
}

/** The run of a cell's key at a level: what its places' keys have in common. */
export function runOf(key: number, level: number): number {
  return Math.floor(key / 4 ** (KEY_LEVEL - level));
}

/** The cell that a run of a level is. @source Hacker's Delight, 2nd ed., §16-2 */
export function cellOf(run: number, level: number): Cell {
  let [x, y] = [0, 0];
  let rest = run;
  for (let s = 1; s < 2 ** level; s *= 2) {
    const digit = rest % 4;
    rest = (rest - digit) / 4;
    const rx = digit >> 1;
    const ry = (digit ^ rx) & 1;
    if (ry === 0) {
      if (rx === 1) {
        x = s - 1 - x;
        y = s - 1 - y;
      }
      [x, y] = [y, x];
    }
    x += s * rx;
    y += s * ry;
  }
  return { level, x, y };
}

/** West, south, east, north in degrees. */
export function boxOfCell({ level, x, y }: Cell): [number, number, number, number] {
  const side = SIDE / 2 ** level;
  return [x * side - 180, y * side - 90, (x + 1) * side - 180, (y + 1) * side - 90];
}

/** A cell as a part of file names. */
export function nameOfCell({ level, x, y }: Cell): string {
  return `${level}/${x}-${y}`;
}
