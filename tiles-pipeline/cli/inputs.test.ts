import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { findInputs, wordsOn } from './inputs.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
const good = collection(seededBuildings(2));

beforeAll(async () => {
  folder = await workFolder();
  for (const name of ['data/b', 'data/a/deeper', 'data/.git', 'data/old', 'outside', 'data/city', 'data/city.tmp-7']) await mkdir(folder.path(name), { recursive: true });
  const files: Record<string, string> = {
    'data/b/two.bin': good, 'data/a/deeper/one.geojson': good, 'data/z.geojson': good, 'data/.git/x.geojson': good, 'data/city/x.geojson': good, 'data/city.tmp-7/x.geojson': good, 'outside/secret.geojson': good,
    'data/old/city.json': '{"heightDatum":"unknown","type":"FeatureCollection"}', 'data/old/report.json': '{}', 'data/old/x.geojson': good,
    'data/README.md': '# data', 'data/LICENCE': 'free', 'data/package.json': '{"name":"x","version":"1"}', 'data/empty.geojson': '', 'data/odd.xyz': 'what is it',
    'data/shape.shp': 'no shapefile', 'data/shape.dbf': 'x', 'data/SHAPE.PRJ': 'x', 'data/dem.tif.aux.xml': '<PAMDataset/>', 'data/wall.jpg': 'x', 'data/model.mtl': 'newmtl x',
  };
  for (const [name, text] of Object.entries(files)) await folder.put(name, text);
  await symlink(folder.path('data'), folder.path('data/a/loop'));
  await symlink(folder.path('outside/secret.geojson'), folder.path('data/secret.geojson'));
  await symlink(folder.path('data/z.geojson'), folder.path('data/inside.geojson'));
  execFileSync('mkfifo', [folder.path('data/pipe.geojson')]);
});
afterAll(() => folder.drop());

const short = (path: string): string => path.slice(folder.path('').length + 1);

describe('a folder as input', () => {
  test('gives every file of a known kind, sorted, whatever it is called; the rest is told apart', async () => {
    const { files, left } = await findInputs([folder.path('data')], { out: folder.path('data/city') });
    expect(files.map(short)).toEqual(['data/a/deeper/one.geojson', 'data/b/two.bin', 'data/z.geojson']);
    expect(Object.fromEntries(left.map(({ path, why }) => [short(path), why]))).toEqual({
      'data/.git': 'hidden', 'data/city': 'output', 'data/city.tmp-7': 'output', 'data/old': 'city', 'data/a/loop': 'link', 'data/secret.geojson': 'link', 'data/inside.geojson': 'link', 'data/pipe.geojson': 'special',
      'data/README.md': 'paper', 'data/LICENCE': 'paper', 'data/package.json': 'unknown', 'data/odd.xyz': 'unknown', 'data/empty.geojson': 'empty', 'data/shape.shp': 'unknown',
      'data/shape.dbf': 'belongs', 'data/SHAPE.PRJ': 'belongs', 'data/dem.tif.aux.xml': 'belongs', 'data/wall.jpg': 'belongs', 'data/model.mtl': 'belongs',
    });
    const said = wordsOn(left);
    expect(said.some((words) => words.includes('odd.xyz is of no kind read here'))).toBe(true);
    expect(said.some((words) => /README|\.git|shape\.dbf/u.test(words))).toBe(false);
  });

  test('links are followed when asked, but neither round in circles nor out of the folder', async () => {
    const { files, left } = await findInputs([folder.path('data')], { out: folder.path('data/city'), follow: true });
    expect(files.filter((path) => path.includes('secret') || path.includes('loop'))).toEqual([]);
    expect(left.filter(({ why }) => why === 'link').map(({ path }) => short(path))).toEqual(['data/a/loop', 'data/secret.geojson']);
    // One file under two names is one input.
    expect(files).toHaveLength(3);
    expect(left.filter(({ why }) => why === 'twice')).toHaveLength(1);
  });

  test('a file that is named stands for itself; what belongs to another named beside it does not', async () => {
    const named = ['data/odd.xyz', 'data/shape.shp', 'data/shape.dbf', 'data/pipe.geojson', 'data/nowhere.geojson'].map((name) => folder.path(name));
    const { files, left } = await findInputs([...named, folder.path('data/b'), folder.path('data/b/two.bin')]);
    expect(files.map(short)).toEqual(['data/b/two.bin', 'data/nowhere.geojson', 'data/odd.xyz', 'data/pipe.geojson', 'data/shape.shp']);
    expect(left.map(({ path, why }) => [short(path), why])).toEqual([['data/b/two.bin', 'twice'], ['data/shape.dbf', 'belongs']]);
  });

  test('many odd files are a few sentences', () => {
    const left = Array.from({ length: 50 }, (_, k) => ({ path: `x${k}`, why: 'unknown' as const }));
    expect(wordsOn(left)).toHaveLength(21);
    expect(wordsOn(left).at(-1)).toMatch(/^30 more .* --dry-run/u);
  });
});
