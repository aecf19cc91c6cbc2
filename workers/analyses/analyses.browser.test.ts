import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser, type OpenPage } from '../../tests/browser.ts';
import { repository } from '../../tests/shared.ts';
import { encodeFlatGeobuf } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { glbOf, tileServer, type TileServer } from '../loader/testing/tile-server.ts';
import { mercator } from './ground/city-map.ts';
import { madeTable } from './testing/made-city.ts';

const folder = join(repository, '.cache/tests/analyses-city');
const browser = useBrowser({ mounts: { '/city/': folder }, viewport: { width: 256, height: 256 } });
const bounds = [117, 30, 117.04, 30.04] as const;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  // The west half is water; one wide road runs along 30.02° north, in the east.
  writeFileSync(join(folder, 'areas.fgb'), encodeFlatGeobuf({ name: 'areas', geometry: 'Polygon', count: 1, columns: [{ name: 'kind', type: 'string' }], row: () => ({ rings: [Float64Array.of(117, 30, 117.02, 30, 117.0201, 30.04, 117, 30.04)], values: { kind: 'water' } }) }));
  writeFileSync(join(folder, 'roads.fgb'), encodeFlatGeobuf({ name: 'roads', geometry: 'LineString', count: 1, columns: [{ name: 'class', type: 'string' }, { name: 'lanes', type: 'ushort' }], row: () => ({ rings: [Float64Array.of(117.021, 30.02, 117.039, 30.02)], values: { class: 'primary', lanes: 8 } }) }));
  const count = 12_000;
  const table = madeTable([{ name: 'id', type: 'string', values: Array.from({ length: count }, (_, i) => `building-${i}`) }]);
  writeFileSync(join(folder, 'features.json'), table.json);
  writeFileSync(join(folder, 'features.bin'), table.bin);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function openPage(): Promise<OpenPage> {
  const opened = await browser.open('/workers/analyses/testing/analyses.html');
  await opened.until('window.paint');
  return opened;
}

/** The tile that holds a place, and where in it the place lies, in pixels of 256. */
function tileOf(lon: number, lat: number, level: number): { x: number; y: number; px: number; py: number } {
  const [mx, my] = mercator(lon, lat).map((part) => part * 2 ** level);
  return { x: Math.floor(mx), y: Math.floor(my), px: Math.floor((mx % 1) * 256), py: Math.floor((my % 1) * 256) };
}

test('a ground tile shows water, land and road where they are, by day and by night, and nothing outside', async () => {
  const opened = await openPage();
  const input = { areas: `${browser.origin}/city/areas.fgb`, roads: `${browser.origin}/city/roads.fgb`, bounds, size: 256 };
  const at = async (lon: number, lat: number, palette: 'day' | 'night'): Promise<number[]> => {
    const { x, y, px, py } = tileOf(lon, lat, 16);
    expect(await opened.page.evaluate((ask) => window.paint(ask), { ...input, level: 16, x, y, palette })).toBe(true);
    const { data, width } = await opened.screenshot();
    return [...data.subarray(4 * (py * width + px), 4 * (py * width + px) + 3)];
  };
  const [water, land, road] = [await at(117.01, 30.018, 'day'), await at(117.03, 30.012, 'day'), await at(117.03, 30.02, 'day')];
  expect(water[2] - water[0]).toBeGreaterThan(20);
  expect(Math.abs(land[0] - 212)).toBeLessThan(8);
  expect(Math.min(...road)).toBeGreaterThan(215);
  const [dark, lit] = [await at(117.01, 30.018, 'night'), await at(117.03, 30.02, 'night')];
  expect(Math.max(...dark)).toBeLessThan(110);
  expect(lit[0] - lit[2]).toBeGreaterThan(40);
  expect(await opened.page.evaluate((ask) => window.paint(ask), { ...input, level: 16, x: 3, y: 3 })).toBe(false);
  expect(opened.errors).toEqual([]);
  await opened.close();
});

test('12,000 buildings are recoloured from a worker, each time with the values of that time', async () => {
  const opened = await openPage();
  const times = await opened.page.evaluate((features) => window.restyle(features, 12_000, 8), `${browser.origin}/city/features.json`);
  console.log(`12,000 features restyled in ${times.map((time) => time.toFixed(1)).join(', ')} ms`);
  expect(Math.min(...times)).toBeLessThan(50);
  await opened.close();
});

test('in a browser too, nothing secret leaves its origin, and a redirect to elsewhere is not followed (T17, T18)', async () => {
  const servers: TileServer[] = [];
  const foreign = await tileServer((_request, response) => { response.end(glbOf()); });
  const own = await tileServer((_request, response, url) => {
    if (url.pathname === '/away.glb') response.writeHead(302, { Location: `${foreign.origin}/away.glb` }).end();
    else if (url.pathname === '/near.glb') response.writeHead(302, { Location: '/ok.glb' }).end();
    else response.setHeader('Set-Cookie', 'secret=canary; Path=/').end(glbOf());
  });
  servers.push(foreign, own);
  const opened = await openPage();
  await opened.page.context().addCookies([{ name: 'session', value: 'canary', url: own.origin }]);
  const load = (url: string, options: { headers?: Record<string, string>; allow?: string[] } = {}): Promise<string> =>
    opened.page.evaluate(([at, ask]) => window.load(at as string, ask as never), [url, { root: `${own.origin}/tileset.json?token=canary`, ...options }]);
  expect(await load(`${own.origin}/ok.glb`, { headers: { 'X-Key': 'canary' } })).toMatch(/^loaded/);
  expect(own.received.some((line) => line.includes('canary'))).toBe(true);
  expect(await load(`${foreign.origin}/x.glb`)).toMatch(/^forbidden-origin/);
  expect(foreign.received).toEqual([]);
  expect(await load(`${foreign.origin}/x.glb?token=canary`, { headers: { 'X-Key': 'canary' }, allow: [foreign.origin] })).toMatch(/^loaded/);
  expect(await load(`${own.origin}/near.glb`, { headers: { 'X-Key': 'canary' } })).toMatch(/^forbidden-origin.*redirects/);
  expect(await load(`${own.origin}/near.glb`, { headers: { 'X-Key': 'canary' }, allow: [foreign.origin] })).toMatch(/^loaded/);
  await load(`${own.origin}/away.glb`, { headers: { 'X-Key': 'canary' }, allow: [foreign.origin] });
  expect(foreign.received.length).toBeGreaterThan(0);
  expect(foreign.received.join('\n')).not.toContain('canary');
  await opened.close();
  await Promise.all(servers.map((server) => server.close()));
});
