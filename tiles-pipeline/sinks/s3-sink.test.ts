import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TwinError } from '../../engine/errors.ts';
import { testStore, type TestStore } from '../testing/object-store.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { S3Sink, type S3SinkOptions } from './s3-sink.ts';

const KEY = 'KEYOFTHETEST';
const SECRET = 'secret/of+the/test';

let folder: Awaited<ReturnType<typeof workFolder>>;
let store: TestStore;
let sinks: S3Sink[] = [];

beforeAll(async () => {
  folder = await workFolder();
  store = await testStore(folder.path('.'), 'cities');
});
afterAll(async () => {
  await store.close();
  await folder.drop();
});
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'S3RVER');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'S3RVER');
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  store.requests.length = 0;
  store.trouble = () => undefined;
  return async () => {
    vi.unstubAllEnvs();
    store.trouble = () => undefined;
    await Promise.all(sinks.map((sink) => sink.leave().catch(() => undefined)));
    sinks = [];
  };
});

const text = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const url = (prefix: string): string => `s3://cities/${prefix}`;

function sinkAt(prefix: string, options: S3SinkOptions = {}): S3Sink {
  const sink = new S3Sink(url(prefix), { endpoint: store.endpoint, settle: 1, pause: 1, ...options });
  sinks.push(sink);
  return sink;
}

const tiles = (count: number, word = ''): Record<string, Uint8Array> => Object.fromEntries(Array.from({ length: count }, (_, k) => [`tiles/${k}.glb`, text(`tile ${k} ${word} ${'x'.repeat(k % 7 === 0 ? 2000 : 10)}`)]));
const documents = {
  'tileset.json': text({ asset: { version: '1.1' }, schemaUri: 'schema.json', root: { content: { uri: 'tiles/0.glb' }, children: [{ content: { uri: 'https://elsewhere/x.glb' } }], implicitTiling: { subtrees: { uri: 'subtrees/{level}.{x}.{y}.subtree' } } } }),
  'city.json': text({ title: 'tileset.json', source: ['buildings.fgb'], layers: { buildings: { tileset: 'tileset.json', companion: 'buildings.fgb', count: 2 }, imagery: { tiles: 'imagery/{z}/{x}.webp' }, networks: { kinds: ['tiles'] } } }),
  'buildings.fgb': text('fgb '.repeat(500)),
  'imagery/0/0.webp': text('webp '.repeat(500)),
};

async function put(sink: S3Sink, files: Record<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) await sink.write(path, bytes);
}

async function get(path: string): Promise<Response> {
  return fetch(`${store.endpoint}/cities/${path}`);
}
const json = async (path: string): Promise<Record<string, never>> => (await get(path)).json() as Promise<Record<string, never>>;

/** Keys of all objects below a prefix, versions as `V1`, `V2` in order of their names. */
async function keys(prefix: string): Promise<string[]> {
  const page = await (await fetch(`${store.endpoint}/cities?list-type=2&max-keys=1000&prefix=${encodeURIComponent(`${prefix}/`)}`)).text();
  const all = [...page.matchAll(/<Key>([^<]*)<\/Key>/gu)].map((match) => match[1].slice(prefix.length + 1));
  const versions = [...new Set(all.flatMap((key) => /^versions\/([^/]+)/u.exec(key)?.[1] ?? []))].toSorted();
  return all.map((key) => versions.reduce((name, version, k) => name.replace(`versions/${version}`, `V${k + 1}`), key)).toSorted();
}

