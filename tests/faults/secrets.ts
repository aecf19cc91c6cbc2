import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser, type BrowserHarness, type OpenPage } from '../browser.ts';
import { smallCity } from '../small-city.ts';
import { anchorMatrix } from '../../engine/geo/index.ts';
import { glbOf, tileServer, tilesetOf, type TileServer } from '../../workers/loader/testing/tile-server.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

interface Twin {
  add(input: object, id: string): void;
  status(id: string): { state: string; message: { zh: string; en: string } | null };
  look(pose: unknown, seconds: number): Promise<void>;
  credits(): unknown;
  document: object;
  backend: { requestFrame(): void };
}
interface Lab { mount(options: object): Promise<unknown>; errors: string[]; twins: Map<string, Twin> }

const SECRET = 'canary-9f31c7';
const AT = { lon: 117.49, lat: 30.66, height: 0 };

/** A tileset that needs its token for every file, with one content that is there and faults of all kinds beside it. */
async function guarded(): Promise<TileServer> {
  const tileset = { ...tilesetOf(['ok.glb', 'gone.glb', 'broken.glb', 'login.glb', 'slow.glb'], { transform: [...anchorMatrix(AT)], geometricError: 5000 }), geometricError: 10_000, schemaUri: 'schema.json' };
  return tileServer((_request, response, url) => {
    const file = url.pathname.split('/').at(-1)!;
    if (file === 'tileset.json') response.end(JSON.stringify(tileset));
    else if (file === 'ok.glb') response.end(glbOf({ asset: { version: '2.0' }, images: [{ uri: 'texture.png' }] }));
    else if (file === 'broken.glb') response.end('glTF and no more');
    else if (file === 'login.glb') response.end('<!doctype html><title>log in</title>');
    else if (file === 'slow.glb') response.writeHead(503).end();
    else if (file === 'city.json') response.end('{"version":7,"layers":{},"bounds":[0,0,1,1]}');
    else response.writeHead(404).end();
  });
}

/** Everything a page shows, keeps or says, as text: DOM with shadow roots, history, performance entries, storage, document title. */
function artefacts(open: OpenPage): Promise<Record<string, string>> {
  return open.page.evaluate(() => {
    const text = (root: ParentNode): string => [...root.querySelectorAll('*')].map((element) => `${[...element.attributes].map(({ name, value }) => `${name}=${value}`).join(' ')} ${[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join(' ')} ${element.shadowRoot ? text(element.shadowRoot) : ''}`).join('\n');
    const entries = performance.getEntries().map((entry) => entry.name).join('\n');
    return { dom: text(document), address: location.href, title: document.title, 'performance entries of the page': entries, storage: JSON.stringify({ ...localStorage, ...sessionStorage }), history: JSON.stringify(history.state), referrer: document.referrer };
  });
}

