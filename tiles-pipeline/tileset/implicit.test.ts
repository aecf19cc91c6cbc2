import * as engine from '@cesium/engine';
import { ImplicitTilingPlugin } from '3d-tiles-renderer/core/plugins';
import { beforeAll, describe, expect, test } from 'vitest';
import { RegionProperties, type ExpandedTile } from '../../engine/backends/three/subtree-bounds.ts';
import { subtreeIssues, tilesetIssues } from '../../workers/loader/inspect/index.ts';
import { seeded } from '../testing/seeded-city.ts';
import { implicitFiles, ImplicitLayout, type ImplicitTile, type Region } from './implicit.ts';

const DEGREE = Math.PI / 180;

/** A city's quadtree: leaves of levels 15 to 17, a content in every tile above them up to level 12, houses that reach 30 m beyond their cells. */
function city(lon: number, lat: number, count: number, seed = 3): ImplicitTile[] {
  const random = seeded(seed);
  const cells = new Map<string, ImplicitTile>();
  const add = (level: number, x: number, y: number, region: Region): void => {
    const known = cells.get(`${level}/${x}/${y}`)?.region ?? region;
    cells.set(`${level}/${x}/${y}`, { level, x, y, region: [0, 1, 2, 3, 4, 5].map((k) => ([2, 3, 5].includes(k) ? Math.max(known[k], region[k]) : Math.min(known[k], region[k]))) as unknown as Region });
  };
  for (let k = 0; k < count; k++) {
    const at = [lon + random() * 0.05, lat + random() * 0.05];
    const deepest = 15 + Math.floor(random() * 3);
    const region: Region = [at[0] - 0.0003 * random(), at[1] - 0.0003 * random(), at[0] + 0.0003 * random(), at[1] + 0.0003 * random(), random() * 10, 10 + random() * 200];
    for (let level = deepest; level >= 12; level--) {
      const side = 360 / 2 ** level;
      add(level, Math.floor((at[0] + 180) / side), Math.floor((at[1] + 90) / side), region);
    }
  }
  return [...cells.values()];
}

function layoutOf(tiles: readonly ImplicitTile[]): ImplicitLayout {
  const layout = ImplicitLayout.of(tiles);
  if (typeof layout === 'string') throw new Error(layout);
  return layout;
}

interface Tileset {
  schema: { classes: Record<string, unknown> };
  root: { boundingVolume: { region: number[] }; geometricError: number; refine: string; content: { uri: string }; implicitTiling: { subtreeLevels: number; availableLevels: number; subdivisionScheme: string; subtrees: { uri: string } } };
}

interface Found {
  uris: Map<string, { region: number[]; error: number }>;
}

const fill = (uri: string, { level, x, y }: { level: number; x: number; y: number }): string => uri.replace('{level}', `${level}`).replace('{x}', `${x}`).replace('{y}', `${y}`);

/** What the renderer's own plugin makes of it, with the bounds that our backend puts on. */
async function expanded(files: ReadonlyMap<string, Uint8Array>): Promise<Found> {
  const tileset = JSON.parse(new TextDecoder().decode(files.get('tileset.json'))) as Tileset;
  const plugin = new ImplicitTilingPlugin() as unknown as { parseTile(buffer: ArrayBuffer, tile: object, extension: string): Promise<void>; preprocessNode(tile: object, folder: string, parent: object | null): void };
  (plugin as unknown as { init(tiles: object): void }).init({ fetchOptions: {} });
  const regions = new RegionProperties();
  regions.learn(tileset);
  const uris: Found['uris'] = new Map();
  type Tile = ExpandedTile & { geometricError: number; children: Tile[]; internal: object };
  const open = async (tile: Tile, path: string): Promise<void> => {
    const bytes = files.get(path);
    if (!bytes) throw new Error(`there is no ${path}`);
    const buffer = bytes.slice().buffer;
    await plugin.parseTile(buffer, Object.assign(tile, { internal: { basePath: 'http://x' } }), 'subtree');
    regions.apply(buffer, tile, 4);
    await walk(tile);
  };
  const walk = async (tile: Tile): Promise<void> => {
    for (const child of tile.children) {
      const { content } = child;
      if (content?.uri?.endsWith('.subtree')) await open(child, content.uri);
      else {
        if (content?.uri) uris.set(content.uri, { region: child.boundingVolume!.region!, error: child.geometricError });
        await walk(child);
      }
    }
  };
  const root = { ...tileset.root, children: [], internal: { basePath: 'http://x' } } as unknown as Tile;
  plugin.preprocessNode(root, '', null);
  await open(root, fill(tileset.root.implicitTiling.subtrees.uri, { level: 0, x: 0, y: 0 }));
  return { uris };
}

