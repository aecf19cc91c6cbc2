/** A convex polygon as x, y, x, y, … */
type Convex = number[];

/** Keeps of a convex polygon the side where `sign · (coordinate − limit) ≥ 0`. @source Sutherland and Hodgman 1974 */
function keepSide(polygon: Convex, axis: 0 | 1, limit: number, sign: 1 | -1): Convex {
  const out: Convex = [];
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const from = sign * (polygon[j + axis] - limit);
    const to = sign * (polygon[i + axis] - limit);
    if (from >= 0 !== to >= 0) {
      const share = from / (from - to);
      const crossing = [polygon[j] + (polygon[i] - polygon[j]) * share, polygon[j + 1] + (polygon[i + 1] - polygon[j + 1]) * share];
      crossing[axis] = limit;
      out.push(crossing[0], crossing[1]);
    }
    if (to >= 0) out.push(polygon[i], polygon[i + 1]);
  }
  return out;
}

function range(polygon: Convex, axis: 0 | 1): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = axis; i < polygon.length; i += 2) {
    low = Math.min(low, polygon[i]);
    high = Math.max(high, polygon[i]);
  }
  return [low, high];
}

/** Cuts one axis at whole numbers. */
function* strips(polygon: Convex, axis: 0 | 1): Generator<Convex> {
  const [low, high] = range(polygon, axis);
  for (let cell = Math.floor(low); cell < high; cell++) {
    const strip = keepSide(keepSide(polygon, axis, cell, 1), axis, cell + 1, -1);
    if (strip.length >= 6) yield strip;
  }
}

/** Pieces of a convex polygon, each within one unit square of the lattice. */
export function* piecesByCell(polygon: Convex): Generator<Convex> {
  for (const column of strips(polygon, 0)) yield* strips(column, 1);
}

/** The two halves of a piece within one unit square, on either side of the diagonal from its south-west to its north-east corner. */
export function* halvesOfCell(piece: Convex): Generator<Convex> {
  const [[west], [south]] = [range(piece, 0), range(piece, 1)];
  const diagonal = Math.floor(south + 1e-9) - Math.floor(west + 1e-9);
  const sheared = piece.map((value, i) => (i % 2 === 0 ? value : value - piece[i - 1]));
  for (const sign of [1, -1] as const) {
    const half = keepSide(sheared, 1, diagonal, sign);
    if (half.length >= 6) yield half.map((value, i) => (i % 2 === 0 ? value : value + half[i - 1]));
  }
}
