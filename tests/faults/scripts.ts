import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csv } from '../../engine/ui/csv.ts';
import { convert } from '../../tiles-pipeline/convert.ts';
import { startBrowser, type BrowserHarness, type OpenPage } from '../browser.ts';
import { FORMULAS, PAYLOADS } from '../payloads.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

interface Sinks { names: string[]; feed(name: string, payloads: readonly string[]): Promise<{ ran: number; suspects: string[] }> }

const CENTRE = [117.49, 30.66] as const;

/** A feature at a place of a grid, with a payload for every key and value that a feature can have. */
function feature(i: number, payload: string, geometry: (lon: number, lat: number) => object, more: object): object {
  const [lon, lat] = [CENTRE[0] + (i % 20) * 0.0004, CENTRE[1] + Math.floor(i / 20) * 0.0004];
  return { type: 'Feature', id: payload, properties: { id: `${i}${payload}`, name: payload, address: payload, 'addr:full': payload, 'addr:street': payload, 'addr:housenumber': payload, [payload]: payload, ...more }, geometry: geometry(lon, lat) };
}

const square = (lon: number, lat: number): object => ({ type: 'Polygon', coordinates: [[[lon, lat], [lon + 0.0002, lat], [lon + 0.0002, lat + 0.0002], [lon, lat + 0.0002], [lon, lat]]] });
const point = (lon: number, lat: number): object => ({ type: 'Point', coordinates: [lon, lat] });

/** A city all of whose texts are payloads. */
async function poisonedCity(folder: string): Promise<void> {
  const write = (name: string, features: object[]): string => {
    writeFileSync(join(folder, name), JSON.stringify({ type: 'FeatureCollection', features }));
    return join(folder, name);
  };
  await convert({
    inputs: [
      write('buildings.geojson', PAYLOADS.map((payload, i) => feature(i, payload, square, { building: payload, height: 10 + (i % 30) }))),
      write('places.geojson', PAYLOADS.map((payload, i) => feature(i, payload, point, { place: 'suburb' }))),
    ],
    out: join(folder, 'small'),
    declared: { title: PAYLOADS[0], source: [...PAYLOADS], surveyDate: PAYLOADS[1], reviewNumber: PAYLOADS[2], credits: PAYLOADS.map((text) => ({ text, url: text, licence: text })) },
  });
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ cities: [{ id: 'small', title: PAYLOADS[1], url: '/cities/small/city.json', live: false }] }));
}

const LOADED = "window.twin && ['buildings', 'places'].every((id) => window.twin.status(id).state === 'ready')";

/** The page counts what runs; nothing of ours makes such elements. */
const WATCH = "window.__name = (each) => each; window.ran = 0; window.pwn = () => { window.ran++; }; window.alert = window.pwn;";

/** How often a payload ran, and elements with handlers or script addresses anywhere in the page. */
function found(open: OpenPage): Promise<{ ran: number; suspects: string[] }> {
  return open.page.evaluate(async () => {
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    const suspects: string[] = [];
    const walk = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        const handlers = [...element.attributes].some(({ name, value }) => /^on/iu.test(name) || (/^(href|src|action|formaction|srcdoc)$/iu.test(name) && /^\s*(javascript|vbscript|data:text)/iu.test(value)));
        if (handlers || /^(iframe|object|embed|base|marquee|math)$/iu.test(element.tagName)) suspects.push(element.outerHTML.slice(0, 100));
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    return { ran: (window as unknown as { ran: number }).ran, suspects };
  });
}

type Step = readonly [sink: string, times: number, act: (open: OpenPage) => Promise<unknown>];

/** Every place of the planner that shows what somebody else wrote, and how each payload gets there. */
const STEPS: readonly Step[] = [
  ['card of a building (GeoJSON keys and values)', PAYLOADS.length, (open) => open.page.evaluate(async (payloads) => {
    const { twin } = window as unknown as { twin: { apply(patch: unknown, options?: unknown): void } };
    const root = document.querySelector('planner-card')!.shadowRoot!;
    for (const [i, payload] of payloads.entries()) {
      twin.apply([{ op: 'replace', path: '/selection', value: { layer: 'buildings', id: `${i}${payload}` } }], { undo: false });
      const before = root.textContent;
      for (let wait = 0; wait < 20 && root.textContent === before; wait++) await new Promise((resolve) => { setTimeout(resolve, 15); });
    }
  }, PAYLOADS)],
  ['search results', PAYLOADS.length, async (open) => {
    const field = open.page.locator('planner-bar input[role="combobox"]').first();
    for (const typed of ['<', 'pwn', 'script', 'javascript', 'img', '&lt', '%3C', "'", '"', '>']) {
      await field.fill(typed);
      await open.page.waitForTimeout(500);
    }
    await field.fill('');
  }],
  ['layer titles, dates, sources, page title', PAYLOADS.length, (open) => open.page.evaluate(async (payloads) => {
    const { twin } = window as unknown as { twin: { apply(patch: unknown, options?: unknown): void } };
    for (const payload of payloads) {
      const both = { zh: payload, en: payload };
      twin.apply([{ op: 'replace', path: '/title', value: both }, { op: 'replace', path: '/layers/buildings/title', value: both }, { op: 'add', path: '/layers/buildings/source', value: payload }, { op: 'add', path: '/layers/buildings/date', value: payload }], { undo: false });
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
  }, PAYLOADS)],
  ['legend and rule by a text of the data', PAYLOADS.length, async (open) => {
    await open.page.evaluate(() => (window as unknown as { twin: { apply(patch: unknown): void } }).twin.apply([{ op: 'add', path: '/layers/buildings/rule', value: { by: 'property', key: 'name', match: {} } }]));
    await open.page.locator('city-layers button[aria-expanded="false"]').first().click().catch(() => undefined);
    await open.page.waitForTimeout(1500);
  }],
  ['notices and error texts', PAYLOADS.length, (open) => open.page.evaluate(async (payloads) => {
    const { twin } = window as unknown as { twin: { add(layer: unknown, id: string): void } };
    for (const [i, payload] of payloads.entries()) {
      if (i % 4 === 0) { try { twin.add({ type: payload }, 'x'); } catch { /* The refusal is the point. */ } }
      dispatchEvent(new CustomEvent('x', { detail: payload }));
    }
    for (const payload of payloads.slice(0, 60)) {
      const data = new DataTransfer();
      data.items.add(new File([payload], `${payload}.json`));
      dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
  }, PAYLOADS)],
  ['file names and GeoJSON that was dropped', PAYLOADS.length, (open) => open.page.evaluate(async (payloads) => {
    const geojson = (payload: string): string => JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: { name: payload, [payload]: payload }, geometry: { type: 'Point', coordinates: [117.49, 30.66] } }] });
    const { twin } = window as unknown as { twin: { undo(): boolean } };
    for (const payload of payloads) {
      const data = new DataTransfer();
      data.items.add(new File([geojson(payload)], `${payload}.geojson`));
      dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      await new Promise((resolve) => { setTimeout(resolve, 12); });
      twin.undo();
    }
  }, PAYLOADS)],
  ['credits in full', PAYLOADS.length, async (open) => { await open.page.locator('city-credits button').first().click(); }],
  ['the list of affected buildings', PAYLOADS.length, async (open) => {
    await open.page.evaluate(() => (window as unknown as { twin: { apply(patch: unknown): void } }).twin.apply([{ op: 'replace', path: '/layers/emergency/options', value: { incidents: [{ id: 'incident-1', lon: 117.494, lat: 30.663, radius: 3000 }] } }]));
    await open.page.waitForTimeout(2500);
  }],
];

