import { placer, type Anchor } from '#geo';
import type { RoadCell, RoadsInput, RoadsOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import type { FeatureColumns } from './geometry/feature-columns.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';
import { linesByCell, profile, STEP, type RoadLine } from './geometry/road-lines.ts';

const LANE = 3.25;
const LANES: Readonly<Record<string, number>> = { motorway: 6, trunk: 6, primary: 4, secondary: 4, tertiary: 2, residential: 2, service: 1, path: 1, rail: 2 };

/** Road centre lines on the ground as columns of line batches, one a cell. A bridge goes straight from end to end, over what lies below. */
export async function roads(input: RoadsInput, context: AnalysisContext): Promise<RoadsOutput> {
  const file = await openFlatGeobuf(input.roads, (url, range) => context.load(url, range));
  const [lines, ground] = await Promise.all([file.all(), input.dem ? demAt(input.dem, context) : null]);
  const classes = lines.text('class');
  const wanted = input.classes ? new Set(input.classes) : null;
  const isBridge = lines.numbers('bridge');
  const cells = [false, true].flatMap((bridges) => linesByCell(lines, (row) => (!wanted || wanted.has(classes[row])) && (ground !== null && isBridge[row] === 1) === bridges).map((cell) => ({ ...cell, bridges })));
  const out: RoadCell[] = [];
  for (const { lon, lat, members, bridges } of cells) {
    const height = ground?.height(lines.xy[2 * members[0].first], lines.xy[2 * members[0].first + 1]) ?? 0;
    out.push({ bridges, ...cellOf({ lon, lat, height: Number.isNaN(height) ? 0 : height }, members, lines, ground, input) });
    context.progress(out.length / cells.length);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return { cells: out, total: lines.count };
}

function cellOf(anchor: Anchor, members: readonly RoadLine[], lines: FeatureColumns, ground: Dem | null, { lift = 1, step = STEP }: RoadsInput): Omit<RoadCell, 'bridges'> {
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
