/** Pieces of road between nodes, in metres. Vertices of link l are `linkStart[l]` … `linkStart[l + 1] − 1`; `s` is the distance from the link's start. */
export interface Links {
  readonly count: number;
  readonly nodeX: Float64Array;
  readonly nodeY: Float64Array;
  readonly linkStart: Uint32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly s: Float64Array;
  readonly linkFrom: Uint32Array;
  readonly linkTo: Uint32Array;
  /** [link] index of the line it is a part of. */
  readonly linkLine: Uint32Array;
}

/** Vertices nearer than this are one. */
const SAME = 0.05;
/** Loose ends are joined to a vertex or a line within this. */
const JOIN = 0.5;

interface Points {
  readonly x: number[];
  readonly y: number[];
  /** How many times a point stands in lines; ends of lines count twice. */
  readonly uses: number[];
}

/** Points by cell of {@link JOIN} metres, to find the nearest within JOIN. */
class PointIndex {
  private readonly cells = new Map<string, number[]>();
  constructor(private readonly points: Points) {}

  add(x: number, y: number): number {
    const point = this.points.x.length;
    this.points.x.push(x);
    this.points.y.push(y);
    this.points.uses.push(0);
    const key = `${Math.floor(x / JOIN)},${Math.floor(y / JOIN)}`;
    const cell = this.cells.get(key);
    if (cell) cell.push(point);
    else this.cells.set(key, [point]);
    return point;
  }

  nearest(x: number, y: number, within: number, except = -1): number {
    let best = -1;
    let distance = within;
    const column = Math.floor(x / JOIN);
    const row = Math.floor(y / JOIN);
    for (let i = column - 1; i <= column + 1; i++)
      for (let j = row - 1; j <= row + 1; j++)
        for (const point of this.cells.get(`${i},${j}`) ?? []) {
          const d = Math.hypot(this.points.x[point] - x, this.points.y[point] - y);
          if (d <= distance && point !== except) [best, distance] = [point, d];
        }
    return best;
  }
}

/** Each line as indices of points; consecutive equal points dropped. */
function pointed(lines: readonly Float64Array[], points: Points, index: PointIndex): number[][] {
  return lines.map((line) => {
    const out: number[] = [];
    for (let i = 0; i < line.length; i += 2) {
      if (!Number.isFinite(line[i]) || !Number.isFinite(line[i + 1])) continue;
      let point = index.nearest(line[i], line[i + 1], SAME);
      if (point < 0) point = index.add(line[i], line[i + 1]);
      if (point !== out.at(-1)) out.push(point);
    }
    for (const point of out) points.uses[point]++;
    if (out.length > 0) {
      points.uses[out[0]]++;
      points.uses[out[out.length - 1]]++;
    }
    return out;
  });
}

const CELL = 50;

/** Segments by cell of {@link CELL} metres, as [line, position] pairs. */
function segmentCells(rows: readonly number[][], points: Points): Map<string, [number, number][]> {
  const cells = new Map<string, [number, number][]>();
  rows.forEach((row, line) => {
    for (let i = 0; i + 1 < row.length; i++) {
      const x = [points.x[row[i]], points.x[row[i + 1]]].toSorted((a, b) => a - b);
      const y = [points.y[row[i]], points.y[row[i + 1]]].toSorted((a, b) => a - b);
      for (let c = Math.floor((x[0] - JOIN) / CELL); c <= Math.floor((x[1] + JOIN) / CELL); c++)
        for (let r = Math.floor((y[0] - JOIN) / CELL); r <= Math.floor((y[1] + JOIN) / CELL); r++) {
          const cell = cells.get(`${c},${r}`);
          if (cell) cell.push([line, i]);
          else cells.set(`${c},${r}`, [[line, i]]);
        }
    }
  });
  return cells;
}

