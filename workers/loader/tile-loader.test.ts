import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildWorker, startWorker } from '../../tests/built-worker.ts';
import type { Issue, TwinError } from '../../engine/errors.ts';
import { fromNodeWorker } from '../pool/worker-like.ts';
import { tileLoader, type LoaderOptions } from './tile-loader.ts';
import { glbOf, tileServer, tilesetOf, tour, type Answer, type TileServer, type Tour } from './testing/tile-server.ts';

const servers: TileServer[] = [];
const loaders: { dispose(): void }[] = [];

afterEach(async () => {
  for (const loader of loaders.splice(0)) loader.dispose();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(answer: Answer): Promise<TileServer> {
  const server = await tileServer(answer);
  servers.push(server);
  return server;
}

function open(options: LoaderOptions & { headers?: Record<string, string> } = {}): { visit(root: string): Promise<Tour>; issues: Issue[]; loader: ReturnType<typeof tileLoader> } {
  const issues: Issue[] = [];
  const loader = tileLoader({ ...options, onIssues: (_url, found) => issues.push(...found) });
  loaders.push(loader);
  return { issues, loader, visit: (root) => tour((url, kind) => loader.load(url, { kind, root, headers: options.headers }), root) };
}

const json = (response: Parameters<Answer>[1], value: unknown): void => { response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value)); };
const tiles = (count: number): string[] => Array.from({ length: count }, (_, i) => `tile-${i}.glb`);

describe('a circle of tilesets is cut where it closes (T09)', () => {
  const circles: Record<string, Record<string, string[]>> = {
    'itself': { '/a.json': ['a.json', 'x.glb'] },
    'two': { '/a.json': ['b.json', 'x.glb'], '/b.json': ['a.json', 'y.glb'] },
    'three': { '/a.json': ['b.json', 'x.glb'], '/b.json': ['c.json'], '/c.json': ['a.json', 'y.glb'] },
    'an empty uri': { '/a.json': ['', 'x.glb'] },
    'another query': { '/a.json': ['a.json?x=1', 'x.glb'], '/a.json?x=1': ['a.json?x=1', 'x.glb'] },
    'percent signs': { '/a.json': ['%61.json', '%2e/a.json', 'x.glb'] },
    'no extension': { '/a.json': ['b', 'x.glb'], '/b': ['a.json'] },
  };
  test.each(Object.entries(circles))('%s', async (_name, files) => {
    const server = await serve((_request, response, url) => {
      const found = files[url.pathname + url.search] ?? files[decodeURIComponent(url.pathname)];
      if (found) json(response, tilesetOf(found));
      else if (url.pathname.endsWith('.glb')) response.end(glbOf());
      else response.writeHead(404).end();
    });
    const { visit, issues } = open();
    const { loaded, failed } = await visit(`${server.origin}/a.json`);
    for (const [url, count] of server.requests) expect([url, count <= (url.endsWith('.glb') ? 2 : 1)]).toEqual([url, true]);
    expect(loaded.some((url) => url.endsWith('x.glb'))).toBe(true);
    expect([...issues.map((issue) => issue.code), ...failed.map((failure) => failure.message)].join(' ')).toMatch(/circle/);
  });

  test('one tileset used in two places is no circle', async () => {
    const files: Record<string, string[]> = { '/a.json': ['b.json', 'c.json'], '/b.json': ['d.json'], '/c.json': ['d.json'], '/d.json': ['x.glb'] };
    const server = await serve((_request, response, url) => { if (files[url.pathname]) json(response, tilesetOf(files[url.pathname])); else response.end(glbOf()); });
    const { visit, issues } = open();
    const { loaded, failed } = await visit(`${server.origin}/a.json`);
    expect([failed, issues]).toEqual([[], []]);
    expect(loaded.filter((url) => url.endsWith('x.glb'))).toHaveLength(2);
  });
});

describe('a server that is unwell for a moment costs nothing (T11)', () => {
  test.each([['without', undefined], ['with', '1']])('503 once a file, %s Retry-After', async (_name, after) => {
    const server = await serve((_request, response, url, seen) => {
      if (seen === 0) response.writeHead(503, after ? { 'Retry-After': after } : {}).end();
      else if (url.pathname === '/tileset.json') json(response, tilesetOf(tiles(40)));
      else response.end(glbOf());
    });
    const started = performance.now();
    const { loaded, failed } = await open().visit(`${server.origin}/tileset.json`);
    expect(failed).toEqual([]);
    expect(loaded).toHaveLength(41);
    expect(Math.max(...server.requests.values())).toBe(2);
    if (after) expect(performance.now() - started).toBeGreaterThan(2000);
  });

  test('a server that stays unwell is asked four times, one that has no such file once', async () => {
    const server = await serve((_request, response, url) => { response.writeHead(url.pathname === '/gone' ? 404 : 500).end(); });
    const { loader } = open({ limits: { pause: 0.01 } });
    const code = (path: string): Promise<string> => loader.load(server.origin + path, { kind: 'any', root: server.origin }).then(() => 'loaded', (error: TwinError) => error.code);
    expect(await Promise.all([code('/gone'), code('/broken')])).toEqual(['not-found', 'network']);
    expect([server.requests.get('/gone'), server.requests.get('/broken')]).toEqual([1, 4]);
  });
});

