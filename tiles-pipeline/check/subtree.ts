import type { VolumeJson } from './bounding.ts';

/** A tile that a subtree says is there. */
export interface SubtreeTile {
  /** Counted from the implicit root. */
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Contents that are there, by their place in the tile's list. */
  readonly contents: readonly number[];
  /** What its metadata say of it. */
  readonly volume?: VolumeJson;
  readonly minimumHeight?: number;
  readonly maximumHeight?: number;
  readonly error?: number;
  readonly leaf: boolean;
}

type Said = Pick<SubtreeTile, 'volume' | 'minimumHeight' | 'maximumHeight' | 'error'>;

export interface Subtree {
  readonly tiles: readonly SubtreeTile[];
  readonly children: readonly { readonly level: number; readonly x: number; readonly y: number; readonly z: number }[];
}

export interface Tiling {
  readonly subdivisionScheme: 'QUADTREE' | 'OCTREE';
  readonly subtreeLevels: number;
  readonly availableLevels: number;
  readonly subtrees: { readonly uri: string };
}

interface Availability {
  bitstream?: number;
  constant?: number;
  availableCount?: number;
}

interface SubtreeJson {
  buffers?: { uri?: string; byteLength: number }[];
  bufferViews?: { buffer: number; byteOffset?: number; byteLength: number }[];
  tileAvailability: Availability;
  contentAvailability?: Availability[];
  childSubtreeAvailability: Availability;
  tileMetadata?: number;
  propertyTables?: { class: string; count: number; properties?: Record<string, { values: number }> }[];
}

export interface SchemaJson {
  readonly classes?: Readonly<Record<string, { readonly properties?: Readonly<Record<string, { readonly type?: string; readonly componentType?: string; readonly array?: boolean; readonly count?: number; readonly semantic?: string }>> }>>;
}

export interface SubtreeSource {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its root, counted from the implicit root. */
  readonly root: { readonly level: number; readonly x: number; readonly y: number; readonly z: number };
  readonly tiling: Tiling;
  readonly schema?: SchemaJson;
  /** Bytes of a buffer in a file of its own. */
  readonly buffer: (uri: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
}

type Report = (code: string, message: string) => void;

/** Reads a subtree that is sound in itself, and says where its availability is not. @source OGC 22-025r4, 7.7 to 7.9 */
export async function readSubtree(source: SubtreeSource, report: Report): Promise<Subtree | undefined> {
  const { bytes, tiling } = source;
  const binaryForm = new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === 'subt';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = binaryForm ? Number(view.getBigUint64(8, true)) : bytes.length;
  const start = binaryForm ? 24 : 0;
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + jsonLength))) as SubtreeJson;
  const buffers: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  for (const { uri } of json.buffers ?? []) buffers.push(uri === undefined ? bytes.subarray(start + jsonLength) : await source.buffer(uri));
  const bytesOf = (index: number): Uint8Array<ArrayBuffer> | undefined => {
    const { buffer, byteOffset = 0, byteLength } = json.bufferViews![index];
    const whole = buffers[buffer];
    return whole && byteOffset + byteLength <= whole.length ? whole.subarray(byteOffset, byteOffset + byteLength) : undefined;
  };
  const branches = tiling.subdivisionScheme === 'OCTREE' ? 8 : 4;
  const length = (branches ** tiling.subtreeLevels - 1) / (branches - 1);
  const read = (name: string, availability: Availability, bits: number): Bits | undefined => bitsOf(availability, bits, bytesOf, (why) => report('subtree-availability', `${name} ${why}`));
  const tiles = read('tileAvailability', json.tileAvailability, length);
  const contents = (json.contentAvailability ?? []).map((each, k) => read(`contentAvailability/${k}`, each, length));
  const children = read('childSubtreeAvailability', json.childSubtreeAvailability, branches ** tiling.subtreeLevels);
  if (!tiles || !children || contents.some((each) => !each)) return undefined;
  return new Reader(source, { tiles, contents: contents as Bits[], children, branches }, { json, bytesOf }, report).read();
}

interface Bits {
  readonly at: (index: number) => boolean;
}

function bitsOf({ bitstream, constant, availableCount }: Availability, length: number, bytesOf: (index: number) => Uint8Array | undefined, fault: (why: string) => void): Bits | undefined {
  if (bitstream === undefined) return { at: () => constant === 1 };
  const bytes = bytesOf(bitstream);
  if (!bytes || bytes.length < Math.ceil(length / 8)) {
    fault(`has no ${Math.ceil(length / 8)} bytes`);
    return undefined;
  }
  const at = (index: number): boolean => ((bytes[index >> 3] >> (index & 7)) & 1) === 1;
  if (availableCount !== undefined) {
    let count = 0;
    for (let k = 0; k < length; k++) if (at(k)) count++;
    if (count !== availableCount) fault(`says ${availableCount} are there, ${count} are`);
  }
  return { at };
}

interface Streams {
  readonly tiles: Bits;
  readonly contents: readonly Bits[];
  readonly children: Bits;
  readonly branches: number;
}

class Reader {
  readonly #said: ((row: number) => Said) | undefined;

  constructor(
    private readonly source: SubtreeSource,
    private readonly streams: Streams,
    file: { json: SubtreeJson; bytesOf: (index: number) => Uint8Array<ArrayBuffer> | undefined },
    private readonly report: Report,
  ) {
    this.#said = metadataOf(file, source.schema);
  }

