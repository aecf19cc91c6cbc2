import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'flatgeobuf/lib/mjs/geojson.js';
import { afterAll, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import type { FeedSpec, FeedWish } from '../../engine/ports.ts';
import { startMosquitto } from './testing/mosquitto.ts';
import { ANCHOR } from './testing/standing-feed.ts';

const folder = mkdtempSync(join(tmpdir(), 'feed-'));
const line = (lat: number): number[][] => [[117.48, lat], [117.54, lat]];
writeFileSync(
  join(folder, 'roads.fgb'),
  serialize({ type: 'FeatureCollection', features: [30.66, 30.67].map((lat, k) => ({ type: 'Feature', properties: { id: `r${k}`, class: 'primary', lanes: 4, oneway: false, speed: 60 }, geometry: { type: 'LineString', coordinates: line(lat) } })) }),
);
writeFileSync(join(folder, 'dem.json'), JSON.stringify({ west: 117.4, south: 30.6, east: 117.6, north: 30.7, width: 2, height: 2, noData: null, datum: 'ellipsoid' }));
writeFileSync(join(folder, 'dem.bin'), new Uint8Array(new Float32Array([40, 40, 20, 20]).buffer));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const browser = useBrowser({ mounts: { '/feed-data/': folder } });

test('in a browser: a worker of its own speaks MQTT, reads roads and heights, and ends with its last feed', async () => {
  const broker = await startMosquitto();
  const publisher = spawn(process.execPath, [fileURLToPath(new URL('./testing/publisher.mjs', import.meta.url)), broker.tcp, '1000', '2', '50'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const opened = await browser.open('/workers/feeds/testing/feed.html');
  try {
    await opened.until('window.feedPage');
    const spec: FeedSpec = { transport: 'mqtt', url: broker.url, topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 3, retry: { first: 0.1, cap: 0.4 } };
    const wish: FeedWish = { anchor: ANCHOR, as: 'points', lag: 2.5, colour: '#ffffff', lift: 1, capacity: 2000, roads: '/feed-data/roads.fgb', dem: '/feed-data/dem.json' };
    await opened.page.evaluate(([spec, wish]) => window.feedPage.open(spec as FeedSpec, wish as FeedWish), [spec, wish] as const);
    await opened.until('window.feedPage.status?.ids === 1000 && window.feedPage.updates > 1000', 30_000);
    expect(await opened.page.evaluate(() => window.feedPage.status)).toMatchObject({ state: 'live', issues: [], ledger: { rejected: 0 } });
    const seen = await opened.page.evaluate(async () => {
      const feed = window.feedPage.feed;
      const columns = await feed!.columns(Date.now() / 1000);
      return { reading: await feed!.reading('car-7', Date.now() / 1000), count: columns.ids.length, z: columns.places[2], workers: window.feedPage.resets };
    });
    // Car 7 reports on the street's middle line and is shown on a lane of it, on the ground that rises from 20 to 40 m.
    expect(seen).toMatchObject({ count: 1000, workers: 1, reading: { id: 'car-7', height: expect.closeTo(32, 0) } });
    expect(Math.abs((seen.reading?.lat ?? 0) - 30.66)).toBeLessThan(0.0001);

    await broker.kill();
    await opened.until("window.feedPage.status.state === 'stale'", 10_000);
    await broker.start();
    await opened.until("window.feedPage.status.state === 'live' && window.feedPage.status.reconnects === 1", 20_000);
    expect(await opened.page.evaluate(() => window.feedPage.issues)).toEqual([]);

    expect(opened.page.workers()).toHaveLength(1);
    await opened.page.evaluate(() => window.feedPage.end());
    await expect.poll(() => opened.page.workers().length, { timeout: 8000 }).toBe(0);
  } finally {
    publisher.kill('SIGKILL');
    await opened.close();
    await broker.end();
  }
});