const puts = (): string[] => store.requests.filter(({ method, headers }) => method === 'PUT' && !headers['x-amz-copy-source']).map(({ path }) => path.replace(/^\/cities\/[^/]+\//u, '').replace(/versions\/[^/]+/u, 'V').split('?')[0]).filter((path) => path !== 'citymirror.lock').toSorted();
const copies = (): number => store.requests.filter(({ headers }) => headers['x-amz-copy-source']).length;

async function failure(act: Promise<unknown>): Promise<TwinError> {
  const cause: unknown = await act.then(() => new Error('nothing was thrown'), (thrown: unknown) => thrown);
  expect(cause).toMatchObject({ name: 'TwinError' });
  return cause as TwinError;
}

describe('a city in an object store', () => {
  test('nothing is at its entries before the end; then they lead into one version, with the right headers', async () => {
    const sink = sinkAt('first');
    await put(sink, { ...documents, ...tiles(30) });
    expect((await get('first/city.json')).status).toBe(404);
    expect((await get('first/tileset.json')).status).toBe(404);
    await sink.commit();
    expect(store.most).toBeGreaterThan(4);
    expect(store.most).toBeLessThanOrEqual(16);

    const city = (await json('first/city.json')) as unknown as { title: string; source: string[]; layers: Record<string, Record<string, unknown>> };
    const base = String(city.layers.buildings.tileset).replace('tileset.json', '');
    expect(base).toMatch(/^versions\/[\w-]+\/$/u);
    expect(city).toEqual({ title: 'tileset.json', source: ['buildings.fgb'], layers: { buildings: { tileset: `${base}tileset.json`, companion: `${base}buildings.fgb`, count: 2 }, imagery: { tiles: `${base}imagery/{z}/{x}.webp` }, networks: { kinds: ['tiles'] } } });
    expect(await json('first/tileset.json')).toEqual({ asset: { version: '1.1' }, schemaUri: `${base}schema.json`, root: { content: { uri: `${base}tiles/0.glb` }, children: [{ content: { uri: 'https://elsewhere/x.glb' } }], implicitTiling: { subtrees: { uri: `${base}subtrees/{level}.{x}.{y}.subtree` } } } });
    const tile = await get(`first/${base}tiles/3.glb`);
    expect([await tile.text(), tile.headers.get('content-type'), tile.headers.get('cache-control')]).toEqual([Buffer.from(tiles(4)['tiles/3.glb']).toString(), 'model/gltf-binary', 'public, max-age=31536000, immutable']);
    expect((await get('first/city.json')).headers.get('cache-control')).toBe('no-cache');
    expect(await keys('first')).not.toContain('citymirror.lock');
  });

  test('built again: nothing is sent when nothing changed, one file when one did; the version before stays once, and no longer', async () => {
    const build = async (files: Record<string, Uint8Array>, options?: S3SinkOptions): Promise<void> => {
      store.requests.length = 0;
      const sink = sinkAt('again', options);
      await put(sink, files);
      await sink.commit();
    };
    const all = { ...documents, ...tiles(20) };
    await build(all);
    const before = await keys('again');
    await build(all);
    expect([puts(), copies()]).toEqual([['city.json', 'citymirror.json', 'tileset.json'], 0]);
    expect(await keys('again')).toEqual(before);

    await build({ ...all, 'tiles/5.glb': text('changed') });
    expect([puts(), copies()]).toEqual([['V/tiles/5.glb', 'city.json', 'citymirror.json', 'tileset.json'], 23]);
    expect((await keys('again')).filter((key) => key.endsWith('/tiles/5.glb'))).toEqual(['V1/tiles/5.glb', 'V2/tiles/5.glb']);

    const fewer = Object.fromEntries(Object.entries(all).filter(([path]) => path !== 'tiles/5.glb'));
    await build(fewer);
    expect((await keys('again')).filter((key) => key.endsWith('/tiles/5.glb'))).toEqual(['V1/tiles/5.glb']);
    await build({ ...fewer, 'tiles/6.glb': text('other') }, { keep: 0 });
    expect((await keys('again')).some((key) => key.startsWith('V2'))).toBe(false);
  });

  test('a large file is streamed, an object is stored packed where it pays, and what is read by ranges is not', async () => {
    const noise = randomBytes(9_000_000);
    await writeFile(folder.path('noise'), noise);
    const sink = sinkAt('large', { gzip: true });
    await put(sink, { ...documents, ...tiles(8) });
    await sink.copyFrom('dem.bin', folder.path('noise'));
    await sink.copyFrom('tiles/small.glb', await folder.put('small', 'small'));
    await sink.commit();
    const base = String(((await json('large/city.json')) as unknown as { layers: { buildings: { tileset: string } } }).layers.buildings.tileset).replace('tileset.json', '');
    expect(Buffer.from(await (await get(`large/${base}dem.bin`)).arrayBuffer()).equals(noise)).toBe(true);
    const encoding = async (path: string): Promise<string | null> => (await get(`large/${base}${path}`)).headers.get('content-encoding');
    expect([await encoding('tiles/0.glb'), await encoding('tiles/1.glb'), await encoding('buildings.fgb'), await encoding('dem.bin')]).toEqual(['gzip', null, null, null]);
    const raw = store.requests.find(({ method, path }) => method === 'PUT' && path.includes('/tiles/0.glb'));
    expect(raw?.headers['content-encoding']).toBe('gzip');
    expect(await (await get(`large/${base}tiles/0.glb`)).text()).toBe(Buffer.from(tiles(1)['tiles/0.glb']).toString());
  });
});

describe('a run that does not reach its end', () => {
  test('killed: the older city stays as it is, and the next run sends only what is missing', async () => {
    const older = sinkAt('killed');
    await put(older, { ...documents, ...tiles(10) });
    await older.commit();
    const seen = [await (await get('killed/city.json')).text(), await (await get('killed/tileset.json')).text()];
    const newer = { ...documents, ...tiles(10, 'new') };
    const broken = sinkAt('killed');
    await put(broken, Object.fromEntries(Object.entries({ ...newer, 'stray.json': text('{}') }).filter(([path]) => !path.endsWith('9.glb'))));
    await broken.leave();
    expect([await (await get('killed/city.json')).text(), await (await get('killed/tileset.json')).text()]).toEqual(seen);
    store.requests.length = 0;
    const last = sinkAt('killed');
    await put(last, newer);
    await last.commit();
    expect(puts()).toEqual(['V/tiles/9.glb', 'city.json', 'citymirror.json', 'tileset.json']);
    expect((await keys('killed')).filter((key) => key.includes('stray'))).toEqual([]);
  });

  test('given up: what it had sent is taken away', async () => {
    const sink = sinkAt('given');
    await put(sink, { ...documents, ...tiles(5) });
    await sink.discard();
    expect(await keys('given')).toEqual([]);
  });

  test('faults that pass are outlived: 500, 503, lines that are cut', async () => {
    const calls = new Map<string, number>();
    store.trouble = ({ method, path }) => {
      const before = calls.get(method + path) ?? 0;
      calls.set(method + path, before + 1);
      return ([500, 'cut', 503] as const)[before];
    };
    const sink = sinkAt('shaky');
    await put(sink, { ...documents, ...tiles(20) });
    await sink.commit();
    store.trouble = () => undefined;
    expect((await keys('shaky')).filter((key) => key.startsWith('V1/'))).toHaveLength(24);
  });

  test.each<[string, S3SinkOptions & { status?: number | 'cut' }, string, RegExp]>([
    ['a key without rights', { status: 403 }, 'refused', /access is denied.*untouched/u],
    ['a store that is down', { status: 503, tries: 3 }, 'network', /the store says SlowDown \(503\).*untouched/u],
    ['a store that is not there', { endpoint: 'http://127.0.0.1:9' }, 'network', /nobody answers at its address/u],
  ])('%s is one sentence, at the first call or at the end, and without the keys', async (_, { status, ...options }, code, sentence) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEY);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    store.trouble = () => status;
    const error = await failure(put(sinkAt('faulty', { tries: 2, ...options }), documents));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/KEYOFTHETEST|of\+the|Signature=/u);
  });

  test('a put that fails for good fails the commit, and nothing appears', async () => {
    store.trouble = ({ method, path }) => (method === 'PUT' && path.includes('tiles/3.glb') ? 403 : undefined);
    const sink = sinkAt('halfway');
    await put(sink, { ...documents, ...tiles(4) });
    expect((await failure(sink.commit())).code).toBe('refused');
    expect((await get('halfway/city.json')).status).toBe(404);
  });

  test('an abort ends it', async () => {
    const controller = new AbortController();
    const sink = sinkAt('aborted', { signal: controller.signal });
    await sink.write('a.json', text('{}'));
    controller.abort();
    expect((await failure(sink.write('b.json', text('{}')).then(() => sink.commit()))).code).toBe('aborted');
  });
});

