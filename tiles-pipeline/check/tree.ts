import { multiply, type Matrix } from '#geo';
import { boundsOf, childBeyond, sizeOf, type Bounds, type VolumeJson } from './bounding.ts';
import { pathOf, type CityFiles } from './city-files.ts';
import type { IssueLog } from './issue-log.ts';
import type { Look } from './look.ts';
import { readSubtree, type SchemaJson, type SubtreeTile, type Tiling } from './subtree.ts';

/** Metres by which our own volumes may be off: the rounding of doubles at the earth's radius. */
export const TOLERANCE = 1e-3;
/** Share of its size by which a foreign volume may. */
const LENIENCE = 0.01;
const MOST_DEPTH = 64;

export interface TileJson {
  readonly boundingVolume: VolumeJson;
  readonly geometricError: number;
  readonly refine?: string;
  readonly transform?: readonly number[];
  readonly content?: ContentJson;
  readonly contents?: readonly ContentJson[];
  readonly children?: readonly TileJson[];
  readonly implicitTiling?: Tiling;
}

interface ContentJson {
  readonly uri?: string;
  readonly url?: string;
  readonly boundingVolume?: VolumeJson;
}

export interface TilesetJson {
  readonly asset?: { readonly version?: string; readonly generator?: string; readonly gltfUpAxis?: string };
  readonly geometricError: number;
  readonly schema?: SchemaJson;
  readonly root: TileJson;
}

/** A content that a tile names, and what it must fit into. */
export interface ContentJob {
  readonly path: string;
  readonly matrix: Matrix;
  /** The tile's volume, and its own where it has one. */
  readonly bounds: readonly Bounds[];
  readonly refine: 'ADD' | 'REPLACE';
  readonly leaf: boolean;
  readonly own: boolean;
  /** Z-up models of old tilesets. */
  readonly upAxis: string;
}

export interface TreeFigures {
  tilesets: number;
  subtrees: number;
  tiles: number;
  contents: number;
}

interface Context {
  readonly document: string;
  readonly tileset: TilesetJson;
  readonly own: boolean;
  readonly matrix: Matrix;
  readonly parent?: Bounds;
  /** Geometric error of what stands above. */
  readonly allowed: number;
  readonly refine: 'ADD' | 'REPLACE';
  readonly where: string;
  readonly depth: number;
}

const identity: Matrix = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

/**
 * Walks the tiles of a tileset, of those it names and of its subtrees, one document at a time: volumes inside of their parents, errors
 * that fall, every address leading to a file. Contents are handed on.
 */
export class Tree {
  readonly figures: TreeFigures = { tilesets: 0, subtrees: 0, tiles: 0, contents: 0 };

  constructor(
    private readonly files: CityFiles,
    private readonly log: IssueLog,
    private readonly look: Look,
    private readonly onContent: (job: ContentJob) => Promise<void>,
  ) {}

  async tileset(document: string): Promise<TilesetJson | undefined> {
    const bytes = await this.files.read(document);
    if (!bytes) {
      this.log.add('tileset-missing', 'the file is not there', document);
      return undefined;
    }
    return this.#document(document, bytes, undefined);
  }

