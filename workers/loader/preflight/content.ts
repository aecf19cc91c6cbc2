import { TwinError } from '../../../engine/errors.ts';
import { gltfProblem } from './gltf.ts';
import { isCount, isObject, looksLikeHtml, parseJson, type JsonObject } from './parse-json.ts';
import { featurePlacesProblem } from './positions.ts';

const CMPT_DEPTH = 8;

export interface ContentCheck {
  readonly where: string;
  readonly nesting: number;
  readonly pixels: number;
  readonly unpacked: number;
  readonly uriProblem: (uri: string) => string | null;
}

export function magicOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 4));
}

/**
 * Looks at a binary content (GLB, b3dm, i3dm, pnts, cmpt, subtree) before a decoder does.
 * @throws TwinError `refused`: what is wrong, in one sentence
 */
export function checkContent(bytes: Uint8Array, check: ContentCheck, depth = 0): void {
  const problem = (why: string): TwinError => new TwinError('refused', `${check.where} cannot be used: ${why}`, { where: check.where });
  if (bytes.length === 0) throw problem('it is empty');
  if (looksLikeHtml(bytes)) throw problem('got HTML, likely a login page or an error page, where a tile was expected');
  const magic = magicOf(bytes);
  let why: string | null;
  try {
    if (magic === 'glTF') why = glbProblem(bytes, check);
    else if (magic === 'b3dm' || magic === 'i3dm' || magic === 'pnts') why = legacyProblem(magic, bytes, check);
    else if (magic === 'cmpt') why = compositeProblem(bytes, check, depth);
    else if (magic === 'subt') why = subtreeProblem(bytes, check);
    else why = `its first bytes (${[...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}) are those of no known tile format`;
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    if (!(cause instanceof RangeError)) throw cause;
    why = 'it ends before its header says';
  }
  if (why) throw problem(why);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function glbProblem(bytes: Uint8Array, check: ContentCheck): string | null {
  const view = viewOf(bytes);
  const version = view.getUint32(4, true);
  const length = view.getUint32(8, true);
  // glTF 1.0, as old b3dm carry it, has another framing and is left to the engines' own upgrade.
  if (version === 1) return length > bytes.length ? `it says ${length} bytes, ${bytes.length} are there` : null;
  if (version !== 2) return `its GLB version is ${version}, not 2`;
  if (length > bytes.length || length < 20) return `it says ${length} bytes, ${bytes.length} are there`;
  let json: unknown;
  let binary: Uint8Array = new Uint8Array(0);
  let chunks = 0;
  for (let at = 12; at + 8 <= length; chunks++) {
    const size = view.getUint32(at, true);
    const type = view.getUint32(at + 4, true);
    if (at + 8 + size > length) return `its chunk ${chunks} says ${size} bytes, ${length - at - 8} are there`;
    const chunk = bytes.subarray(at + 8, at + 8 + size);
    if (chunks === 0 && type !== 0x4e4f534a) return 'its first chunk is not JSON';
    if (chunks === 0) json = parseJson(chunk, check.nesting, check.where);
    else if (type === 0x004e4942 && binary.length === 0) binary = chunk;
    at += 8 + size;
  }
  if (chunks === 0) return 'it has no chunk';
  return gltfProblem(json, { binary, unpacked: check.unpacked, pixels: check.pixels, uriProblem: check.uriProblem });
}

/** The two tables of a legacy tile: each a JSON and its binary, in the order the formats share. */
function tables(bytes: Uint8Array, header: number, lengths: readonly number[], check: ContentCheck): { feature: JsonObject; featureBinary: number; batch: JsonObject } | string {
  const [featureJson, featureBinary, batchJson, batchBinary] = lengths;
  if (header + featureJson + featureBinary + batchJson + batchBinary > bytes.length) return 'its tables are longer than the tile';
  const read = (start: number, size: number): unknown => (size === 0 ? {} : parseJson(bytes.subarray(start, start + size), check.nesting, check.where));
  const feature = read(header, featureJson);
  const batch = read(header + featureJson + featureBinary, batchJson);
  if (!isObject(feature) || !isObject(batch)) return 'a table is no JSON object';
  return { feature, featureBinary, batch };
}

const HEADER = { b3dm: 28, i3dm: 32, pnts: 28 } as const;
const COUNT = { b3dm: 'BATCH_LENGTH', i3dm: 'INSTANCES_LENGTH', pnts: 'POINTS_LENGTH' } as const;
/** Bytes an entry of each binary property takes; a property that lies outside its table is a read past the end. */
const SEMANTICS: Readonly<Record<string, number>> = {
  POSITION: 12, POSITION_QUANTIZED: 6, NORMAL_UP: 12, NORMAL_RIGHT: 12, NORMAL_UP_OCT32P: 4, NORMAL_RIGHT_OCT32P: 4, SCALE: 4, SCALE_NON_UNIFORM: 12,
  RGBA: 4, RGB: 3, RGB565: 2, NORMAL: 12, NORMAL_OCT16P: 2,
};

function legacyProblem(magic: 'b3dm' | 'i3dm' | 'pnts', bytes: Uint8Array, check: ContentCheck): string | null {
  const view = viewOf(bytes);
  const version = view.getUint32(4, true);
  const length = view.getUint32(8, true);
  if (version !== 1) return `its ${magic} version is ${version}, not 1`;
  if (length > bytes.length) return `it says ${length} bytes, ${bytes.length} are there`;
  let header: number = HEADER[magic];
  let lengths = [12, 16, 20, 24].map((offset) => view.getUint32(offset, true));
  // Two b3dm headers older than 1.0, told by a 'glTF' or a JSON where lengths should be; engines still read them.
  const old = magic === 'b3dm' && (lengths[2] >= 570425344 || lengths[3] >= 570425344);
  if (old) {
    header = lengths[2] >= 570425344 ? 20 : 24;
    lengths = header === 20 ? [0, 0, lengths[1], 0] : [0, 0, lengths[0], lengths[1]];
  }
  const read = tables(bytes.subarray(0, length), header, lengths, check);
  if (typeof read === 'string') return read;
  const count = read.feature[COUNT[magic]];
  if (!old && count !== undefined && !isCount(count, 2 ** 28) && !isObject(count)) return `${COUNT[magic]} is no count`;
  if (magic !== 'b3dm' && typeof count !== 'number') return `${COUNT[magic]} is missing`;
  const outside = magic === 'b3dm' ? null : semanticsProblem(read.feature, Number(count), read.featureBinary);
  if (outside) return outside;
  const table = bytes.subarray(header + lengths[0], header + lengths[0] + read.featureBinary);
  const lost = featurePlacesProblem(read.feature, table, magic === 'b3dm' ? 0 : Number(count));
  if (lost) return lost;
  if (magic === 'pnts') return null;
  const inner = bytes.subarray(header + lengths.reduce((sum, each) => sum + each, 0), length);
  if (magic === 'i3dm' && view.getUint32(28, true) === 0) return check.uriProblem(new TextDecoder().decode(inner).replaceAll(/[\0\s]+$/g, ''));
  if (magicOf(inner) !== 'glTF') return `the model inside is no GLB`;
  return glbProblem(inner, check);
}

function semanticsProblem(feature: JsonObject, count: number, binary: number): string | null {
  const packed = isObject(feature.extensions) && '3DTILES_draco_point_compression' in feature.extensions;
  for (const [name, size] of Object.entries(SEMANTICS)) {
    const value = feature[name];
    if (value === undefined || Array.isArray(value) || packed) continue;
    const offset = isObject(value) ? value.byteOffset : undefined;
    if (!isCount(offset)) return `${name} has no offset`;
    if (offset + size * count > binary) return `${name} needs ${offset + size * count} bytes, its table has ${binary}`;
  }
  return null;
}

function compositeProblem(bytes: Uint8Array, check: ContentCheck, depth: number): string | null {
  if (depth >= CMPT_DEPTH) return `composites nest more than ${CMPT_DEPTH} deep`;
  const view = viewOf(bytes);
  const length = view.getUint32(8, true);
  const count = view.getUint32(12, true);
  if (view.getUint32(4, true) !== 1) return 'its cmpt version is not 1';
  if (length > bytes.length) return `it says ${length} bytes, ${bytes.length} are there`;
  let at = 16;
  for (let i = 0; i < count; i++) {
    const size = view.getUint32(at + 8, true);
    if (size < 12 || at + size > length) return `its tile ${i} says ${size} bytes, ${length - at} are there`;
    checkContent(bytes.subarray(at, at + size), check, depth + 1);
    at += size;
  }
  return null;
}

function subtreeProblem(bytes: Uint8Array, check: ContentCheck): string | null {
  const view = viewOf(bytes);
  if (view.getUint32(4, true) !== 1) return 'its subtree version is not 1';
  const jsonLength = Number(view.getBigUint64(8, true));
  const binaryLength = Number(view.getBigUint64(16, true));
  if (24 + jsonLength + binaryLength > bytes.length) return `it says ${24 + jsonLength + binaryLength} bytes, ${bytes.length} are there`;
  return subtreeJsonProblem(parseJson(bytes.subarray(24, 24 + jsonLength), check.nesting, check.where), binaryLength, check);
}

/** Why a subtree's JSON cannot be used; `binary` is the length of its own binary part. */
export function subtreeJsonProblem(json: unknown, binary: number, check: Pick<ContentCheck, 'uriProblem'>): string | null {
  if (!isObject(json)) return 'its JSON is no object';
  const buffers = json.buffers ?? [];
  const views = json.bufferViews ?? [];
  if (!Array.isArray(buffers) || !buffers.every(isObject) || !Array.isArray(views) || !views.every(isObject)) return `/${Array.isArray(buffers) && buffers.every(isObject) ? 'bufferViews' : 'buffers'} is no list of objects`;
  for (const [i, buffer] of buffers.entries()) {
    if (!isCount(buffer.byteLength)) return `/buffers/${i}/byteLength is no count`;
    if (buffer.uri !== undefined) {
      const problem = typeof buffer.uri === 'string' ? check.uriProblem(buffer.uri) : 'its uri is no text';
      if (problem) return `/buffers/${i}: ${problem}`;
    } else if (buffer.byteLength > binary) return `/buffers/${i} says ${buffer.byteLength} bytes, ${binary} are there`;
  }
  for (const [i, each] of views.entries()) {
    if (!isCount(each.buffer) || each.buffer >= buffers.length || !isCount(each.byteOffset ?? 0) || !isCount(each.byteLength)) return `/bufferViews/${i} is not sound`;
    if (((each.byteOffset as number | undefined) ?? 0) + each.byteLength > (buffers[each.buffer].byteLength as number)) return `/bufferViews/${i} lies outside its buffer`;
  }
  const contents = json.contentAvailability ?? [];
  if (!Array.isArray(contents)) return '/contentAvailability is no list';
  for (const [name, availability] of [['tileAvailability', json.tileAvailability], ['childSubtreeAvailability', json.childSubtreeAvailability], ...contents.map((each) => ['contentAvailability', each] as const)] as const) {
    if (!isObject(availability)) return `/${name} is missing`;
    const { bitstream, constant } = availability;
    const stream = bitstream ?? availability.bufferView;
    if ((stream === undefined) === (constant === undefined)) return `/${name} needs either a bitstream or a constant`;
    if (stream !== undefined && !(isCount(stream) && stream < views.length)) return `/${name}/bitstream names no bufferView`;
    if (constant !== undefined && constant !== 0 && constant !== 1) return `/${name}/constant is neither 0 nor 1`;
  }
  return null;
}
