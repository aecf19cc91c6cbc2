import { USES } from '../stages/words.ts';
import { ringsOf, type BuildingTable } from '../stages/buildings.ts';
import { squareMetres } from '../stages/rings.ts';
import { extentOfRing, mergeBlocks, ringArea, simplified, type Block } from './blocks.ts';
import { encodeContent } from './glb.ts';
import { bakedLook } from './look.ts';
import { meshPrisms, type Prism } from './mesh.ts';
import { packNumbers, packTexts } from './property-table.ts';
import { buildTree, type TreeNode } from './quadtree.ts';
import type { Box } from './quantize.ts';
import { boxIn, boxVolume, frameAt, loosened, relative, union, type Frame } from './volume.ts';

/** A leaf holds at most this; some 100 kB on the wire. */
const LEAF = { features: 1200, corners: 14_000 };
/** Corners of a simplified content: a third of its vertices. */
const MOST_BLOCK_CORNERS = 16_000;
/** Metres across beyond which a tile has no content of its own: quantized positions would grow coarse. */
const WIDEST_CONTENT = 30_000;
/** Metres a level may be off: the first above the leaves, and how it grows from level to level. */
const FIRST_ERROR = 4;
const ERROR_GROWTH = 2.5;
/** Geometric error = this × metres off, so that at 16 pixels of allowed error a simplification is off by little more than one. */
const ERROR_WEIGHT = 12;
/** Walls go this far below the base where there is terrain, so that a coarse ground shows no gap under them. */
export const FOUNDATION = 3;

export interface TileJson {
  boundingVolume: { box: number[] };
  geometricError: number;
  refine?: 'REPLACE';
  transform?: number[];
  content?: { uri: string };
  children?: TileJson[];
}

export interface TilesetOptions {
  /** Writes one file of the output folder. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Called with the share done, 0…1. */
  progress?(share: number): void;
  signal?: AbortSignal;
  /** Metres the walls go below the base. */
  foundation: number;
}

interface Made {
  readonly tile: TileJson;
  readonly frame: Frame;
  readonly box: Box;
  /** Metres this tile's content is off; 0 for leaves. */
  readonly error: number;
  readonly blocks: Block[];
}

export interface TilesetFigures {
  contents: number;
  bytes: number;
  largest: number;
  depth: number;
}

/**
 * Writes the buildings as 3D Tiles 1.1: `tileset.json` and `tiles/*.glb`. Leaves hold every building once in full; each tile above
 * holds all blocks of its leaves, merged and simplified (REPLACE).
 * @param table in curve order: row = feature number @param keys the curve index of each
 */
export async function writeTileset(table: BuildingTable, keys: Uint32Array, options: TilesetOptions): Promise<TilesetFigures> {
  const corners = new Uint32Array(table.count + 1);
  for (let n = 0; n < table.count; n++) corners[n + 1] = corners[n] + table.ringStart[table.firstRing[n + 1]] - table.ringStart[table.firstRing[n]];
  const tree = buildTree(keys, corners, LEAF);
  const writer = new TilesetWriter(table, options);
  const root = await writer.make(tree, undefined, 1);
  const transform = Array.from(root.frame.matrix);
  const rootError = Math.max(root.tile.geometricError * 2, span(root.box));
  const tileset = { asset: { version: '1.1', generator: 'CityMirror' }, geometricError: rootError, root: { ...root.tile, transform, refine: 'REPLACE' } };
  await options.write('tileset.json', new TextEncoder().encode(JSON.stringify(tileset)));
  return writer.figures;
}

class TilesetWriter {
  readonly figures: TilesetFigures = { contents: 0, bytes: 0, largest: 0, depth: 0 };
  #done = 0;

  constructor(
    private readonly table: BuildingTable,
    private readonly options: TilesetOptions,
  ) {}

