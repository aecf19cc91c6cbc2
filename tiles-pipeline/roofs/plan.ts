import earcut from 'earcut';

/** Metres east and north of an outline's first corner; good to millimetres over a building. */
export interface Plan {
  readonly lon: number;
  readonly lat: number;
  /** Metres a degree. */
  readonly perLon: number;
  readonly perLat: number;
  /** [rings] x, y in turn, open: the outer ring counter-clockwise, holes clockwise. */
  readonly rings: readonly Float64Array[];
  /** Square metres, holes taken off. */
  readonly area: number;
}

/** A triangulated outline. Vertices are shared: every inner edge is in two triangles, every edge of the outline in one. */
export interface PlanMesh {
  readonly x: number[];
  readonly y: number[];
  /** Metres from the edge of the outline the roof plane rises from; only in meshes of a skeleton. */
  readonly depth: number[];
  triangles: number[];
}

/** Corners this near a straight line (metres) are left out. */
const STRAIGHT = 2e-3;

/** @param rings lon, lat in turn, open: outer ring counter-clockwise, holes clockwise */
export function planOf(rings: readonly Float64Array[]): Plan {
  const [lon, lat] = rings[0];
  const sine2 = Math.sin((lat * Math.PI) / 180) ** 2;
  const perLat = (6335439 / (1 - 0.00669438 * sine2) ** 1.5) * (Math.PI / 180);
  const perLon = (6378137 / Math.sqrt(1 - 0.00669438 * sine2)) * Math.cos((lat * Math.PI) / 180) * (Math.PI / 180);
  const metres = rings.map((ring) => withoutStraightCorners(ring.map((value, i) => (i % 2 === 0 ? (value - lon) * perLon : (value - lat) * perLat)))).filter((ring) => ring.length >= 6);
  return { lon, lat, perLon, perLat, rings: metres, area: metres.reduce((sum, ring) => sum + area(ring), 0) };
}

/** Signed: positive = counter-clockwise. */
export function area(ring: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) sum += ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
  return sum / 2;
}

function withoutStraightCorners(ring: Float64Array): Float64Array {
  const kept: number[] = [];
  const n = ring.length / 2;
  for (let i = 0; i < n; i++) {
    const before = kept.length > 0 ? kept[kept.length - 1] : n - 1;
    const after = (i + 1) % n;
    const [dx, dy] = [ring[after * 2] - ring[before * 2], ring[after * 2 + 1] - ring[before * 2 + 1]];
    const off = Math.abs(dx * (ring[i * 2 + 1] - ring[before * 2 + 1]) - dy * (ring[i * 2] - ring[before * 2]));
    if (off > STRAIGHT * Math.hypot(dx, dy)) kept.push(i);
  }
  return Float64Array.from(kept.flatMap((i) => [ring[i * 2], ring[i * 2 + 1]]));
}

export function triangulated({ rings }: Plan): PlanMesh {
  const flat = rings.flatMap((ring) => [...ring]);
  const holes: number[] = [];
  rings.slice(0, -1).reduce((corners, ring) => (holes.push(corners + ring.length / 2), corners + ring.length / 2), 0);
  const x = flat.filter((_, i) => i % 2 === 0);
  const y = flat.filter((_, i) => i % 2 === 1);
  const triangles: number[] = [];
  const found = earcut(flat, holes);
  for (let t = 0; t < found.length; t += 3) {
    const [a, b, c] = [found[t], found[t + 1], found[t + 2]];
    // earcut turns its triangles whichever way the outline turns.
    if (cross(x, y, a, b, c) >= 0) triangles.push(a, b, c);
    else triangles.push(a, c, b);
  }
  return { x, y, depth: x.map(() => 0), triangles };
}

/** Twice the area of a triangle of the plan. */
export function cross(x: ArrayLike<number>, y: ArrayLike<number>, a: number, b: number, c: number): number {
  return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]);
}

/** Nearer to a cut than this (metres) is on it. */
const ON = 1e-4;

