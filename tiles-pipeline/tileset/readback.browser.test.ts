import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geojson } from 'flatgeobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import { convert } from '../convert.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';

const COUNT = 3000;
const city = mkdtempSync(join(tmpdir(), 'citymirror-readback-'));
const browser = useBrowser({ mounts: { '/readback-city/': city } });

beforeAll(async () => {
  const folder = await workFolder();
  await convert({ inputs: [await folder.put('buildings.geojson', collection(seededBuildings(COUNT)))], out: city });
  await folder.drop();
});
afterAll(() => rm(city, { recursive: true, force: true }));

test('Cesium reads every leaf back: the same count and the same properties as the companion', async () => {
  const { page, until, close } = await browser.open('/tests/pages/readback.html');
  await until('window.ready');
  const rows = await page.evaluate(() => (window as unknown as { readBack(url: string): Promise<Record<string, unknown>[]> }).readBack('/readback-city/tileset.json'));
  const companion = new Map<number, Record<string, unknown>>();
  for await (const feature of geojson.deserialize(new Uint8Array(await readFile(join(city, 'buildings.fgb'))))) {
    const { properties } = feature as unknown as { properties: Record<string, unknown> };
    companion.set(Number(properties.feature), { name: '', address: '', ...properties });
  }
  expect(rows.length).toBe(COUNT);
  expect(companion.size).toBe(COUNT);
  for (const row of rows) expect(row).toEqual(companion.get(Number(row.feature)));
  await close();
});
