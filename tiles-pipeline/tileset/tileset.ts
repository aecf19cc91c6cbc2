import type { Anchor } from '#geo';
import { boxOfCell, cellOf, nameOfCell } from '../cells/grid.ts';
import type { AttributeValue } from '../cells/record.ts';
import type { AttributeColumn } from '../cells/attributes.ts';
import type { Solid } from '../formats/format.ts';
import { doubleArea } from '../stages/rings.ts';
import { USES } from '../stages/words.ts';
import { attributeColumns } from './attribute-columns.ts';
import { BlockList, joinBlocks, mergeBlocks, type BlockFace, type Blocks } from './blocks.ts';
import { ImplicitLayout, implicitFiles, type ImplicitFile, type ImplicitTile } from './implicit.ts';
import { encodeContent, type Compression, type DressedMesh } from './glb.ts';
import { bodyLook } from './body.ts';
import { bakedLook } from './look.ts';
import { meshPrisms, type MeshTexture, type Prism, type SolidMesh } from './mesh.ts';
import { packEnum, packIntegers, packNumbers, packTexts, type PackedColumn } from './property-table.ts';
import type { Box } from './quantize.ts';
import { withNormals } from './normals.ts';
import { prismHeightOf } from './prism-height.ts';
import { boxIn, boxVolume, frameAt, loosened, relative, union, type Frame } from './volume.ts';

/** Corners of a simplified content: a third of its vertices. */
const MOST_BLOCK_CORNERS = 16_000;
/** Cells of this level and finer have a content of their own: above, quantized positions would grow coarse. Some 39 km of latitude. */
export const CONTENT_LEVEL = 10;
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
  refine?: 'REPLACE' | 'ADD';
  transform?: number[];
  content?: { uri: string };
  children?: TileJson[];
}

export interface TilesetFigures {
  contents: number;
  bytes: number;
  largest: number;
  depth: number;
}

/** A building as its tile needs it. */
export interface TileRow extends Omit<BlockFace, 'look'> {
  readonly rings: readonly Float64Array[];
  readonly solid?: Solid;
  /** Values by column of the dataset's attributes; undefined = none. */
  readonly attributes: readonly (AttributeValue | undefined)[];
}

/** A tile with all that is below it, before its parent is known. */
export interface Node {
  readonly level: number;
  readonly run: number;
  readonly tile: TileJson;
  /** What the tile's frame stands on. */
  readonly anchor: Anchor;
  readonly box: Box;
  /** Metres this tile's content is off; 0 for leaves. */
  readonly error: number;
  /** Corners of all outlines: west, south, east, north. */
  readonly bounds: readonly [number, number, number, number];
  readonly count: number;
  /** Sum of the bases, for the mean. */
  readonly bases: number;
  /** Metres: the lowest foot and the highest top of everything in it. */
  readonly heights: readonly [low: number, high: number];
  /** What is below it, for tilings that list every tile by its cell. */
  readonly children: readonly Node[];
  readonly figures: TilesetFigures;
}

/** A node and what stands for it from afar. */
export interface MadeNode {
  readonly node: Node;
  readonly blocks: Blocks;
}

export interface TileOptions {
  /** Writes one file of the output folder. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Metres the walls go below the base. */
  readonly foundation: number;
  /** Features in the whole dataset, numbers that stand for none counted. */
  readonly total: number;
  readonly attributes: readonly AttributeColumn[];
  readonly compression?: Compression;
  /** Contents carry normals: our own views take them from the faces, others may want them. */
  readonly normals?: boolean;
  /** Contents stand on the earth by themselves. */
  readonly implicit?: boolean;
  /** Puts pictures on a mesh; without it bodies keep their colours. */
  dress?(mesh: SolidMesh, texture: MeshTexture): Promise<DressedMesh>;
}

/** The frame that blocks of a run of cells are measured in: the same for all that may ever be merged. */
function regionOf(run: number, level: number): Frame {
  const up = Math.min(level, CONTENT_LEVEL);
  const [west, south, east, north] = boxOfCell(cellOf(Math.floor(run / 4 ** (level - up)), up));
  return frameAt({ lon: (west + east) / 2, lat: (south + north) / 2, height: 0 });
}

const nameOf = (run: number, level: number, part: string): string => `tiles/${nameOfCell(cellOf(run, level))}${part}.glb`;

