import type { Issue } from '../../engine/errors.ts';
import { checkTilesetFiles } from '../check/check-tileset.ts';
import { folderFiles } from '../check/city-files.ts';

/** The faults of the tileset in a folder, with its features where it has some; empty where all is well. */
export async function checkTileset(dir: string): Promise<Issue[]> {
  return (await checkTilesetFiles(folderFiles(dir), 'tileset.json')).issues;
}
