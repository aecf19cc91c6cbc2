import { anchorMatrix } from '../../engine/geo/index.ts';
import type { Issue } from '../../engine/errors.ts';
import { loaderClient } from '../../workers/loader/client.ts';
import { tileLoader, type LoaderOptions } from '../../workers/loader/tile-loader.ts';
import { glbOf, tileServer, tilesetOf, tour, type Answer, type TileServer, type Tour } from '../../workers/loader/testing/tile-server.ts';
import { startBrowser, type BrowserHarness } from '../browser.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

type Access = NonNullable<Parameters<typeof loaderClient>[0]>;

const BACKENDS = ['three', 'cesium'] as const;
/** Milliseconds without a request after which a twin is taken to want nothing more; slow machines draw a frame a second. */
const QUIET = 8000;
const AT = { lon: 117.49, lat: 30.66, height: 0 };
const SECRET = 'canary-4711';
/** Tilesets stand in a folder, as they do on most servers. */
const FOLDER = '/set';
const TILES = Array.from({ length: 40 }, (_, i) => `tile-${i}.glb`);

/** A GLB with one triangle of some hundred metres, lying flat. */
function triangle(): Uint8Array {
  const places = Float32Array.of(-80, 0, 80, 80, 0, 80, 0, 0, -80);
  return glbOf({
    asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [0] }], nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: [-80, 0, -80], max: [80, 0, 80] }], bufferViews: [{ buffer: 0, byteLength: 36 }], buffers: [{ byteLength: 36 }],
  }, new Uint8Array(places.buffer));
}

/** A tileset that stands at the twin's place and wants all its children at once. */
function standing(uris: readonly string[]): Record<string, unknown> {
  const tileset = tilesetOf(uris, { transform: [...anchorMatrix(AT)], geometricError: 5000 });
  return { ...tileset, geometricError: 10_000 };
}

const json = (response: Parameters<Answer>[1], value: unknown): void => { response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value)); };
const figure = (what: string, value: number | string, unit: string, reach: string | null, met: boolean): Figure => ({ what, value, unit, reach, met });

async function visit(root: string, options: LoaderOptions & { headers?: Record<string, string> } = {}): Promise<Tour & { issues: Issue[]; seconds: number; lastLoaded: number }> {
  const issues: Issue[] = [];
  const loader = tileLoader({ ...options, onIssues: (_url, found) => issues.push(...found) });
  const started = performance.now();
  let lastLoaded = 0;
  try {
    const result = await tour(async (url, kind) => {
      const bytes = await loader.load(url, { kind, root, headers: options.headers });
      lastLoaded = (performance.now() - started) / 1000;
      return bytes;
    }, root);
    return { ...result, issues, seconds: (performance.now() - started) / 1000, lastLoaded };
  } finally {
    loader.dispose();
  }
}

interface Watched {
  /** Seconds until the last request came. */
  readonly seconds: number;
  /** What the twin and the page complained of. */
  readonly errors: string[];
  /** The twin still draws and moves. */
  readonly alive: boolean;
}

interface Lab {
  mount(options: { backend: string; access?: Access }): Promise<unknown>;
  unmount(): Promise<void>;
  errors: string[];
  twins: Map<string, { add(input: { type: string; url: string }, id: string): void; look(pose: unknown, seconds: number): Promise<void>; backend: { frame(time: number): boolean; requestFrame(): void; view: { pose: { height: number } } } }>;
}

