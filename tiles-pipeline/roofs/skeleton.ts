import { area, cross, type PlanMesh } from './plan.ts';

/** A roof face: the edge of the outline it rises from, and its corners, counter-clockwise, that edge first. */
export interface Face {
  readonly edge: number;
  corners: number[];
}

/** Straight skeleton of an outline: where its edges, moving inward all at one speed, meet. */
export interface Skeleton {
  readonly x: number[];
  readonly y: number[];
  /** Metres from the edge: 0 for the corners of the outline, which come first. */
  readonly depth: number[];
  readonly faces: Face[];
}

/** The outline's corners are few: the naive walk is cubic. */
const MOST_CORNERS = 80;
/** Metres; nodes nearer than this are one. */
const SAME = 1e-5;

interface Edge {
  readonly x: number;
  readonly y: number;
  /** Unit direction; the inside is on the left. */
  readonly dx: number;
  readonly dy: number;
}

/** A corner of the shrinking outline. */
interface Corner {
  /** The edges before and after it. */
  readonly left: number;
  readonly right: number;
  /** Where and when it was born. */
  readonly node: number;
  /** Metres it moves a metre of depth; undefined between edges that run against each other. */
  readonly way: readonly [number, number] | undefined;
  next: Corner;
  previous: Corner;
}

type Event = { readonly at: number; readonly x: number; readonly y: number } & ({ readonly kind: 'edge'; readonly corner: Corner } | { readonly kind: 'split'; readonly corner: Corner; readonly hit: Corner });

/** Metres by which corners are moved where an outline is so regular that more meets in one place than the walk can tell apart. */
const NUDGES = [0, 0.001, 0.004, 0.01];

/**
 * Straight skeleton of a simple ring without holes (x, y in turn, open, counter-clockwise), or undefined where it does not come out sound:
 * the faces must fill the outline exactly. @source Aichholzer et al. 1995; events as in Felkel & Obdržálek 1998
 */
export function skeletonOf(ring: Float64Array): Skeleton | undefined {
  const n = ring.length / 2;
  if (n < 3 || n > MOST_CORNERS) return undefined;
  for (const nudge of NUDGES) {
    const found = walked(nudge === 0 ? ring : ring.map((value, i) => value + nudge * Math.sin(i * 12.9898 + 1)));
    if (!found) continue;
    for (let i = 0; i < n; i++) [found.x[i], found.y[i]] = [ring[i * 2], ring[i * 2 + 1]];
    return found;
  }
  return undefined;
}

function walked(ring: Float64Array): Skeleton | undefined {
  const walk = new Walk(ring);
  // Each event takes a corner away or splits the outline; more of them than this is a walk in circles.
  for (let rounds = 0; walk.loops.length > 0; rounds++) if (rounds > 3 * ring.length || !walk.step()) return undefined;
  return walk.result();
}

class Walk {
  readonly #edges: Edge[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #depth: number[] = [];
  /** Directed borders of each face. */
  readonly #borders: [number, number][][] = [];
  /** One corner of each shrinking outline. */
  loops: Corner[] = [];
  #now = 0;