describe('what hangs delays itself alone (T13)', () => {
  test('18 of 40 tiles accept and never answer', async () => {
    const server = await serve((_request, response, url) => {
      if (url.pathname === '/tileset.json') return json(response, tilesetOf(tiles(40)));
      const index = Number(/\d+/.exec(url.pathname)![0]);
      if (index % 2 === 1 && index < 36) return;
      response.end(glbOf());
    });
    const { loader } = open({ limits: { firstByte: 1, idle: 1 } });
    const started = performance.now();
    const last = { healthy: 0 };
    const { loaded, failed } = await tour(async (url, kind) => {
      const bytes = await loader.load(url, { kind, root: `${server.origin}/tileset.json` });
      last.healthy = performance.now() - started;
      return bytes;
    }, `${server.origin}/tileset.json`);
    expect(loaded).toHaveLength(23);
    expect(failed.map((failure) => failure.code)).toEqual(Array.from({ length: 18 }, () => 'deadline'));
    expect(last.healthy).toBeLessThan(8000);
  });

  test('a server where everything hangs takes nothing from another (T15)', async () => {
    const stuck = await serve(() => undefined);
    const fast = await serve((_request, response) => { response.end(glbOf()); });
    const { loader } = open({ allow: [stuck.origin], limits: { firstByte: 2 } });
    const root = fast.origin;
    const hung = Array.from({ length: 30 }, (_, i) => loader.load(`${stuck.origin}/${i}.glb`, { kind: 'content', root }).catch((error: TwinError) => error.code));
    const started = performance.now();
    await Promise.all(Array.from({ length: 30 }, (_, i) => loader.load(`${fast.origin}/${i}.glb`, { kind: 'content', root })));
    expect(performance.now() - started).toBeLessThan(1900);
    loader.dispose();
    expect(new Set(await Promise.all(hung))).toEqual(new Set(['aborted']));
  });

  test.each(['stalls in the middle', 'sends a byte a tenth of a second'])('a body that %s is ended', async (name) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100000' });
      response.write('glTF');
      if (name.startsWith('sends')) {
        const timer = setInterval(() => response.write('.'), 100);
        response.on('close', () => clearInterval(timer));
      }
    });
    const { loader } = open({ limits: { idle: 0.4, pause: 0.01 } });
    const error = await loader.load(`${server.origin}/x.glb`, { kind: 'content', root: server.origin }).catch((cause: TwinError) => cause);
    expect((error as TwinError).code).toBe('deadline');
  });
});

test('only http and https, only origins on the list (T17)', async () => {
  const foreign = await serve((_request, response) => { response.end(glbOf()); });
  const port = new URL(foreign.origin).port;
  const bad = ['file:///etc/passwd', 'data:model/gltf-binary;base64,AAAA', 'javascript:alert(1)', 'blob:http://x/1', `//127.0.0.1:${port}/x.glb`, 'http://169.254.169.254/latest', `${foreign.origin}/x.glb`, `http://user:pass@127.0.0.1:${port}/x.glb`];
  const server = await serve((_request, response, url) => {
    if (url.pathname === '/tileset.json') json(response, tilesetOf([...bad, 'ok.glb', 'away.glb', 'reference.glb', 'reference.gltf']));
    else if (url.pathname === '/away.glb') response.writeHead(302, { Location: `${foreign.origin}/x.glb` }).end();
    else if (url.pathname === '/reference.gltf') json(response, { asset: { version: '2.0' }, images: [{ uri: 'file:///etc/passwd' }] });
    else response.end(glbOf(url.pathname === '/reference.glb' ? { asset: { version: '2.0' }, buffers: [{ byteLength: 4, uri: `${foreign.origin}/b.bin` }] } : undefined));
  });
  const { visit, issues } = open();
  const { loaded, failed } = await visit(`${server.origin}/tileset.json`);
  expect(foreign.received).toEqual([]);
  expect(issues.map((issue) => issue.code)).toEqual(bad.map(() => 'forbidden-origin'));
  expect(loaded).toEqual([`${server.origin}/tileset.json`, `${server.origin}/ok.glb`]);
  expect(failed.map((failure) => failure.code).toSorted()).toEqual(['forbidden-origin', 'refused', 'refused']);

  const { loader } = open({ allow: [foreign.origin] });
  const root = `${server.origin}/tileset.json`;
  await loader.load(`${foreign.origin}/x.glb`, { kind: 'content', root });
  expect(foreign.received).toHaveLength(1);
});

