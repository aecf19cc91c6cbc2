import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type CDPSession } from 'playwright-core';
import { build } from 'vite';
import { serveFolder, type Handler } from '../demo/server/files.ts';
import { convert } from '../tiles-pipeline/convert.ts';
import { chromiumFlags } from '../tests/browser.ts';
import { findChromium } from '../tests/install.mjs';
import { decodePng, type Pixels } from '../tests/png.ts';
import { hasShared, repository, shared } from '../tests/shared.ts';

interface Row { what: string; value: number | string; unit: string; reach: string | null; met: boolean }

const PAIRS = Number(process.env.PAIRS ?? 9);
const SIZE = { width: 640, height: 360 };
/** Milliseconds without a request and without a change of the picture after which a first, unmeasured visit takes the view to be complete. */
const QUIET = 10_000;
const MOST = 90_000;
const CACHE = join(repository, '.cache/bench/load');
const FOV = 45;

type Page = 'ours-three' | 'plain-three' | 'ours-cesium' | 'plain-cesium';
const PAGES: Readonly<Record<Page, string>> = {
  'ours-three': 'load-citymirror.html?backend=three', 'plain-three': 'load-three.html?', 'ours-cesium': 'load-citymirror.html?backend=cesium', 'plain-cesium': 'load-cesium.html?',
};

interface Visit {
  /** Milliseconds from the start of navigation to the last change of the picture. */
  readonly complete: number;
  readonly first: number;
  readonly picture: Pixels;
  readonly script: number;
  readonly tiles: number;
  readonly requests: number;
}

/** Buildings of the shared footprints of Shenzhen, as tiles; built once. */
async function city(): Promise<string> {
  if (!hasShared) throw new Error('The load bench needs the shared footprints.');
  const folder = join(CACHE, 'city');
  if (existsSync(join(folder, 'tileset.json'))) return folder;
  mkdirSync(CACHE, { recursive: true });
  await convert({ inputs: [shared('data/city/footprints-cn/shenzhen-nanshan-building.geojson')], out: folder, declared: {} });
  return folder;
}

/** What the bare engine asks its own server for, as its makers ship it. */
function engineFiles(): string {
  const folder = join(CACHE, 'cesium');
  const from = join(repository, 'node_modules/@cesium/engine');
  for (const [to, source] of [['Assets', 'Source/Assets'], ['Workers', 'Build/Workers'], ['ThirdParty', 'Build/ThirdParty']]) {
    if (!existsSync(join(folder, to)) && existsSync(join(from, source))) cpSync(join(from, source), join(folder, to), { recursive: true });
  }
  return folder;
}

/** The four pages as a portal would ship them. */
async function site(): Promise<string> {
  const outDir = join(CACHE, 'site');
  rmSync(outDir, { recursive: true, force: true });
  const input = Object.fromEntries(['citymirror', 'cesium', 'three'].map((name) => [name, join(repository, `bench/pages/load-${name}.html`)]));
  await build({ configFile: join(repository, 'vite.config.ts'), root: repository, logLevel: 'error', build: { outDir, emptyOutDir: true, rolldownOptions: { input } } });
  return outDir;
}

interface Host { readonly origin: string; sent(): { path: string; bytes: number }[]; last(): number; tiles(): number; close(): Promise<void> }

async function serve(folders: Record<string, string>): Promise<Host> {
  const handlers: Handler[] = Object.entries(folders).map(([prefix, folder]) => serveFolder(folder, { prefix }));
  let counted: { path: string; bytes: number }[] = [];
  let last = Date.now();
  const server = createServer((request, response) => {
    last = Date.now();
    const before = request.socket.bytesWritten;
    response.on('close', () => {
      last = Date.now();
      counted.push({ path: (request.url ?? '/').split('?', 1)[0], bytes: request.socket.bytesWritten - before });
    });
    void (async () => {
      for (const handle of handlers) if (await handle(request, response)) return;
      response.writeHead(404).end();
    })();
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, last: () => last, tiles: () => counted.filter(({ path }) => path.endsWith('.glb')).length,
    sent() { const since = counted; counted = []; return since; },
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(() => done()); }),
  };
}

/** What the compositor showed, and when: seen from outside the page, so that watching holds nothing up. */
class Watch {
  readonly #frames: { at: number; picture: Pixels }[] = [];
  #last = Date.now();

  constructor(session: CDPSession) {
    session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
      const picture = decodePng(Buffer.from(data, 'base64'));
      const before = this.#frames.at(-1)?.picture;
      if (before && !differs(before, picture)) return;
      this.#frames.push({ at: (metadata.timestamp ?? 0) * 1000, picture });
      this.#last = Date.now();
    });
  }

  /** Milliseconds since the picture last changed. */
  get quiet(): number {
    return Date.now() - this.#last;
  }

  /** Pictures that differ, with their moments on the machine's clock. The first is the empty page. */
  get frames(): readonly { at: number; picture: Pixels }[] {
    return this.#frames;
  }
}

/** Whether two pictures differ by more than noise: in five pixels of ten thousand, by more than a dozenth of a colour's range. */
function differs(a: Pixels, b: Pixels): boolean {
  if (a.width !== b.width || a.height !== b.height) return true;
  let different = 0;
  for (let i = 0; i < a.data.length; i += 4) if (Math.abs(a.data[i] - b.data[i]) + Math.abs(a.data[i + 1] - b.data[i + 1]) + Math.abs(a.data[i + 2] - b.data[i + 2]) > 60) different++;
  return different > a.data.length / 4 / 2000;
}

