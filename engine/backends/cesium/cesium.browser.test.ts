import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from '../../../tests/browser.ts';
import { smallCity, type SmallCity } from '../../../tests/small-city.ts';

const COUNT = 300;
const mounts: Record<string, string> = {};
let city: SmallCity;
beforeAll(async () => {
  city = await smallCity(COUNT);
  mounts['/city/'] = city.folder;
  const tile = (JSON.parse(readFileSync(join(city.folder, 'tileset.json'), 'utf8')) as { root: object }).root;
  const write = (name: string, root: object): void => writeFileSync(join(city.folder, name), JSON.stringify({ asset: { version: '1.1' }, geometricError: 500, root }));
  write('bad-root.json', { ...tile, transform: 'no matrix' });
  write('bad-child.json', { ...tile, children: [{ ...tile, transform: 'no matrix' }] });
});
const browser = useBrowser({ mounts });
afterAll(() => city?.dispose());

interface Column { name: string; type: string; offset: number; byteLength: number }

/** A numeric column of features.bin by its name. */
function column(name: string): number[] {
  const { columns } = JSON.parse(readFileSync(join(city.folder, 'features.json'), 'utf8')) as { columns: Column[] };
  const { type, offset, byteLength } = columns.find((each) => each.name === name)!;
  const bytes = Uint8Array.from(readFileSync(join(city.folder, 'features.bin')).subarray(offset, offset + byteLength)).buffer;
  return [...(type === 'float64' ? new Float64Array(bytes) : type === 'uint16' ? new Uint16Array(bytes) : new Float32Array(bytes))];
}

/** Opens the bench page and gives its script `city`, `tilesOf(backend)` and `settle(backend, tiles)`. */
async function openBench(viewport = { width: 320, height: 180 }): ReturnType<typeof browser.open> {
  const opened = await browser.open('/tests/pages/cesium.html', viewport);
  await opened.until('window.ready', 90_000);
  await opened.page.evaluate(`
    window.city = new URL('/city/', location.href).href;
    window.tilesOf = (backend, more = {}) => backend.tiles({ url: city + 'tileset.json', features: ${COUNT}, order: 0, onIssue: (error) => bench.issues.push(error.code + ': ' + error.message), ...more });
    window.settle = (backend, tiles) => bench.run(backend, () => tiles.progress.complete && tiles.progress.loaded > 0, 60000);
  `);
  return opened;
}

const ABOVE = '{ lon: 117.49, lat: 30.66, height: 2500, heading: 0, pitch: -90, roll: 0 }';