  read(): Subtree {
    const { root, tiling } = this.source;
    const { tiles, contents, children, branches } = this.streams;
    const out: SubtreeTile[] = [];
    const further: Subtree['children'][number][] = [];
    if (!tiles.at(0)) this.report('subtree-empty', 'its own root is not there');
    for (let level = 0, before = 0; level < tiling.subtreeLevels; before += branches ** level, level++)
      for (let morton = 0; morton < branches ** level; morton++) {
        const at = before + morton;
        const there = contents.flatMap((bits, k) => (bits.at(at) ? [k] : []));
        if (!tiles.at(at)) {
          if (there.length > 0) this.report('subtree-content', `the content ${level}/${morton} is there, its tile is not`);
          continue;
        }
        if (level > 0 && !tiles.at(before - branches ** (level - 1) + Math.floor(morton / branches))) this.report('subtree-orphan', `the tile ${level}/${morton} is there, the one above it is not`);
        if (root.level + level >= tiling.availableLevels) this.report('subtree-level', `a tile of level ${root.level + level} is there, of ${tiling.availableLevels} levels that are`);
        out.push({ ...placeOf(root, level, morton, branches), contents: there, leaf: !this.#hasBelow(level, morton, before), ...this.#said?.(out.length) });
      }
    const last = (branches ** tiling.subtreeLevels - 1) / (branches - 1) - branches ** (tiling.subtreeLevels - 1);
    for (let morton = 0; morton < branches ** tiling.subtreeLevels; morton++) {
      if (!children.at(morton)) continue;
      if (!tiles.at(last + Math.floor(morton / branches))) this.report('subtree-orphan', `the subtree ${morton} is there, the tile above it is not`);
      further.push(placeOf(root, tiling.subtreeLevels, morton, branches));
    }
    return { tiles: out, children: further };
  }

  #hasBelow(level: number, morton: number, before: number): boolean {
    const { tiles, children, branches } = this.streams;
    const last = level === this.source.tiling.subtreeLevels - 1;
    const start = last ? morton * branches : before + branches ** level + morton * branches;
    return Array.from({ length: branches }, (_, k) => (last ? children : tiles).at(start + k)).some(Boolean);
  }
}

function placeOf(root: { level: number; x: number; y: number; z: number }, down: number, morton: number, branches: number): { level: number; x: number; y: number; z: number } {
  const bits = branches === 8 ? 3 : 2;
  const at = [0, 0, 0];
  for (let k = 0, rest = morton; k < down * bits; k++, rest = Math.floor(rest / 2)) if (rest % 2 === 1) at[k % bits] += 2 ** Math.floor(k / bits);
  const side = 2 ** down;
  return { level: root.level + down, x: root.x * side + at[0], y: root.y * side + at[1], z: branches === 8 ? root.z * side + at[2] : 0 };
}

const NUMBERS: Readonly<Record<string, number>> = { TILE_BOUNDING_REGION: 6, TILE_BOUNDING_BOX: 12, TILE_BOUNDING_SPHERE: 4, TILE_MINIMUM_HEIGHT: 1, TILE_MAXIMUM_HEIGHT: 1, TILE_GEOMETRIC_ERROR: 1 };

/** What the table of tiles says of a row, by the semantics of its columns. @source OGC 22-025r4, 11.3.3 */
function metadataOf({ json, bytesOf }: { json: SubtreeJson; bytesOf: (index: number) => Uint8Array<ArrayBuffer> | undefined }, schema: SchemaJson | undefined): ((row: number) => Said) | undefined {
  const table = json.propertyTables?.[json.tileMetadata ?? -1];
  const properties = table && schema?.classes?.[table.class]?.properties;
  if (!table || !properties) return undefined;
  const columns = new Map<string, (row: number) => number[]>();
  for (const [name, { semantic = '', componentType, count = 1 }] of Object.entries(properties)) {
    const values = table.properties?.[name]?.values;
    const width = NUMBERS[semantic];
    const size = componentType === 'FLOAT64' ? 8 : componentType === 'FLOAT32' ? 4 : 0;
    if (values === undefined || width === undefined || count !== width || size === 0) continue;
    const bytes = bytesOf(values);
    if (!bytes || bytes.length < table.count * width * size) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    columns.set(semantic, (row) => Array.from({ length: width }, (_, k) => (size === 8 ? view.getFloat64((row * width + k) * 8, true) : view.getFloat32((row * width + k) * 4, true))));
  }
  if (columns.size === 0) return undefined;
  return (row) => {
    const of = (semantic: string): number[] | undefined => (row < table.count ? columns.get(`TILE_${semantic}`)?.(row) : undefined);
    const [box, region, sphere] = [of('BOUNDING_BOX'), of('BOUNDING_REGION'), of('BOUNDING_SPHERE')];
    const [minimumHeight, maximumHeight, error] = [of('MINIMUM_HEIGHT')?.[0], of('MAXIMUM_HEIGHT')?.[0], of('GEOMETRIC_ERROR')?.[0]];
    return { ...((box ?? region ?? sphere) && { volume: box ? { box } : region ? { region } : { sphere } }), ...(minimumHeight !== undefined && { minimumHeight }), ...(maximumHeight !== undefined && { maximumHeight }), ...(error !== undefined && { error }) };
  };
}
