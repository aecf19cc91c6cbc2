import type { TerrainSource, TileLoader } from '../backend.ts';
import { shownUrl, TwinError } from '../errors.ts';

interface TileRange { readonly startX: number; readonly startY: number; readonly endX: number; readonly endY: number }

interface TerrainHead {
  readonly version?: string;
  readonly tiles: readonly string[];
  readonly available: readonly (readonly TileRange[])[];
  readonly maxzoom?: number;
}

interface Part {
  readonly source: TerrainSource;
  readonly head: TerrainHead;
}

async function headOf(source: TerrainSource, loader: TileLoader): Promise<Part> {
  const bytes = await loader.load(source.url, { kind: 'json', root: source.url });
  try {
    const head = JSON.parse(new TextDecoder().decode(bytes)) as TerrainHead;
    if (Array.isArray(head.available) && Array.isArray(head.tiles)) return { source, head };
  } catch (cause) {
    throw new TwinError('bad-input', `${shownUrl(source.url)} is no layer.json of a terrain. Check the address and the file.`, { where: shownUrl(source.url), cause });
  }
  throw new TwinError('unsupported', `${shownUrl(source.url)} does not list its tiles, so it cannot be joined with another terrain; build it with citymirror tiles build.`, { where: shownUrl(source.url) });
}

function has({ head }: Part, level: number, x: number, y: number): boolean {
  return head.available[level]?.some((range) => x >= range.startX && x <= range.endX && y >= range.startY && y <= range.endY) ?? false;
}

function addressOf({ source, head }: Part, level: number, x: number, y: number): string {
  const values: Record<string, string> = { z: String(level), x: String(x), y: String(y), version: head.version ?? '' };
  return new URL(head.tiles[0].replace(/\{(\w+)\}/gu, (_, name: string) => values[name] ?? ''), source.url).href;
}

/**
 * Several terrains as one: a tile is taken from the last of them that has it. Where only one has ground the others' coarse tiles end, so cities far apart stand on
 * one globe, each on its own ground.
 * @throws TwinError where a layer.json cannot be had, is none, or does not list its tiles
 */
export async function joinTerrain(sources: readonly TerrainSource[], loader: TileLoader): Promise<{ url: string; loader: TileLoader }> {
  const [first] = sources;
  const parts = await Promise.all(sources.map((source) => headOf(source, loader)));
  const levels = Math.max(...parts.map(({ head }) => head.available.length));
  const joined = {
    ...parts[0].head, tiles: ['{z}/{x}/{y}.terrain'], bounds: [-180, -90, 180, 90], valid_bounds: undefined, maxzoom: levels - 1,
    available: Array.from({ length: levels }, (_, level) => parts.flatMap(({ head }) => head.available[level] ?? [])),
  };
  const folder = new URL('./', first.url).href;
  return {
    url: first.url,
    loader: {
      load(url, options) {
        const name = url.split(/[?#]/u, 1)[0];
        if (name === first.url.split(/[?#]/u, 1)[0]) return Promise.resolve(new TextEncoder().encode(JSON.stringify(joined)).buffer as ArrayBuffer);
        const [level, x, y] = name.startsWith(folder) ? (/^(\d+)\/(\d+)\/(\d+)\.terrain$/u.exec(name.slice(folder.length))?.slice(1).map(Number) ?? []) : [];
        const part = level === undefined ? undefined : parts.findLast((each) => has(each, level, x, y));
        return part ? loader.load(addressOf(part, level, x, y), { ...options, root: part.source.url }) : loader.load(url, options);
      },
    },
  };
}
