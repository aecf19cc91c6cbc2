import earcut from 'earcut';

/** Corners of the triangles of one flat face, seen from the side it shows; none where it has no area. Triangles and four-sided faces that bulge go the short way. */
export function triangulated(places: readonly (readonly number[])[]): number[] {
  const normal = normalOf(places);
  const length = Math.hypot(...normal);
  if (!(length > 0)) return [];
  if (places.length === 3) return [0, 1, 2];
  if (places.length === 4 && convex(places, normal)) return [0, 1, 2, 0, 2, 3];
  const drop = [0, 1, 2].reduce((most, axis) => (Math.abs(normal[axis]) > Math.abs(normal[most]) ? axis : most), 0);
  const [a, b] = [(drop + 1) % 3, (drop + 2) % 3];
  const corners = earcut(places.flatMap((place) => [place[a] - places[0][a], place[b] - places[0][b]]));
  const out: number[] = [];
  for (let i = 0; i < corners.length; i += 3) {
    const [p, q, r] = [corners[i], corners[i + 1], corners[i + 2]];
    const turn = (places[q][a] - places[p][a]) * (places[r][b] - places[p][b]) - (places[q][b] - places[p][b]) * (places[r][a] - places[p][a]);
    if (turn === 0) continue;
    out.push(...(turn > 0 === normal[drop] > 0 ? [p, q, r] : [p, r, q]));
  }
  return out;
}

/** @source Newell's method */
function normalOf(places: readonly (readonly number[])[]): [number, number, number] {
  const [x0, y0, z0] = places[0];
  let [x, y, z] = [0, 0, 0];
  for (let i = 0, j = places.length - 1; i < places.length; j = i++) {
    const [ax, ay, az] = [places[j][0] - x0, places[j][1] - y0, places[j][2] - z0];
    const [bx, by, bz] = [places[i][0] - x0, places[i][1] - y0, places[i][2] - z0];
    x += (ay - by) * (az + bz);
    y += (az - bz) * (ax + bx);
    z += (ax - bx) * (ay + by);
  }
  return [x, y, z];
}

function convex(places: readonly (readonly number[])[], [nx, ny, nz]: readonly number[]): boolean {
  for (let i = 0; i < 4; i++) {
    const [p, q, r] = [places[i], places[(i + 1) % 4], places[(i + 2) % 4]];
    const [ux, uy, uz] = [q[0] - p[0], q[1] - p[1], q[2] - p[2]];
    const [vx, vy, vz] = [r[0] - q[0], r[1] - q[1], r[2] - q[2]];
    if ((uy * vz - uz * vy) * nx + (uz * vx - ux * vz) * ny + (ux * vy - uy * vx) * nz < 0) return false;
  }
  return true;
}