async function planner(harness: BrowserHarness, backend: string): Promise<Figure[]> {
  const open = await harness.open('/tests/pages/blank.html', { width: 640, height: 400 });
  await open.page.addInitScript(WATCH);
  await open.page.goto(`${harness.origin}/demo/planner/index.html?backend=${backend}&lang=zh&economy`);
  await open.until(LOADED, 120_000);
  const figures: Figure[] = [];
  for (const [sink, times, act] of STEPS) {
    await act(open);
    const { ran, suspects } = await found(open);
    figures.push({ what: `planner on ${backend}: ${sink}: payloads that ran${suspects[0] ? ` (${suspects[0]})` : ''}`, value: ran, unit: `of ${times}`, reach: '0, no element made', met: ran === 0 && suspects.length === 0 });
  }
  await open.close();
  return figures;
}

/** Addresses of the pages with payloads in every parameter; many stand in one. */
async function parameters(harness: BrowserHarness): Promise<Figure> {
  let ran = 0;
  let made = 0;
  const pages = ['/demo/planner/index.html', '/demo/embed/index.html', '/demo/wall/index.html'];
  const size = 20;
  let fed = 0;
  for (let at = 0; at < PAYLOADS.length; at += size) {
    const text = encodeURIComponent(PAYLOADS.slice(at, at + size).join(' '));
    const open = await harness.open('/tests/pages/blank.html', { width: 320, height: 200 });
    await open.page.addInitScript(WATCH);
    await open.page.goto(`${harness.origin}${pages[(at / size) % pages.length]}?city=${text}&scene=${text}&lang=${text}&backend=${text}&${text}=${text}#${text}`).catch(() => undefined);
    await open.page.waitForTimeout(1200);
    const seen = await found(open);
    ran += seen.ran;
    made += seen.suspects.length;
    fed += size;
    await open.close();
  }
  return { what: 'address parameters and fragment of planner, embed and wall: payloads that ran', value: ran, unit: `of ${fed}`, reach: '0', met: ran === 0 && made === 0 };
}

/** X01: every text of others in every place that shows one, without any policy. */
async function scripts(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-poison-'));
  const harness = await poisonedCity(folder).then(() => startBrowser({ mounts: { '/cities/small/': join(folder, 'small'), '/cities/': folder }, viewport: { width: 640, height: 400 } }));
  try {
    const figures: Figure[] = [];
    const open = await harness.open('/tests/pages/sinks.html', { width: 256, height: 256 });
    await open.until('window.sinksReady');
    for (const name of await open.page.evaluate(() => (window as unknown as { sinks: Sinks }).sinks.names)) {
      const { ran, suspects } = await open.page.evaluate(([name, payloads]) => (window as unknown as { sinks: Sinks }).sinks.feed(name, payloads), [name, PAYLOADS] as const);
      figures.push({ what: `widget ${name}: payloads that ran`, value: ran, unit: `of ${PAYLOADS.length}`, reach: '0, no element made', met: ran === 0 && suspects.length === 0 });
    }
    await open.close();
    for (const backend of ['three', 'cesium']) figures.push(...await planner(harness, backend));
    figures.push(await parameters(harness));
    const formulas = FORMULAS.filter((formula) => /^\s*[=+\-@＝＋－＠]/u.test(csv(['a'], [[formula]]).slice('\uFEFFa\r\n'.length).replace(/^"/u, '')));
    figures.push({ what: 'cells of a CSV that a spreadsheet would run', value: formulas.length, unit: `of ${FORMULAS.length}`, reach: '0', met: formulas.length === 0 });
    const sinks = figures.length;
    figures.push({ what: `sinks × payloads tried (${sinks} × ${PAYLOADS.length})`, value: sinks * PAYLOADS.length, unit: '', reach: null, met: true });
    return figures;
  } finally {
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = { X01: scripts };
