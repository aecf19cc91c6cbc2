/** West, south, east, north in degrees; lowest, highest in metres above the ellipsoid. */
export type Region = readonly [west: number, south: number, east: number, north: number, lowest: number, highest: number];

/** A cell of the grid whose sides are 360 / 2^level degrees, counted from 180° W, 90° S, with a content in it. */
export interface ImplicitTile {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** All that its content takes up; it may reach beyond the cell. */
  readonly region: Region;
}

export interface ImplicitOptions {
  /** Geometric error in metres that a cell of level 0 would have; it halves from level to level. */
  readonly error: number;
  readonly refine?: 'REPLACE' | 'ADD';
  /** Levels of one subtree file; all of them, up to nine, where absent. */
  readonly subtreeLevels?: number;
  /** Ending of the contents, without its dot (glb). */
  readonly ending?: string;
}

export interface ImplicitFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Cell {
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/** A tile that is there: with a content, or on the way to one. */
interface Available extends Cell {
  region: Region;
  content: boolean;
}

const DEGREE = Math.PI / 180;
/** A cell of level 0 would reach over the north pole. */
const HIGHEST_LEVEL = 1;
const DEEPEST = 28;
/** A tile without others: cells of a few hundred metres. */
const DEEPEST_ALONE = 16;
const MOST_LEVELS = 9;

/** The quadtree below one cell of the grid, as a tileset with implicit tiling numbers it. */
export class ImplicitLayout {
  private constructor(
    readonly root: Cell,
    readonly levels: number,
    /** The tile above all others, which is the root whatever its own cell. */
    private readonly top: Cell | undefined,
    private readonly ending: string,
  ) {}

  /**
   * The smallest cell that holds every content whole becomes the root, so that both engines, which bound the root by its cell, never
   * leave out what reaches beyond a cell below it. A tile that stands above all others may be of a larger cell: it becomes the root's.
   * @returns a reason where no cell does: contents on both sides of the meridian of Greenwich, or none at all
   */
  static of(tiles: readonly ImplicitTile[], { ending = 'glb' }: Pick<ImplicitOptions, 'ending'> = {}): ImplicitLayout | string {
    if (tiles.length === 0) return 'there are no contents';
    const broken = tiles.find((tile) => !isOnGrid(tile));
    if (broken) return `the tile ${broken.level}/${broken.x}/${broken.y} is on no place of the grid`;
    const [west, south, east, north] = tiles.map(({ region }) => region).reduce(union);
    const least = Math.min(...tiles.map(({ level }) => level));
    const highest = tiles.filter(({ level }) => level === least);
    const top = highest.length === 1 && tiles.every((tile) => isBelow(tile, highest[0])) ? highest[0] : undefined;
    const below = tiles.filter((tile) => tile !== top);
    const deepest = below.length === 0 ? DEEPEST_ALONE : Math.min(...below.map(({ level }) => level)) - (top ? 1 : 0);
    for (let level = deepest; level >= HIGHEST_LEVEL; level--) {
      const side = 360 / 2 ** level;
      const [x, y] = [Math.floor((west + 180) / side), Math.floor((south + 90) / side)];
      const holds = west >= x * side - 180 && east <= (x + 1) * side - 180 && south >= y * side - 90 && north <= (y + 1) * side - 90;
      if (holds && below.every((tile) => isBelow(tile, { level, x, y }))) return new ImplicitLayout({ level, x, y }, Math.max(level, ...below.map((tile) => tile.level)) - level + 1, top, ending);
    }
    return 'no cell of the grid holds all contents: they lie on both sides of 0° E or of 180° E';
  }

  /** Where a tile's content lies; its numbers are counted from the root, as the standard has it. */
  pathOf(tile: Cell): string {
    const { level, x, y } = this.within(tile);
    return `tiles/${level}/${x}/${y}.${this.ending}`;
  }

