import type { Source } from '../format.ts';

/** What the public header of a LAS or LAZ file says, checked against the file's size. @source LAS 1.4 R15, §2.4 */
export interface LasHeader {
  readonly version: string;
  readonly format: number;
  readonly compressed: boolean;
  readonly recordLength: number;
  readonly start: number;
  /** Points the header promises. */
  readonly promised: number;
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  /** x, y, z of the lowest and of the highest corner; may be no numbers. */
  readonly box: readonly [number, number, number, number, number, number];
  readonly records: readonly VariableRecord[];
  /** Variable length records the header promises beyond those that are there. */
  readonly lostRecords: number;
  /** Byte at which points must end: the end of the file, or the first record behind them. */
  readonly end: number;
}

export interface VariableRecord {
  readonly user: string;
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** Why a file cannot be read: the code and the rest of a sentence that begins with the file's name. */
export type Refusal = readonly [code: string, sentence: string];

/** Bytes of a record by its format. @source LAS 1.4 R15, tables 7–17 */
export const RECORD_BYTES: readonly number[] = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67];
/** Largest header with its records that is read, and largest record behind the points. */
const MOST_HEADER = 16 << 20;
const MOST_RECORD = 1 << 20;
const MOST_LATE_RECORDS = 64;

function text(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes).replace(/\0[\s\S]*$/u, '');
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function triple(data: DataView, at: number): [number, number, number] {
  return [data.getFloat64(at, true), data.getFloat64(at + 8, true), data.getFloat64(at + 16, true)];
}

/** Reads and checks the header with its variable length records. */
export async function readHeader(source: Source): Promise<LasHeader | Refusal> {
  const { head } = source;
  if (head.length < 227) return ['cut-short', `it is cut short: ${head.length} bytes are there, the header alone needs 227. Copy the file again.`];
  const data = view(head);
  const [major, minor] = [head[24], head[25]];
  if (major !== 1 || minor > 4) return ['las-version', `it is LAS ${major}.${minor}; versions 1.0 to 1.4 are read.`];
  const headerBytes = data.getUint16(94, true);
  if (headerBytes < (minor >= 4 ? 375 : 227) || headerBytes > head.length) return ['bad-header', `its header says that it is ${headerBytes} bytes long, which LAS 1.${minor} has none of. Repair it with the program that made it.`];
  const start = data.getUint32(96, true);
  if (start < headerBytes || start > source.size) return ['bad-offset', `its points should begin at byte ${start}, and the file has ${source.size} bytes of which ${headerBytes} are the header. Repair it with the program that made it.`];
  const format = head[104] & 0x3f;
  const recordLength = data.getUint16(105, true);
  const least = RECORD_BYTES[format];
  if (least === undefined) return ['point-format', `its points are of format ${format}; formats 0 to 10 are known.`];
  if (recordLength < least) return ['bad-header', `a point of format ${format} has ${least} bytes, and its header says ${recordLength}. Repair it with the program that made it.`];
  const scale = triple(data, 131);
  const offset = triple(data, 155);
  if (![...scale, ...offset].every(Number.isFinite) || scale.some((each) => each === 0)) return ['bad-scale', `its scale (${scale.join(', ')}) or offset (${offset.join(', ')}) is no usable number, so no place is known. Repair the header with the program that made it.`];
  const legacy = data.getUint32(107, true);
  const wide = minor >= 4 ? Number(data.getBigUint64(247, true)) : 0;
  const early = earlyRecords(await source.slice(0, Math.min(start, MOST_HEADER)), headerBytes, data.getUint32(100, true));
  const behind = minor >= 4 ? Number(data.getBigUint64(235, true)) : 0;
  const late = behind > start && behind < source.size ? await lateRecords(source, behind, Math.min(data.getUint32(243, true), MOST_LATE_RECORDS)) : [];
  return {
    version: `1.${minor}`, format, compressed: (head[104] & 0xc0) !== 0, recordLength, start, promised: wide || legacy, scale, offset,
    box: [data.getFloat64(187, true), data.getFloat64(203, true), data.getFloat64(219, true), data.getFloat64(179, true), data.getFloat64(195, true), data.getFloat64(211, true)],
    records: [...early.records, ...late], lostRecords: early.lost, end: behind > start && behind < source.size ? behind : source.size,
  };
}

/** Records between header and points, as many as lie there whole, whatever number is promised. @source LAS 1.4 R15, §2.5 */
function earlyRecords(bytes: Uint8Array, from: number, promised: number): { records: VariableRecord[]; lost: number } {
  const records: VariableRecord[] = [];
  const data = view(bytes);
  let at = from;
  while (records.length < promised && at + 54 <= bytes.length) {
    const length = data.getUint16(at + 20, true);
    if (at + 54 + length > bytes.length) break;
    records.push({ user: text(bytes.subarray(at + 2, at + 18)), id: data.getUint16(at + 18, true), bytes: bytes.subarray(at + 54, at + 54 + length) });
    at += 54 + length;
  }
  return { records, lost: promised - records.length };
}

/** Records behind the points: only those that say where the points are. @source LAS 1.4 R15, §2.7 */
async function lateRecords(source: Source, from: number, promised: number): Promise<VariableRecord[]> {
  const records: VariableRecord[] = [];
  let at = from;
  for (let k = 0; k < promised; k++) {
    const head = await source.slice(at, at + 60);
    if (head.length < 60) break;
    const length = Number(view(head).getBigUint64(20, true));
    const user = text(head.subarray(2, 18));
    if (user === 'LASF_Projection' && length <= MOST_RECORD) records.push({ user, id: view(head).getUint16(18, true), bytes: await source.slice(at + 60, at + 60 + length) });
    at += 60 + length;
  }
  return records;
}