/** Opens a twin with one foreign tileset and waits until its server is left in peace. */
async function watch(harness: BrowserHarness, backend: string, url: string, server: TileServer, options: { access?: Access; most?: number; quiet?: number } = {}): Promise<Watched> {
  const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 256 });
  try {
    await open.until('window.labReady');
    await open.page.evaluate(async ([backend, url, access, at]) => {
      const { lab } = window as unknown as { lab: Lab };
      await lab.mount({ backend: backend as string, access: access as Access });
      const twin = lab.twins.get('map')!;
      twin.add({ type: 'tiles', url: url as string }, 'faulty');
      await twin.look({ ...(at as object), height: 900, heading: 0, pitch: -60, roll: 0 }, 0);
    }, [backend, url, options.access, { lon: AT.lon, lat: AT.lat - 0.004 }] as const);
    const started = Date.now();
    let known = -1;
    let quiet = Date.now();
    while (Date.now() - quiet < (options.quiet ?? QUIET) && Date.now() - started < (options.most ?? 60) * 1000) {
      const received = server.received.length;
      if (received !== known) quiet = Date.now();
      known = received;
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    const alive = await open.page.evaluate(async () => {
      const twin = (window as unknown as { lab: Lab }).lab.twins.get('map')!;
      await twin.look({ ...twin.backend.view.pose, height: 950 }, 0);
      twin.backend.requestFrame();
      return twin.backend.frame(Date.now() / 1000) !== undefined && Math.abs(twin.backend.view.pose.height - 950) < 1;
    });
    const errors = [...await open.page.evaluate(() => (window as unknown as { lab: Lab }).lab.errors), ...open.errors.filter((each) => each.startsWith('uncaught') || each.includes('crashed'))];
    return { seconds: (quiet - started) / 1000, errors, alive };
  } finally {
    await open.close();
  }
}

async function inBoth(run: (harness: BrowserHarness, backend: string) => Promise<Figure[]>): Promise<Figure[]> {
  const harness = await startBrowser();
  try {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) figures.push(...await run(harness, backend));
    return figures;
  } finally {
    await harness.close();
  }
}

async function served<Value>(answer: Answer, run: (server: TileServer) => Promise<Value>): Promise<Value> {
  const server = await tileServer((request, response, url, seen) => {
    const plain = new URL(url);
    plain.pathname = url.pathname.replace(FOLDER, '');
    answer(request, response, plain, seen);
  });
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

const asked = (server: TileServer, path: string): number => server.requests.get(FOLDER + path) ?? 0;

const CIRCLES: Readonly<Record<string, Readonly<Record<string, string[]>>>> = {
  'itself': { '/a.json': ['a.json', 'x.glb'] },
  'A ↔ B': { '/a.json': ['b.json', 'x.glb'], '/b.json': ['a.json', 'y.glb'] },
  'A → B → C → A': { '/a.json': ['b.json', 'x.glb'], '/b.json': ['c.json'], '/c.json': ['a.json', 'y.glb'] },
  'an empty uri': { '/a.json': ['', 'x.glb'] },
  'alias ?x=1': { '/a.json': ['a.json?x=1', 'x.glb'], '/a.json?x=1': ['a.json?x=1', 'x.glb'] },
  'alias %2e': { '/a.json': ['%2e/a.json', '%61.json', 'x.glb'] },
};

function circleAnswer(files: Readonly<Record<string, string[]>>): Answer {
  return (_request, response, url) => {
    const found = files[url.pathname + url.search] ?? files[decodeURIComponent(url.pathname)];
    if (found) json(response, standing(found));
    else if (url.pathname.endsWith('.glb')) response.end(triangle());
    else response.writeHead(404).end();
  };
}

/** Requests of the tileset JSON beyond the first, the worst URL. */
function extra(server: TileServer): number {
  return Math.max(0, ...[...server.requests].filter(([url]) => !url.endsWith('.glb')).map(([, count]) => count - 1));
}

/** T09: a circle of tilesets. */
async function circles(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, files] of Object.entries(CIRCLES)) {
    figures.push(await served(circleAnswer(files), async (server) => {
      const { loaded, issues, failed } = await visit(`${server.origin}${FOLDER}/a.json`);
      const named = /circle/.test([...issues.map((issue) => issue.code), ...failed.map((each) => each.message)].join());
      return figure(`loader: ${name}, extra requests for one URL`, extra(server), '', '≤ 1, named, the rest loaded', extra(server) <= 1 && named && loaded.some((url) => url.endsWith('x.glb')));
    }));
  }
  return [...figures, ...await inBoth(async (harness, backend) => {
    const found: Figure[] = [];
    for (const name of ['itself', 'A → B → C → A', 'alias ?x=1']) {
      found.push(await served(circleAnswer(CIRCLES[name]), async (server) => {
        const { alive } = await watch(harness, backend, `${server.origin}${FOLDER}/a.json`, server, { most: 15 });
        return figure(`${backend}: ${name}, extra requests for one URL in a twin`, extra(server), '', '≤ 1, the rest asked for, twin alive', extra(server) <= 1 && alive && asked(server, '/x.glb') > 0);
      }));
    }
    return found;
  })];
}