const filesOf = (tiles: readonly ImplicitTile[], layout: ImplicitLayout, subtreeLevels?: number): Map<string, Uint8Array> => new Map([...implicitFiles(tiles, layout, { error: 2 ** 20, subtreeLevels })].map(({ path, bytes }) => [path, bytes]));

describe.each([['in one subtree', undefined, 1], ['in subtrees of three levels', 3, 9]] as const)('a quadtree %s', (_, subtreeLevels, least) => {
  const tiles = city(113.93, 22.52, 900);
  const layout = layoutOf(tiles);
  const files = filesOf(tiles, layout, subtreeLevels);
  const tileset = JSON.parse(new TextDecoder().decode(files.get('tileset.json'))) as Tileset;
  let found: Found;
  beforeAll(async () => void (found = await expanded(files)));

  test('has the contents given, each under the name that its layout says, and no other', () => {
    expect(files.size - 1).toBeGreaterThanOrEqual(least);
    expect([...found.uris.keys()].toSorted()).toEqual(tiles.map((tile) => layout.pathOf(tile)).toSorted());
  });

  test('its bounds hold each content, also beyond the cell, and the root holds all by its cell alone', () => {
    const [west, south, east, north, lowest, highest] = tileset.root.boundingVolume.region;
    let beyond = 0;
    for (const tile of tiles) {
      const region = found.uris.get(layout.pathOf(tile))!.region;
      const own = tile.region.map((value, k) => (k < 4 ? value * DEGREE : value));
      expect([region[0] <= own[0], region[1] <= own[1], region[2] >= own[2], region[3] >= own[3], region[4] <= own[4], region[5] >= own[5]]).toEqual(Array.from({ length: 6 }, () => true));
      expect([west <= own[0], south <= own[1], east >= own[2], north >= own[3], lowest <= own[4], highest >= own[5]]).toEqual(Array.from({ length: 6 }, () => true));
      const side = 360 / 2 ** tile.level;
      if (tile.region[0] < tile.x * side - 180 || tile.region[2] > (tile.x + 1) * side - 180) beyond++;
    }
    expect(beyond).toBeGreaterThan(50);
  });

  test('a tile holds those below it, and its error is twice theirs', () => {
    for (const tile of tiles) {
      const parent = tiles.find(({ level, x, y }) => level === tile.level - 1 && x === tile.x >> 1 && y === tile.y >> 1);
      if (!parent) continue;
      const [own, above] = [found.uris.get(layout.pathOf(tile))!, found.uris.get(layout.pathOf(parent))!];
      expect([0, 1, 4].every((k) => above.region[k] <= own.region[k]) && [2, 3, 5].every((k) => above.region[k] >= own.region[k])).toBe(true);
      expect(above.error).toBe(own.error * 2);
      expect(own.error).toBe(2 ** 20 / 2 ** tile.level);
    }
  });

  test('is as the standard has it', () => {
    expect(tilesetIssues(tileset as unknown as Record<string, unknown>, null)).toEqual([]);
    for (const [path, bytes] of files) {
      if (!path.endsWith('.subtree')) continue;
      const view = new DataView(bytes.buffer);
      const lengths = [Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))] as const;
      expect(24 + lengths[0] + lengths[1]).toBe(bytes.length);
      const json: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(24, 24 + lengths[0])));
      expect(subtreeIssues(json, { scheme: 'QUADTREE', levels: tileset.root.implicitTiling.subtreeLevels, schema: tileset.schema }, lengths)).toEqual([]);
    }
  });

  test('Cesium reads the same availability and the same bounds out of it', async () => {
    const { ImplicitSubtree, ImplicitTileset, ImplicitTileCoordinates, MetadataSchema, Resource } = engine as unknown as Record<string, never> & {
      ImplicitSubtree: { fromSubtreeJson(resource: unknown, json: unknown, bytes: Uint8Array, tileset: unknown, coordinates: unknown): Promise<Subtree> };
      ImplicitTileset: new (resource: unknown, json: unknown, schema: unknown) => unknown;
      ImplicitTileCoordinates: new (options: object) => unknown;
      MetadataSchema: { fromJson(json: unknown): unknown };
      Resource: new (options: object) => unknown;
    };
    interface Subtree {
      tileIsAvailableAtCoordinates(at: unknown): boolean;
      contentIsAvailableAtCoordinates(at: unknown): boolean;
      getTileMetadataView(at: unknown): { getPropertyBySemantic(name: string): number[] };
    }
    const { subtreeLevels: levels } = tileset.root.implicitTiling;
    const resource = new Resource({ url: 'http://x/tileset.json' });
    const implicit = new ImplicitTileset(resource, structuredClone(tileset.root), MetadataSchema.fromJson(tileset.schema));
    const coordinates = (level: number, x: number, y: number): unknown => new ImplicitTileCoordinates({ subdivisionScheme: 'QUADTREE', subtreeLevels: levels, level, x, y });
    const subtree = await ImplicitSubtree.fromSubtreeJson(resource, undefined, files.get('subtrees/0/0/0.subtree')!, implicit, coordinates(0, 0, 0));
    let contents = 0;
    for (let level = 0; level < Math.min(levels, 6); level++)
      for (let y = 0; y < 2 ** level; y++)
        for (let x = 0; x < 2 ** level; x++) {
          const at = coordinates(level, x, y);
          const uri = fill(tileset.root.content.uri, { level, x, y });
          expect(subtree.contentIsAvailableAtCoordinates(at)).toBe(found.uris.has(uri));
          if (!subtree.contentIsAvailableAtCoordinates(at)) continue;
          contents++;
          expect(subtree.tileIsAvailableAtCoordinates(at)).toBe(true);
          expect(Array.from(subtree.getTileMetadataView(at).getPropertyBySemantic('TILE_BOUNDING_REGION'))).toEqual(found.uris.get(uri)!.region);
        }
    expect(contents).toBeGreaterThan(0);
  });

  test('is the same whatever the order of its tiles', () => {
    const again = filesOf(tiles.toReversed(), layoutOf(tiles.toReversed()), subtreeLevels);
    expect([...again.keys()]).toEqual([...files.keys()]);
    for (const [path, bytes] of files) expect(Buffer.compare(again.get(path)!, bytes)).toBe(0);
  });
});