  constructor(private readonly ring: Float64Array) {
    const n = ring.length / 2;
    for (let i = 0; i < n; i++) {
      const j = (i + 1) % n;
      const [dx, dy] = [ring[j * 2] - ring[i * 2], ring[j * 2 + 1] - ring[i * 2 + 1]];
      const length = Math.hypot(dx, dy);
      this.#edges.push({ x: ring[i * 2], y: ring[i * 2 + 1], dx: dx / length, dy: dy / length });
      this.#borders.push([[i, j]]);
      this.#x.push(ring[i * 2]);
      this.#y.push(ring[i * 2 + 1]);
      this.#depth.push(0);
    }
    const corners = Array.from({ length: n }, (_, i) => this.#corner((i + n - 1) % n, i, i));
    for (let i = 0; i < n; i++) link(corners[i], corners[(i + 1) % n]);
    this.loops = [corners[0]];
  }

  /** Does the next thing that happens; false where nothing sound does. */
  step(): boolean {
    let event: Event | undefined;
    let loop = 0;
    for (const [l, start] of this.loops.entries())
      for (const corner of around(start))
        for (const found of [this.#collapse(corner), this.#split(corner, start)])
          if (found && (!event || found.at < event.at - 1e-9)) [event, loop] = [found, l];
    if (!event) return false;
    this.#now = Math.max(this.#now, event.at);
    const node = this.#node(event.x, event.y);
    const starts = event.kind === 'edge' ? this.#merge(event.corner, node) : this.#divide(event.corner, event.hit, node);
    this.loops.splice(loop, 1, ...starts.filter((start) => this.#alive(start)));
    return true;
  }

  result(): Skeleton | undefined {
    const faces: Face[] = [];
    let filled = 0;
    const mesh = { x: this.#x, y: this.#y };
    for (const [edge, borders] of this.#borders.entries()) {
      const corners = chained(borders);
      if (!corners) return undefined;
      const own = area(corners.flatMap((i) => [mesh.x[i], mesh.y[i]]));
      if (!(own > 0)) return undefined;
      filled += own;
      faces.push({ edge, corners });
    }
    const whole = area(this.ring);
    return Math.abs(filled - whole) < 1e-4 * whole ? { x: this.#x, y: this.#y, depth: this.#depth, faces } : undefined;
  }

  #corner(left: number, right: number, node: number): Corner {
    const [a, b] = [this.#edges[left], this.#edges[right]];
    const sine = a.dx * b.dy - a.dy * b.dx;
    const cosine = a.dx * b.dx + a.dy * b.dy;
    // The inward normals are (−dy, dx); the way w has w · normal = 1 with both.
    const way: Corner['way'] = Math.abs(sine) < 1e-7 ? (cosine > 0 ? [-a.dy, a.dx] : undefined) : [(b.dx - a.dx) / sine, (b.dy - a.dy) / sine];
    const corner = { left, right, node, way } as Corner;
    corner.next = corner;
    corner.previous = corner;
    return corner;
  }

  #at(corner: Corner, depth: number): [number, number] {
    const [wx, wy] = corner.way ?? [0, 0];
    const since = depth - this.#depth[corner.node];
    return [this.#x[corner.node] + wx * since, this.#y[corner.node] + wy * since];
  }

  /** When the edge after a corner is gone. */
  #collapse(corner: Corner): Event | undefined {
    const { next } = corner;
    const { dx, dy } = this.#edges[corner.right];
    const [ax, ay] = this.#at(corner, this.#now);
    const [bx, by] = this.#at(next, this.#now);
    const length = (bx - ax) * dx + (by - ay) * dy;
    if (length < SAME) return { kind: 'edge', at: this.#now, x: (ax + bx) / 2, y: (ay + by) / 2, corner };
    if (!corner.way || !next.way) return undefined;
    const closing = (corner.way[0] - next.way[0]) * dx + (corner.way[1] - next.way[1]) * dy;
    if (closing < 1e-9) return undefined;
    const at = this.#now + length / closing;
    const [x, y] = this.#at(corner, at);
    return { kind: 'edge', at, x, y, corner };
  }

  /** When a corner that points inward runs into an edge of its own outline. */
  #split(corner: Corner, start: Corner): Event | undefined {
    const { way } = corner;
    const [a, b] = [this.#edges[corner.left], this.#edges[corner.right]];
    if (!way || a.dx * b.dy - a.dy * b.dx >= -1e-7) return undefined;
    let first: Event | undefined;
    for (const hit of around(start)) {
      if (hit === corner || hit.next === corner || hit.right === corner.left || hit.right === corner.right) continue;
      const edge = this.#edges[hit.right];
      const [px, py] = this.#at(corner, this.#now);
      const off = (py - edge.y) * edge.dx - (px - edge.x) * edge.dy - this.#now;
      const closing = 1 - (way[1] * edge.dx - way[0] * edge.dy);
      if (closing < 1e-9 || off < -SAME) continue;
      const at = this.#now + Math.max(0, off) / closing;
      if (first && at >= first.at) continue;
      const [x, y] = this.#at(corner, at);
      const [sx, sy] = this.#at(hit, at);
      const [ex, ey] = this.#at(hit.next, at);
      const inside = (x - sx) * edge.dx + (y - sy) * edge.dy > -SAME && (ex - x) * edge.dx + (ey - y) * edge.dy > -SAME;
      if (inside) first = { kind: 'split', at, x, y, corner, hit };
    }
    return first;
  }

  #node(x: number, y: number): number {
    for (let i = this.#x.length - 1; i >= 0; i--) if (Math.hypot(this.#x[i] - x, this.#y[i] - y) < SAME * 10) return i;
    this.#x.push(x);
    this.#y.push(y);
    this.#depth.push(this.#now);
    return this.#x.length - 1;
  }

  /** The way of a corner from its birth to a node, as a border of both faces beside it. */
  #trace({ left, right, node: from }: Corner, to: number): void {
    if (from === to) return;
    this.#borders[left].push([from, to]);
    this.#borders[right].push([to, from]);
  }

  #merge(corner: Corner, node: number): Corner[] {
    const { next } = corner;
    this.#trace(corner, node);
    this.#trace(next, node);
    const merged = this.#corner(corner.left, next.right, node);
    if (next.next === corner) return [];
    link(corner.previous, merged);
    link(merged, next.next);
    return [merged];
  }

  #divide(corner: Corner, hit: Corner, node: number): Corner[] {
    this.#trace(corner, node);
    const before = this.#corner(corner.left, hit.right, node);
    const after = this.#corner(hit.right, corner.right, node);
    const [end, next, previous] = [hit.next, corner.next, corner.previous];
    link(previous, before);
    link(before, end);
    link(hit, after);
    link(after, next);
    return [before, after];
  }

  /** Two corners are no outline any more: the line between them is a ridge. */
  #alive(start: Corner): boolean {
    const other = start.next;
    if (other === start) return false;
    if (other.next !== start) return true;
    const [from, to] = [start.node, other.node];
    if (from !== to) {
      this.#borders[start.right].push([to, from]);
      this.#borders[other.right].push([from, to]);
    }
    return false;
  }
}

function link(before: Corner, after: Corner): void {
  before.next = after;
  after.previous = before;
}

function* around(start: Corner): Generator<Corner> {
  let corner = start;
  do {
    yield corner;
    corner = corner.next;
  } while (corner !== start);
}

/** Borders as one ring that begins with the first; undefined where they are none, or touch themselves. */
function chained(borders: readonly (readonly [number, number])[]): number[] | undefined {
  const after = new Map(borders);
  if (after.size !== borders.length) return undefined;
  const ring: number[] = [];
  let at = borders[0][0];
  do {
    ring.push(at);
    const next = after.get(at);
    if (next === undefined || ring.length > borders.length) return undefined;
    at = next;
  } while (at !== borders[0][0]);
  return ring.length === borders.length ? ring : undefined;
}

/**
 * Moves the tip of every hip at an end of a ridge out over its edge, so that a gable stands there: the faces beside it stay plane.
 * @returns how many gables there are now
 */
export function withGables(skeleton: Skeleton): number {
  const { x, y, depth, faces } = skeleton;
  let gables = 0;
  for (const hip of faces.filter(({ corners }) => corners.length === 3)) {
    const [a, b, tip] = hip.corners;
    const users = faces.filter((face) => face !== hip && face.corners.includes(tip));
    // The ridge leaves the tip between the two faces beside the hip.
    if (users.length !== 2) continue;
    const [one, two] = users;
    const ends = one.corners.filter((corner) => corner !== tip && two.corners.includes(corner));
    if (ends.length !== 1) continue;
    const [end] = ends;
    const [dx, dy] = [x[tip] - x[end], y[tip] - y[end]];
    const [ex, ey] = [x[b] - x[a], y[b] - y[a]];
    const sine = dx * ey - dy * ex;
    if (Math.abs(sine) < 1e-6) continue;
    const reach = ((x[a] - x[end]) * ey - (y[a] - y[end]) * ex) / sine;
    const share = ((x[a] - x[end]) * dy - (y[a] - y[end]) * dx) / sine;
    const deep = depth[end] + reach * (depth[tip] - depth[end]);
    if (reach < 1 || share < 0.05 || share > 0.95 || deep <= 0) continue;
    [x[tip], y[tip], depth[tip]] = [x[end] + reach * dx, y[end] + reach * dy, deep];
    faces.splice(faces.indexOf(hip), 1);
    gables++;
  }
  return gables;
}

/** The faces cut into triangles, corners on straight borders kept; undefined where a face cannot be cut soundly. */
export function faceMesh({ x, y, depth, faces }: Skeleton): PlanMesh | undefined {
  const triangles: number[] = [];
  for (const { corners } of faces) {
    const cutUp = clipEars(x, y, corners);
    if (!cutUp) return undefined;
    triangles.push(...cutUp);
  }
  return { x: [...x], y: [...y], depth: [...depth], triangles };
}

/** Ear clipping that never leaves out a corner, be it on a straight line. */
function clipEars(x: readonly number[], y: readonly number[], ring: readonly number[]): number[] | undefined {
  const left = [...ring];
  const out: number[] = [];
  while (left.length > 3) {
    let best = -1;
    let widest = 1e-9;
    for (let i = 0; i < left.length; i++) {
      const [a, b, c] = [left[(i + left.length - 1) % left.length], left[i], left[(i + 1) % left.length]];
      const size = cross(x, y, a, b, c);
      // The roundest ear first: slivers along straight borders come last.
      const round = size / (1e-9 + Math.max(span(x, y, a, b), span(x, y, b, c), span(x, y, c, a)));
      if (size > 1e-9 && round > widest && !left.some((p) => p !== a && p !== b && p !== c && within(x, y, [a, b, c], p))) [best, widest] = [i, round];
    }
    if (best < 0) return undefined;
    out.push(left[(best + left.length - 1) % left.length], left[best], left[(best + 1) % left.length]);
    left.splice(best, 1);
  }
  if (cross(x, y, left[0], left[1], left[2]) <= 1e-9) return undefined;
  return [...out, ...left];
}

function span(x: readonly number[], y: readonly number[], a: number, b: number): number {
  return (x[a] - x[b]) ** 2 + (y[a] - y[b]) ** 2;
}

/** Inside a triangle or on its border. */
function within(x: readonly number[], y: readonly number[], [a, b, c]: readonly [number, number, number], p: number): boolean {
  return cross(x, y, a, b, p) >= -1e-9 && cross(x, y, b, c, p) >= -1e-9 && cross(x, y, c, a, p) >= -1e-9;
}