/** A leaf: every building once, in full. @param part tells apart leaves of one cell that no finer cell divides */
export async function leafNode({ run, level, part = '' }: { run: number; level: number; part?: string }, rows: readonly TileRow[], options: TileOptions): Promise<MadeNode> {
  const bounds = boundsOf(rows);
  const bases = rows.reduce((sum, row) => sum + row.base, 0);
  const anchor = middleOf(bounds, bases / rows.length);
  const frame = frameAt(anchor);
  const region = regionOf(run, level);
  const faces = rows.map((row): BlockFace => ({ number: row.number, id: row.id, name: row.name, address: row.address, height: row.height, base: row.base, storeys: row.storeys, use: row.use, look: bakedLook(USES[row.use], row.id, row.height) }));
  const prisms = rows.map((row, k): Prism => ({ rings: row.rings, base: row.base - options.foundation, top: row.base + row.height, number: row.number, look: faces[k].look, ...(row.solid && { solid: row.solid, ground: row.base }) }));
  const columns = [...faceColumns(faces), ...attributeColumns(options.attributes, rows.map((row) => row.attributes))];
  const uri = nameOf(run, level, part);
  const { box, bytes } = await content(uri, prisms, columns, { frame, options });
  const loose = loosened(box);
  const tile: TileJson = { boundingVolume: { box: boxVolume(loose) }, geometricError: 0, content: { uri } };
  const node: Node = { level, run, tile, anchor, box: loose, error: 0, bounds, count: rows.length, bases, heights: heightsOf(rows, options.foundation), children: [], figures: { contents: 1, bytes, largest: bytes, depth: 1 } };
  const blocks = new BlockList();
  for (const [k, row] of rows.entries()) addBlock(blocks, row, row.solid ? { ...faces[k], look: bodyLook(row.solid, faces[k].look) } : faces[k], region);
  return { node, blocks: blocks.done() };
}

/** A tile above others: near enough to the ground all blocks of its children, merged and simplified (REPLACE); farther up only its children. */
export async function innerNode({ run, level }: { run: number; level: number }, children: readonly MadeNode[], options: TileOptions): Promise<MadeNode> {
  const nodes = children.map((child) => child.node);
  const bounds = nodes.map((node) => node.bounds).reduce(([w, s, e, n], [w2, s2, e2, n2]) => [Math.min(w, w2), Math.min(s, s2), Math.max(e, e2), Math.max(n, n2)] as const);
  const count = nodes.reduce((sum, node) => sum + node.count, 0);
  const bases = nodes.reduce((sum, node) => sum + node.bases, 0);
  const anchor = middleOf(bounds, bases / count);
  const frame = frameAt(anchor);
  const heights = [Math.min(...nodes.map((node) => node.heights[0])), Math.max(...nodes.map((node) => node.heights[1]))] as const;
  const group = { level, run, anchor, bounds, count, bases, heights, children: nodes };
  if (level < CONTENT_LEVEL) return { node: { ...group, ...around(frame, nodes, []), figures: figuresOf(nodes, 0), error: Math.max(...nodes.map((node) => node.error)) }, blocks: new BlockList().done() };
  const { blocks, error } = coarser(joinBlocks(children.map((child) => child.blocks)), Math.max(...nodes.map((node) => node.error)));
  const uri = nameOf(run, level, '');
  const prisms = blocks.faces.map((face, k): Prism => ({ rings: [blocks.lonlat.subarray(blocks.start[k] * 2, blocks.start[k + 1] * 2)], base: blocks.base[k] - options.foundation, top: blocks.top[k], number: face.number, look: face.look }));
  const { box, bytes } = await content(uri, prisms, faceColumns(blocks.faces), { frame, options });
  const made = around(frame, nodes, [box]);
  const tile = { ...made.tile, geometricError: round(error * ERROR_WEIGHT), content: { uri } };
  return { node: { ...group, box: made.box, tile, error, figures: figuresOf(nodes, bytes) }, blocks };
}