test('names stay when something is added inside, and one tile alone is a tileset', async () => {
  const tiles = city(113.93, 22.52, 200);
  const more = [...tiles, ...city(113.935, 22.525, 50, 9)];
  const [before, after] = [layoutOf(tiles), layoutOf(more)];
  expect(after.root).toEqual(before.root);
  for (const tile of tiles) expect(after.pathOf(tile)).toBe(before.pathOf(tile));
  const alone: ImplicitTile[] = [{ level: 14, x: 13376, y: 5120, region: [113.91, 22.5, 113.92, 22.51, 0, 10] }];
  const { uris } = await expanded(filesOf(alone, layoutOf(alone)));
  expect(uris.size).toBe(1);
});

test('a tile above all others, of whatever cell, becomes the root of the smallest that holds all', async () => {
  const tiles = city(113.93, 22.52, 200);
  const region = tiles.map((tile) => tile.region).reduce((a, b) => [0, 1, 2, 3, 4, 5].map((k) => ([2, 3, 5].includes(k) ? Math.max(a[k], b[k]) : Math.min(a[k], b[k]))) as unknown as Region);
  const top: ImplicitTile = { level: 0, x: 0, y: 0, region };
  for (const all of [[top], [top, ...tiles]]) {
    const layout = layoutOf(all);
    expect(layout.root.level).toBeGreaterThan(8);
    const { uris } = await expanded(filesOf(all, layout));
    expect([...uris.keys()].toSorted()).toEqual(all.map((tile) => layout.pathOf(tile)).toSorted());
    expect(layout.pathOf(top)).toBe('tiles/0/0/0.glb');
  }
});

test.each<[string, ImplicitTile[], RegExp]>([
  ['nothing', [], /no contents/u],
  ['a city on the meridian of Greenwich', [...city(-0.02, 51.5, 30)], /both sides of 0° E/u],
  ['a row beyond the pole', [{ level: 3, x: 0, y: 4, region: [0, 0, 1, 1, 0, 1] }], /no place of the grid/u],
  ['a height that is no number', [{ level: 3, x: 0, y: 0, region: [0, 0, 1, 1, 0, Number.NaN] }], /no place of the grid/u],
])('%s: a reason, and nothing is made', (_, tiles, reason) => {
  expect(ImplicitLayout.of(tiles)).toMatch(reason);
});
