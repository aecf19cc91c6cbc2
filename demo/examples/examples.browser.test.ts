import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bikeShare } from '../server/bike-share.ts';
import { startBrowser, type BrowserHarness } from '../../tests/browser.ts';
import { pipes, smallCity, type SmallCity } from '../../tests/small-city.ts';

let city: SmallCity;
let list: string;
let harness: BrowserHarness;

beforeAll(async () => {
  city = await smallCity(120, { 'pipes.geojson': pipes() });
  list = mkdtempSync(join(tmpdir(), 'citymirror-list-'));
  writeFileSync(join(list, 'index.json'), JSON.stringify({ cities: ['sample', 'other'].map((id) => ({ id, title: id, url: `/cities/${id}/city.json`, live: false })) }));
  for (const [path, file] of Object.entries(bikeShare('', [117.49, 30.66]))) writeFileSync(join(list, path.slice(1)), JSON.stringify(file()));
  harness = await startBrowser({ mounts: { '/feeds/bikes/': list, '/cities/sample/': city.folder, '/cities/other/': city.folder, '/cities/': list }, viewport: { width: 320, height: 180 } });
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
  ['/demo/examples/bikes/index.html?', "twin.status('bikes-1').count === 48 && document.querySelector('header p').textContent.startsWith('48 stations')"],
  ['/demo/examples/incident/index.html?', "document.querySelector('header p').textContent.includes('building')"],
  ['/demo/examples/minimal/index.html?backend=cesium&', "twin.status('tiles-1').state === 'ready'"],
  ['/demo/examples/two-places/index.html?', "twin.status('buildings-sample').state === 'ready' && twin.status('buildings-other').state === 'ready'"],
  ['/demo/examples/own-layer/index.html?', "twin.status('ring-1').count === 36"],
  ['/demo/examples/surfaces/index.html?', "twin.status('sensor-1').state !== 'loading'"],
  ['/demo/examples/alerts/index.html?', "document.querySelector('city-alarms').shadowRoot.querySelector('.alarms') !== null"],
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

  test.each([
    ['live-traffic', "document.querySelector('header p').textContent === 'Waiting for the first reading'"],
    ['vehicles', "document.querySelector('header p').textContent === 'Waiting for the first reading' && document.querySelector('header button').textContent === 'Follow one'"],
    ['congestion', "document.querySelector('header p').textContent !== '' && document.querySelector('city-events').shadowRoot.querySelector('h2').textContent === 'What happened'"],
  ])('the page %s says that it waits while its broker is not there, and goes on', async (page, waits) => {
    const open = await harness.open(`/demo/examples/${page}/index.html?lang=en&economy`);
    await open.until(`window.twin && ${waits}`, 60_000);
    await open.until("['failed', 'connecting', 'loading', 'stale', 'ready'].includes(twin.status('traffic-1').state) && twin.status('tiles-1').state === 'ready'", 60_000);
    expect(open.errors.filter((error) => !/WebSocket/u.test(error))).toEqual([]);
    await open.close();
  });

  test('a bike station is found under the pointer, and its card says its name and its bikes', async () => {
    const open = await harness.open('/demo/examples/bikes/index.html?lang=en&economy');
    await open.until("window.twin && twin.status('bikes-1').count === 48", 60_000);
    const card = await open.page.evaluate(async () => {
      interface Hit { readonly layer: string }
      const { twin } = window as unknown as { twin: { pick(x: number, y: number): Promise<Hit | null>; describe(hit: Hit): Promise<{ title: { en: string }; rows: { label: { en: string }; value: string }[] } | null> } };
      for (let y = 64; y < 170; y += 6) {
        for (let x = 40; x < 280; x += 6) {
          const hit = await twin.pick(x, y);
          if (hit?.layer === 'bikes-1') return twin.describe(hit);
        }
      }
      return null;
    });
    expect(card?.title.en).toMatch(/路站$/u);
    expect(card?.rows.map(({ label, value }) => [label.en, Number(value) >= 0])).toEqual([['Bikes', true], ['Docks', true], ['Capacity', true]]);
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('the list of examples leads to each', async () => {
    const open = await harness.open('/demo/examples/index.html?lang=en');
    const links = await open.page.locator('a').evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).getAttribute('href')));
    expect(links).toHaveLength(21);
    expect(open.errors).toEqual([]);
    await open.close();
  });
});
