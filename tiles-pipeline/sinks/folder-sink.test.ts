import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TwinError } from '../../engine/errors.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { FolderSink, type FolderSinkOptions } from './folder-sink.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => void (folder = await workFolder()));
afterAll(() => folder.drop());

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (path: string): Promise<string> => readFile(folder.path(path), 'utf8');
/** Everything whose name begins with that of the output. */
const around = async (name: string): Promise<string[]> => (await readdir(folder.path('.'))).filter((each) => each.startsWith(name)).toSorted();

async function city(name: string, word = 'older'): Promise<string> {
  const path = folder.path(name);
  await mkdir(path, { recursive: true });
  await writeFile(`${path}/city.json`, word);
  return path;
}

async function failure(act: Promise<unknown>): Promise<TwinError> {
  const cause: unknown = await act.then(() => new Error('nothing was thrown'), (thrown: unknown) => thrown);
  expect(cause).toMatchObject({ name: 'TwinError', code: 'refused' });
  return cause as TwinError;
}

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid!;
}

describe('a folder as output', () => {
  test('appears whole at the end and not before, with what was written and what was taken over', async () => {
    const out = folder.path('whole');
    const sink = new FolderSink(out);
    await writeFile(folder.path('made.glb'), 'tile');
    await sink.write('city.json', text('{}'));
    await sink.copyFrom('tiles/0/0.glb', folder.path('made.glb'));
    expect(await around('whole')).toEqual(['whole.citymirror-lock', 'whole.citymirror-new', `whole.citymirror-scratch-${process.pid}`]);
    expect([await sink.has('tiles/0/0.glb'), await sink.has('tiles/0/1.glb'), await sink.has('tiles')]).toEqual([true, false, false]);
    await sink.commit();
    await sink.discard();
    expect(await around('whole')).toEqual(['whole']);
    expect([await read('whole/city.json'), await read('whole/tiles/0/0.glb')]).toEqual(['{}', 'tile']);
  });

  test('is replaced only at the end, and nothing of the older stays', async () => {
    const out = await city('again');
    await writeFile(`${out}/gone.txt`, 'x');
    const sink = new FolderSink(out, { sync: true });
    await sink.write('city.json', text('newer'));
    expect(await read('again/city.json')).toBe('older');
    await sink.commit();
    expect(await readdir(out)).toEqual(['city.json']);
    expect(await read('again/city.json')).toBe('newer');
    expect(await around('again')).toEqual(['again']);
  });

  test('leaves nothing when it is given up, not even the folders made for it', async () => {
    const sink = new FolderSink(folder.path('given/up/city'));
    await sink.write('a/b/c.json', text('{}'));
    await sink.discard();
    expect(await around('given')).toEqual([]);
  });

  test.each(['../x', '/x', 'a/../../x', 'a\\..\\x', ''])('nothing is written outside of it: "%s"', async (path) => {
    const sink = new FolderSink(folder.path('inside'));
    await failure(sink.write(path, text('x')));
    await failure(sink.copyFrom(path, folder.path('made.glb')));
    await sink.discard();
    expect(await around('inside')).toEqual([]);
  });
});

