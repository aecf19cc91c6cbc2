import { afterEach, expect, it } from 'vitest';
import { openFeed, startHttp, until } from '../../workers/feeds/testing/opened.ts';
import { bikeShare } from './bike-share.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

it('is a bike system that our own transport reads whole', async () => {
  const files: Readonly<Record<string, (() => object) | undefined>> = bikeShare('/feeds/bikes', [117.49, 30.66]);
  const server = await startHttp((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file ? 200 : 404).end(file ? JSON.stringify(file()) : '');
  });
  ends.push(server.close);
  const opened = openFeed({ transport: 'gbfs', url: `${server.url}/feeds/bikes/gbfs.json`, decode: 'gbfs', staleAfter: 60 }, { as: 'points' });
  ends.push(opened.close);
  await until(() => opened.status().ids === 48 && opened.features.length === 48);
  expect(opened.status()).toMatchObject({ state: 'live', issues: [], ledger: { rejected: 0 } });
  for (const { id, properties } of opened.features) expect((opened.value(id, 'bikes') ?? NaN) + (opened.value(id, 'docks') ?? NaN)).toBe(properties.capacity);
});
