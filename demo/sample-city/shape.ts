/** A place in the city's plan: metres east and north of its centre. */
export type Point = readonly [number, number];
/** A closed outline without its first point repeated, anticlockwise. */
export type Ring = readonly Point[];

export interface Box { west: number; south: number; east: number; north: number }

export function boxOf(ring: Ring, margin = 0): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [x, y] of ring) {
    box.west = Math.min(box.west, x - margin);
    box.south = Math.min(box.south, y - margin);
    box.east = Math.max(box.east, x + margin);
    box.north = Math.max(box.north, y + margin);
  }
  return box;
}

export const meets = (a: Box, b: Box): boolean => a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;

/** Area in square metres, positive when anticlockwise. */
export function area(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return sum / 2;
}

export function centre(ring: Ring): Point {
  let x = 0;
  let y = 0;
  for (const point of ring) {
    x += point[0];
    y += point[1];
  }
  return [x / ring.length, y / ring.length];
}

export function inside(x: number, y: number, ring: Ring): boolean {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const a = ring[i];
    const b = ring[j];
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) within = !within;
  }
  return within;
}

export const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Metres from a point to a segment. */
export function toSegment(p: Point, a: Point, b: Point): number {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length));
  return Math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

const side = (a: Point, b: Point, c: Point): number => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

export const crosses = (a: Point, b: Point, c: Point, d: Point): boolean =>
  side(a, b, c) > 0 !== side(a, b, d) > 0 && side(c, d, a) > 0 !== side(c, d, b) > 0;

/** Metres between two segments; 0 when they cross. */
export function betweenSegments(a: Point, b: Point, c: Point, d: Point): number {
  return crosses(a, b, c, d) ? 0 : Math.min(toSegment(a, c, d), toSegment(b, c, d), toSegment(c, a, b), toSegment(d, a, b));
}

/** Whether two outlines lie nearer than `gap` metres, or one inside the other. */
export function near(a: Ring, b: Ring, gap: number): boolean {
  if (inside(a[0][0], a[0][1], b) || inside(b[0][0], b[0][1], a)) return true;
  for (let i = 0, j = a.length - 1; i < a.length; j = i++)
    for (let k = 0, l = b.length - 1; k < b.length; l = k++) if (betweenSegments(a[j], a[i], b[l], b[k]) < gap) return true;
  return false;
}

/** Whether all of `ring` lies in `outer`. */
export function contains(outer: Ring, ring: Ring): boolean {
  for (const [x, y] of ring) if (!inside(x, y, outer)) return false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
    for (let k = 0, l = outer.length - 1; k < outer.length; l = k++) if (crosses(ring[j], ring[i], outer[l], outer[k])) return false;
  return true;
}

/** A frame of a plot: metres along its street (`x`) and across it (`y`), turned by `angle` radians about `origin`. */
export interface Plot { origin: Point; angle: number }

export function onPlot(plot: Plot, x: number, y: number): Point {
  const cos = Math.cos(plot.angle);
  const sin = Math.sin(plot.angle);
  return [plot.origin[0] + x * cos - y * sin, plot.origin[1] + x * sin + y * cos];
}

export function toPlot(plot: Plot, point: Point): Point {
  const cos = Math.cos(plot.angle);
  const sin = Math.sin(plot.angle);
  const dx = point[0] - plot.origin[0];
  const dy = point[1] - plot.origin[1];
  return [dx * cos + dy * sin, dy * cos - dx * sin];
}

export const rectangle = (x: number, y: number, width: number, depth: number): Ring => [
  [x - width / 2, y - depth / 2], [x + width / 2, y - depth / 2], [x + width / 2, y + depth / 2], [x - width / 2, y + depth / 2],
];

/** A regular outline of `sides` corners, first corner at `turn` radians. */
export function regular(x: number, y: number, radius: number, sides: number, turn = 0): Ring {
  return Array.from({ length: sides }, (_, i): Point => {
    const angle = turn + (i / sides) * 2 * Math.PI;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

export const placed = (plot: Plot, ring: Ring): Ring => ring.map(([x, y]) => onPlot(plot, x, y));

/** A polygon grown from a line: `half` metres to either side. */
export function strip(line: readonly Point[], half: number | ((at: number) => number)): Ring {
  const left: Point[] = [];
  const right: Point[] = [];
  for (let i = 0; i < line.length; i++) {
    const a = line[Math.max(0, i - 1)];
    const b = line[Math.min(line.length - 1, i + 1)];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const width = typeof half === 'number' ? half : half(i);
    const nx = (-(b[1] - a[1]) / length) * width;
    const ny = ((b[0] - a[0]) / length) * width;
    left.push([line[i][0] + nx, line[i][1] + ny]);
    right.push([line[i][0] - nx, line[i][1] - ny]);
  }
  return [...right, ...left.toReversed()];
}

/** A line with fewer points, nowhere further than `tolerance` metres from the given one. @source Douglas and Peucker 1973 */
export function simplified(line: readonly Point[], tolerance: number): Point[] {
  let worst = 0;
  let index = 0;
  const last = line.length - 1;
  for (let i = 1; i < last; i++) {
    const off = toSegment(line[i], line[0], line[last]);
    if (off > worst) {
      worst = off;
      index = i;
    }
  }
  if (worst <= tolerance) return [line[0], line[last]];
  return [...simplified(line.slice(0, index + 1), tolerance).slice(0, -1), ...simplified(line.slice(index), tolerance)];
}
