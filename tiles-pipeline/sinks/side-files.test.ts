import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveFolder as serveDemo } from '../../demo/server/files.ts';
import { serveFolder } from '../cli/serve.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { FolderSink } from './folder-sink.ts';
import { parseCompress, SideFiles } from './side-files.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => void (folder = await workFolder()));
afterAll(() => folder.drop());

const json = Buffer.from(JSON.stringify(Array.from({ length: 3000 }, (_, k) => ({ building: k, height: k % 17 }))));
const noise = randomBytes(3000);
const large = Buffer.alloc(8_500_000, 'terrain of one tile and the next ');

async function build(name: string, compress: string): Promise<string> {
  const sink = new SideFiles(new FolderSink(folder.path(name)), parseCompress(compress));
  await writeFile(folder.path('large'), large);
  await writeFile(folder.path('json'), json);
  // A file that was finished before.
  await utimes(folder.path('json'), 1_000_000, 1_000_000);
  await sink.write('city.json', json);
  await sink.write('tiles/noise.glb', noise);
  await sink.write('short.json', Buffer.from('{}'));
  await sink.write('buildings.fgb', json);
  await sink.copyFrom('taken.json', folder.path('json'));
  await sink.copyFrom('large.terrain', folder.path('large'));
  await sink.commit();
  return folder.path(name);
}

describe('side files', () => {
  test('stand beside what they make smaller by a twentieth, and hold it', async () => {
    const city = await build('city', 'gzip:9,br');
    expect((await readdir(city, { recursive: true })).toSorted()).toEqual([
      'buildings.fgb', 'city.json', 'city.json.br', 'city.json.gz', 'large.terrain', 'large.terrain.br', 'large.terrain.gz', 'short.json', 'taken.json', 'taken.json.br', 'taken.json.gz', 'tiles', 'tiles/noise.glb',
    ]);
    for (const [name, bytes] of [['city.json', json], ['taken.json', json], ['large.terrain', large]] as const) {
      expect(gunzipSync(await readFile(`${city}/${name}.gz`)).equals(bytes)).toBe(true);
      expect(brotliDecompressSync(await readFile(`${city}/${name}.br`)).equals(bytes)).toBe(true);
    }
  });

  test('have the same bytes again, without a time or a system in them', async () => {
    const again = await build('again', 'gzip:9,br');
    for (const name of ['city.json.gz', 'city.json.br', 'large.terrain.gz', 'large.terrain.br']) expect(Buffer.compare(await readFile(`${again}/${name}`), await readFile(folder.path(`city/${name}`)))).toBe(0);
    for (const name of ['city.json.gz', 'large.terrain.gz']) {
      const head = await readFile(`${again}/${name}`);
      expect([head.readUInt32LE(4), head[9]]).toEqual([0, 255]);
    }
  });

  test('after a kill, a file without what belongs beside it is written again', async () => {
    const first = new FolderSink(folder.path('killed'), { resume: true });
    await first.write('city.json', json);
    await first.write('whole.json', json);
    await first.write('whole.json.gz', json);
    await first.leave();
    const second = new SideFiles(new FolderSink(folder.path('killed'), { resume: true }), { gzip: 6 });
    expect([await second.has('city.json'), await second.has('whole.json'), await second.has('none.json')]).toEqual([false, true, false]);
    await second.discard();
  });

  test.each([['gzip', { gzip: 6 }], ['br:11', { brotli: 11 }], ['gzip:7, br:9', { gzip: 7, brotli: 9 }]])('--compress %s', (text, options) => {
    expect(parseCompress(text)).toEqual(options);
  });
  test.each(['', 'zip', 'gzip:1', 'gzip:10', 'br:4', 'br:12', 'gzip;br', 'gzip:'])('--compress "%s" is not understood', (text) => {
    expect(() => parseCompress(text)).toThrow(/write gzip, br or gzip,br/u);
  });
});

/** A request with exactly these headers; fetch adds its own and unpacks. */
function ask(url: string, headers: Record<string, string>): Promise<{ status?: number; headers: IncomingMessage['headers']; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) })).on('error', reject);
    }).on('error', reject).end();
  });
}

describe.each(['tiles serve', 'the demo'])('side files by %s', (which) => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    await build('served', 'gzip,br');
    await writeFile(folder.path('served/stale.json'), json);
    await writeFile(folder.path('served/stale.json.gz'), 'of another file');
    await utimes(folder.path('served/stale.json.gz'), 1000, 1000);
    await writeFile(folder.path('served/plain.json'), json);
    await writeFile(folder.path('secret'), json);
    await symlink(folder.path('secret'), folder.path('served/plain.json.br')).catch(() => undefined);
    await symlink(folder.path('secret'), folder.path('served/linked.json')).catch(() => undefined);
    if (which === 'tiles serve') return void ({ server, url } = await serveFolder(folder.path('served'), 0));
    const handle = serveDemo(folder.path('served'), { prefix: '/' });
    server = createServer((asked, answer) => void handle(asked, answer).then((done) => done || answer.writeHead(404).end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return undefined;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['br, gzip', 'br'], ['gzip, deflate, br;q=0.5', 'br'], ['gzip', 'gzip'], ['br;q=0, gzip', 'gzip'], ['*', 'br'], ['gzip;q=0', undefined], ['identity', undefined], ['', undefined], ['x-gzipped', undefined],
  ])('Accept-Encoding "%s" gets %s', async (accepted, encoding) => {
    const { status, headers, body } = await ask(`${url}city.json`, { 'Accept-Encoding': accepted });
    expect([status, headers['content-encoding'], headers['content-type'], headers.vary]).toEqual([200, encoding, 'application/json', 'Accept-Encoding']);
    const file = encoding === 'br' ? '.br' : encoding === 'gzip' ? '.gz' : '';
    expect(Buffer.compare(body, await readFile(folder.path(`served/city.json${file}`)))).toBe(0);
    expect(Number(headers['content-length'])).toBe((await stat(folder.path(`served/city.json${file}`))).size);
  });

  test('each form has a tag of its own, and is not sent again to who has it', async () => {
    const forms = ['br', 'gzip', 'identity'];
    const tags = await Promise.all(forms.map(async (accepted) => (await ask(`${url}city.json`, { 'Accept-Encoding': accepted })).headers.etag!));
    expect(new Set(tags).size).toBe(3);
    for (const [k, accepted] of forms.entries()) {
      const own = await ask(`${url}city.json`, { 'Accept-Encoding': accepted, 'If-None-Match': tags[k] });
      const other = await ask(`${url}city.json`, { 'Accept-Encoding': accepted, 'If-None-Match': tags[(k + 1) % 3] });
      expect([own.status, own.body.length, other.status]).toEqual([304, 0, 200]);
    }
  });

  test('a range is of the file itself', async () => {
    const { status, headers, body } = await ask(`${url}city.json`, { 'Accept-Encoding': 'br, gzip', Range: 'bytes=5-9' });
    expect([status, headers['content-encoding'], headers['content-range'], body.equals(json.subarray(5, 10))]).toEqual([206, undefined, `bytes 5-9/${json.length}`, true]);
  });

  test('one that is older than its file, or a link, is passed over', async () => {
    const stale = await ask(`${url}stale.json`, { 'Accept-Encoding': 'gzip' });
    expect(gunzipSync(stale.body).equals(json)).toBe(true);
    expect((await ask(`${url}plain.json`, { 'Accept-Encoding': 'br' })).headers['content-encoding']).toBeUndefined();
    expect((await ask(`${url}linked.json`, {})).status).toBe(404);
  });
});
