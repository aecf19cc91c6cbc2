import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workFolder } from '../testing/seeded-city.ts';
import { Archive } from './archive.ts';
import { ArchiveSink } from './archive-sink.ts';
import { FolderSink } from './folder-sink.ts';
import { S3Sink } from './s3-sink.ts';
import { SideFiles } from './side-files.ts';
import { handOver, sinkFor } from './sink-for.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
const paths = ['city.json', ...Array.from({ length: 40 }, (_, k) => `tiles/${k % 5}/${k}.glb`), 'tileset.json'].toSorted();

beforeAll(async () => {
  folder = await workFolder();
  for (let k = 0; k < 5; k++) await mkdir(folder.path(`work/tiles/${k}`), { recursive: true });
  for (const path of paths) await writeFile(folder.path(`work/${path}`), path.repeat(1 + (path.length * 97) % 50));
  await symlink('/etc/hostname', folder.path('work/tiles/link'));
});
afterAll(() => folder.drop());

test.each([
  ['city', {}, FolderSink], ['a/city/', {}, FolderSink], ['city.3tz', {}, ArchiveSink], ['city.3dtiles.zip', {}, ArchiveSink], ['s3://cities/shenzhen', { compress: 'gzip' }, S3Sink], ['city', { compress: 'gzip,br' }, SideFiles],
] as const)('-o %s', (out, options, kind) => {
  expect(sinkFor(out, options)).toBeInstanceOf(kind);
});

test.each([
  ['ftp://host/city', {}], ['s3://', {}], ['s3://cities/x', { compress: 'br' }], ['city.3tz', { compress: 'gzip' }], ['city', { compress: 'zip' }],
] as const)('-o %s with %j is refused in a sentence', (out, options) => {
  expect(() => sinkFor(out, options)).toThrow(expect.objectContaining({ code: 'bad-input' }));
});

test('a folder handed over is the folder, links left out', async () => {
  const sink = sinkFor(folder.path('out'));
  const told: number[] = [];
  expect(await handOver(folder.path('work'), sink, { onFile: (done) => told.push(done) })).toBe(paths.length);
  await sink.commit();
  const found = await readdir(folder.path('out'), { recursive: true, withFileTypes: true });
  expect(found.filter((entry) => entry.isFile())).toHaveLength(paths.length);
  for (const path of paths) expect(await readFile(folder.path(`out/${path}`), 'utf8')).toBe(await readFile(folder.path(`work/${path}`), 'utf8'));
  expect(told).toEqual(paths.map((_, k) => k + 1));
});

test('an archive takes them in the order of their paths', async () => {
  const sink = sinkFor(folder.path('out.3tz'));
  await handOver(folder.path('work'), sink);
  await sink.commit();
  const archive = await Archive.open(folder.path('out.3tz'));
  expect(archive.names()).toEqual(paths);
  await archive.close();
});

test('ends at a failure, and when it is told to', async () => {
  const full = new FolderSink(folder.path('full'), { put: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) });
  const wrapped = Object.assign(Object.create(full) as FolderSink, { has: () => Promise.resolve(false), copyFrom: (path: string) => full.write(path, new Uint8Array(3)) });
  await expect(handOver(folder.path('work'), wrapped)).rejects.toThrow(/^The disk is full/u);
  await full.discard();
  const stopped = sinkFor(folder.path('stopped'));
  await expect(handOver(folder.path('work'), stopped, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  await stopped.discard();
  expect((await readdir(folder.path('.'))).filter((name) => /^(full|stopped)/u.test(name))).toEqual([]);
});
