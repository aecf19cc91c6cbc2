import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type BrowserHarness } from '../../tests/browser.ts';
import { pipes, smallCity, type SmallCity } from '../../tests/small-city.ts';

let city: SmallCity;
let list: string;
let harness: BrowserHarness;

beforeAll(async () => {
  city = await smallCity(120, { 'pipes.geojson': pipes() });
  list = mkdtempSync(join(tmpdir(), 'citymirror-list-'));
  writeFileSync(join(list, 'index.json'), JSON.stringify({ cities: ['sample', 'other'].map((id) => ({ id, title: id, url: `/cities/${id}/city.json`, live: false })) }));
  harness = await startBrowser({ mounts: { '/cities/sample/': city.folder, '/cities/other/': city.folder, '/cities/': list }, viewport: { width: 320, height: 180 } });
});
afterAll(async () => {
  await harness?.close();
  await city?.dispose();
  rmSync(list, { recursive: true, force: true });
});

/** Every page, every fourth of them on Cesium too. What it must have shown beside a picture is an expression. */
const PAGES: readonly (readonly [string, string])[] = [
  ['/demo/examples/minimal/index.html?', "twin.status('tiles-1').state === 'ready'"],
  ['/demo/examples/colour-by-rule/index.html?', "twin.legend('tiles-1') && twin.status('meters-1').count === 120"],
  ['/demo/examples/incident/index.html?', "document.querySelector('header p').textContent.includes('building')"],
  ['/demo/examples/minimal/index.html?backend=cesium&', "twin.status('tiles-1').state === 'ready'"],
  ['/demo/examples/two-places/index.html?', "twin.status('buildings-sample').state === 'ready' && twin.status('buildings-other').state === 'ready'"],
  ['/demo/examples/own-layer/index.html?', "twin.status('ring-1').count === 36"],
  ['/demo/examples/underground/index.html?', "document.querySelector('header p').textContent.startsWith('18 pipes') && twin.status('pipeline-1').state === 'ready'"],
  ['/demo/examples/instances/index.html?', "twin.status('avenue-1').count === 240"],
  ['/demo/embed/element.html?', "twin.status('tiles-1').state === 'ready'"],
  ['/demo/examples/own-layer/index.html?backend=cesium&', "twin.status('ring-1').count === 36"],
];

describe('example pages', () => {
  test.each(PAGES)('%s opens without an error and shows something', async (path, shown) => {
    const open = await harness.open(`${path}lang=en&economy`);
    await open.until(`window.twin && (${shown})`, 90_000);
    let seen = 0;
    for (let tries = 0; tries < 40 && seen < 10; tries++) {
      await open.page.waitForTimeout(400);
      const { data } = await open.screenshot();
      const found = new Set<number>();
      for (let at = 0; at < data.length; at += 20) found.add(((data[at] >> 4) << 8) | ((data[at + 1] >> 4) << 4) | (data[at + 2] >> 4));
      seen = found.size;
    }
    expect(seen).toBeGreaterThanOrEqual(10);
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('the live page says that it waits while its broker is not there, and goes on', async () => {
    const open = await harness.open('/demo/examples/live-traffic/index.html?lang=en&economy');
    await open.until("document.querySelector('header p').textContent === 'Waiting for the first reading'", 60_000);
    await open.until("['failed', 'connecting', 'loading', 'stale', 'ready'].includes(twin.status('traffic-1').state) && twin.status('tiles-1').state === 'ready'", 60_000);
    expect(open.errors.filter((error) => !/WebSocket/u.test(error))).toEqual([]);
    await open.close();
  });

  test('the list of examples leads to each', async () => {
    const open = await harness.open('/demo/examples/index.html?lang=en');
    const links = await open.page.locator('a').evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).getAttribute('href')));
    expect(links).toHaveLength(15);
    expect(open.errors).toEqual([]);
    await open.close();
  });
});