/** Cuts all triangles along `side` = 0, where `side` gives metres and is linear over each triangle: new corners lie on edges and are shared by both sides. */
export function cut(mesh: PlanMesh, side: (vertex: number) => number): void {
  const sides = mesh.x.map((_, i) => side(i));
  const on = sides.map((value) => (Math.abs(value) < ON ? 0 : Math.sign(value)));
  const between = new Map<number, number>();
  const out: number[] = [];
  const meet = (a: number, b: number): number => {
    const [low, high] = a < b ? [a, b] : [b, a];
    const key = low * 0x4000000 + high;
    const known = between.get(key);
    if (known !== undefined) return known;
    const share = sides[low] / (sides[low] - sides[high]);
    for (const column of [mesh.x, mesh.y, mesh.depth]) column.push(column[low] + share * (column[high] - column[low]));
    between.set(key, mesh.x.length - 1);
    return mesh.x.length - 1;
  };
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    const corners = [mesh.triangles[t], mesh.triangles[t + 1], mesh.triangles[t + 2]];
    const signs = corners.map((corner) => on[corner]);
    if (!(signs.includes(1) && signs.includes(-1))) out.push(...corners);
    else out.push(...split(corners, signs, meet));
  }
  mesh.triangles = out;
}

/** The two or three pieces of a triangle that is crossed. */
function split(corners: readonly number[], signs: readonly number[], meet: (a: number, b: number) => number): number[] {
  const through = signs.indexOf(0);
  // Turned so that the first corner is on the line, or alone on its side.
  const first = through >= 0 ? through : signs.findIndex((sign, i) => signs[(i + 1) % 3] !== sign && signs[(i + 2) % 3] !== sign);
  const [a, b, c] = [corners[first], corners[(first + 1) % 3], corners[(first + 2) % 3]];
  if (through >= 0) {
    const m = meet(b, c);
    return [a, b, m, a, m, c];
  }
  const [m, n] = [meet(a, b), meet(a, c)];
  return [a, m, n, m, b, c, m, c, n];
}

/** The smallest upright box around an outline, turned as it needs. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  /** Unit vector of the longer side. */
  readonly along: readonly [number, number];
  /** Half the longer and the shorter side, metres. */
  readonly length: number;
  readonly width: number;
  /** Share of the box the outline fills. */
  readonly fill: number;
}

/** One side of the smallest box lies on an edge of the convex hull. Of equals the first holds. */
export function frameOf({ rings, area: filled }: Plan): Frame {
  const corners = hullOf(rings[0]);
  let best: Frame | undefined;
  for (let i = 0; i < corners.length; i += 2) {
    const j = (i + 2) % corners.length;
    const [dx, dy] = [corners[j] - corners[i], corners[j + 1] - corners[i + 1]];
    const size = Math.hypot(dx, dy);
    if (size < 1e-3) continue;
    const box = boxAlong(corners, dx / size, dy / size, filled);
    if (!best || box.length * box.width < best.length * best.width - 1e-6) best = box;
  }
  return best ?? boxAlong(corners, 1, 0, filled);
}

function boxAlong(corners: readonly number[], ux: number, uy: number, filled: number): Frame {
  let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < corners.length; i += 2) {
    const u = corners[i] * ux + corners[i + 1] * uy;
    const v = corners[i + 1] * ux - corners[i] * uy;
    [low, high, left, right] = [Math.min(low, u), Math.max(high, u), Math.min(left, v), Math.max(right, v)];
  }
  const [u, v] = [(low + high) / 2, (left + right) / 2];
  const [length, width] = [(high - low) / 2, (right - left) / 2];
  const turned = width > length + 1e-6;
  const fill = filled / (4 * length * width);
  return { x: u * ux - v * uy, y: u * uy + v * ux, along: turned ? [-uy, ux] : [ux, uy], length: turned ? width : length, width: turned ? length : width, fill };
}

/** Convex hull, x and y in turn, counter-clockwise (monotone chain). */
function hullOf(ring: Float64Array): number[] {
  const order = Array.from({ length: ring.length / 2 }, (_, i) => i).toSorted((a, b) => ring[a * 2] - ring[b * 2] || ring[a * 2 + 1] - ring[b * 2 + 1]);
  const chain: number[] = [];
  const turn = (a: number, b: number, c: number): number => (ring[b * 2] - ring[a * 2]) * (ring[c * 2 + 1] - ring[a * 2 + 1]) - (ring[b * 2 + 1] - ring[a * 2 + 1]) * (ring[c * 2] - ring[a * 2]);
  for (const pass of [order, order.toReversed()]) {
    const start = chain.length;
    for (const p of pass) {
      while (chain.length >= start + 2 && turn(chain[chain.length - 2], chain[chain.length - 1], p) <= 0) chain.pop();
      chain.push(p);
    }
    chain.pop();
  }
  return chain.flatMap((i) => [ring[i * 2], ring[i * 2 + 1]]);
}
