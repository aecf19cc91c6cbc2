import type { Anchor } from '#geo';

/** Places that fit one batch: its anchor and which of them it holds. */
export interface Cell {
  readonly anchor: Anchor;
  readonly members: readonly number[];
}

/** Cells a tenth of a degree wide: at most 16 km from corner to corner, under the 20 km of a batch. */
const CELLS_A_DEGREE = 10;

/** Sorts places into cells. @param places [3n] lon, lat in degrees, height in metres (NaN counts as 0) @param perDegree cells a degree is divided into, 10 or more */
export function cellsOf(places: Float64Array, perDegree = CELLS_A_DEGREE): Cell[] {
  const members = new Map<string, number[]>();
  for (let i = 0; i < places.length / 3; i++) {
    const key = `${Math.floor(places[3 * i] * perDegree)} ${Math.floor(places[3 * i + 1] * perDegree)}`;
    const list = members.get(key);
    if (list) list.push(i);
    else members.set(key, [i]);
  }
  return [...members].map(([key, list]) => {
    const [x, y] = key.split(' ').map(Number);
    const first = places[3 * list[0] + 2];
    return { anchor: { lon: (x + 0.5) / perDegree, lat: (y + 0.5) / perDegree, height: Number.isFinite(first) ? first : 0 }, members: list };
  });
}
