import { placer, toEcef, type Anchor } from '#geo';
import type { RoadCell, RoadsInput, RoadsOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import type { FeatureColumns } from './geometry/feature-columns.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';

/** Cells a tenth of a degree wide: with the longest road that starts in one still within a batch's 20 km. */
const CELLS_A_DEGREE = 10;
const LANE = 3.25;
const LANES: Readonly<Record<string, number>> = { motorway: 6, trunk: 6, primary: 4, secondary: 4, tertiary: 2, residential: 2, service: 1, path: 1, rail: 2 };

interface Line {
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

/** Road centre lines on the ground as columns of line batches, one a cell. A bridge goes straight from end to end, over what lies below. */
export async function roads(input: RoadsInput, context: AnalysisContext): Promise<RoadsOutput> {
  const file = await openFlatGeobuf(input.roads, (url, range) => context.load(url, range));
  const [lines, ground] = await Promise.all([file.all(), input.dem ? demAt(input.dem, context) : null]);
  const classes = lines.text('class');
  const wanted = input.classes ? new Set(input.classes) : null;
  const cells = new Map<string, Line[]>();
  for (let row = 0; row < lines.count; row++) {
    if (wanted && !wanted.has(classes[row])) continue;
    for (let ring = lines.parts[lines.starts[row]]; ring < lines.parts[lines.starts[row + 1]]; ring++) {
      const [first, last] = [lines.rings[ring], lines.rings[ring + 1]];
      if (last - first < 2) continue;
      const key = `${Math.floor(lines.xy[2 * first] * CELLS_A_DEGREE)} ${Math.floor(lines.xy[2 * first + 1] * CELLS_A_DEGREE)}`;
      const members = cells.get(key) ?? [];
      cells.set(key, members);
      members.push({ row, first, last });
    }
  }
  const out: RoadCell[] = [];
  for (const [key, members] of cells) {
    const [x, y] = key.split(' ').map(Number);
    const middle = { lon: (x + 0.5) / CELLS_A_DEGREE, lat: (y + 0.5) / CELLS_A_DEGREE };
    const height = ground?.height(lines.xy[2 * members[0].first], lines.xy[2 * members[0].first + 1]) ?? 0;
    out.push(cellOf({ ...middle, height: Number.isNaN(height) ? 0 : height }, members, lines, ground, input));
    context.progress(out.length / cells.size);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return { cells: out, total: lines.count };
}

function cellOf(anchor: Anchor, members: readonly Line[], lines: FeatureColumns, ground: Dem | null, { lift = 1, step = 25 }: RoadsInput): RoadCell {
  const [ids, names, classes] = ['id', 'name', 'class'].map((name) => lines.text(name));
  const [lanes, speeds, bridges] = ['lanes', 'speed', 'bridge'].map((name) => lines.numbers(name));
  const frame = placer(anchor);
  const scratch = new Float64Array(3);
  const places: number[] = [];
  const starts = new Uint32Array(members.length + 1);
  for (const [i, { row, first, last }] of members.entries()) {
    for (const [lon, lat, height] of profile(lines.xy, first, last, step, ground, bridges[row] === 1)) {
      frame.place(lon, lat, height + lift, scratch);
      places.push(scratch[0], scratch[1], scratch[2]);
    }
    starts[i + 1] = places.length / 3;
  }
  return {
    anchor, starts, places: Float32Array.from(places),
    ids: members.map(({ row }) => ids[row] || String(row)),
    names: members.map(({ row }) => names[row]),
    classes: members.map(({ row }) => classes[row]),
    widths: Float32Array.from(members, ({ row }) => LANE * (lanes[row] > 0 ? lanes[row] : (LANES[classes[row]] ?? 2))),
    speeds: Float32Array.from(members, ({ row }) => speeds[row]),
  };
}

/** Vertices of a line with heights, with further ones between so that no piece is longer than `step` metres where there is a DEM. */
function profile(xy: Float64Array, first: number, last: number, step: number, ground: Dem | null, bridge: boolean): [number, number, number][] {
  const points: [number, number, number][] = [];
  const along: number[] = [];
  let metres = 0;
  const add = (lon: number, lat: number): void => {
    const height = ground?.height(lon, lat) ?? 0;
    points.push([lon, lat, Number.isNaN(height) ? (points.at(-1)?.[2] ?? 0) : height]);
    along.push(metres);
  };
  add(xy[2 * first], xy[2 * first + 1]);
  for (let i = first + 1; i < last; i++) {
    const [lonA, latA, lonB, latB] = xy.subarray(2 * i - 2, 2 * i + 2);
    const length = chord(lonA, latA, lonB, latB);
    const pieces = ground ? Math.max(1, Math.ceil(length / step)) : 1;
    for (let piece = 1; piece <= pieces; piece++) {
      metres += length / pieces;
      add(lonA + ((lonB - lonA) * piece) / pieces, latA + ((latB - latA) * piece) / pieces);
    }
  }
  if (bridge && ground && metres > 0) {
    const [from, to] = [points[0][2], points.at(-1)![2]];
    for (const [i, point] of points.entries()) point[2] = Math.max(point[2], from + ((to - from) * along[i]) / metres);
  }
  return points;
}

/** Metres straight through the earth between two places on the ellipsoid: of a road's piece no more than a millimetre short. Degrees in. */
function chord(lonA: number, latA: number, lonB: number, latB: number): number {
  const [a, b] = [toEcef(lonA, latA, 0, [0, 0, 0]), toEcef(lonB, latB, 0, [0, 0, 0])];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
