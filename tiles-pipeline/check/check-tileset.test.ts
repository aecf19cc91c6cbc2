import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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
  const root = shared('data/tiles3d');
  const tilesets = ['samples', 'cesiumjs-specs', 'tools-cases', 'renderer-example']
    .flatMap((name) => readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map((file) => `${name}/${file}`))
    .filter((file) => /tileset[^/]*\.json$/iu.test(file) && !/renderer-example\/tileset-(?!add|external-broken|broken)/u.test(file));
  /** What is truly so in these files: padding that older writers left out, samplers, roots without refine, extensions and addresses that are not taken here. */
  const TRUE = /^not-standard|3DTILES_draco_point_compression, which is not supported|^forbidden-origin .*'data:/u;
  const LOST = /dragon_high\.b3dm|non-?existent/u;

  test('are read to their ends, and nothing is said of them that is not so', async () => {
    const wrong: string[] = [];
    const checked = { tilesets: 0, tiles: 0, contents: 0, subtrees: 0 };
    let outside = 0;
    for (const file of tilesets) {
      const found = await checkTilesetFiles(folderFiles(join(root, dirname(file))), basename(file));
      wrong.push(...severe(found).filter((text) => !TRUE.test(text) && !(text.startsWith('content-missing') && LOST.test(text))).map((text) => `${file}: ${text}`));
      outside += found.issues.filter(({ code }) => code === 'content-outside').length;
      for (const key of ['tilesets', 'tiles', 'contents', 'subtrees'] as const) checked[key] += found.figures[key];
    }
    expect(wrong).toEqual([]);
    expect(checked.tiles).toBeGreaterThan(900);
    // Five fixtures have a volume for the eye alone.
    expect(outside).toBeLessThanOrEqual(25);
  });

  test('an implicit one is walked through its subtrees to every content', async () => {
    const folder = join(root, 'samples/1.1/SparseImplicitQuadtree');
    const found = await checkTilesetFiles(folderFiles(folder), 'tileset.json');
    expect(severe(found)).toEqual([]);
    // As many as there are files of each kind.
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const [subtrees, contents] = ['.subtree', '.glb'].map((ending) => files.filter((file) => file.endsWith(ending)).length);
    expect(found.figures).toMatchObject({ tilesets: 1, subtrees, contents, checked: contents });
  });

  test('a sample is spread over the tree, and the rest is still looked for', async () => {
    const files = folderFiles(join(root, 'renderer-example'));
    const { figures, issues } = await checkTilesetFiles(files, 'tileset-broken-root-content.json', { sample: 30 });
    expect([figures.contents, figures.checked]).toEqual([293, 30]);
    expect(issues.map(({ code }) => code)).toContain('content-missing');
  });
});