/** @param whole what the page looks like when all is there; null to find out */
async function visit(browser: Browser, host: Host, page: Page, query: string, whole: Pixels | null): Promise<Visit> {
  const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: 1 });
  const opened = await context.newPage();
  const wrong: string[] = [];
  opened.on('pageerror', (error) => wrong.push(error.message));
  const session = await context.newCDPSession(opened);
  const watch = new Watch(session);
  await session.send('Page.startScreencast', { format: 'png', maxWidth: 320, maxHeight: 180 });
  host.sent();
  try {
    await opened.goto(`${host.origin}/bench/pages/${PAGES[page]}&${query}`);
    const started = Date.now();
    const isWhole = (): boolean => whole === null
      ? host.tiles() > 3 && watch.frames.length > 1 && watch.quiet > QUIET && Date.now() - host.last() > QUIET
      : watch.frames.length > 0 && !differs(watch.frames.at(-1)!.picture, whole);
    do await opened.waitForTimeout(200);
    while (Date.now() - started < MOST && !isWhole());
    if (!isWhole()) throw new Error(`${page}: the view was not complete within ${MOST / 1000} s`);
    if (wrong.length > 0) throw new Error(`${page}: ${wrong[0]}`);
    if (process.env.PICTURES) await opened.screenshot({ path: join(process.env.PICTURES, `${page}.png`) });
    const begin = await opened.evaluate(() => performance.timeOrigin);
    const { frames } = watch;
    const end = whole ? frames.find(({ picture }) => !differs(picture, whole)) : frames.at(-1);
    const sent = host.sent();
    const tiles = sent.filter(({ path }) => path.startsWith('/city/'));
    const sum = (list: typeof sent): number => list.reduce((total, { bytes }) => total + bytes, 0);
    return { complete: end!.at - begin, first: (frames.find(({ at }) => at > begin) ?? end!).at - begin, picture: end!.picture, script: sum(sent) - sum(tiles), tiles: sum(tiles), requests: tiles.length };
  } finally {
    await context.close();
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const MB = (bytes: number): number => Math.round(bytes / 1e4) / 100;

function rowsOf(engine: string, pairs: readonly { ours: Visit; plain: Visit }[]): Row[] {
  const ratio = median(pairs.map(({ ours, plain }) => ours.complete / plain.complete));
  const name = engine === 'three' ? '3d-tiles-renderer' : 'Cesium';
  const of = (key: Exclude<keyof Visit, 'picture'>, side: 'ours' | 'plain'): number => median(pairs.map((pair) => pair[side][key]));
  const row = (what: string, value: number, unit: string, reach: string | null = null, met = true): Row => ({ what: `${engine}: ${what}`, value, unit, reach, met });
  return [
    row(`first view complete, of plain ${name}'s time (median of ${pairs.length} pairs; ${pairs.map(({ ours, plain }) => (ours.complete / plain.complete).toFixed(2)).join(' ')})`, Number(ratio.toFixed(3)), '×', '≤ 1.15', ratio <= 1.15),
    row('first view complete', Math.round(of('complete', 'ours')), 'ms'), row(`… plain ${name}`, Math.round(of('complete', 'plain')), 'ms'),
    row('first picture of any kind', Math.round(of('first', 'ours')), 'ms'), row(`… plain ${name}`, Math.round(of('first', 'plain')), 'ms'),
    row(`tiles, in ${of('requests', 'ours')} requests`, MB(of('tiles', 'ours')), 'MB'), row(`… plain ${name}, in ${of('requests', 'plain')} requests`, MB(of('tiles', 'plain')), 'MB'),
    row('scripts, workers and assets', MB(of('script', 'ours')), 'MB'), row(`… plain ${name}`, MB(of('script', 'plain')), 'MB'),
  ];
}

/** Time to a complete first view, pre-flight on, beside the bare engines on the same tileset, camera, canvas and server; the sides take turns, so that both meet the machine's moods. */
export async function run(): Promise<Row[]> {
  const host = await serve({ '/city/': await city(), '/cesium/': engineFiles(), '/': await site() });
  const browser = await chromium.launch({ executablePath: findChromium()!, args: [...chromiumFlags] });
  const query = `tileset=/city/tileset.json&fov=${FOV}&pose=113.93,22.505,900,20,-32`;
  try {
    const rows: Row[] = [];
    // What is complete is what each page looks like when nothing comes any more; packed copies are made meanwhile, so that nobody's measured visit pays for them.
    const whole = new Map<Page, Pixels>();
    for (const page of Object.keys(PAGES) as Page[]) whole.set(page, (await visit(browser, host, page, query, null)).picture);
    for (const engine of ['three', 'cesium'] as const) {
      const pairs: { ours: Visit; plain: Visit }[] = [];
      for (let i = 0; i < PAIRS; i++) {
        const sides: ('ours' | 'plain')[] = i % 2 === 0 ? ['ours', 'plain'] : ['plain', 'ours'];
        const pair: Partial<Record<'ours' | 'plain', Visit>> = {};
        for (const side of sides) pair[side] = await visit(browser, host, `${side}-${engine}`, query, whole.get(`${side}-${engine}`)!);
        pairs.push(pair as { ours: Visit; plain: Visit });
      }
      rows.push(...rowsOf(engine, pairs));
    }
    return rows;
  } finally {
    await browser.close();
    await host.close();
  }
}