  async #document(document: string, bytes: Uint8Array<ArrayBuffer>, above: Context | undefined): Promise<TilesetJson | undefined> {
    const tileset = (await this.look.tileset(document, bytes)) as TilesetJson | undefined;
    if (!tileset) return undefined;
    this.figures.tilesets++;
    const own = tileset.asset?.generator === 'CityMirror';
    const report = this.log.at(document);
    if (own && tileset.asset?.version !== '1.1') report('version', `asset.version is ${tileset.asset?.version}, not 1.1`);
    if (own && !above && tileset.root.refine === undefined) report('refine', 'the root says neither REPLACE nor ADD');
    const refine = (above?.refine ?? 'REPLACE');
    await this.#tile(tileset.root, { document, tileset, own, matrix: above?.matrix ?? identity, parent: above?.parent, allowed: above?.allowed ?? tileset.geometricError, refine, where: `${document}#/root`, depth: (above?.depth ?? 0) + 1 });
    return tileset;
  }

  async #tile(tile: TileJson, context: Context): Promise<void> {
    this.figures.tiles++;
    const matrix = tile.transform ? multiply(context.matrix, Float64Array.from(tile.transform)) : context.matrix;
    const bounds = boundsOf(tile.boundingVolume, matrix);
    const refine = tile.refine ? (tile.refine.toUpperCase() as 'ADD' | 'REPLACE') : context.refine;
    const contents = tile.contents ?? (tile.content ? [tile.content] : []);
    const report = this.log.at(contents.length === 1 && !tile.implicitTiling ? `${context.where} ${contents[0].uri ?? contents[0].url ?? ''}` : context.where);
    this.#inside(bounds, context, report);
    this.#errors(tile, context, report);
    const leaf = !tile.children?.length;
    if (context.own && leaf && !tile.implicitTiling) {
      if (contents.length === 0) report('tile-empty', 'a tile without content and children');
      if (refine === 'REPLACE' && tile.geometricError !== 0) report('leaf-error', `a leaf has geometric error ${tile.geometricError}`);
    }
    const below = { ...context, matrix, parent: bounds, allowed: tile.geometricError, refine };
    if (tile.implicitTiling) return this.#implicit(tile, contents, below);
    for (const content of contents) await this.#content(content.uri ?? content.url ?? '', leaf, below, boundsOf(content.boundingVolume, matrix));
    for (const [k, child] of (tile.children ?? []).entries()) await this.#tile(child, { ...below, where: `${context.where}/children/${k}` });
  }

  #inside(bounds: Bounds | undefined, { parent, own }: Context, report: Report): void {
    if (!parent || !bounds) return;
    const out = childBeyond(parent, bounds);
    if (!(out <= (own ? TOLERANCE : Math.max(TOLERANCE, LENIENCE * sizeOf(parent))))) report('child-outside', `the volume reaches ${out.toFixed(3)} m beyond its parent`, own ? 'error' : 'warning');
  }

  #errors({ geometricError }: TileJson, { allowed, own }: Context, report: Report): void {
    if (!(geometricError <= allowed)) report('geometric-error', `geometric error ${geometricError} under a parent of ${allowed}`, own ? 'error' : 'warning');
  }

  async #content(uri: string, leaf: boolean, context: Context, own?: Bounds): Promise<void> {
    const path = pathOf(context.document, uri);
    const report = this.log.at(`${context.where} ${uri}`);
    if (path === 'outside') return report('uri-outside', 'the address leads out of the city and is not followed', 'warning');
    if ((await this.files.size(path)) === undefined) {
      this.figures.contents++;
      return report('content-missing', 'the file is not there');
    }
    if (/\.json$/iu.test(path)) {
      const bytes = await this.files.read(path);
      if (bytes && isTileset(bytes)) {
        if (context.depth >= MOST_DEPTH) return report('tileset-depth', `more than ${MOST_DEPTH} tilesets one inside the other`);
        return void (await this.#document(path, bytes, context));
      }
    }
    this.figures.contents++;
    if (own && context.parent) {
      const out = childBeyond(context.parent, own);
      if (!(out <= (context.own ? TOLERANCE : LENIENCE * sizeOf(context.parent)))) report('content-volume', `the content's volume reaches ${out.toFixed(3)} m beyond its tile`, context.own ? 'error' : 'warning');
    }
    await this.onContent({ path, matrix: context.matrix, bounds: [context.parent, own].filter((each) => each !== undefined), refine: context.refine, leaf, own: context.own, upAxis: context.tileset.asset?.gltfUpAxis?.toUpperCase() ?? 'Y' });
  }

  async #implicit(tile: TileJson, contents: readonly ContentJson[], context: Context): Promise<void> {
    const tiling = tile.implicitTiling!;
    const waiting: { root: { level: number; x: number; y: number; z: number }; above: ReadonlyMap<string, Above> }[] = [{ root: { level: 0, x: 0, y: 0, z: 0 }, above: new Map() }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { root } = next;
      const uri = filled(tiling.subtrees.uri, root);
      const path = pathOf(context.document, uri);
      const bytes = path === 'outside' ? undefined : await this.files.read(path);
      if (!bytes) {
        this.log.add('subtree-missing', 'the subtree is not there', `${context.where} ${uri}`);
        continue;
      }
      if (!(await this.look.content(path, bytes))) continue;
      const subtree = await readSubtree({ bytes, root, tiling, schema: context.tileset.schema, buffer: (name) => this.#buffer(path, name) }, this.log.at(path));
      if (!subtree) continue;
      this.figures.subtrees++;
      const row = await this.#subtreeTiles(subtree.tiles, tile, contents, context, next.above);
      for (const child of subtree.children) waiting.push({ root: child, above: row });
    }
  }

  async #buffer(subtree: string, uri: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = pathOf(subtree, uri);
    return path === 'outside' ? undefined : this.files.read(path);
  }

  /** @returns the tiles of the subtree by their place, for those below */
  async #subtreeTiles(tiles: readonly SubtreeTile[], root: TileJson, contents: readonly ContentJson[], context: Context, before: ReadonlyMap<string, Above>): Promise<ReadonlyMap<string, Above>> {
    const made = new Map<string, Above>();
    const known = (level: number, x: number, y: number, z: number): Above | undefined => made.get(`${level}/${x}/${y}/${z}`) ?? before.get(`${level}/${x}/${y}/${z}`);
    for (const each of tiles) {
      this.figures.tiles++;
      const bounds = boundsOf(volumeOf(root, each), context.matrix);
      const error = each.error ?? root.geometricError / 2 ** each.level;
      const above = each.level === 0 ? undefined : known(each.level - 1, each.x >> 1, each.y >> 1, each.z >> 1);
      const where = `${context.where} ${each.level}/${each.x}/${each.y}${root.implicitTiling!.subdivisionScheme === 'OCTREE' ? `/${each.z}` : ''}`;
      const own = { ...context, where, parent: above?.bounds, allowed: above?.error ?? root.geometricError };
      this.#inside(bounds, own, this.log.at(where));
      this.#errors({ geometricError: error } as TileJson, own, this.log.at(where));
      made.set(`${each.level}/${each.x}/${each.y}/${each.z}`, { bounds, error });
      for (const k of each.contents) if (contents[k]) await this.#content(filled(contents[k].uri ?? contents[k].url ?? '', each), each.leaf, { ...own, parent: bounds, allowed: error });
    }
    return made;
  }
}

