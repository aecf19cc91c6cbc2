import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type Running } from './server.ts';

const secret = 'not for anybody';
let folder: string;
let running: Running;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'citymirror-server-'));
  mkdirSync(join(folder, 'pages/planner'), { recursive: true });
  mkdirSync(join(folder, 'city/tiles'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), secret);
  writeFileSync(join(folder, 'pages/planner/index.html'), '<!doctype html><title>planner</title>');
  writeFileSync(join(folder, 'pages/.hidden'), secret);
  writeFileSync(join(folder, 'city/city.json'), JSON.stringify({ title: '小城', padding: 'x'.repeat(4000) }));
  writeFileSync(join(folder, 'city/roads.fgb'), Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 255)));
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'city/link.txt'));
  running = await startServer({ port: 0, pages: [join(folder, 'pages')], cities: [{ id: 'small', folder: join(folder, 'city'), roads: join(folder, 'city/roads.fgb') }] });
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(running.url.slice(0, -1) + path, init);

/** A request as typed, so that no client tidies the path first. */
function raw(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(running.port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)).on('error', reject);
  });
}

describe('the server', () => {
  it('sends pages with the policy, and the list of cities', async () => {
    const page = await get('/', { redirect: 'follow' });
    expect(page.url).toMatch(/\/planner\/$/u);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("worker-src 'self'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|script-src[^;]*blob:/u);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await get('/cities/index.json')).json()).toEqual({ cities: [{ id: 'small', title: '小城', url: '/cities/small/city.json', live: true, sensors: false }] });
  });

  it('answers ranges byte by byte, and says which cannot be', async () => {
    const part = await get('/cities/small/roads.fgb', { headers: { Range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 10-19/1000');
    expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect((await get('/cities/small/roads.fgb', { headers: { Range: 'bytes=2000-' } })).status).toBe(416);
  });

  it('knows what the browser has already', async () => {
    const first = await get('/cities/small/city.json');
    const again = await get('/cities/small/city.json', { headers: { 'If-None-Match': first.headers.get('etag')! } });
    expect(again.status).toBe(304);
  });

  it('gives nothing outside its folders, however it is asked', async () => {
    const ups = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '....//', '.%2e/', '%252e%252e/', '..%00/', '..;/', '%c0%ae%c0%ae/', '．．/'];
    const paths = ups.flatMap((up) => [1, 2, 3].flatMap((times) => [`/${up.repeat(times)}secret.txt`, `/cities/small/${up.repeat(times)}secret.txt`, `/cities/small/tiles/${up.repeat(times)}secret.txt`]));
    for (const path of [...paths, '/.hidden', '//secret.txt', '/cities/small/link.txt', '/planner/%2e%2e/%2e%2e/secret.txt', `/${folder}/secret.txt`]) {
      const answer = await raw(encodeURI(path).replaceAll('%25', '%'));
      expect(answer.includes(secret), path).toBe(false);
    }
    expect(paths.length).toBeGreaterThan(100);
  });

  it('says in one sentence that the port is taken', async () => {
    await expect(startServer({ port: running.port, pages: [folder], cities: [] })).rejects.toThrow(new RegExp(`Port ${running.port} is taken.*PORT=`, 'u'));
  });
});

describe('the broker', () => {
  it('passes messages on', async () => {
    const url = running.url.replace('http', 'ws') + 'mqtt';
    const [hearer, speaker] = await Promise.all([connectAsync(url), connectAsync(url)]);
    await hearer.subscribeAsync('city/vehicles/#');
    const heard = new Promise<string>((done) => hearer.on('message', (topic, payload) => done(`${topic} ${payload.toString()}`)));
    await speaker.publishAsync('city/vehicles/7', 'hello');
    expect(await heard).toBe('city/vehicles/7 hello');
    await Promise.all([hearer.endAsync(), speaker.endAsync()]);
  });

  it('refuses pages of another origin', async () => {
    const socket = new WebSocket(running.url.replace('http', 'ws') + 'mqtt', 'mqtt', { origin: 'https://elsewhere.example' });
    await expect(new Promise((_, reject) => socket.on('error', reject))).rejects.toThrow('403');
  });
});
