import type { Format, ReadContext, Source } from './format.ts';
import { readChunks } from './las/chunk-table.ts';
import { brightest, decodeRecords, hasColour, pointColumns } from './las/decode.ts';
import { placeOf, type LasPlace } from './las/georeference.ts';
import { readHeader, type LasHeader, type Refusal } from './las/header.ts';
import { BLOCK, PointReader, type PointRange } from './las/read-points.ts';
import type { PointCloud, PointLayout, PointTable } from './point-table.ts';

/** Formats whose compressed points the decompressor takes; it breaks down on those with wave packets. */
const COMPRESSED = new Set([0, 1, 2, 3, 6, 7, 8]);
/** Points looked at in each of a file's samples before it is read. */
const SAMPLE = 4096;

/** Point clouds: LAS 1.0 to 1.4, LAZ and COPC (a LAZ whose chunks are nodes; they are read as chunks). One {@link PointTable} a file. */
export const las = {
  id: 'las',
  title: 'LAS, LAZ, COPC (point cloud)',
  extensions: ['.las', '.laz'],
  sniff: (head) => head[0] === 0x4c && head[1] === 0x41 && head[2] === 0x53 && head[3] === 0x46,
  async *read(source, context) {
    const cloud = await openCloud(source, context);
    if (cloud) yield { kind: 'points', cloud } satisfies PointTable;
  },
} as const satisfies Format;

async function openCloud(source: Source, context: ReadContext): Promise<PointCloud | undefined> {
  const refuse = ([code, sentence]: Refusal): undefined => void context.issues.push({ code, severity: 'error', message: `${source.name}: ${sentence}`, path: source.name });
  if (source.packed) return refuse(['packed', 'it is packed by gzip, and points are read where they lie. Unpack it first; LAZ is smaller still.']);
  const header = await readHeader(source);
  if (!('format' in header)) return refuse(header);
  if (header.lostRecords > 0) context.issues.push({ code: 'bad-header', severity: 'warning', message: `${source.name}: its header promises ${header.lostRecords.toLocaleString('en')} more records before the points than there are; what they said is lost (a reference system, perhaps), the points are read.`, path: source.name });
  const there = await pointsOf(source, header, context);
  if (!('count' in there)) return refuse(there);
  if (there.count === 0) return refuse(['no-points', 'there are no points in it.']);
  const place = placeOf(header);
  const toDegrees = wayToDegrees(place, context);
  if (typeof toDegrees !== 'function') return skipAll(there.count, toDegrees, context, refuse);
  const looked = await look(there, header, context.signal);
  if (!looked) return skipAll(there.count, ['bad-laz', 'its first chunk cannot be decompressed, so nothing of it can be trusted. Copy the file again.'], context, refuse);
  if (looked.strayed) context.issues.push({ code: 'bounds-wrong', severity: 'warning', message: `${source.name}: the bounds in its header are not those of its points; those of the points were taken.`, path: source.name });
  return { name: source.name, layout: looked.layout, box: looked.box, metres: metresOf(place, source, context), vertical: place.vertical, toDegrees };
}

function skipAll(count: number, refusal: Refusal, context: ReadContext, refuse: (refusal: Refusal) => undefined): undefined {
  context.skip('point of a file that could not be used', count);
  return refuse(refusal);
}

/** How the points lie, and how many there are: never more than fit into the file. */
async function pointsOf(source: Source, header: LasHeader, context: ReadContext): Promise<PointLayout | Refusal> {
  const { format, recordLength, start, promised, scale, offset } = header;
  const common = { path: source.path, format, recordLength, scale, offset, colour: 'none' as const };
  if (header.compressed) {
    if (promised === 0) return { ...common, start, count: 0 };
    if (!COMPRESSED.has(format)) return ['point-format', `its points are compressed and of format ${format} (with wave packets), which the decompressor does not take. Convert it first: las2las -i in.laz -o out.las`];
    const chunks = await readChunks(source, header);
    if (!('bytes' in chunks)) return skipped(promised, chunks, context);
    return { ...common, start: chunks.start, count: promised, chunks: { bytes: chunks.bytes, points: chunks.points } };
  }
  const fitting = Math.floor((header.end - start) / recordLength);
  const count = Math.min(promised, fitting);
  if (count < promised) {
    context.skip('point missing from a file that is cut short', Math.min(promised - count, Number.MAX_SAFE_INTEGER));
    context.issues.push({ code: 'cut-short', severity: 'error', message: `${source.name} is cut short: its header promises ${promised.toLocaleString('en')} points and ${fitting.toLocaleString('en')} are there; these are kept. Copy the file again.`, path: source.name });
  }
  return { ...common, start, count };
}