interface Above {
  readonly bounds: Bounds | undefined;
  readonly error: number;
}

type Report = (code: string, message: string, severity?: 'error' | 'warning' | 'info') => void;

function filled(template: string, { level, x, y, z }: { level: number; x: number; y: number; z: number }): string {
  return template.replaceAll('{level}', `${level}`).replaceAll('{x}', `${x}`).replaceAll('{y}', `${y}`).replaceAll('{z}', `${z}`);
}

/** The volume of an implicit tile: what its metadata say, else its share of the root's. @source OGC 22-025r4, 7.3 and 11.3.3 */
function volumeOf(root: TileJson, { level, x, y, z, volume, minimumHeight, maximumHeight }: SubtreeTile): VolumeJson {
  const share = 2 ** level;
  const octree = root.implicitTiling!.subdivisionScheme === 'OCTREE';
  if (volume && !(volume.region === undefined && minimumHeight !== undefined)) return volume.region ? { region: withHeights(volume.region, minimumHeight, maximumHeight) } : volume;
  const { region, box } = root.boundingVolume;
  if (region) {
    const [width, depth, height] = [(region[2] - region[0]) / share, (region[3] - region[1]) / share, (region[5] - region[4]) / share];
    const own = [region[0] + width * x, region[1] + depth * y, region[0] + width * (x + 1), region[1] + depth * (y + 1), octree ? region[4] + height * z : region[4], octree ? region[4] + height * (z + 1) : region[5]];
    return { region: withHeights(own, minimumHeight, maximumHeight) };
  }
  if (!box) return root.boundingVolume;
  const at = [x, y, z];
  const out = [...box];
  for (let axis = 0; axis < (octree ? 3 : 2); axis++)
    for (let row = 0; row < 3; row++) {
      out[row] += box[3 + axis * 3 + row] * ((2 * at[axis] + 1) / share - 1);
      out[3 + axis * 3 + row] /= share;
    }
  return { box: out };
}

function withHeights(region: readonly number[], low: number | undefined, high: number | undefined): number[] {
  return [...region.slice(0, 4), low ?? region[4], high ?? region[5]];
}

function isTileset(bytes: Uint8Array): boolean {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { asset?: unknown; root?: unknown; geometricError?: unknown };
    return typeof json === 'object' && json !== null && json.asset !== undefined && (json.root !== undefined || json.geometricError !== undefined);
  } catch {
    return false;
  }
}
