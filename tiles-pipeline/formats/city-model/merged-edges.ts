export type Point = readonly [x: number, y: number];

/** Corners nearer than this (metres) are one; a corner this near to an edge lies on it. */
const SAME = 0.002;

/** Directed edges in which one and its way back cancel. */
export class Edges {
  readonly #points: Point[] = [];
  readonly #cells = new Map<number, number>();
  readonly #edges: [from: number, to: number][] = [];

  add(ring: readonly number[], forward: boolean): void {
    const corners: number[] = [];
    for (let i = 0; i < ring.length; i += 3) {
      const corner = this.#corner(ring[i], ring[i + 1]);
      if (corners.at(-1) !== corner) corners.push(corner);
    }
    if (!forward) corners.reverse();
    for (let i = 0; i < corners.length; i++) {
      const next = corners[(i + 1) % corners.length];
      if (corners[i] !== next) this.#edges.push([corners[i], next]);
    }
  }

  #corner(x: number, y: number): number {
    const [column, row] = [Math.round(x / SAME), Math.round(y / SAME)];
    for (let dx = -1; dx <= 1; dx++)
      for (let dy = -1; dy <= 1; dy++) {
        const found = this.#cells.get(cellKey(column + dx, row + dy));
        if (found !== undefined && Math.hypot(this.#points[found][0] - x, this.#points[found][1] - y) <= SAME) return found;
      }
    this.#points.push([x, y]);
    this.#cells.set(cellKey(column, row), this.#points.length - 1);
    return this.#points.length - 1;
  }

  /** What is left as closed rings; undefined where they do not close. */
  rings(): Point[][] | undefined {
    const left = new Map<number, [number, number, number]>();
    const key = (from: number, to: number): number => from * this.#points.length + to;
    for (const [a, b] of this.#split()) {
      const back = left.get(key(b, a));
      if (back && back[2] > 0) back[2]--;
      else {
        const same = left.get(key(a, b));
        if (same) same[2]++;
        else left.set(key(a, b), [a, b, 1]);
      }
    }
    const next = new Map<number, number[]>();
    for (const [a, b, count] of left.values()) for (let k = 0; k < count; k++) next.set(a, [...(next.get(a) ?? []), b]);
    return this.#chain(next);
  }

  #chain(next: Map<number, number[]>): Point[][] | undefined {
    const rings: Point[][] = [];
    for (const [start, ways] of next) {
      while (ways.length > 0) {
        const ring = [start];
        for (let at = ways.shift()!; at !== start; ) {
          ring.push(at);
          const on = next.get(at);
          if (!on || on.length === 0) return undefined;
          at = on.length === 1 ? on.pop()! : this.#leftmost(ring.at(-2)!, at, on);
        }
        rings.push(...this.#apart(ring));
      }
    }
    return rings;
  }

  /** A ring that meets itself in a corner becomes two. */
  #apart(ring: readonly number[]): Point[][] {
    const out: Point[][] = [];
    const open: number[] = [];
    for (const corner of ring) {
      const seen = open.indexOf(corner);
      if (seen >= 0) out.push(open.splice(seen).map((each) => this.#points[each]));
      open.push(corner);
    }
    out.push(open.map((each) => this.#points[each]));
    return out.filter((each) => each.length >= 3);
  }

  #leftmost(from: number, at: number, ways: number[]): number {
    const [p, q] = [this.#points[from], this.#points[at]];
    const back = Math.atan2(p[1] - q[1], p[0] - q[0]);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [index, way] of ways.entries()) {
      const to = this.#points[way];
      const turn = (back - Math.atan2(to[1] - q[1], to[0] - q[0]) + 4 * Math.PI) % (2 * Math.PI) || 2 * Math.PI;
      if (turn >= least) continue;
      least = turn;
      best = index;
    }
    return ways.splice(best, 1)[0];
  }

  /** Edges cut where a corner of another face lies on them. */
  #split(): [number, number][] {
    if (this.#edges.length > 3000) return this.#edges;
    const order = this.#points.map((_, index) => index).toSorted((a, b) => this.#points[a][0] - this.#points[b][0]);
    const xs = order.map((index) => this.#points[index][0]);
    return this.#edges.flatMap(([a, b]) => {
      const on = this.#on(a, b, order, xs);
      if (on.length === 0) return [[a, b] as [number, number]];
      const line = [a, ...on, b];
      return line.slice(1).map((corner, index) => [line[index], corner] as [number, number]);
    });
  }

  #on(a: number, b: number, order: readonly number[], xs: readonly number[]): number[] {
    const [p, q] = [this.#points[a], this.#points[b]];
    const [dx, dy] = [q[0] - p[0], q[1] - p[1]];
    const length = Math.hypot(dx, dy);
    const found: [number, number][] = [];
    const west = Math.min(p[0], q[0]) - SAME;
    const east = Math.max(p[0], q[0]) + SAME;
    for (let i = firstAtLeast(xs, west); i < xs.length && xs[i] <= east; i++) {
      const corner = order[i];
      if (corner === a || corner === b) continue;
      const [x, y] = [this.#points[corner][0] - p[0], this.#points[corner][1] - p[1]];
      const along = (x * dx + y * dy) / length;
      if (along > SAME && along < length - SAME && Math.abs(x * dy - y * dx) / length <= SAME) found.push([along, corner]);
    }
    return found.toSorted((m, n) => m[0] - n[0]).map(([, corner]) => corner);
  }
}

/** One number for a cell within 60 km of the origin. */
function cellKey(column: number, row: number): number {
  return (column + 2 ** 25) * 2 ** 26 + row + 2 ** 25;
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