  /** @throws {RangeError} for a tile that is not below the root */
  within({ level, x, y }: Cell): Cell {
    if (this.top && level === this.top.level && x === this.top.x && y === this.top.y) return { level: 0, x: 0, y: 0 };
    if (!isBelow({ level, x, y }, this.root)) throw new RangeError(`The tile ${level}/${x}/${y} is not below ${this.root.level}/${this.root.x}/${this.root.y}`);
    const down = level - this.root.level;
    return { level: down, x: x - this.root.x * 2 ** down, y: y - this.root.y * 2 ** down };
  }
}

/**
 * `tileset.json` and `subtrees/*.subtree` of a quadtree: 3D Tiles 1.1 with implicit tiling, the bounds of each tile as
 * TILE_BOUNDING_REGION, so that they hold what reaches beyond its cell. Tiles between the root and the contents are there of themselves.
 * @source OGC 22-025r4, 7 (Implicit Tiling), 11 (Metadata semantics)
 */
export function* implicitFiles(tiles: readonly ImplicitTile[], layout: ImplicitLayout, options: ImplicitOptions): Generator<ImplicitFile> {
  const { subtreeLevels = levelsOfSubtrees(layout.levels), refine = 'REPLACE', ending = 'glb' } = options;
  const { level, x, y } = layout.root;
  const there = availableOf(tiles, layout);
  const root = there[0].get('0/0')!;
  const side = 360 / 2 ** level;
  const region = [x * side - 180, y * side - 90, (x + 1) * side - 180, (y + 1) * side - 90, root.region[4], root.region[5]] as const;
  const error = options.error / 2 ** level;
  const tileset = {
    asset: { version: '1.1', generator: 'CityMirror' },
    geometricError: error * 2,
    schema: { id: 'citymirror_tiles', classes: { tile: { properties: { region: { type: 'SCALAR', componentType: 'FLOAT64', array: true, count: 6, required: true, semantic: 'TILE_BOUNDING_REGION', description: 'West, south, east, north in radians, lowest and highest in metres' } } } } },
    root: {
      boundingVolume: { region: inRadians(region) },
      geometricError: error,
      refine,
      content: { uri: `tiles/{level}/{x}/{y}.${ending}` },
      implicitTiling: { subdivisionScheme: 'QUADTREE', subtreeLevels, availableLevels: layout.levels, subtrees: { uri: 'subtrees/{level}/{x}/{y}.subtree' } },
    },
  };
  yield { path: 'tileset.json', bytes: new TextEncoder().encode(JSON.stringify(tileset)) };
  for (let from = 0; from < layout.levels; from += subtreeLevels)
    for (const cell of there[from].values()) yield { path: `subtrees/${cell.level}/${cell.x}/${cell.y}.subtree`, bytes: encodeSubtree(cell, there, subtreeLevels) };
}

/**
 * Both engines bound the first tile of a further subtree by its cell until they have that subtree, and leave out what reaches beyond it:
 * so there is only one where that stays small (a bit a tile: 11 kB), and as few as can be where not.
 */
function levelsOfSubtrees(levels: number): number {
  return Math.ceil(levels / Math.ceil(levels / MOST_LEVELS));
}

/** Every tile from the root to the contents by level, in the order of rows and columns; the bounds of each hold those below it. */
function availableOf(tiles: readonly ImplicitTile[], layout: ImplicitLayout): Map<string, Available>[] {
  const there = Array.from({ length: layout.levels }, () => new Map<string, Available>());
  const add = ({ level, x, y }: Cell, region: Region, content: boolean): void => {
    const known = there[level].get(`${x}/${y}`);
    if (!known) there[level].set(`${x}/${y}`, { level, x, y, region, content });
    else {
      known.region = union(known.region, region);
      known.content ||= content;
    }
  };
  for (const tile of tiles) add(layout.within(tile), tile.region, true);
  for (let level = layout.levels - 1; level > 0; level--) for (const { x, y, region } of there[level].values()) add({ level: level - 1, x: x >> 1, y: y >> 1 }, region, false);
  return there.map((cells) => new Map([...cells].toSorted(([, a], [, b]) => a.y - b.y || a.x - b.x)));
}

/** @source OGC 22-025r4, 7.7 to 7.9 */
function encodeSubtree(root: Cell, there: readonly ReadonlyMap<string, Available>[], levels: number): Uint8Array {
  const tiles = new Bits((4 ** levels - 1) / 3);
  const contents = new Bits((4 ** levels - 1) / 3);
  const children = new Bits(4 ** levels);
  const rows: { at: number; region: Region }[] = [];
  for (let down = 0; down <= levels; down++)
    for (const [morton, tile] of cellsBelow(root, down, there)) {
      if (down === levels) {
        children.set(morton);
        continue;
      }
      const at = (4 ** down - 1) / 3 + morton;
      tiles.set(at);
      if (tile.content) contents.set(at);
      rows.push({ at, region: tile.region });
    }
  const values = new Float64Array(rows.toSorted((a, b) => a.at - b.at).flatMap(({ region }) => inRadians(region)));
  const binary = new Binary();
  const json = {
    tileAvailability: binary.availability(tiles),
    contentAvailability: [binary.availability(contents)],
    childSubtreeAvailability: binary.availability(children),
    tileMetadata: 0,
    propertyTables: [{ class: 'tile', count: rows.length, properties: { region: { values: binary.view(new Uint8Array(values.buffer)) } } }],
  };
  return binary.framed(json);
}

/** The available cells `down` levels below one, with their Morton index there. */
function* cellsBelow(root: Cell, down: number, there: readonly ReadonlyMap<string, Available>[]): Generator<[number, Available]> {
  const cells = there[root.level + down];
  if (!cells) return;
  const side = 2 ** down;
  const [left, low] = [root.x * side, root.y * side];
  // Whichever is shorter: the subtree's own cells or all there are.
  if (side * side <= cells.size)
    for (let y = low; y < low + side; y++)
      for (let x = left; x < left + side; x++) {
        const tile = cells.get(`${x}/${y}`);
        if (tile) yield [mortonOf(x - left, y - low), tile];
      }
  else for (const tile of cells.values()) if (tile.x >= left && tile.x < left + side && tile.y >= low && tile.y < low + side) yield [mortonOf(tile.x - left, tile.y - low), tile];
}

/** x in the even bits, y in the odd ones; below 2^16 each. */
function mortonOf(x: number, y: number): number {
  let out = 0;
  for (let bit = 0; bit < 16; bit++) out += ((x >> bit) & 1) * 2 ** (2 * bit) + ((y >> bit) & 1) * 2 ** (2 * bit + 1);
  return out;
}

class Bits {
  readonly bytes: Uint8Array;
  count = 0;

