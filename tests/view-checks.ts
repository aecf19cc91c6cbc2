import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserHarness, OpenPage } from './browser.ts';
import type { Held } from './pages/counters.ts';
import type { Pixels } from './png.ts';
import { convert } from '../tiles-pipeline/convert.ts';

/** A little city made of ordinary files: a grid of blocks, a few streets, one lake. Where it is put is the caller's to remove. */
export async function smallCity(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-view-'));
  const lon = (x: number): number => 117.49 + x / 95_700;
  const lat = (y: number): number => 30.66 + y / 110_860;
  const ring = (x: number, y: number, w: number, d: number): number[][] => [[x, y], [x + w, y], [x + w, y + d], [x, y + d], [x, y]].map(([px, py]) => [lon(px), lat(py)]);
  const features: object[] = [];
  for (let i = -5; i < 5; i++)
    for (let j = -5; j < 5; j++) {
      const height = 9 + ((i * i * 7 + j * j * 13) % 60);
      features.push({ type: 'Feature', properties: { id: `b${i}_${j}`, height, building: 'yes', use: 'residential' }, geometry: { type: 'Polygon', coordinates: [ring(i * 80 + 10, j * 80 + 10, 50, 40)] } });
    }
  for (let k = -5; k <= 5; k++) {
    features.push({ type: 'Feature', properties: { id: `ew${k}`, class: 'secondary', lanes: 4, name: '横街' }, geometry: { type: 'LineString', coordinates: Array.from({ length: 11 }, (_, i) => [lon((i - 5) * 80), lat(k * 80)]) } });
    features.push({ type: 'Feature', properties: { id: `ns${k}`, class: 'secondary', lanes: 4, name: '纵街' }, geometry: { type: 'LineString', coordinates: Array.from({ length: 11 }, (_, i) => [lon(k * 80), lat((i - 5) * 80)]) } });
  }
  features.push({ type: 'Feature', properties: { kind: 'water', name: '小湖' }, geometry: { type: 'Polygon', coordinates: [ring(420, -300, 200, 500)] } });
  const source = join(folder, 'small.geojson');
  writeFileSync(source, JSON.stringify({ type: 'FeatureCollection', features }));
  await convert({ inputs: [source], out: join(folder, 'city') });
  return { folder: join(folder, 'city'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Share of pixels (0 … 1) in which two pictures differ by more than 6 of 255 in any channel. */
export function difference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let i = 0; i < a.data.length; i += 4) if (Math.abs(a.data[i] - b.data[i]) > 6 || Math.abs(a.data[i + 1] - b.data[i + 1]) > 6 || Math.abs(a.data[i + 2] - b.data[i + 2]) > 6) different++;
  return different / (a.data.length / 4);
}

/** Colours that differ clearly in a picture: 1 means blank. */
export function variety(picture: Pixels): number {
  const seen = new Set<number>();
  for (let i = 0; i < picture.data.length; i += 4) seen.add(((picture.data[i] >> 4) << 8) | ((picture.data[i + 1] >> 4) << 4) | (picture.data[i + 2] >> 4));
  return seen.size;
}

/** Waits until the picture no longer changes: two in a row alike, some time apart. */
export async function settled(open: OpenPage, seconds = 30): Promise<Pixels> {
  const end = Date.now() + seconds * 1000;
  let last = await open.screenshot();
  for (;;) {
    await open.page.waitForTimeout(400);
    const next = await open.screenshot();
    if (difference(last, next) === 0 && variety(next) > 8) return next;
    if (Date.now() > end) throw new Error(`The picture had not settled after ${seconds} s (${variety(next)} colours, ${(difference(last, next) * 100).toFixed(2)} % still changing)`);
    last = next;
  }
}

export interface Blink {
  seconds: number;
  share: number;
  sameState: boolean;
}

/** Loses the context of a mounted twin and waits for the same picture. @param lose how; by default as the extension for it does */
export async function blink(open: OpenPage, lose: () => Promise<unknown> = () => open.page.evaluate(() => window.lab.loseContext())): Promise<Blink> {
  const before = await settled(open);
  const state = await open.page.evaluate(() => window.lab.twins.get('map')!.digest(0));
  const start = Date.now();
  await open.page.evaluate(() => {
    const twin = window.lab.twins.get('map')!;
    Object.assign(window, { back: new Promise<void>((resolve) => { const off = twin.on('backend', () => { off(); resolve(); }); }) });
  });
  await lose();
  await open.page.evaluate(() => Promise.race([(window as unknown as { back: Promise<void> }).back, new Promise((resolve) => { setTimeout(resolve, 20_000); })]));
  let seconds = 0;
  let share = 1;
  while (Date.now() - start < 20_000) {
    share = difference(before, await open.screenshot());
    seconds = (Date.now() - start) / 1000;
    if (share <= 0.001) break;
    await open.page.waitForTimeout(100);
  }
  const after = await open.page.evaluate(() => window.lab.twins.get('map')!.digest(0));
  return { seconds, share, sameState: state === after };
}

/** Mounts and unmounts; what the page holds afterwards less what it held before, after two rounds of warm-up. `mid`: ends while loading. */
export async function remount(open: OpenPage, options: object, rounds: number, mid: boolean): Promise<Held> {
  return open.page.evaluate(async ({ options, rounds, mid }) => {
    const { lab } = window;
    const once = async (early: boolean): Promise<void> => {
      const twin = await lab.mount(options);
      if (!early) await new Promise<void>((done) => setTimeout(done, 300));
      await twin.dispose();
      lab.twins.delete('map');
    };
    await once(false);
    await once(true);
    const rest = (): Promise<void> => new Promise((done) => setTimeout(done, 700));
    await rest();
    const before = lab.held();
    for (let i = 0; i < rounds; i++) await once(mid && i % 2 === 1);
    await rest();
    const after = lab.held();
    return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - before[key as keyof Held]])) as unknown as Held;
  }, { options, rounds, mid });
}

declare global {
  interface Window {
    lab: {
      mount(options?: object, where?: string): Promise<import('../layers/citymirror.ts').CityTwin>;
      unmount(where?: string): Promise<void>;
      loseContext(where?: string): void;
      held(): Held;
      errors: string[];
      twins: Map<string, import('../layers/citymirror.ts').CityTwin>;
    };
  }
}

/** Opens the test page and mounts one twin with the small city served under /city/. */
export async function openTwin(harness: BrowserHarness, backend: string, viewport = { width: 256, height: 256 }): Promise<OpenPage> {
  const open = await harness.open('/tests/pages/twin.html', viewport);
  await open.until('window.labReady');
  await open.page.evaluate((backend) => window.lab.mount({ backend, city: '/city/city.json' }).then(() => {}), backend);
  await open.until(`['ground', 'buildings'].every((id) => window.lab.twins.get('map').status(id).state === 'ready')`);
  return open;
}