/** Joins ends that nothing else touches: to a vertex within JOIN, else into the segment within JOIN (which gets the end as a vertex). */
function joinEnds(rows: number[][], points: Points, index: PointIndex): void {
  const cells = segmentCells(rows, points);
  const inserts: { line: number; after: number; along: number; point: number }[] = [];
  for (const row of rows) {
    if (row.length < 2) continue;
    for (const place of [0, row.length - 1]) {
      const end = row[place];
      if (points.uses[end] > 2) continue;
      const [x, y] = [points.x[end], points.y[end]];
      const near = index.nearest(x, y, JOIN, end);
      if (near >= 0 && near !== row[place === 0 ? 1 : place - 1]) {
        row[place] = near;
        points.uses[near] += 2;
        continue;
      }
      const found = (cells.get(`${Math.floor(x / CELL)},${Math.floor(y / CELL)}`) ?? [])
        .filter(([line, i]) => rows[line] !== row || Math.abs(i - place) > 1)
        .map(([line, i]) => ({ line, after: i, ...alongSegment(points, rows[line][i], rows[line][i + 1], x, y) }))
        .filter((hit) => hit.distance <= JOIN)
        .toSorted((a, b) => a.distance - b.distance)[0];
      if (found) {
        inserts.push({ line: found.line, after: found.after, along: found.along, point: end });
        points.uses[end]++;
      }
    }
  }
  inserts.sort((a, b) => b.after - a.after || b.along - a.along);
  for (const insert of inserts) rows[insert.line].splice(insert.after + 1, 0, insert.point);
}

function alongSegment(points: Points, a: number, b: number, x: number, y: number): { along: number; distance: number } {
  const dx = points.x[b] - points.x[a];
  const dy = points.y[b] - points.y[a];
  const along = Math.min(1, Math.max(0, ((x - points.x[a]) * dx + (y - points.y[a]) * dy) / (dx * dx + dy * dy || 1)));
  return { along, distance: Math.hypot(points.x[a] + along * dx - x, points.y[a] + along * dy - y) };
}

/** Splits lines ([x, y, …] in metres) into links between nodes: ends, and vertices that stand in lines more than once. */
export function linksOf(lines: readonly Float64Array[]): Links {
  const points: Points = { x: [], y: [], uses: [] };
  const index = new PointIndex(points);
  const rows = pointed(lines, points, index);
  joinEnds(rows, points, index);
  const nodes = new Map<number, number>();
  const node = (point: number): number => {
    const known = nodes.get(point);
    if (known !== undefined) return known;
    nodes.set(point, nodes.size);
    return nodes.size - 1;
  };
  const xs: number[] = [];
  const ys: number[] = [];
  const s: number[] = [];
  const starts = [0];
  const from: number[] = [];
  const to: number[] = [];
  const lineOf: number[] = [];
  rows.forEach((row, line) => {
    for (let i = 0; i + 1 < row.length; ) {
      let end = i + 1;
      while (end < row.length - 1 && points.uses[row[end]] < 2) end++;
      for (let k = i; k <= end; k++) {
        const [x, y] = [points.x[row[k]], points.y[row[k]]];
        s.push(k === i ? 0 : s[s.length - 1] + Math.hypot(x - xs[xs.length - 1], y - ys[ys.length - 1]));
        xs.push(x);
        ys.push(y);
      }
      starts.push(xs.length);
      from.push(node(row[i]));
      to.push(node(row[end]));
      lineOf.push(line);
      i = end;
    }
  });
  const order = [...nodes.keys()];
  return {
    count: lineOf.length,
    nodeX: Float64Array.from(order, (point) => points.x[point]),
    nodeY: Float64Array.from(order, (point) => points.y[point]),
    linkStart: Uint32Array.from(starts),
    x: Float64Array.from(xs),
    y: Float64Array.from(ys),
    s: Float64Array.from(s),
    linkFrom: Uint32Array.from(from),
    linkTo: Uint32Array.from(to),
    linkLine: Uint32Array.from(lineOf),
  };
}
