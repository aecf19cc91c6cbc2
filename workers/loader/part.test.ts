import { expect, test } from 'vitest';
import { fetchLayer } from './fetch-bytes.ts';
import { loaderPolicy } from './policy.ts';

const URL_ = 'http://city.test/buildings.fgb';
const part = (first: number, last: number, bytes: number): Response => new Response(new Uint8Array(bytes), { status: 206, headers: { 'Content-Range': `bytes ${first}-${last}/1000` } });

test('a part that is not the part asked for, or not whole, is asked for again', async () => {
  const answers = [part(100, 199, 60), part(0, 99, 100), part(100, 199, 100)];
  const asked: RequestInit[] = [];
  const layer = fetchLayer(loaderPolicy({ page: 'http://city.test' }), async (_url, init) => { asked.push(init); return answers[asked.length - 1]; }, () => 0);
  const { bytes, total, partial } = await layer.fetch(URL_, { root: URL_, range: [100, 199] });
  expect([bytes.length, total, partial, asked.length]).toEqual([100, 1000, true, 3]);
  expect(asked.every(({ cache }) => cache === 'no-store')).toBe(true);
});

test('less at the end of a file is all there is', async () => {
  const layer = fetchLayer(loaderPolicy({ page: 'http://city.test' }), async () => part(900, 999, 100));
  expect((await layer.fetch(URL_, { root: URL_, range: [900, 4000] })).bytes.length).toBe(100);
});