/** T11: 503 once a file, with and without Retry-After. */
async function unwell(): Promise<Figure[]> {
  const many = Array.from({ length: 200 }, (_, i) => `tile-${i}.glb`);
  const answer = (uris: readonly string[], after?: string): Answer => (_request, response, url, seen) => {
    if (seen === 0) response.writeHead(503, after ? { 'Retry-After': after } : {}).end();
    else if (url.pathname === '/tileset.json') json(response, standing(uris));
    else response.end(triangle());
  };
  const figures: Figure[] = [];
  for (const after of [undefined, '1']) {
    figures.push(await served(answer(many, after), async (server) => {
      const { loaded, seconds } = await visit(`${server.origin}${FOLDER}/tileset.json`);
      const most = Math.max(...server.requests.values());
      return figure(`loader: 200 tiles, 503 once each, ${after ? 'Retry-After 1 s' : 'no Retry-After'}: recovered (at most ${most} requests a tile, ${seconds.toFixed(1)} s)`, loaded.length - 1, 'of 200', '200, ≤ 4 requests', loaded.length === 201 && most <= 4);
    }));
  }
  return [...figures, ...await inBoth((harness, backend) => served(answer(TILES), async (server) => {
    const { alive, seconds } = await watch(harness, backend, `${server.origin}${FOLDER}/tileset.json`, server);
    const recovered = TILES.filter((tile) => asked(server, `/${tile}`) >= 2).length;
    const most = Math.max(...server.requests.values());
    return [figure(`${backend}: 40 tiles, 503 once each: recovered without a camera move (at most ${most} requests a tile, ${seconds.toFixed(1)} s)`, recovered, 'of 40', '40, ≤ 4 requests', recovered === 40 && most <= 4 && alive)];
  }))];
}

/** T13: 18 of 40 tiles accept and never answer; the deadlines as they ship. */
async function hanging(): Promise<Figure[]> {
  const times = new Map<string, number>();
  const answer: Answer = (_request, response, url) => {
    if (url.pathname === '/tileset.json') return json(response, standing(TILES));
    const index = Number(/\d+/.exec(url.pathname)![0]);
    if (index % 2 === 1 && index < 36) return;
    times.set(url.pathname, Date.now());
    response.end(triangle());
  };
  const loader = await served(answer, async (server) => {
    const { loaded, failed, lastLoaded, seconds } = await visit(`${server.origin}${FOLDER}/tileset.json`);
    return [
      figure(`loader: healthy tiles loaded (the last after ${lastLoaded.toFixed(1)} s)`, loaded.length - 1, 'of 22', '22', loaded.length === 23),
      figure('loader: hung tiles given up with a deadline', failed.filter((each) => each.code === 'deadline').length, 'of 18', '18', failed.length === 18),
      figure('loader: until the last hung tile was given up', seconds.toFixed(1), 's', '≤ 60', seconds <= 60),
    ];
  });
  return [...loader, ...await inBoth((harness, backend) => served((request, response, url, seen) => answer(request, response, url, seen), async (server) => {
    times.clear();
    const started = Date.now();
    // Engines hold places of their own for what hangs: the last healthy tiles come when the first hung one is given up.
    const { alive } = await watch(harness, backend, `${server.origin}${FOLDER}/tileset.json`, server, { most: 90, quiet: 30_000 });
    const last = (Math.max(...times.values()) - started) / 1000;
    return [figure(`${backend}: healthy tiles loaded (the last after ${last.toFixed(1)} s)`, times.size, 'of 22', '22', times.size === 22 && alive)];
  }))];
}