/** Blocks for the next level up, and the metres they may be off: as fine as their corners allow. */
function coarser(detailed: Blocks, below: number): { blocks: Blocks; error: number } {
  const least = Math.max(FIRST_ERROR, below * ERROR_GROWTH);
  // Too much still: first looser groups, then coarser ones as well. With fill towards 0 all becomes one block in the end.
  const errorOf = (round: number): number => least * 1.3 ** Math.max(0, round - 3);
  const merged = (round: number): Blocks | undefined => mergeBlocks(detailed, { error: errorOf(round), fill: 0.55 * 0.75 ** round, corners: round > 2 ? 5 : 8 }, MOST_BLOCK_CORNERS);
  const first = likelyRound(detailed.start[detailed.count] / MOST_BLOCK_CORNERS, below);
  let round = first;
  let blocks = merged(round);
  while (!blocks) blocks = merged(++round);
  while (round <= first && round > 0) {
    const finer = merged(round - 1);
    if (!finer) break;
    blocks = finer;
    round--;
  }
  return { blocks, error: errorOf(round) };
}

/** Where the search begins, by how many times too many corners there are; by what a city of Shenzhen's footprints took. Each round costs a merge of all. */
function likelyRound(times: number, below: number): number {
  const steps = below === 0 ? [1.12, 1.2, 1.25, 1.35, 1.5] : [1, 1.3, 1.6, 2.2, 3, 3.6];
  const at = steps.findIndex((step) => times <= step);
  return at < 0 ? steps.length : at;
}

/** The whole tileset around its topmost tile. */
export function tilesetJson({ tile, anchor, box }: Node): { asset: object; geometricError: number; root: TileJson } {
  const rootError = Math.max(tile.geometricError * 2, span(box));
  return { asset: { version: '1.1', generator: 'CityMirror' }, geometricError: rootError, root: { ...tile, transform: Array.from(frameAt(anchor).matrix), refine: 'REPLACE' } };
}

/** Metres of geometric error that a cell of level 0 would have; it halves from level to level: 48 m in cells of a kilometre, as the tiles there have. */
const ERROR_OF_EARTH = 48 * 2 ** 15;
/** Metres that regions reach beyond what is in them: its corners lie on a grid of steps, up to half of one outside. */
const MARGIN = 1;

function regionAround([west, south, east, north]: readonly number[], [lowest, highest]: readonly number[]): ImplicitTile['region'] {
  const up = MARGIN / 110_000;
  const across = up / Math.max(0.01, Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180));
  return [west - across, south - up, east + across, north + up, lowest - MARGIN, highest + MARGIN];
}

/** The same tree as implicit tiling: files besides the contents, and under which names the contents go. @returns a reason where implicit tiling cannot hold it */
export function implicitTiling(root: Node): { files: Generator<ImplicitFile>; pathOf(uri: string): string } | string {
  const tiles: ImplicitTile[] = [];
  const walk = ({ level, run, tile, bounds, heights, children }: Node): void => {
    if (tile.content) tiles.push({ ...cellOf(run, level), region: regionAround(bounds, heights) });
    for (const child of children) walk(child);
  };
  walk(root);
  const names = new Map(tiles.map((tile) => [`tiles/${nameOfCell(tile)}.glb`, tile]));
  if (names.size < tiles.length) return 'so many features lie on one spot that several contents share a cell';
  const layout = ImplicitLayout.of(tiles);
  if (typeof layout === 'string') return layout;
  return { files: implicitFiles(tiles, layout, { error: ERROR_OF_EARTH }), pathOf: (uri) => layout.pathOf(names.get(uri)!) };
}

/** A tile around its children, with or without a content of its own. */
function around(frame: Frame, children: readonly Node[], own: Box[]): { tile: TileJson; box: Box } {
  const placed = children.map((child) => ({ child, matrix: relative(frame, frameAt(child.anchor)) }));
  const box = loosened(union([...own, ...placed.map(({ child, matrix }) => boxIn(matrix, child.box))]));
  const tiles = placed.map(({ child, matrix }): TileJson => ({ ...child.tile, transform: Array.from(matrix) }));
  const errors = children.map((child) => child.tile.geometricError);
  return { tile: { boundingVolume: { box: boxVolume(box) }, geometricError: Math.max(span(box) / 4, ...errors), children: tiles }, box };
}

async function content(uri: string, prisms: readonly Prism[], columns: readonly PackedColumn[], { frame, options }: { frame: Frame; options: TileOptions }): Promise<{ box: Box; bytes: number }> {
  const { mesh, texture } = meshPrisms(prisms, frame.placer);
  const dressed = texture && options.dress ? await options.dress(mesh, texture) : mesh;
  // Bodies are seen from both sides: terraced houses come without the walls between them.
  const { glb, box } = await encodeContent(options.normals ? withNormals(dressed) : dressed, columns, prisms.length, options.total, { compression: options.compression, doubleSided: prisms.some(({ solid }) => solid !== undefined), ...(options.implicit && { matrix: frame.matrix }) });
  await options.write(uri, glb);
  return { box, bytes: glb.length };
}

