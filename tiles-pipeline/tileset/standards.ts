import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issue } from '../../engine/errors.ts';
import { contentIssues, tilesetIssues } from '../../workers/loader/inspect/index.ts';
import type { TileJson } from './tileset.ts';

function contentsOf(tile: TileJson | undefined): string[] {
  if (!tile) return [];
  const own = tile.content ? [tile.content.uri] : [];
  return [...own, ...(tile.children ?? []).flatMap(contentsOf)];
}

/** What in a tileset and its contents is not as 3D Tiles 1.1 and its glTF extensions have it: the same look that foreign tiles get when a twin loads them. */
export async function standardIssues(dir: string, tileset: { root?: TileJson }): Promise<Issue[]> {
  const issues = tilesetIssues(tileset as Record<string, unknown>, null).map((issue) => ({ ...issue, path: `tileset.json ${issue.path}` }));
  for (const uri of contentsOf(tileset.root)) {
    const bytes = await readFile(join(dir, uri)).catch(() => null);
    if (bytes) issues.push(...(await contentIssues(new Uint8Array(bytes))).map((issue) => ({ ...issue, path: `${uri} ${issue.path}` })));
  }
  return issues;
}
