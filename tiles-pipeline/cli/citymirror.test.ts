import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { run } from './citymirror.ts';
import { progressLine } from './progress.ts';
import { serveFolder } from './serve.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let input: string;

beforeAll(async () => {
  folder = await workFolder();
  input = await folder.put('buildings.geojson', collection(seededBuildings(60)));
});
afterAll(() => folder.drop());

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, { out: (text) => void (out += text), err: (text) => void (err += text), redraw: false, columns: 80, signal: new AbortController().signal });
  return { code, out, err };
}

describe('citymirror tiles', () => {
  test('build makes a city folder, info and check read it', async () => {
    const built = await call('tiles', 'build', input, '-o', folder.path('city'), '--title', '测试', '--datum', '1985', '--synthetic');
    expect(built.code).toBe(0);
    expect(built.out).toContain('60 in, 60 out, 0 skipped');
    expect(built.err).toMatch(/^\d+ % reading the inputs\n/u);
    expect(JSON.parse(await readFile(folder.path('city/city.json'), 'utf8'))).toMatchObject({ version: 1, title: '测试', heightDatum: '1985', synthetic: true, layers: { buildings: { count: 60, cimLevel: 'CIM2' } } });
    const again = await call('tiles', 'build', input, '-o', folder.path('checked.3tz'), '--check');
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/\nchecked: \d+ tiles, \d+ contents: no faults found\n$/u) as string });
    const info = await call('tiles', 'info', folder.path('city'));
    expect(info).toMatchObject({ code: 0, err: '' });
    expect(info.out).toContain('not in the data: roads, areas, places, terrain');
    expect(await call('tiles', 'check', folder.path('city'))).toMatchObject({ code: 0, out: expect.stringMatching(/contents; looked into each\nno faults found\n$/u) as string });
  });

  test('of many contents a sample is looked into, and nothing where that is asked', async () => {
    const many = await folder.put('many.geojson', collection(seededBuildings(20_000)));
    expect((await call('tiles', 'build', many, '-o', folder.path('sampled'))).out).toMatch(/\nchecked: \d+ tiles, (\d+) contents \((?!\1)\d+ looked into; --check looks into all\): no faults found\n$/u);
    expect((await call('tiles', 'build', input, '-o', folder.path('unseen'), '--no-check')).out).not.toContain('checked');
  });

  test('an input without anything to build is named, with what to do', async () => {
    const empty = await folder.put('empty.osm', '<osm version="0.6"></osm>');
    const { code, err } = await call('tiles', 'build', empty, '-o', folder.path('of-empty'));
    expect(code).toBe(2);
    expect(err).toContain('Nothing was built of empty.osm: it holds no building, model, network, height model or anything else that is read here. citymirror tiles info FILE says what a file holds.');
  });

  test('an input that is broken beside a good one: built, exit code 1, one line', async () => {
    const broken = await folder.put('broken.geojson', '{"type":"FeatureCollection","features":[{"type":');
    const { code, err } = await call('tiles', 'build', input, broken, '-o', folder.path('half'));
    expect(code).toBe(1);
    expect(err.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
  });

  test('an IFC cut in half beside a good input: built, exit code 1, one clear sentence', async () => {
    const half = await folder.put('half.ifc', "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL('0000000000000000000001',$,'wa");
    const { code, err } = await call('tiles', 'build', input, half, '-o', folder.path('beside'));
    expect(code).toBe(1);
    const errors = err.split('\n').filter((line) => line.startsWith('error:'));
    expect(errors).toEqual([expect.stringMatching(/half\.ifc is cut short: it does not end with END-ISO-10303-21 \(1 instances were there\)\. Export or copy the file again\.$/)]);
    expect(JSON.parse(await readFile(folder.path('beside/city.json'), 'utf8'))).toMatchObject({ layers: { buildings: { count: 60 } } });
    expect((await call('tiles', 'info', half)).code).toBe(1);
  });

  const wrong: [string, string[], RegExp][] = [
    ['no command', [], /^$/],
    ['an unknown command', ['tiles', 'paint'], /no command "tiles paint"/],
    ['no output', ['tiles', 'build', 'x.geojson'], /Name the folder/],
    ['no input', ['tiles', 'build', '-o', 'x'], /Name at least one input/],
    ['an unknown option', ['tiles', 'build', '--paint'], /Unknown option/],
    ['an unknown datum', ['tiles', 'build', 'x', '-o', 'y', '--datum', 'sea'], /one of ellipsoid/],
    ['a place without its heading', ['tiles', 'build', 'x.ifc', '-o', 'y', '--place', 'x.ifc@113.9,22.5,ground'], /four or five numbers .* model\.ifc@113\.94,22\.53,ground,30/],
    ['memory that is no amount', ['tiles', 'build', 'x', '-o', 'y', '--max-memory', 'much'], /no amount of memory: give MiB, such as 512, or GiB, such as 2g/],
    ['a folder that is no city', ['tiles', 'info', '/nowhere'], /no city folder/],
    ['a port that is none', ['tiles', 'serve', 'x', '--port', 'x'], /is no port/],
  ];

  test.each(wrong)('%s: exit code 2 and a sentence', async (_, args, sentence) => {
    const { code, err } = await call(...args);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
  });

  test('as its own process, it draws no bar where nobody sees it, and Ctrl-C leaves nothing', async () => {
    const large = await folder.put('large.geojson', collection(seededBuildings(40_000)));
    const child = spawn(process.execPath, [fileURLToPath(new URL('run.mjs', import.meta.url)), 'tiles', 'build', large, '-o', folder.path('large')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    let asked = false;
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
      if (asked || !err.includes('reading the inputs')) return;
      asked = true;
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    expect(err).toContain('The build was stopped; nothing was changed.');
    expect(err).not.toContain('\r');
    await expect(readFile(folder.path('large/city.json'))).rejects.toThrow('ENOENT');
  });
});

test('on a terminal one line is redrawn and cleared', () => {
  const written: string[] = [];
  const line = progressLine({ err: (text) => written.push(text), redraw: true, columns: 80 });
  line.show({ stage: 'read', fraction: 0.5, overall: 0.15 });
  line.show({ stage: 'tiles', fraction: 0.5, overall: 0.5 });
  line.end();
  expect(written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
  expect(written[1]).toContain('50 % building 3D Tiles');
});

describe('the small server', () => {
  test('ranges, tags, gzip, no way out of the folder', async () => {
    await call('tiles', 'build', input, '-o', folder.path('served'));
    const { server, url } = await serveFolder(folder.path('served'), 0);
    try {
      const whole = await fetch(`${url}buildings.fgb`);
      const bytes = new Uint8Array(await whole.arrayBuffer());
      const part = await fetch(`${url}buildings.fgb`, { headers: { Range: 'bytes=10-19' } });
      expect(part.status).toBe(206);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
      expect((await fetch(`${url}buildings.fgb`, { headers: { Range: `bytes=${bytes.length}-` } })).status).toBe(416);
      expect((await fetch(`${url}city.json`, { headers: { 'If-None-Match': (await fetch(`${url}city.json`)).headers.get('etag')! } })).status).toBe(304);
      expect((await fetch(`${url}tileset.json`)).headers.get('content-encoding')).toBe('gzip');
      for (const path of ['../buildings.geojson', '%2e%2e/buildings.geojson', '..%2fbuildings.geojson', 'nothing.glb']) expect((await fetch(url + path)).status).toBe(404);
      await expect(serveFolder(folder.path('served'), Number(new URL(url).port))).rejects.toThrow(/is taken/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

test('P22: elsewhere a long step is said to go on, every ten seconds', () => {
  vi.useFakeTimers();
  try {
    const written: string[] = [];
    const line = progressLine({ err: (text) => written.push(text), redraw: false, columns: 80 }, () => Date.now());
    line.show({ stage: 'tiles', fraction: 0.5, overall: 0.5 });
    vi.advanceTimersByTime(35_000);
    expect(written.map((text) => text.split(',')[0].trim())).toEqual(Array.from({ length: 4 }, () => '50 % building 3D Tiles'));
    line.end();
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(4);
  } finally {
    vi.useRealTimers();
  }
});