/** Points of a file that cannot be opened are counted where their number can be believed. */
function skipped(promised: number, refusal: Refusal, context: ReadContext): Refusal {
  if (refusal[0] !== 'bad-laz') context.skip('point of a file that could not be used', promised);
  return refusal;
}

function wayToDegrees({ systems }: LasPlace, { crs, toDegrees }: ReadContext): PointCloud['toDegrees'] | Refusal {
  for (const system of systems) {
    const way = toDegrees?.(system);
    if (way) return way;
  }
  const said = crs && toDegrees?.(crs);
  if (said) return said;
  if (crs) return ['foreign-crs', `${crs} is not known here; convert it first: las2las -target_epsg 4326 -i in.las -o out.las`];
  if (systems.length === 0) return ['no-crs', 'it does not say in which system its places are; say it with --crs FILE@EPSG:…'];
  const name = systems.find((each) => each.startsWith('EPSG:')) ?? /"([^"]*)"/u.exec(systems[0])?.[1] ?? 'a system of its own';
  return ['foreign-crs', `it is in ${name}, which is not known here; name one that is close enough with --crs FILE@EPSG:…, or convert it first.`];
}

/** Heights are in the unit the file says, else in that of the ground: programs that write LAS do it so. */
function metresOf({ metres, groundMetres }: LasPlace, source: Source, context: ReadContext): number {
  if (metres !== null) return metres;
  if (groundMetres === null || groundMetres === 1) return 1;
  context.issues.push({ code: 'unit-assumed', severity: 'warning', message: `${source.name}: its places are in feet and it does not say what its heights are in; they are taken as feet too.`, path: source.name });
  return groundMetres;
}

interface Looked {
  readonly layout: PointLayout;
  readonly box: PointCloud['box'];
  /** The header's bounds do not hold. */
  readonly strayed: boolean;
}

/** Looks into the beginning, the middle and the end of a file for what its header cannot say or says wrong; undefined where it cannot be decompressed. */
async function look(layout: PointLayout, { box }: LasHeader, signal?: AbortSignal): Promise<Looked | undefined> {
  const reader = new PointReader();
  try {
    const units = layout.chunks ? layout.chunks.bytes.length : layout.count;
    const each = layout.chunks ? 1 : Math.min(SAMPLE, units);
    const ranges = [0, Math.floor((units - each) / 2), units - each].map((from) => ({ from, to: from + each }));
    const seen = await measured(reader, layout, ranges, { signal, most: SAMPLE });
    if (!seen.any) return undefined;
    const whole: PointLayout = { ...layout, colour: !hasColour(layout.format) || seen.brightest === 0 ? 'none' : seen.brightest > 255 ? 'sixteen' : 'eight' };
    if (box.every(Number.isFinite) && [0, 1, 2].every((k) => box[k] <= box[k + 3] && seen.box[k] >= box[k] - slack(layout, k) && seen.box[k + 3] <= box[k + 3] + slack(layout, k))) return { layout: whole, box, strayed: false };
    return { layout: whole, box: (await measured(reader, layout, [{ from: 0, to: units }], { signal })).box, strayed: true };
  } finally {
    reader.close();
  }
}

/** Headers are written with few digits by some. */
function slack({ scale }: PointLayout, axis: number): number {
  return 2 * Math.abs(scale[axis]);
}

async function measured(reader: PointReader, layout: PointLayout, ranges: readonly PointRange[], { signal, most: points }: { signal?: AbortSignal; most?: number }): Promise<{ box: PointCloud['box']; brightest: number; any: boolean }> {
  const columns = pointColumns(BLOCK);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  let most = 0;
  let any = false;
  for (const range of ranges) {
    for await (const { bytes, count } of reader.read(layout, range, () => undefined, points)) {
      signal?.throwIfAborted();
      any = true;
      columns.count = 0;
      decodeRecords(bytes, count, layout, columns);
      if (hasColour(layout.format)) most = Math.max(most, brightest(bytes, count, layout));
      for (const [axis, values] of [columns.x, columns.y, columns.z].entries()) {
        for (let k = 0; k < columns.count; k++) {
          if (values[k] < low[axis]) low[axis] = values[k];
          if (values[k] > high[axis]) high[axis] = values[k];
        }
      }
    }
  }
  const at = (axis: number, value: number): number => value * layout.scale[axis] + layout.offset[axis];
  const side = (axis: number, pick: (a: number, b: number) => number): number => pick(at(axis, low[axis]), at(axis, high[axis]));
  return { box: [side(0, Math.min), side(1, Math.min), side(2, Math.min), side(0, Math.max), side(1, Math.max), side(2, Math.max)], brightest: most, any };
}
