import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { cesiumAssets, copyAssets, MARK } from './assets.mjs';
import { citymirror, ASSETS_PATH } from './vite-plugin.mjs';

test('what is copied is whole: every chunk that a worker imports lies beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-assets-'));
  const { files } = copyAssets(folder);
  expect(files).toBe(cesiumAssets().files.size);
  expect(JSON.parse(readFileSync(join(folder, MARK), 'utf8'))).toMatchObject({ engine: '@cesium/engine', files });
  let imports = 0;
  for (const name of cesiumAssets().files.keys()) {
    expect(existsSync(join(folder, name))).toBe(true);
    if (!name.endsWith('.js')) continue;
    for (const [, chunk] of readFileSync(join(folder, name), 'utf8').matchAll(/["']\.\/([\w.-]+\.js)["']/g)) {
      imports++;
      expect(existsSync(join(folder, 'Workers', chunk))).toBe(true);
    }
  }
  expect(imports).toBeGreaterThan(50);
  rmSync(folder, { recursive: true });
});

test('they stay small: under 600 kB gzip, decoders included', () => {
  let bytes = 0;
  for (const file of cesiumAssets().files.values()) bytes += gzipSync(readFileSync(file)).byteLength;
  expect(bytes).toBeLessThan(600_000);
});

test('a build emits the same files under one path', () => {
  const emitted: string[] = [];
  const { generateBundle } = citymirror() as unknown as { generateBundle(this: { emitFile(file: { fileName: string }): void }): void };
  generateBundle.call({ emitFile: ({ fileName }) => { emitted.push(fileName); } });
  expect(emitted.toSorted()).toEqual([...cesiumAssets().files.keys(), MARK].map((name) => ASSETS_PATH + name).toSorted());
});
