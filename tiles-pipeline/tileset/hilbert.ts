/**
 * Distance along the Hilbert curve of order 16 of a cell 0…65,535 each way. The cells of a quadtree are runs of it, so sorting by it
 * makes neighbours in number neighbours in space.
 * @source Hacker's Delight, 2nd ed., §16-2
 */
export function hilbertIndex(x: number, y: number): number {
  let index = 0;
  for (let s = 32768; s > 0; s >>>= 1) {
    const rx = (x & s) > 0 ? 1 : 0;
    const ry = (y & s) > 0 ? 1 : 0;
    index = index * 4 + ((3 * rx) ^ ry);
    if (ry === 0) {
      if (rx === 1) {
        x = 65535 - x;
        y = 65535 - y;
      }
      [x, y] = [y, x];
    }
  }
  return index;
}

/** Rows ordered along the curve over a square around all points; ties keep their order. */
export function hilbertOrder(points: ArrayLike<number>): { order: Uint32Array; keys: Uint32Array } {
  const count = points.length / 2;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    west = Math.min(west, points[i * 2]);
    east = Math.max(east, points[i * 2]);
    south = Math.min(south, points[i * 2 + 1]);
    north = Math.max(north, points[i * 2 + 1]);
  }
  // Cells about as wide as high on the ground: a degree of longitude is shorter by the cosine of the latitude.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180) || 1;
  const side = Math.max((east - west) * squeeze, north - south, 1e-9);
  const cell = (value: number): number => Math.min(65535, Math.max(0, Math.floor((value / side) * 65536)));
  const keys = new Uint32Array(count);
  const midLon = (west + east) / 2;
  const midLat = (south + north) / 2;
  for (let i = 0; i < count; i++) keys[i] = hilbertIndex(cell((points[i * 2] - midLon) * squeeze + side / 2), cell(points[i * 2 + 1] - midLat + side / 2));
  const order = Uint32Array.from({ length: count }, (_, i) => i).toSorted((a, b) => keys[a] - keys[b] || a - b);
  return { order, keys: Uint32Array.from(order, (row) => keys[row]) };
}
