import { expect, test } from 'vitest';
import { analysisCache, type LoadedBytes } from './context.ts';
import { analyse } from './run.ts';
import { madeDem } from './testing/made-city.ts';

test('a cancelled call settles at once, and what it began to read serves the next one', async () => {
  const dem = madeDem([117, 30, 118, 31], 3, () => 7);
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const load = (url: string): Promise<LoadedBytes> => new Promise((resolve) => {
    asked.push(url);
    const bytes = (url.endsWith('.json') ? dem.json : dem.bin) as Uint8Array<ArrayBuffer>;
    waiting.push(() => resolve({ bytes, total: bytes.length, partial: false }));
  });
  const cache = analysisCache();
  const controller = new AbortController();
  const first = analyse('heights', { dem: 'http://x/dem.json', places: [117.5, 30.5] }, { load, cache, signal: controller.signal });
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: 'aborted' });
  const second = analyse('heights', { dem: 'http://x/dem.json', places: [117.5, 30.5] }, { load, cache });
  waiting.shift()!();
  await expect.poll(() => waiting.length).toBe(1);
  waiting.shift()!();
  expect([...(await second).heights]).toEqual([7]);
  expect(asked).toEqual(['http://x/dem.json', 'http://x/dem.bin']);
});

test('what failed is not kept', async () => {
  const cache = analysisCache();
  const ask = (load: () => Promise<LoadedBytes>): Promise<unknown> => analyse('heights', { dem: 'http://x/dem.json', places: [0, 0] }, { load, cache });
  await expect(ask(() => Promise.reject(new Error('down')))).rejects.toMatchObject({ code: 'analysis-failed', message: 'down' });
  const dem = madeDem([-1, -1, 1, 1], 3, () => 3);
  let calls = 0;
  const bytes = (): Uint8Array<ArrayBuffer> => (calls++ === 0 ? dem.json : dem.bin) as Uint8Array<ArrayBuffer>;
  await ask(async () => { const each = bytes(); return { bytes: each, total: each.length, partial: false }; });
  expect(calls).toBe(2);
});

test('an unknown name is a sentence with the known ones', async () => {
  await expect(analyse('viewshed' as never, {} as never)).rejects.toThrow(/There is no analysis “viewshed”; known are affected, .*bridges, .*drape/);
});
