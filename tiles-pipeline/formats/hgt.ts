import type { Format, RasterTable, ReadContext, Source } from './format.ts';
import { baseName, heightOf } from './height-grid.ts';
import { entriesOf, readEntry } from './zip.ts';

/** Samples on a side by the file's size: SRTM1 (one arc second) and SRTM3. */
const SIDES: ReadonlyMap<number, number> = new Map([[3601 * 3601 * 2, 3601], [1201 * 1201 * 2, 1201]]);
const VOID = -32768;
/** An archive as it is handed out is the tile and nothing else. */
const ZIP_LIMITS = { bytes: 3601 * 3601 * 2, ratio: 2000 };
const MOST_ENTRIES = 64;

interface Tile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * SRTM height tiles, plain or in a ZIP: one degree each way, int16 big-endian rows from the north, samples on the degree lines, metres above EGM96.
 * The bytes have no mark and no place: the size tells the kind, and the file's name the south-west corner (`N30E117`).
 * @source SRTM documentation, "SRTM_Topo"
 */
export const hgt = {
  id: 'hgt',
  title: 'SRTM heights (.hgt)',
  extensions: ['hgt', 'hgt.zip'],
  sniff: (head, size) => isZippedHgt(head) || (SIDES.has(size) && !isText(head)),
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<RasterTable> {
  context.signal?.throwIfAborted();
  const tiles = isZippedHgt(source.head) ? await unzipped(source, context) : [{ name: source.name, bytes: await source.bytes() }];
  for (const tile of tiles) {
    context.signal?.throwIfAborted();
    const corner = cornerOf(tile.name) ?? (tiles.length === 1 ? context.place : undefined);
    const side = SIDES.get(tile.bytes.length);
    if (!side) refuse(context, tile.name, 'wrong-size', `it has ${tile.bytes.length.toLocaleString('en')} bytes; an SRTM tile has 25,934,402 (3601²) or 2,884,802 (1201²). Copy it again.`);
    else if (!corner) refuse(context, tile.name, 'no-place', `an SRTM tile lies where its name says (N30E117.hgt: the south-west corner), and this name says nothing. Give it its name again, or say where its south-west corner is: --place ${baseName(source.name)}@117,30,0,0`);
    else yield { kind: 'raster', west: corner.lon, south: corner.lat, east: corner.lon + 1, north: corner.lat + 1, width: side, height: side, samples: heights(tile.bytes), datum: 'egm96', name: baseName(tile.name) };
  }
}

function refuse({ issues }: ReadContext, name: string, code: string, sentence: string): void {
  issues.push({ code, severity: 'error', message: `${name}: ${sentence}`, path: name });
}

function heights(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.length / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = heightOf(view.getInt16(i * 2), VOID);
  return samples;
}

/** lon, lat of a tile's south-west corner by its name; undefined where it has none. */
export function cornerOf(name: string): { lon: number; lat: number } | undefined {
  const found = /(?:^|[^a-z])([ns])(\d{1,2})_?([ew])(\d{1,3})(?!\d)/iu.exec(baseName(name));
  if (!found) return undefined;
  const lat = Number(found[2]) * (/s/iu.test(found[1]) ? -1 : 1);
  const lon = Number(found[4]) * (/w/iu.test(found[3]) ? -1 : 1);
  return lat >= -90 && lat < 90 && lon >= -180 && lon < 180 ? { lon, lat } : undefined;
}

/** Heights have bytes beyond text somewhere at the beginning: a document of just this size is none. */
function isText(head: Uint8Array): boolean {
  return head.length > 0 && head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

/** Whether the first file of an archive is called .hgt; the names in it are content. */
function isZippedHgt(head: Uint8Array): boolean {
  if (!(head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4)) return false;
  const length = head[26] | (head[27] << 8);
  return /\.hgt$/iu.test(new TextDecoder('latin1').decode(head.subarray(30, 30 + length)));
}

async function unzipped(source: Source, { issues }: ReadContext): Promise<Tile[]> {
  const archive = await source.bytes();
  const entries = entriesOf(archive);
  const fault = (what: string): [] => {
    issues.push({ code: 'bad-archive', severity: 'error', message: `${source.name} is no usable archive: ${what}.`, path: source.name });
    return [];
  };
  if (typeof entries === 'string') return fault(entries);
  const wanted = entries.filter(({ name }) => /\.hgt$/iu.test(name));
  if (wanted.length > MOST_ENTRIES) return fault(`it holds ${wanted.length} tiles, more than ${MOST_ENTRIES}; unpack it and name those you need`);
  return wanted.flatMap((entry) => {
    const bytes = readEntry(archive, entry, ZIP_LIMITS);
    return typeof bytes === 'string' ? fault(`${entry.name} cannot be unpacked: ${bytes}`) : [{ name: `${source.name}/${entry.name}`, bytes }];
  });
}