/** T17: tilesets that point anywhere. */
async function elsewhere(): Promise<Figure[]> {
  return served((_request, response) => { response.end(triangle()); }, async (foreign) => {
    const { port } = new URL(foreign.origin);
    const bad = [
      'file:///etc/passwd', 'data:model/gltf-binary;base64,AAAA', 'javascript:alert(1)', 'blob:http://x/1', `//127.0.0.1:${port}/x.glb`, 'http://169.254.169.254/latest/meta-data',
      `${foreign.origin}/x.glb`, `http://user:pass@127.0.0.1:${port}/x.glb`, `${foreign.origin}/sub/tileset.json`, `http://localhost:${port}/x.glb`, `http://127.1:${port}/x.glb`, `http://[::ffff:127.0.0.1]:${port}/x.glb`, 'ftp://127.0.0.1/x.glb', 'ws://127.0.0.1/x.glb',
    ];
    const answer: Answer = (_request, response, url) => {
      if (url.pathname === '/tileset.json') json(response, standing([...bad, 'ok.glb', 'away.glb', 'inside.glb']));
      else if (url.pathname === '/away.glb') response.writeHead(302, { Location: `${foreign.origin}/away.glb` }).end();
      else if (url.pathname === '/inside.glb') response.end(glbOf({ asset: { version: '2.0' }, buffers: [{ byteLength: 4, uri: `${foreign.origin}/b.bin` }] }));
      else response.end(triangle());
    };
    const loader = await served(answer, async (server) => {
      const { issues } = await visit(`${server.origin}${FOLDER}/tileset.json`);
      const named = issues.filter((issue) => issue.code === 'forbidden-origin').length;
      return [figure('loader: foreign requests', foreign.received.length, '', '0', foreign.received.length === 0), figure('loader: forbidden addresses named', named, `of ${bad.length}`, `${bad.length}`, named === bad.length)];
    });
    return [...loader, ...await inBoth((harness, backend) => served(answer, async (server) => {
      const before = foreign.received.length;
      const { alive } = await watch(harness, backend, `${server.origin}${FOLDER}/tileset.json`, server, { most: 20 });
      const seen = foreign.received.length - before;
      return [figure(`${backend}: foreign requests from a twin`, seen, '', '0, the allowed tile asked for', seen === 0 && alive && asked(server, '/ok.glb') > 0)];
    }))];
  });
}

/** T18: credentials on content, subtree, schema, texture and redirects. */
async function credentials(): Promise<Figure[]> {
  return served((request, response, url) => {
    if (request.method === 'GET' && url.pathname.endsWith('.json')) json(response, standing([]));
    else response.end(triangle());
  }, async (foreign) => {
    const away = ['x.glb', 'sub/tileset.json', 'y.glb?token=' + SECRET, 'z.glb'].map((path) => `${foreign.origin}/${path}`);
    const answer: Answer = (request, response, url) => {
      if (request.headers.authorization !== `Bearer ${SECRET}`) response.writeHead(401).end();
      else if (url.pathname === '/tileset.json') json(response, { ...standing(['own.glb', 'away.glb', 'image.glb', ...away]), schemaUri: `${foreign.origin}/schema.json` });
      else if (url.pathname === '/away.glb') response.writeHead(307, { Location: `${foreign.origin}/redirected.glb` }).end();
      else if (url.pathname === '/image.glb') response.end(glbOf({ asset: { version: '2.0' }, images: [{ uri: `${foreign.origin}/texture.png` }] }));
      else response.end(triangle());
    };
    const leaks = (from: number): number => foreign.received.slice(from).filter((line) => line.includes(SECRET)).length;
    const loader = await served(answer, async (server) => {
      const { loaded } = await visit(`${server.origin}${FOLDER}/tileset.json?token=${SECRET}`, { allow: [foreign.origin], credentials: [{ origin: server.origin, headers: { Authorization: `Bearer ${SECRET}` } }] });
      return [figure(`loader: secrets seen by the other origin in ${foreign.received.length} requests`, leaks(0), '', '0', leaks(0) === 0 && foreign.received.length >= 5 && loaded.length >= 6)];
    });
    return [...loader, ...await inBoth((harness, backend) => served(answer, async (server) => {
      const before = foreign.received.length;
      const { alive, errors } = await watch(harness, backend, `${server.origin}${FOLDER}/tileset.json?token=${SECRET}`, server, { most: 25, access: { allow: [foreign.origin], credentials: [{ origin: server.origin, headers: { Authorization: `Bearer ${SECRET}` } }] } });
      const seen = foreign.received.length - before;
      const said = errors.filter((error) => error.includes(SECRET)).length;
      return [
        figure(`${backend}: secrets seen by the other origin in ${seen} requests`, leaks(before), '', '0', leaks(before) === 0 && seen > 0 && alive),
        figure(`${backend}: secrets in ${errors.length} errors`, said, '', '0', said === 0),
      ];
    }))];
  });
}

export const rows: Record<string, () => Promise<Figure[]>> = { T09: circles, T11: unwell, T13: hanging, T17: elsewhere, T18: credentials };