  constructor(readonly length: number) {
    this.bytes = new Uint8Array(Math.ceil(length / 8));
  }

  set(at: number): void {
    this.bytes[at >> 3] |= 1 << (at & 7);
    this.count++;
  }
}

/** Collects the buffer views of a subtree, each on a multiple of eight. */
class Binary {
  readonly #parts: Uint8Array[] = [];
  readonly #views: { buffer: 0; byteOffset: number; byteLength: number }[] = [];
  #length = 0;

  availability({ bytes, count, length }: Bits): object {
    if (count === 0 || count === length) return { constant: count === 0 ? 0 : 1 };
    return { bitstream: this.view(bytes), availableCount: count };
  }

  view(bytes: Uint8Array): number {
    this.#views.push({ buffer: 0, byteOffset: this.#length, byteLength: bytes.length });
    this.#parts.push(bytes, new Uint8Array((8 - (bytes.length % 8)) % 8));
    this.#length += Math.ceil(bytes.length / 8) * 8;
    return this.#views.length - 1;
  }

  framed(json: object): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify({ buffers: [{ byteLength: this.#length }], bufferViews: this.#views, ...json }));
    const padded = Math.ceil(text.length / 8) * 8;
    const out = new Uint8Array(24 + padded + this.#length);
    const view = new DataView(out.buffer);
    out.set(new TextEncoder().encode('subt'));
    view.setUint32(4, 1, true);
    view.setBigUint64(8, BigInt(padded), true);
    view.setBigUint64(16, BigInt(this.#length), true);
    out.fill(0x20, 24, 24 + padded);
    out.set(text, 24);
    let at = 24 + padded;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function isOnGrid({ level, x, y, region }: ImplicitTile): boolean {
  const rows = level === 0 ? 1 : 2 ** (level - 1);
  return level >= 0 && level <= DEEPEST && x >= 0 && x < 2 ** level && y >= 0 && y < rows && region.every(Number.isFinite) && region[0] <= region[2] && region[1] <= region[3] && region[4] <= region[5];
}

function isBelow(tile: Cell, root: Cell): boolean {
  const side = 2 ** (tile.level - root.level);
  return tile.level >= root.level && Math.floor(tile.x / side) === root.x && Math.floor(tile.y / side) === root.y;
}

function union(a: Region, b: Region): Region {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3]), Math.min(a[4], b[4]), Math.max(a[5], b[5])];
}

function inRadians([west, south, east, north, lowest, highest]: Region): number[] {
  return [west * DEGREE, south * DEGREE, east * DEGREE, north * DEGREE, lowest, highest];
}