test('credentials stay with their own origin, redirects included (T18)', async () => {
  const secret = 'canary-4711';
  const foreign = await serve((_request, response) => { response.end(glbOf()); });
  const server = await serve((request, response, url) => {
    if (request.headers.authorization !== `Bearer ${secret}` || request.headers['x-key'] !== secret) return response.writeHead(401).end();
    if (url.pathname === '/tileset.json') json(response, tilesetOf(['own.glb', 'away.glb', `${foreign.origin}/x.glb`, `${foreign.origin}/sub/tileset.json`, `${foreign.origin}/y.glb?token=${secret}`]));
    else if (url.pathname === '/away.glb') response.writeHead(302, { Location: `${foreign.origin}/away.glb` }).end();
    else response.end(glbOf());
  });
  const { visit } = open({ allow: [foreign.origin], headers: { 'X-Key': secret }, credentials: [{ origin: server.origin, headers: { Authorization: `Bearer ${secret}` } }] });
  const { loaded, failed } = await visit(`${server.origin}/tileset.json?token=${secret}`);
  expect(loaded.filter((url) => url.startsWith(server.origin))).toHaveLength(3);
  expect(foreign.received.length).toBeGreaterThanOrEqual(4);
  expect(foreign.received.join('\n')).not.toContain(secret);
  expect(failed.map((failure) => failure.message).join('\n')).not.toContain(secret);
});

test('no token in an error', async () => {
  const server = await serve((_request, response) => { response.writeHead(403).end(); });
  const error = await open().loader.load(`${server.origin}/a.json?token=canary#canary`, { kind: 'tileset', root: server.origin }).catch((cause: TwinError) => cause) as TwinError;
  expect(`${error.message} ${error.where} ${error.stack}`).not.toContain('canary');
  expect(error.code).toBe('refused');
});

test.each([
  ['a login page', '<!DOCTYPE html><title>Login</title>', 'got HTML, likely a login page'],
  ['nothing', '', 'empty'],
  ['words', 'hello', 'no known tile format'],
])('%s instead of a tile is called by its name', async (_name, text, message) => {
  const server = await serve((_request, response) => { response.end(text); });
  const { loader } = open();
  await expect(loader.load(`${server.origin}/a.glb`, { kind: 'content', root: server.origin })).rejects.toThrow(message);
});

test('a tileset with a byte order mark, and one packed twice, are read; one too large is not', async () => {
  const { gzipSync } = await import('node:zlib');
  const text = Buffer.from(JSON.stringify(tilesetOf([])));
  const server = await serve((_request, response, url) => {
    if (url.pathname === '/bom.json') response.end(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]));
    else if (url.pathname === '/twice.json') response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(gzipSync(text)));
    else response.end(Buffer.alloc(3 * 2 ** 20, 32));
  });
  const { loader } = open({ limits: { tilesetBytes: 2 ** 20 } });
  const load = (path: string): Promise<ArrayBuffer> => loader.load(server.origin + path, { kind: 'tileset', root: server.origin });
  await load('/bom.json');
  expect(JSON.parse(new TextDecoder().decode(await load('/twice.json')))).toEqual(tilesetOf([]));
  await expect(load('/large.json')).rejects.toMatchObject({ code: 'too-large' });
});

describe('in a worker', () => {
  let file = '';
  beforeAll(async () => { file = await buildWorker('workers/loader/loader.worker.ts'); });

  test('loads travel there and back; a worker that dies is replaced and every load still comes', async () => {
    const made: ReturnType<typeof startWorker>[] = [];
    const server = await serve((_request, response, url) => {
      if (url.pathname === '/tileset.json') json(response, tilesetOf(tiles(20)));
      else setTimeout(() => response.end(glbOf()), 150);
    });
    const { visit } = open({ create: () => { made.push(startWorker(file)); return fromNodeWorker(made.at(-1)!); } });
    setTimeout(() => void made[0].terminate(), 400);
    const { loaded, failed } = await visit(`${server.origin}/tileset.json`);
    expect(failed).toEqual([]);
    expect(loaded).toHaveLength(21);
    expect(made).toHaveLength(2);
  });

  test('cancelling ends the request', async () => {
    let closed = 0;
    const server = await serve((_request, response) => { response.on('close', () => closed++); });
    const { loader } = open({ create: () => fromNodeWorker(startWorker(file)) });
    const controller = new AbortController();
    const loading = loader.load(`${server.origin}/x.glb`, { kind: 'content', root: server.origin, signal: controller.signal });
    await expect.poll(() => server.requests.size, { timeout: 5000 }).toBe(1);
    controller.abort();
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(() => closed).toBe(1);
  });
});