describe('who may write where', () => {
  test('two runs: the second is told who is at work, a dead one is followed', async () => {
    const first = sinkAt('both');
    await first.write('city.json', documents['city.json']);
    expect((await failure(sinkAt('both').open())).message).toMatch(new RegExp(`is being written by process ${process.pid} on `, 'u'));
    const heir = sinkAt('both', { patience: 0 });
    await heir.open();
    await heir.leave();
  });

  test('objects of others are not mixed with', async () => {
    await fetch(`${store.endpoint}/cities/foreign/diary.txt`, { method: 'PUT', body: 'dear diary' });
    expect((await failure(sinkAt('foreign').open())).message).toContain('holds other objects (foreign/diary.txt)');
    expect(await (await get('foreign/diary.txt')).text()).toBe('dear diary');
  });

  test.each(['s3://', 's3://x', 's3://UPPER/x', 's3://cities/../x', 's3://cities/a//b', 'http://cities/x'])('%s is no place in a store', (place) => {
    expect(() => new S3Sink(place)).toThrow(/no place in a store|no path inside/u);
  });

  test('keys come from the environment, and their lack is said', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    expect((await failure(sinkAt('keyless').open())).message).toContain('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  });

  test('the address of the store may come from the environment', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', store.endpoint);
    const sink = new S3Sink(url('named'), { settle: 1 });
    await sink.write('city.json', documents['city.json']);
    await sink.commit();
    expect((await get('named/city.json')).status).toBe(200);
  });
});
