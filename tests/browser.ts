import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import { serveFolder } from '../demo/server/files.ts';
import { findChromium } from './install.mjs';
import { decodePng, type Pixels } from './png.ts';
import { repository } from './shared.ts';

/** Flags under which Chromium renders WebGL 2 in software, the same on every machine, and speaks to nobody. */
export const chromiumFlags: readonly string[] = [
  '--headless=new', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
  '--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-quic',
];

export interface BrowserOptions {
  /** Further folders served (with ranges): URL prefix with slashes at both ends → folder. */
  mounts?: Record<string, string>;
  /** Further flags of Chromium. */
  flags?: string[];
  viewport?: { width: number; height: number };
}

/** An opened page with all that went wrong on it. */
export interface OpenPage {
  page: Page;
  /** Console errors, uncaught exceptions and failed requests, in order. */
  errors: string[];
  /** All console lines as `type: text`. */
  log: string[];
  /** Waits until `expression` is truthy in the page (milliseconds; 60 s when not given). */
  until(expression: string, timeout?: number): Promise<void>;
  screenshot(): Promise<Pixels>;
  close(): Promise<void>;
}

export interface BrowserHarness {
  /** `http://127.0.0.1:port` of the page server. */
  readonly origin: string;
  readonly browser: Browser;
  /** Opens a page by its path in the repository (`/tests/pages/x.html?a=1`) in a context of its own. */
  open(path: string, viewport?: { width: number; height: number }): Promise<OpenPage>;
  close(): Promise<void>;
}

function sources(folder: string, found: string[] = []): string[] {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sources(path, found);
    else if (/\.(ts|html)$/.test(entry.name) && !/\.(test|bench|d)\.ts$/.test(entry.name)) found.push(path);
  }
  return found;
}

/** Packages that code for the browser imports. Named beforehand, so that the page server bundles them once, at start, and never reloads a page in mid test. */
function browserPackages(): string[] {
  const known = Object.keys((JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { dependencies: object }).dependencies);
  const server = /^(aedes|ws|geotiff)$/;
  const found = new Set<string>();
  for (const folder of ['engine', 'layers', 'workers', 'demo/planner', 'demo/embed', 'demo/examples', 'tests/pages']) {
    for (const path of sources(join(repository, folder))) {
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^'.#][^']*)'/g)) {
        const owner = known.find((each) => name === each || name.startsWith(`${each}/`));
        if (owner && !server.test(owner) && !name.includes('?') && !name.endsWith('.css')) found.add(name);
      }
    }
  }
  return [...found].toSorted();
}

/** What Vite's own client gives its modules, without its socket and reloads: a page under test is left alone. */
const quietClient = `
const sheets = new Map();
export function updateStyle(id, css) {
  const sheet = sheets.get(id) ?? document.head.appendChild(document.createElement('style'));
  sheets.set(id, sheet);
  sheet.textContent = css;
}
export function removeStyle(id) { sheets.get(id)?.remove(); sheets.delete(id); }
export function injectQuery(url) { return url; }
export function createHotContext() { return { accept() {}, dispose() {}, prune() {}, on() {}, off() {}, send() {}, data: {} }; }
export class ErrorOverlay {}
`;

async function startPages(mounts: Record<string, string>): Promise<ViteDevServer> {
  const include = browserPackages();
  const mark = createHash('sha256').update(JSON.stringify(include)).digest('hex').slice(0, 8);
  const server = await createServer({
    configFile: join(repository, 'vite.config.ts'),
    cacheDir: join(repository, '.cache/vite', `tests-${mark}`),
    logLevel: 'warn',
    optimizeDeps: { include, noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, hmr: false, ws: false, watch: null },
    plugins: [{
      name: 'mounts',
      configureServer(vite) {
        vite.middlewares.use('/@vite/client', (_request, response) => {
          response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(quietClient);
        });
        for (const [prefix, folder] of Object.entries(mounts)) {
          const handle = serveFolder(folder, { prefix });
          vite.middlewares.use((request, response, next) => void handle(request, response).then((done) => done || next(), next));
        }
      },
    }],
  });
  await server.listen();
  return server;
}

async function openPage(context: BrowserContext, url: string): Promise<OpenPage> {
  const page = await context.newPage();
  const errors: string[] = [];
  const log: string[] = [];
  page.on('console', (message) => {
    log.push(`${message.type()}: ${message.text()}`);
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('crash', () => errors.push('the page crashed'));
  await page.goto(url, { waitUntil: 'load' });
  return {
    page, errors, log,
    async until(expression, timeout = 60_000) {
      await page.waitForFunction(expression, undefined, { timeout }).catch((error: Error) => {
        throw new Error(`${expression}: ${error.message}\n${log.slice(-20).join('\n')}\n${errors.join('\n')}`, { cause: error });
      });
    },
    screenshot: async () => decodePng(await page.screenshot()),
    close: () => context.close(),
  };
}

/** Starts Chromium and a page server for the repository. Whoever starts it closes it; tests use `useBrowser`. */
export async function startBrowser(options: BrowserOptions = {}): Promise<BrowserHarness> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium: set CHROMIUM_PATH or run npm test, which installs one.');
  const [server, browser] = await Promise.all([
    startPages(options.mounts ?? {}),
    chromium.launch({ executablePath, args: [...chromiumFlags, ...(options.flags ?? [])] }),
  ]);
  const address = server.httpServer!.address() as { port: number };
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin, browser,
    async open(path, viewport = options.viewport ?? { width: 320, height: 180 }) {
      const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
      return openPage(context, new URL(path, origin).href);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Chromium and the page server for one test file: started before its first test, closed after its last. */
export function useBrowser(options: BrowserOptions = {}): BrowserHarness {
  let started: BrowserHarness | undefined;
  const now = (): BrowserHarness => started ?? (() => { throw new Error('The browser is there only inside tests'); })();
  beforeAll(async () => { started = await startBrowser(options); });
  afterAll(async () => { await started?.close(); });
  return {
    get origin() { return now().origin; },
    get browser() { return now().browser; },
    open: (path, viewport) => now().open(path, viewport),
    close: () => now().close(),
  };
}