async function inBackend(harness: BrowserHarness, backend: string): Promise<Figure[]> {
  const server = await guarded();
  const other = await tileServer((_request, response) => { response.writeHead(404).end(); });
  const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 144 });
  try {
    await open.until('window.labReady');
    const told = await open.page.evaluate(async ([backend, origin, foreign, secret, at]) => {
      const { lab } = window as unknown as { lab: Lab };
      const issues: string[] = [];
      await lab.mount({ backend, access: { allow: [foreign], credentials: [{ origin, headers: { Authorization: `Bearer ${secret}` } }], onIssues: (url: string, found: unknown) => issues.push(`${url} ${JSON.stringify(found)}`) } });
      const twin = lab.twins.get('map')!;
      const urls = [`${origin}/set/tileset.json?token=${secret}`, `${origin}/set/none/tileset.json?access_token=${secret}#${secret}`, `${origin}/set/city.json?key=${secret}`, `${origin.replace('://', `://user:${secret}@`)}/set/tileset.json`, `${foreign}/away/tileset.json?x=1`];
      for (const [i, url] of urls.entries()) twin.add({ type: 'tiles', url }, `tiles-${i}`);
      twin.add({ type: 'traffic', url: urls[2], feed: { transport: 'websocket', url: `${origin.replace('http', 'ws')}/feed?token=${secret}`, decode: 'vehicles', staleAfter: 5 } }, 'traffic');
      await twin.look({ ...at, lat: at.lat - 0.002, height: 300, heading: 0, pitch: -50, roll: 0 }, 0);
      for (let i = 0; i < 100; i++) {
        twin.backend.requestFrame();
        await new Promise((resolve) => { setTimeout(resolve, 60); });
      }
      const statuses = [...urls.keys()].map((i) => twin.status(`tiles-${i}`)).concat(twin.status('traffic'));
      return { errors: lab.errors.join('\n'), issues: issues.join('\n'), statuses: JSON.stringify(statuses), credits: JSON.stringify(twin.credits()) };
    }, [backend, server.origin, other.origin, SECRET, AT] as const);
    const page = await artefacts(open);
    const hits = Object.entries({ ...told, ...page, console: open.log.filter((line) => !/Failed to load resource|WebSocket connection to/u.test(line)).join('\n') }).filter(([, text]) => text.includes(SECRET));
    const referers = [...server.received, ...other.received].filter((line) => /"referer":"[^"]*canary/iu.test(line)).length;
    const foreign = other.received.filter((line) => line.includes(SECRET)).length;
    const asked = server.received.filter((line) => line.includes(SECRET)).length;
    const what = Object.keys({ ...told, ...page }).length + 1;
    return [
      { what: `${backend}: places where the secret shows${hits.length > 0 ? ` (${hits.map(([name]) => name).join(', ')})` : ''}: errors, issues, statuses, credits, DOM, address, title, history, storage, performance entries, referrer, console`, value: hits.length, unit: `of ${what}`, reach: '0', met: hits.length === 0 },
      { what: `${backend}: Referer headers with the secret, in ${server.received.length + other.received.length} requests`, value: referers, unit: '', reach: '0', met: referers === 0 },
      { what: `${backend}: requests to another origin with the secret, of ${other.received.length}`, value: foreign, unit: '', reach: '0', met: foreign === 0 && other.received.length > 0 },
      { what: `${backend}: requests to its own origin with the secret, so that there was one to lose`, value: asked, unit: '', reach: '> 3', met: asked > 3 },
      { what: `${backend}: the errors told (the faults were met)`, value: told.errors.split('\n').filter(Boolean).length, unit: '', reach: '≥ 3', met: told.errors.split('\n').filter(Boolean).length >= 3 },
    ];
  } finally {
    await open.close();
    await server.close();
    await other.close();
  }
}

/** The planner as a person uses it: a layer is added by an address with a token, and what the page shows and keeps is searched. */
async function planner(harness: BrowserHarness): Promise<Figure[]> {
  const server = await guarded();
  const open = await harness.open('/demo/planner/index.html?lang=zh&economy', { width: 640, height: 400 });
  try {
    await open.until("window.twin && window.twin.status('buildings')", 90_000);
    // Functions sent to the page by a runner that keeps names call this.
    await open.page.evaluate('window.__name = (each) => each');
    for (const file of ['tileset.json', 'none.json', 'city.json']) {
      await open.page.evaluate((url) => {
        const root = document.querySelector('city-layers')!.shadowRoot!;
        const form = root.querySelector('form')!;
        form.querySelector('input')!.value = url;
        form.requestSubmit();
      }, `${server.origin}/set/${file}?token=${SECRET}`);
      await open.page.waitForTimeout(1500);
    }
    await open.page.evaluate(() => { for (const button of document.querySelector('city-layers')!.shadowRoot!.querySelectorAll<HTMLButtonElement>('button[aria-expanded="false"]')) button.click(); });
    await open.page.waitForTimeout(500);
    const page = await artefacts(open);
    // The field still holds what the person typed into it: that is their own text, and no attribute.
    const hits = Object.entries(page).filter(([name, text]) => name !== 'performance entries of the page' && text.includes(SECRET));
    const kept = page['performance entries of the page'].includes(SECRET);
    return [
      { what: `planner: places where the secret shows after layers by address with a token${hits.length > 0 ? ` (${hits.map(([name]) => name).join(', ')})` : ''}`, value: hits.length, unit: `of ${Object.keys(page).length - 1}`, reach: '0', met: hits.length === 0 },
      { what: 'planner: performance entries that keep it', value: kept ? 1 : 0, unit: '', reach: '0', met: !kept },
    ];
  } finally {
    await open.close();
    await server.close();
  }
}

/** T19: a secret in an address or a header, searched for in everything that could give it away. */
async function secrets(): Promise<Figure[]> {
  const city = await smallCity(60);
  const list = mkdtempSync(join(tmpdir(), 'citymirror-list-'));
  writeFileSync(join(list, 'index.json'), JSON.stringify({ cities: [{ id: 'small', title: '小城', url: '/cities/small/city.json', live: false }] }));
  const harness = await startBrowser({ mounts: { '/cities/small/': city.folder, '/cities/': list } });
  try {
    return [...await inBackend(harness, 'three'), ...await inBackend(harness, 'cesium'), ...await planner(harness)];
  } finally {
    await harness.close();
    await city.dispose();
    rmSync(list, { recursive: true, force: true });
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = { T19: secrets };