  /** @param region the frame blocks are measured in: that of the topmost tile with a content; undefined above */
  async make(node: TreeNode, region: Frame | undefined, depth: number): Promise<Made> {
    this.options.signal?.throwIfAborted();
    this.figures.depth = Math.max(this.figures.depth, depth);
    const frame = this.#frameOf(node);
    const within = region ?? (this.#width(node, frame) <= WIDEST_CONTENT ? frame : undefined);
    if (node.children.length === 0) return this.#leaf(node, frame, within ?? frame);
    const children: Made[] = [];
    for (const child of node.children) children.push(await this.make(child, within, depth + 1));
    return within ? this.#inner(node, frame, children) : this.#group(frame, children, []);
  }

  async #leaf(node: TreeNode, frame: Frame, region: Frame): Promise<Made> {
    const { table } = this;
    const prisms: Prism[] = [];
    const blocks: Block[] = [];
    for (let n = node.start; n < node.end; n++) {
      const rings = ringsOf(table, n);
      prisms.push(this.#prism(rings, table.base[n], table.base[n] + table.height[n], n));
      blocks.push(blockOf(table, n, rings, region));
    }
    const { box, uri } = await this.#content(node, prisms, frame);
    this.#done += node.end - node.start;
    this.options.progress?.(this.#done / table.count);
    const loose = loosened(box);
    return { tile: { boundingVolume: { box: boxVolume(loose) }, geometricError: 0, content: { uri } }, frame, box: loose, error: 0, blocks };
  }

  async #inner(node: TreeNode, frame: Frame, children: readonly Made[]): Promise<Made> {
    const below = Math.max(...children.map((child) => child.error));
    let error = Math.max(FIRST_ERROR, below * ERROR_GROWTH);
    let fill = 0.55;
    const detailed = children.flatMap((child) => child.blocks);
    let blocks = mergeBlocks(detailed, { error, fill, corners: 8 });
    // Too much still: first looser groups, then coarser ones as well. With fill towards 0 all becomes one block in the end.
    for (let round = 1; blocks.length > 1 && cornersOf(blocks) > MOST_BLOCK_CORNERS; round++) {
      fill *= 0.75;
      if (round > 3) error *= 1.3;
      blocks = mergeBlocks(detailed, { error, fill, corners: round > 2 ? 5 : 8 });
    }
    blocks.sort((a, b) => a.number - b.number);
    const prisms = blocks.map((block) => this.#prism([block.lonlat], block.base, block.top, block.number));
    const { box, uri } = await this.#content(node, prisms, frame);
    const made = this.#group(frame, children, [box]);
    return { ...made, tile: { ...made.tile, geometricError: round(error * ERROR_WEIGHT), content: { uri } }, error, blocks };
  }

  /** A tile around its children, with or without a content of its own. */
  #group(frame: Frame, children: readonly Made[], own: Box[]): Made {
    const placed = children.map((child) => ({ child, matrix: relative(frame, child.frame) }));
    const box = loosened(union([...own, ...placed.map(({ child, matrix }) => boxIn(matrix, child.box))]));
    const tiles = placed.map(({ child, matrix }): TileJson => ({ ...child.tile, transform: Array.from(matrix) }));
    const errors = children.map((child) => child.tile.geometricError);
    const tile = { boundingVolume: { box: boxVolume(box) }, geometricError: Math.max(span(box) / 4, ...errors), children: tiles };
    return { tile, frame, box, error: Math.max(...children.map((child) => child.error)), blocks: [] };
  }

  async #content(node: TreeNode, prisms: readonly Prism[], frame: Frame): Promise<{ box: Box; uri: string }> {
    const { table } = this;
    const numbers = Uint32Array.from(prisms, (prism) => prism.number);
    const floats = (column: Float32Array): Float32Array => Float32Array.from(numbers, (n) => column[n]);
    const columns = [
      packNumbers('feature', numbers),
      packTexts('id', Array.from(numbers, (n) => table.id[n])),
      packNumbers('height', floats(table.height)),
      packNumbers('base', floats(table.base)),
      packNumbers('storeys', Uint16Array.from(numbers, (n) => table.storeys[n])),
      packTexts('use', Array.from(numbers, (n) => USES[table.use[n]])),
      packTexts('name', Array.from(numbers, (n) => table.name[n])),
      packTexts('address', Array.from(numbers, (n) => table.address[n])),
    ];
    const { glb, box } = await encodeContent(meshPrisms(prisms, frame.placer), columns, prisms.length, table.count);
    const uri = `tiles/${node.path}.glb`;
    await this.options.write(uri, glb);
    this.figures.contents++;
    this.figures.bytes += glb.length;
    this.figures.largest = Math.max(this.figures.largest, glb.length);
    return { box, uri };
  }

  #prism(rings: readonly Float64Array[], base: number, top: number, number: number): Prism {
    const { table } = this;
    return { rings, base: base - this.options.foundation, top, number, look: bakedLook(USES[table.use[number]], table.id[number], table.height[number]) };
  }

  /** The frame in the middle of all corners of a node, at the mean of their bases. */
  #frameOf(node: TreeNode): Frame {
    const [west, south, east, north] = this.#bounds(node);
    let base = 0;
    for (let n = node.start; n < node.end; n++) base += this.table.base[n];
    return frameAt({ lon: (west + east) / 2, lat: (south + north) / 2, height: base / (node.end - node.start) });
  }

  #bounds(node: TreeNode): [number, number, number, number] {
    const { lonlat, ringStart, firstRing } = this.table;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = ringStart[firstRing[node.start]] * 2; i < ringStart[firstRing[node.end]] * 2; i += 2) {
      west = Math.min(west, lonlat[i]);
      east = Math.max(east, lonlat[i]);
      south = Math.min(south, lonlat[i + 1]);
      north = Math.max(north, lonlat[i + 1]);
    }
    return [west, south, east, north];
  }

  #width(node: TreeNode, frame: Frame): number {
    const [west, south, east, north] = this.#bounds(node);
    const a = frame.placer.place(west, south, 0, [0, 0, 0]);
    const b = frame.placer.place(east, north, 0, [0, 0, 0]);
    return Math.max(Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1]));
  }
}

function blockOf(table: BuildingTable, n: number, rings: readonly Float64Array[], region: Frame): Block {
  const [lonlat] = rings;
  const metres = new Float64Array(lonlat.length);
  const at = [0, 0, 0];
  for (let i = 0; i < lonlat.length; i += 2) {
    region.placer.place(lonlat[i], lonlat[i + 1], table.base[n], at);
    metres[i] = at[0];
    metres[i + 1] = at[1];
  }
  const area = ringArea(metres) - rings.slice(1).reduce((sum, ring) => sum + squareMetres(ring), 0);
  const built = Math.max(area, 0.1);
  return simplified({ lonlat, metres, base: table.base[n], top: table.base[n] + table.height[n], area: built, number: n, share: built, extent: extentOfRing(metres) }, 1, 12);
}

function cornersOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.lonlat.length / 2, 0);
}

function span(box: Box): number {
  return Math.hypot(...box.max.map((value, axis) => value - box.min[axis]));
}

/** Two decimals are plenty for an error in metres. */
function round(metres: number): number {
  return Math.round(metres * 100) / 100;
}