describe('what stands in the way', () => {
  test('a link is not followed and not replaced', async () => {
    const target = await city('target');
    await symlink(target, folder.path('linked'));
    expect((await failure(new FolderSink(folder.path('linked')).open())).message).toContain('is a link; name the folder it leads to');
    await symlink(folder.path('nowhere'), folder.path('dangling'));
    await failure(new FolderSink(folder.path('dangling')).open());
    expect((await lstat(folder.path('linked'))).isSymbolicLink()).toBe(true);
    expect(await read('target/city.json')).toBe('older');
  });

  test('a link where the new folder is made is taken away, and its target is not touched', async () => {
    await mkdir(folder.path('precious'));
    await writeFile(folder.path('precious/file'), 'x');
    await symlink(folder.path('precious'), folder.path('tricked.citymirror-new'));
    const sink = new FolderSink(folder.path('tricked'));
    await sink.write('city.json', text('{}'));
    await sink.commit();
    expect(await readdir(folder.path('precious'))).toEqual(['file']);
    expect((await lstat(folder.path('tricked'))).isDirectory()).toBe(true);
  });

  test('a file, a folder below a file, a folder with other things', async () => {
    const file = await folder.put('plain', 'x');
    expect((await failure(new FolderSink(file).open())).message).toContain('is a file');
    await failure(new FolderSink(`${file}/city`).open());
    await mkdir(folder.path('mine'));
    await writeFile(folder.path('mine/diary.txt'), 'x');
    expect((await failure(new FolderSink(folder.path('mine')).open())).message).toContain('holds other files');
    expect(await read('mine/diary.txt')).toBe('x');
  });

  const codes: [string, RegExp][] = [
    ['ENOSPC', /^The disk is full: .* \(at least 4 bytes more are needed, [\d.,]+ (bytes|MB|GB) are free\)\. Free some space .*untouched\.$/u],
    ['EDQUOT', /^The disk quota is used up: .*4 bytes more.*untouched\.$/u],
    ['EROFS', /is on a read-only disk\. Choose another place/u],
    ['EACCES', /no permission\. Choose another place/u],
    ['EFBIG', /ulimit -f.*untouched/u],
    ['EIO', /the disk reports a fault/u],
    ['EODD', /could not be written \(EODD\)/u],
  ];

  test.each(codes)('%s is one sentence, and the older city is untouched', async (code, sentence) => {
    const out = await city(`fault-${code}`);
    const sink = new FolderSink(out, { put: () => Promise.reject(Object.assign(new Error(code), { code })) });
    const error = await failure(sink.write('city.json', text('more')));
    expect(error.message).toMatch(sentence);
    await sink.discard();
    expect(await read(`fault-${code}/city.json`)).toBe('older');
    expect(await around(`fault-${code}`)).toEqual([`fault-${code}`]);
  });

  test.runIf(process.platform === 'linux')('a disk that is truly full, with the bytes the whole output still needs', async () => {
    const sink = new FolderSink(folder.path('full'), { expected: 5_000_000, put: (_, bytes) => writeFile('/dev/full', bytes) });
    expect((await failure(sink.write('city.json', new Uint8Array(100_000)))).message).toMatch(/\(5\.0 MB more are needed, /u);
    await sink.discard();
    expect(await around('full')).toEqual([]);
  });

  test.runIf(process.getuid?.() !== 0)('a folder without permission', async () => {
    await mkdir(folder.path('closed'));
    await chmod(folder.path('closed'), 0o500);
    expect((await failure(new FolderSink(folder.path('closed/city')).open())).message).toContain('no permission');
  });

  test('too many open files are waited for', async () => {
    let refusals = 3;
    const put: FolderSinkOptions['put'] = async (path, bytes) => {
      if (refusals-- > 0) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
      await writeFile(path, bytes);
    };
    const sink = new FolderSink(folder.path('many'), { put });
    await sink.write('city.json', text('{}'));
    await sink.commit();
    expect(await read('many/city.json')).toBe('{}');
  });
});

describe('two runs on one output', () => {
  test('the second is told who holds it, harms nothing, and may go on when the first is through', async () => {
    const first = new FolderSink(folder.path('both'));
    await first.write('city.json', text('first'));
    const second = new FolderSink(folder.path('both'));
    const error = await failure(second.write('city.json', text('second')));
    expect(error.message).toMatch(new RegExp(`is being written by process ${process.pid} on ${hostname()} since 20\\d\\d-`, 'u'));
    await second.discard();
    expect(await around('both')).toEqual(['both.citymirror-lock', 'both.citymirror-new', `both.citymirror-scratch-${process.pid}`]);
    await first.commit();
    expect(await read('both/city.json')).toBe('first');
    const third = new FolderSink(folder.path('both'));
    await third.open();
    await third.discard();
    expect(await around('both')).toEqual(['both']);
  });

  test('of many that start together one gets it', async () => {
    const sinks = Array.from({ length: 12 }, () => new FolderSink(folder.path('crowd')));
    await writeFile(folder.path('crowd.citymirror-lock'), JSON.stringify({ pid: await deadPid(), host: hostname(), born: '', since: 'before', token: 'dead' }));
    const got = await Promise.allSettled(sinks.map((sink) => sink.open()));
    expect(got.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(sinks.map((sink) => sink.discard()));
    expect(await around('crowd')).toEqual([]);
  });

  const holder = (more: object): string => JSON.stringify({ host: hostname(), born: '', since: '2026-01-01T00:00:00.000Z', token: 't', ...more });
  const lock = (name: string): string => folder.path(`${name}.citymirror-lock`);

  test.each<[name: string, stale: boolean, content: () => Promise<string>, age: number]>([
    ['a dead process', true, async () => holder({ pid: await deadPid() }), 0],
    ['a living process', false, async () => holder({ pid: process.pid }), 1e9],
    ['a later process of the same number', true, async () => holder({ pid: process.pid, born: '1' }), 0],
    ['another machine that gave a sign just now', false, async () => holder({ pid: 1, host: 'elsewhere' }), 1000],
    ['another machine that gave none for long', true, async () => holder({ pid: 1, host: 'elsewhere' }), 300_000],
    ['nobody: the file is cut off, and old', true, async () => '{"pid":', 300_000],
    ['nobody: the file is cut off, and new', false, async () => '', 0],
  ])('a lock of %s: taken over is %s', async (name, stale, content, age) => {
    const out = name.replaceAll(/\W+/gu, '-');
    await writeFile(lock(out), await content());
    const then = new Date(Date.now() - age);
    await utimes(lock(out), then, then);
    const sink = new FolderSink(folder.path(out));
    if (stale) await sink.open();
    else await failure(sink.open());
    await sink.discard();
    expect(await around(out)).toEqual(stale ? [] : [`${out}.citymirror-lock`]);
    await rm(lock(out), { force: true });
  });

  test('gives signs of life while it works', async () => {
    const sink = new FolderSink(folder.path('alive'), { lock: { beat: 10 } });
    await sink.open();
    const before = new Date(Date.now() - 60_000);
    await utimes(lock('alive'), before, before);
    await expect.poll(async () => (await stat(lock('alive'))).mtimeMs).toBeGreaterThan(before.getTime() + 1000);
    await sink.discard();
  });
});

describe('after a run that was killed', () => {
  test('between the two moves, the older folder comes back', async () => {
    const out = await city('torn');
    await rename(out, `${out}.citymirror-old`);
    await city('torn.citymirror-new', 'half');
    const sink = new FolderSink(out);
    await sink.open();
    expect(await read('torn/city.json')).toBe('older');
    await sink.discard();
    expect(await around('torn')).toEqual(['torn']);
  });

  test('after both, the older one goes', async () => {
    const out = await city('done', 'newer');
    await city('done.citymirror-old');
    const sink = new FolderSink(out);
    await sink.open();
    await sink.discard();
    expect(await around('done')).toEqual(['done']);
    expect(await read('done/city.json')).toBe('newer');
  });

  test('what it had written is kept for one that resumes, halves of files not counted, and is gone for another', async () => {
    const out = folder.path('resumed');
    const first = new FolderSink(out, { resume: true });
    await first.write('tiles/0.glb', text('zero'));
    await writeFile(`${out}.citymirror-new/tiles/1.glb~part`, 'on');
    await first.leave();
    const second = new FolderSink(out, { resume: true });
    expect([await second.has('tiles/0.glb'), await second.has('tiles/1.glb')]).toEqual([true, false]);
    await second.write('city.json', text('{}'));
    await second.commit();
    expect((await readdir(out, { recursive: true })).toSorted()).toEqual(['city.json', 'tiles', 'tiles/0.glb']);
    const left = new FolderSink(out, { resume: true });
    await left.write('tiles/0.glb', text('zero'));
    await left.leave();
    const third = new FolderSink(out);
    expect(await third.has('tiles/0.glb')).toBe(false);
    await third.discard();
    expect(await around('resumed')).toEqual(['resumed']);
  });
});
