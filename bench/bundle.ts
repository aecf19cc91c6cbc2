import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { chromiumFlags } from '../tests/browser.ts';
import { findChromium } from '../tests/install.mjs';
import { startHost, type Sent } from '../tests/package/host.ts';
import { packAndInstall } from '../tests/package/installed.ts';
import { look } from '../tests/package/look.ts';
import { buildVite, writePlain } from '../tests/package/portals.ts';
import { smallCity } from '../tests/view-checks.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

/** What only the one engine's code says: by these words its files are known. */
const WORDS = { three: 'THREE.WebGLRenderer', cesium: 'czm_modelViewProjection' } as const;
type Backend = keyof typeof WORDS;

const kB = (bytes: number): number => Math.round(bytes / 100) / 10;
const sum = (sent: readonly Sent[]): number => sent.reduce((total, { bytes }) => total + bytes, 0);

/** Scripts of a folder that hold an engine, as paths a page asks for. */
function holding(folder: string, backend: Backend): Set<string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js') && !name.startsWith('citymirror-assets'));
  return new Set(paths.filter((name) => readFileSync(join(folder, name), 'utf8').includes(WORDS[backend])).map((name) => `/${name.replaceAll('\\', '/')}`));
}

interface Weighed {
  readonly page: number;
  readonly workers: number;
  readonly mqtt: number;
  /** The engine's own workers, decoders and their mark. */
  readonly assets: number;
  readonly own: number;
  readonly other: number;
}

/** Opens the README's portal until its buildings are shown and its vehicles live; what was sent for it, in bytes as packed by the server. */
async function weigh(browser: Browser, folder: string, city: string, backend: Backend): Promise<Weighed> {
  const host = await startHost({ '/city/': city, '/': folder });
  try {
    const { scripts, ...wrong } = await look(browser, `${host.origin}/${backend}/`, true);
    if (wrong.errors.length + wrong.faults.length + wrong.refused.length > 0) throw new Error(`The ${backend} portal is not sound: ${JSON.stringify(wrong)}`);
    const sent = host.sent().filter(({ path }) => !path.startsWith('/city/'));
    const assets = sent.filter(({ path }) => path.startsWith('/citymirror-assets/'));
    const code = sent.filter((one) => one.path.endsWith('.js') && !assets.includes(one) && one.path !== '/watch.js');
    const page = new Set(scripts.filter((path) => !/\.worker\b/.test(path)));
    const of = (engine: Backend): number => { const known = holding(folder, engine); return sum(code.filter(({ path }) => known.has(path))); };
    return {
      page: sum(code.filter(({ path }) => page.has(path))), workers: sum(code.filter(({ path }) => !page.has(path))), mqtt: sum(code.filter(({ path }) => /\/mqtt\b/.test(path))),
      assets: sum(assets), own: of(backend), other: of(backend === 'three' ? 'cesium' : 'three'),
    };
  } finally {
    await host.close();
  }
}

function rowsOf(kind: string, backend: Backend, weight: Weighed, reaches: { script: number; all: number | null } | null): Row[] {
  const { page, workers, mqtt, assets, own, other } = weight;
  const name = `${kind}, ${backend} view`;
  const row = (what: string, bytes: number, most: number | null = null): Row => ({ what: `${name}: ${what}`, value: kB(bytes), unit: 'kB gzip', reach: most === null ? null : `≤ ${most}`, met: most === null || bytes <= most * 1000 });
  return [
    row('script in all, workers and MQTT client included', page + workers, reaches?.script),
    row('of it in the page', page), row('of it in our workers', workers), row('of that the MQTT client, for feeds over MQTT only', mqtt),
    ...(assets > 0 ? [row("the engine's own workers and assets", assets), row('script and assets together', page + workers + assets, reaches?.all)] : []),
    { what: `${name}: bytes of the other engine`, value: other, unit: 'B', reach: '0', met: other === 0 && own > 0 },
  ];
}

/** What a portal of the README's lines downloads in each view: as a Vite app, for which the reaches are, and as a plain page with everything the package exports. */
export async function run(): Promise<Row[]> {
  const [installed, city, browser] = await Promise.all([packAndInstall(), smallCity(), chromium.launch({ executablePath: findChromium()!, args: [...chromiumFlags] })]);
  try {
    const rows: Row[] = [];
    const app = await buildVite(installed);
    rows.push(...rowsOf('Vite app', 'three', await weigh(browser, app, city.folder, 'three'), { script: 450, all: null }));
    rows.push(...rowsOf('Vite app', 'cesium', await weigh(browser, app, city.folder, 'cesium'), { script: 1350, all: 2000 }));
    const plain = await writePlain(installed);
    for (const backend of ['three', 'cesium'] as const) rows.push(...rowsOf('plain page', backend, await weigh(browser, plain, city.folder, backend), null));
    return rows;
  } finally {
    await browser.close();
    city.remove();
    installed.remove();
  }
}
