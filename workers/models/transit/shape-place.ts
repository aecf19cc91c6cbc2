import { toEcef } from '#geo';

/** [3n] metres, earth-centred, of [2n] degrees. */
function ecefOf(places: Float64Array): Float64Array {
  const out = new Float64Array((places.length / 2) * 3);
  for (let i = 0; i < places.length / 2; i++) toEcef(places[2 * i], places[2 * i + 1], 0, out, 3 * i);
  return out;
}

/** [n] metres from a line's first vertex to each, straight from vertex to vertex. */
export function metresAlong(places: Float64Array): Float64Array {
  const at = ecefOf(places);
  const along = new Float64Array(places.length / 2);
  for (let i = 1; i < along.length; i++) along[i] = along[i - 1] + Math.hypot(at[3 * i] - at[3 * i - 3], at[3 * i + 1] - at[3 * i - 2], at[3 * i + 2] - at[3 * i - 1]);
  return along;
}

/** Calls on a line: metres along it, and metres from there to the stops (0 where the feed tells the former). */
export interface Placed {
  readonly along: Float64Array;
  readonly off: Float64Array;
}

/**
 * Metres along a line at which a trip's calls lie, never going back. Where the feed tells distances for both (in whatever unit), those; else the places on the line that
 * together lie nearest to the stops, so that a line that crosses itself is followed in its order. @param line [2m] @param along [m] @param stops [2n]
 */
export function alongShape(line: Float64Array, along: Float64Array, stops: Float64Array, told: { readonly vertices: Float64Array | null; readonly calls: Float64Array }): Placed {
  const { vertices, calls } = told;
  if (vertices && calls.every((value, i) => value >= (i === 0 ? 0 : calls[i - 1])) && calls[calls.length - 1] <= vertices[vertices.length - 1] * 1.001 + 1e-9) return { along: calls.map((value) => byTold(vertices, along, value)), off: new Float64Array(calls.length) };
  const count = stops.length / 2;
  const segments = along.length - 1;
  const vertex = ecefOf(line);
  const stop = ecefOf(stops);
  // best[j]: the least sum of squares with the last call on segment j or before; came: the segment that gave it, a call.
  const came = Array.from({ length: count }, () => new Int32Array(segments));
  const at = Array.from({ length: count }, () => new Float64Array(segments));
  const squares = Array.from({ length: count }, () => new Float64Array(segments));
  let best = new Float64Array(segments);
  for (let i = 0; i < count; i++) {
    const next = new Float64Array(segments);
    let [least, from] = [Infinity, 0];
    for (let j = 0; j < segments; j++) {
      if (best[j] < least) [least, from] = [best[j], j];
      const { share, square } = nearest(vertex, j, stop, i);
      at[i][j] = along[j] + share * (along[j + 1] - along[j]);
      // On the segment of the call before, no farther back than that one.
      if (i > 0 && from === j && at[i][j] < at[i - 1][j]) at[i][j] = at[i - 1][j];
      squares[i][j] = square;
      next[j] = square + (i === 0 ? 0 : least);
      came[i][j] = from;
    }
    best = next;
  }
  const out = new Float64Array(count);
  const off = new Float64Array(count);
  // The way back through the choices, from the best end.
  let segment = best.reduce((least, value, j) => (value < best[least] ? j : least), 0);
  for (let i = count - 1; i >= 0; i--) {
    out[i] = at[i][segment];
    off[i] = Math.sqrt(squares[i][segment]);
    segment = came[i][segment];
  }
  for (let i = 1; i < count; i++) out[i] = Math.max(out[i], out[i - 1]);
  return { along: out, off };
}

function byTold(vertices: Float64Array, along: Float64Array, value: number): number {
  let [low, high] = [0, vertices.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (vertices[middle] <= value) low = middle;
    else high = middle;
  }
  const span = vertices[high] - vertices[low];
  return along[low] + (span > 0 ? Math.min(1, Math.max(0, (value - vertices[low]) / span)) : 0) * (along[high] - along[low]);
}

/** Share of segment j nearest to stop i, and the square of the distance. */
function nearest(vertex: Float64Array, j: number, stop: Float64Array, i: number): { share: number; square: number } {
  let [dot, size] = [0, 0];
  for (let k = 0; k < 3; k++) {
    const side = vertex[3 * j + 3 + k] - vertex[3 * j + k];
    dot += side * (stop[3 * i + k] - vertex[3 * j + k]);
    size += side * side;
  }
  const share = size > 0 ? Math.min(1, Math.max(0, dot / size)) : 0;
  let square = 0;
  for (let k = 0; k < 3; k++) square += (vertex[3 * j + k] + share * (vertex[3 * j + 3 + k] - vertex[3 * j + k]) - stop[3 * i + k]) ** 2;
  return { share, square };
}

/** Degrees at a distance along a line, and the heading there (clockwise from north). */
export function placeAlong(places: Float64Array, along: Float64Array, first: number, last: number, distance: number): { lon: number; lat: number; heading: number } {
  let [low, high] = [first, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (along[middle] <= distance) low = middle;
    else high = middle;
  }
  const span = along[high] - along[low];
  const share = span > 0 ? Math.min(1, Math.max(0, (distance - along[low]) / span)) : 0;
  const [lonA, latA, lonB, latB] = [places[2 * low], places[2 * low + 1], places[2 * high], places[2 * high + 1]];
  const heading = (Math.atan2((lonB - lonA) * Math.cos((latA * Math.PI) / 180), latB - latA) * 180) / Math.PI;
  return { lon: lonA + share * (lonB - lonA), lat: latA + share * (latB - latA), heading: (heading + 360) % 360 };
}
