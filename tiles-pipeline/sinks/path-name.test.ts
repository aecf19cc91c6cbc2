import { writeFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workFolder } from '../testing/seeded-city.ts';
import { pathName } from './path-name.ts';
import { requirePath } from './sink.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => void (folder = await workFolder()));
afterAll(() => folder.drop());

const hostile = ['', '.', '..', '../../etc/passwd', '/etc/passwd', 'C:\\windows', 'CON', 'con', 'con.txt', 'Lpt1', 'nul', 'a/b', 'a\\b', 'a\0b', 'x'.repeat(300), '楼'.repeat(300), '🏙️', '\ud83c', '\udfd9', 'ends.', 'ends ', '~', '.hidden', '-rf', 'a:b', 'CAFÉ', 'CAFE\u0301'];

describe('a name from data as a path', () => {
  test('is one safe segment, and stays distinct without regard to case', () => {
    const names = hostile.map(pathName);
    for (const name of names) {
      expect(name).toMatch(/^[\w~.-]{1,64}$/u);
      expect(name).not.toMatch(/^\.|\.$/u);
      expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu);
      expect(requirePath(`models/${name}.glb`)).toBe(`models/${name}.glb`);
    }
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(hostile.length);
  });

  test('stays as it is where it is plain, and legible where it is not', () => {
    expect(['roads', 'dem_2020', 'a.b-c', 'x'].map(pathName)).toEqual(['roads', 'dem_2020', 'a.b-c', 'x']);
    expect(pathName('Office A.ifc')).toMatch(/^Office_A_ifc~[0-9a-f]{12}$/u);
  });

  test('holds for any text, and no two texts meet', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 3 }), (a, b) => {
      for (const name of [a, b]) requirePath(pathName(name));
      expect(pathName(a).toLowerCase() === pathName(b).toLowerCase()).toBe(a === b);
    }));
  });

  test('makes files that the disk takes', async () => {
    const names = hostile.map(pathName);
    for (const name of names) await writeFile(join(folder.path('.'), name), name);
    expect((await readdir(folder.path('.'))).toSorted()).toEqual(names.toSorted());
  });
});

test.each(['', '/', '/a', 'a/', '../a', 'a/../b', 'a/./b', 'a//b', 'a\\b', 'C:/a', 'a\0b', 'a\nb', 'a'.repeat(256)])('"%s" is refused as a path of an output', (path) => {
  expect(() => requirePath(path)).toThrow(/no path inside/u);
});
