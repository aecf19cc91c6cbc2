import earcut from 'earcut';

/** Square metres under which a face is nothing. */
export const LEAST_FACE = 1e-6;

/** Twice the face's area along x, y, z (Newell); outward where the ring runs counter-clockwise seen from outside. @param ring metres, x, y, z in turn, open */
export function doubleNormal(ring: ArrayLike<number>): [number, number, number] {
  let [x, y, z] = [0, 0, 0];
  for (let i = 0, j = ring.length - 3; i < ring.length; j = i, i += 3) {
    x += (ring[j + 1] - ring[i + 1]) * (ring[j + 2] + ring[i + 2]);
    y += (ring[j + 2] - ring[i + 2]) * (ring[j] + ring[i]);
    z += (ring[j] - ring[i]) * (ring[j + 1] + ring[i + 1]);
  }
  return [x, y, z];
}

/**
 * Cuts a face into triangles in the plane its normal leans to most, turned as the face is. Corners on a straight edge are kept
 * (a neighbour may end there), so that bodies that are closed stay closed.
 * @param rings metres near zero, x, y, z in turn, open; outer ring, then holes
 * @returns corners counted over all rings, three a triangle; undefined for a face without area, none for one that cannot be cut
 */
export function cutFace(rings: readonly ArrayLike<number>[]): number[] | undefined {
  const normal = doubleNormal(rings[0]);
  if (rings[0].length < 9 || !(Math.hypot(...normal) >= 2 * LEAST_FACE)) return undefined;
  if (rings.length === 1 && rings[0].length === 9) return [0, 1, 2];
  const lean = [Math.abs(normal[0]), Math.abs(normal[1]), Math.abs(normal[2])];
  const axis = lean[2] >= lean[0] && lean[2] >= lean[1] ? 2 : lean[0] >= lean[1] ? 0 : 1;
  const flat: number[] = [];
  const holes: number[] = [];
  for (const [index, ring] of rings.entries()) {
    if (index > 0) holes.push(flat.length / 2);
    for (let i = 0; i < ring.length; i += 3) flat.push(ring[i + ((axis + 1) % 3)], ring[i + ((axis + 2) % 3)]);
  }
  const triangles = earcut(flat, holes);
  turnLike(triangles, flat, normal[axis]);
  keepStraightCorners(triangles, rings);
  return triangles;
}

/** Turns every triangle round where the cut turned the face over. */
function turnLike(triangles: number[], flat: readonly number[], sense: number): void {
  let area = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t] * 2, triangles[t + 1] * 2, triangles[t + 2] * 2];
    area += (flat[b] - flat[a]) * (flat[c + 1] - flat[a + 1]) - (flat[c] - flat[a]) * (flat[b + 1] - flat[a + 1]);
  }
  if (area > 0 === sense > 0) return;
  for (let t = 0; t < triangles.length; t += 3) [triangles[t + 1], triangles[t + 2]] = [triangles[t + 2], triangles[t + 1]];
}

/** Puts corners that the cut left out, because they lie on a straight line, back into the edge they lie on. */
function keepStraightCorners(triangles: number[], rings: readonly ArrayLike<number>[]): void {
  const used = new Set(triangles);
  let start = 0;
  for (const ring of rings) {
    const n = ring.length / 3;
    if (triangles.length > 0) for (let i = 0; i < n; i++) if (used.has(start + i) && !used.has(start + ((i + 1) % n))) splitEdge(triangles, used, { start, n, from: i });
    start += n;
  }
}

function splitEdge(triangles: number[], used: ReadonlySet<number>, { start, n, from }: { start: number; n: number; from: number }): void {
  const run = [start + from];
  for (let step = 1; step < n; step++) {
    const corner = start + ((from + step) % n);
    run.push(corner);
    if (used.has(corner)) break;
  }
  const [a, b] = [run[0], run[run.length - 1]];
  for (let t = 0; t < triangles.length; t += 3) {
    for (let side = 0; side < 3; side++) {
      const [p, q] = [triangles[t + side], triangles[t + ((side + 1) % 3)]];
      if (!((p === a && q === b) || (p === b && q === a))) continue;
      const apex = triangles[t + ((side + 2) % 3)];
      const line = p === a ? run : run.toReversed();
      triangles.splice(t, 3);
      for (let i = 0; i + 1 < line.length; i++) triangles.push(line[i], line[i + 1], apex);
      return;
    }
  }
}
