import { readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { validatorCases, type ValidatorCase } from '../../workers/loader/testing/validator-cases.ts';
import { checkTilesetFiles, type TilesetCheck } from './check-tileset.ts';
import { folderFiles, type CityFiles } from './city-files.ts';

/** The files of a case, those made around it included. */
function caseFiles(each: ValidatorCase): CityFiles {
  const inner = folderFiles(each.folder);
  const made = (path: string): Uint8Array<ArrayBuffer> | undefined => (each.made[path] === undefined ? undefined : new Uint8Array(Buffer.from(each.made[path], path.endsWith('.subtree') ? 'latin1' : 'utf8')));
  return {
    where: each.folder,
    read: async (path) => made(path) ?? inner.read(path),
    size: async (path) => made(path)?.length ?? inner.size(path),
    close: () => inner.close(),
  };
}

const severe = ({ issues }: TilesetCheck): string[] => issues.filter(({ severity }) => severity === 'error').map(({ code, path, message }) => `${code} ${path}: ${message}`);

describeShared("the reference validator's cases", () => {
  const cases = validatorCases();
  /** A case leaves these out by the way; that alone is no answer to the fault it is about. */
  const aside = (file: string, text: string): boolean => (/refine/u.test(text) && !/Refine/u.test(file)) || /content-missing|uri-outside|subtree-missing/u.test(text);

  test('each of those that are not valid is named, and each of the valid ones is clean', async () => {
    const silent: string[] = [];
    const accused: [string, string[]][] = [];
    for (const each of cases) {
      const found = await checkTilesetFiles(caseFiles(each), each.root);
      const told = found.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`).filter((text) => !aside(each.file, text));
      if (!each.valid && told.length === 0) silent.push(each.file);
      const errors = severe(found).filter((text) => !aside(each.file, text));
      if (each.valid && errors.length > 0) accused.push([each.file, errors]);
    }
    const invalid = cases.filter(({ valid }) => !valid).length;
    console.log(`named ${invalid - silent.length} of ${invalid} that are not valid; clean ${cases.length - invalid - accused.length} of ${cases.length - invalid} that are`);
    expect(silent).toEqual([]);
    expect(accused).toEqual([]);
  });
});

describeShared('real tilesets of others', () => {
  const folders = ['samples', 'cesiumjs-specs', 'renderer-example', 'tools-cases'].map((name) => shared(`data/tiles3d/${name}`));
  const tilesets = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /tileset[^/]*\.json$/iu.test(file)).map((file) => join(folder, file)));

  test('are read to their ends', async () => {
    const clean: string[] = [];
    const others: string[] = [];
    for (const file of tilesets) {
      const found = await checkTilesetFiles(folderFiles(dirname(file)), basename(file));
      const errors = severe(found);
      (errors.length === 0 ? clean : others).push(`${relative(shared('data/tiles3d'), file)} ${errors.slice(0, 2).join(' | ')}`);
    }
    console.log(`clean ${clean.length} of ${tilesets.length}`, others);
    expect(tilesets.length).toBeGreaterThan(50);
  });
});