/** Columns that say nothing in a content are left out of it. */
function faceColumns(faces: readonly BlockFace[]): PackedColumn[] {
  const count = faces.length;
  const [feature, height, base, storeys, use] = [new Uint32Array(count), new Float32Array(count), new Float32Array(count), new Uint16Array(count), new Uint8Array(count)];
  for (let k = 0; k < count; k++) {
    const face = faces[k];
    feature[k] = face.number;
    height[k] = face.height;
    base[k] = face.base;
    storeys[k] = face.storeys;
    use[k] = face.use;
  }
  return [
    packNumbers('feature', feature, { description: 'Number of the feature in the dataset' }),
    packTexts('id', faces.map((face) => face.id), { description: 'Id in the source', semantic: 'ID' }),
    packNumbers('height', height, { description: 'Height above the ground', unit: 'm' }),
    ...(base.some((value) => value !== 0) ? [packNumbers('base', base, { description: 'Lowest ground under the outline', unit: 'm' })] : []),
    ...(storeys.some((value) => value > 0) ? [packIntegers('storeys', storeys, { description: 'Storeys, 0 = unknown' })] : []),
    ...(use.some((value) => value > 0) ? [packEnum('use', USES, use)] : []),
    ...(faces.some((face) => face.name) ? [packTexts('name', faces.map((face) => face.name), { semantic: 'NAME' })] : []),
    ...(faces.some((face) => face.address) ? [packTexts('address', faces.map((face) => face.address))] : []),
  ];
}

function addBlock(blocks: BlockList, { rings, base, height, solid }: TileRow, face: BlockFace, { placer }: Frame): void {
  let holes = 0;
  const at = [0, 0, 0];
  for (const ring of rings.slice(1)) {
    const metres = new Float64Array(ring.length);
    for (let i = 0; i < ring.length; i += 2) metres.set(placer.place(ring[i], ring[i + 1], base, at).slice(0, 2), i);
    holes += Math.abs(doubleArea(metres) / 2);
  }
  const [outer] = rings;
  for (let i = 0; i < outer.length; i += 2) {
    placer.place(outer[i], outer[i + 1], base, at);
    blocks.corner(outer[i], outer[i + 1], at[0], at[1]);
  }
  const built = Math.max(blocks.areaSoFar() - holes, 0.1);
  blocks.simplify(12, 0.25);
  blocks.end({ base, top: base + (solid ? prismHeightOf(solid) : height), area: built, share: built, face });
}

function boundsOf(rows: readonly TileRow[]): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const row of rows) {
    const [ring] = row.rings;
    for (let i = 0; i < ring.length; i += 2) {
      if (ring[i] < bounds[0]) bounds[0] = ring[i];
      if (ring[i] > bounds[2]) bounds[2] = ring[i];
      if (ring[i + 1] < bounds[1]) bounds[1] = ring[i + 1];
      if (ring[i + 1] > bounds[3]) bounds[3] = ring[i + 1];
    }
  }
  return bounds;
}

function heightsOf(rows: readonly TileRow[], foundation: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { base, height } of rows) {
    low = Math.min(low, base - foundation);
    high = Math.max(high, base + height);
  }
  return [low, high];
}

function middleOf([west, south, east, north]: readonly [number, number, number, number], height: number): Anchor {
  return { lon: (west + east) / 2, lat: (south + north) / 2, height };
}

function figuresOf(children: readonly Node[], own: number): TilesetFigures {
  const sum = (pick: (figures: TilesetFigures) => number): number => children.reduce((total, child) => total + pick(child.figures), 0);
  return {
    contents: sum((figures) => figures.contents) + (own > 0 ? 1 : 0),
    bytes: sum((figures) => figures.bytes) + own,
    largest: Math.max(own, ...children.map((child) => child.figures.largest)),
    depth: 1 + Math.max(...children.map((child) => child.figures.depth)),
  };
}

function span(box: Box): number {
  return Math.hypot(...box.max.map((value, axis) => value - box.min[axis]));
}

/** Two decimals are plenty for an error in metres. */
function round(metres: number): number {
  return Math.round(metres * 100) / 100;
}