test('Cesium reads back every feature of a dataset with the properties it was written with', async () => {
  const opened = await openBench();
  const features = await opened.page.evaluate(`(async () => {
    const backend = await bench.start({ pose: ${ABOVE} });
    const tiles = await tilesOf(backend, { detail: 0.01 });
    await settle(backend, tiles);
    const found = [];
    const walk = (tile) => {
      for (const child of tile.children) walk(child);
      if (tile.children.length > 0 || !tile.content) return;
      for (let i = 0; i < tile.content.featuresLength; i++) {
        const feature = tile.content.getFeature(i);
        found.push([feature.getProperty('feature'), feature.getProperty('height'), feature.getProperty('storeys') ?? 0, feature.getProperty('id')]);
      }
    };
    walk(tiles.tileset.root);
    const issues = bench.issues;
    backend.dispose();
    return { found, issues };
  })()`) as { found: [number, number, number, string][]; issues: string[] };
  expect(features.issues).toEqual([]);
  const found = features.found.toSorted((a, b) => a[0] - b[0]);
  expect(found.map(([number]) => number)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  expect(found.map(([, height]) => height)).toEqual(column('height'));
  expect(found.map(([, , storeys]) => storeys)).toEqual(column('storeys'));
  expect(new Set(found.map(([, , , id]) => id)).size).toBe(COUNT);
  expect(opened.errors).toEqual([]);
  await opened.close();
});

test('a pick from above finds the feature that stands there, and not one that is hidden', async () => {
  const lon = column('lon');
  const lat = column('lat');
  const sample = [3, 70, 140, 211, 299];
  const opened = await openBench({ width: 256, height: 256 });
  const hits = await opened.page.evaluate(`(async () => {
    const backend = await bench.start({ pose: ${ABOVE} });
    const tiles = await tilesOf(backend);
    const out = [];
    const style = new Uint8Array(4 * ${COUNT}).map((_, i) => (i % 4 === 3 ? 1 : 0));
    for (const [i, lon, lat] of ${JSON.stringify(sample.map((i) => [i, lon[i], lat[i]]))}) {
      await backend.look({ lon, lat, height: 400, heading: 0, pitch: -90, roll: 0 });
      await settle(backend, tiles);
      tiles.style(null);
      const seen = await backend.surfaceAt(128, 128);
      style[4 * i + 3] = 0;
      tiles.style({ width: ${COUNT}, height: 1, data: style });
      backend.frame(1);
      const hidden = await backend.surfaceAt(128, 128);
      style[4 * i + 3] = 1;
      out.push({ number: seen?.feature?.number, height: seen?.height, hidden: hidden?.feature?.number ?? null });
    }
    backend.dispose();
    return out;
  })()`) as { number: number; height: number; hidden: number | null }[];
  expect(hits.map(({ number }) => number)).toEqual(sample);
  const base = column('base');
  const height = column('height');
  for (const [k, i] of sample.entries()) {
    expect(hits[k].hidden).not.toBe(i);
    expect(Math.abs(hits[k].height - base[i] - height[i])).toBeLessThan(0.3);
  }
  await opened.close();
});

test('what cannot be had is said and stops nothing else', async () => {
  const opened = await openBench();
  const said = await opened.page.evaluate(`(async () => {
    const backend = await bench.start({ pose: ${ABOVE} });
    const entry = await tilesOf(backend, { url: city + 'nowhere.json' }).catch((error) => error.code);
    const broken = await tilesOf(backend, { url: city + 'city.json' }).catch((error) => error.code);
    const root = await tilesOf(backend, { url: city + 'bad-root.json' }).catch((error) => error.code);
    let lost = false;
    backend.lost.then(() => { lost = true; });
    const child = await tilesOf(backend, { url: city + 'bad-child.json', onIssue: () => {} });
    let drawn = 0;
    await bench.run(backend, () => (backend.requestFrame(), ++drawn > 5));
    child.dispose();
    const terrain = await backend.terrain({ url: city + 'nowhere/layer.json', bounds: [117, 30, 118, 31] }).catch((error) => error.code);
    const tiles = await tilesOf(backend);
    await settle(backend, tiles);
    const loaded = tiles.progress.loaded;
    backend.dispose();
    const assets = await bench.start({ assets: new URL('/nothing/', location.href).href }).catch((error) => [error.code, error.message]);
    return { entry, broken, root, lost, terrain, loaded, assets, left: document.querySelector('#view').children.length };
  })()`) as { entry: string; broken: string; root: string; lost: boolean; terrain: string; loaded: number; assets: [string, string]; left: number };
  expect(said).toMatchObject({ entry: 'not-found', broken: 'bad-input', root: 'bad-input', lost: false, terrain: 'not-found', left: 0 });
  expect(said.loaded).toBeGreaterThan(0);
  expect(said.assets[0]).toBe('assets-missing');
  expect(said.assets[1]).toContain('citymirror assets');
  await opened.close();
});

test('a lost context is told once, and a new view on the same page shows the same', async () => {
  const opened = await openBench();
  const result = await opened.page.evaluate(`(async () => {
    const pose = { lon: 117.49, lat: 30.652, height: 500, heading: 0, pitch: -30, roll: 0 };
    const show = async () => {
      const backend = await bench.start({ pose });
      const tiles = await tilesOf(backend);
      await settle(backend, tiles);
      let n = 0;
      await bench.run(backend, () => (backend.requestFrame(), ++n > 2));
      backend.requestFrame();
      backend.frame(1);
      const paper = new OffscreenCanvas(320, 180).getContext('2d');
      paper.drawImage(backend.canvas, 0, 0, 320, 180);
      return { backend, pixels: paper.getImageData(0, 0, 320, 180).data };
    };
    const first = await show();
    let told = 0;
    first.backend.lost.then(() => told++);
    first.backend.native.context._gl.getExtension('WEBGL_lose_context').loseContext();
    await Promise.race([first.backend.lost, new Promise((_, no) => setTimeout(() => no(new Error('not told')), 3000))]);
    const after = first.backend.frame(2);
    first.backend.dispose();
    const second = await show();
    let differ = 0;
    for (let i = 0; i < first.pixels.length; i += 4) if (Math.abs(first.pixels[i] - second.pixels[i]) > 6) differ++;
    second.backend.dispose();
    return { told, after, share: differ / (first.pixels.length / 4), issues: bench.issues };
  })()`) as { told: number; after: boolean; share: number; issues: string[] };
  expect(result).toMatchObject({ told: 1, after: false, issues: [] });
  expect(result.share).toBeLessThanOrEqual(0.001);
  await opened.close();
});

test('five views made and ended, some before they were ready, leave nothing behind', async () => {
  const opened = await openBench();
  const left = await opened.page.evaluate(`(async () => {
    const contexts = [];
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (...args) {
      const context = original.apply(this, args);
      if (args[0] === 'webgl2' && context) contexts.push(context);
      return context;
    };
    const workers = new Set();
    const NativeWorker = window.Worker;
    window.Worker = class extends NativeWorker {
      constructor(...args) { super(...args); workers.add(this); }
      terminate() { workers.delete(this); super.terminate(); }
    };
    const nodes = () => document.querySelectorAll('*').length;
    const before = nodes();
    for (let i = 0; i < 5; i++) {
      const backend = await bench.start({ pose: ${ABOVE} });
      const loading = tilesOf(backend).then((tiles) => tiles, (error) => error.code);
      if (i % 2 === 0) { const tiles = await loading; await settle(backend, tiles); }
      backend.draw({ kind: 'points', anchor: { lon: 117.49, lat: 30.66, height: 0 }, epoch: 0, order: 500, ids: null, places: new Float32Array(3), colours: new Uint8Array(4), size: 5, symbol: 'dot', stem: 0, motion: null });
      backend.frame(i);
      backend.dispose();
      backend.dispose();
      await loading;
    }
    HTMLCanvasElement.prototype.getContext = original;
    const end = performance.now() + 5000;
    while (workers.size > 0 && performance.now() < end) await new Promise((next) => setTimeout(next, 100));
    return { workers: workers.size, nodes: nodes() - before, contexts: contexts.length, alive: contexts.filter((gl) => !gl.isContextLost()).length, issues: bench.issues };
  })()`) as { workers: number; nodes: number; contexts: number; alive: number; issues: string[] };
  expect(left).toEqual({ workers: 0, nodes: 0, contexts: 5, alive: 0, issues: [] });
  expect(opened.errors).toEqual([]);
  await opened.close();
});

test('nothing it does breaks a strict policy', async () => {
  const opened = await browser.open('/tests/pages/cesium-strict.html');
  await expect.poll(() => opened.page.title(), { timeout: 90_000, interval: 500 }).toMatch(/^\{/);
  expect(JSON.parse(await opened.page.title())).toEqual({ violations: [], issues: [], hit: true, watched: true });
  await opened.close();
});
