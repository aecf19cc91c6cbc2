import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { convert } from '../convert.ts';
import { collection, seeded, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { Archive } from './archive.ts';
import { encodeIndex, findInIndex, INDEX_NAME } from './archive-index.ts';
import { ArchiveSink, type ArchiveSinkOptions } from './archive-sink.ts';
import { centralHeader, endRecords, localHeader } from './zip-records.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let city: string;
let files: string[];

beforeAll(async () => {
  folder = await workFolder();
  city = folder.path('city');
  await convert({ inputs: [await folder.put('buildings.geojson', collection(seededBuildings(1500)))], out: city });
  const found = await readdir(city, { recursive: true, withFileTypes: true });
  files = found.filter((entry) => entry.isFile()).map((entry) => relative(city, join(entry.parentPath, entry.name))).toSorted();
});
afterAll(() => folder.drop());

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function pack(name: string, options: ArchiveSinkOptions = {}): Promise<string> {
  const path = folder.path(name);
  const sink = new ArchiveSink(path, options);
  await Promise.all(files.map((file, k) => (k % 2 === 0 ? sink.write(file, readFileSync(join(city, file))) : sink.copyFrom(file, join(city, file)))));
  await sink.commit();
  return path;
}

/** The same, by the program everybody has. */
function python(code: string, path: string): string {
  return execFileSync('python3', ['-c', `import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n${code}`, path], { encoding: 'utf8' }).trim();
}

describe('a city as a .3tz', () => {
  test('holds the folder, file for file and byte for byte', async () => {
    const path = folder.path('city.3tz');
    const sink = new ArchiveSink(path, { sync: true });
    for (const [k, file] of files.entries()) await (k % 2 === 0 ? sink.write(file, await readFile(join(city, file))) : sink.copyFrom(file, join(city, file)));
    await sink.commit();
    const archive = await Archive.open(path);
    expect(archive.names()).toEqual(files);
    for (const file of files) expect(Buffer.compare((await archive.read(file))!, await readFile(join(city, file)))).toBe(0);
    expect(await archive.issues()).toEqual([]);
    await archive.close();
    expect((await readdir(folder.path('.'))).filter((name) => name.startsWith('city.3tz'))).toEqual(['city.3tz']);
  });

  test('is a ZIP to others: unzip and Python find no fault, and the index last and stored', () => {
    const path = folder.path('city.3tz');
    expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected');
    expect(python('print(z.testzip(), z.namelist()[-1], z.infolist()[-1].compress_type, {i.date_time for i in z.infolist()}, len(z.namelist()))', path)).toBe(`None ${INDEX_NAME} 0 {(1980, 1, 1, 0, 0, 0)} ${files.length + 1}`);
  });

  test('its index is found by bisection over the raw bytes, and leads to each local header', async () => {
    const bytes = await readFile(folder.path('city.3tz'));
    const index = execFileSync('unzip', ['-p', folder.path('city.3tz'), INDEX_NAME]);
    expect(index.length).toBe(files.length * 24);
    for (const file of files) {
      const [at] = findInIndex(index, file);
      expect(bytes.readUInt32LE(at)).toBe(0x04034b50);
      expect(bytes.toString('utf8', at + 30, at + 30 + bytes.readUInt16LE(at + 26))).toBe(file);
      // Sizes and sum stand in the local header: readers by index see nothing else.
      expect(bytes.readUInt32LE(at + 14)).toBe(crc32(await readFile(join(city, file))));
      expect(bytes.readUInt32LE(at + 22)).toBe((await stat(join(city, file))).size);
    }
    expect(findInIndex(index, 'tiles/none.glb')).toEqual([]);
  });

  test('the same calls give the same bytes, and it is small', async () => {
    const [one, two, stored] = [await pack('one.3tz'), await pack('two.3tz'), await pack('stored.3tz', { store: true })];
    expect(Buffer.compare(await readFile(one), await readFile(two))).toBe(0);
    expect((await stat(one)).size).toBeLessThan((await stat(stored)).size * 0.9);
    expect(python('print({i.compress_type for i in z.infolist()})', stored)).toBe('{0}');
  });

  test('a file too large to be held goes through in pieces', async () => {
    const sink = new ArchiveSink(folder.path('large.3tz'));
    const [noise, zeros] = [randomBytes(9_000_000), Buffer.alloc(9_000_000, 'city')];
    await writeFile(folder.path('noise'), noise);
    await writeFile(folder.path('zeros'), zeros);
    await sink.copyFrom('dem.bin', folder.path('noise'));
    await sink.copyFrom('buildings.json', folder.path('zeros'));
    await sink.write('tileset.json', text('{}'));
    await sink.commit();
    expect(python('print(z.testzip(), [i.compress_type for i in z.infolist()])', folder.path('large.3tz'))).toBe('None [0, 8, 0, 0]');
    const archive = await Archive.open(folder.path('large.3tz'));
    expect([await archive.issues(), Buffer.compare((await archive.read('dem.bin'))!, noise), Buffer.compare((await archive.read('buildings.json'))!, zeros)]).toEqual([[], 0, 0]);
    await archive.close();
  });

  test('more than 65,535 files, and a place beyond 4 GiB, are told as ZIP64 has it', async () => {
    const path = folder.path('many.3tz');
    const many = Array.from({ length: 65_600 }, (_, k) => ({ name: `t/${k}.json`, method: 0, crc: crc32(`${k}`), packed: `${k}`.length, size: `${k}`.length, at: 0 }));
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const [k, each] of many.entries()) {
      const part = Buffer.concat([localHeader(each), text(`${k}`)]);
      each.at = length;
      length += part.length;
      parts.push(part);
    }
    const central = Buffer.concat(many.map(centralHeader));
    await writeFile(path, Buffer.concat([...parts, central, endRecords({ count: many.length, at: length, length: central.length })]));
    expect(python('print(len(z.namelist()), z.read("t/65599.json"))', path)).toBe("65600 b'65599'");
    const archive = await Archive.open(path);
    expect([archive.names().length, Buffer.from((await archive.read('t/65599.json'))!).toString()]).toEqual([65_600, '65599']);
    await archive.close();

    const far = folder.path('far.3tz');
    const file = await open(far, 'w');
    const at = 4_400_000_000;
    const entry = { name: 'tileset.json', method: 0, crc: crc32('{}'), packed: 2, size: 2, at };
    const head = Buffer.concat([localHeader(entry), text('{}')]);
    const directory = centralHeader(entry);
    await file.write(Buffer.concat([head, directory, endRecords({ count: 1, at: at + head.length, length: directory.length })]), 0, undefined, at);
    await file.close();
    expect(python('print(z.read("tileset.json"))', far)).toBe("b'{}'");
    const distant = await Archive.open(far);
    expect(Buffer.from((await distant.read('tileset.json'))!).toString()).toBe('{}');
    await distant.close();
    expect(findInIndex(encodeIndex([entry]), 'tileset.json')).toEqual([at]);
  });
});

describe('what a .3tz refuses', () => {
  test.each<[string, (sink: ArchiveSink) => Promise<void>, RegExp]>([
    ['no tileset', async (sink) => sink.write('city.json', text('{}')), /needs a tileset\.json/u],
    ['a path twice', async (sink) => sink.write('a.json', text('{}')).then(() => sink.write('a.json', text('{}'))), /there already/u],
    ['an archive inside', async (sink) => sink.write('a.3tz/tileset.json', text('{}')), /may not have that name/u],
    ['a way out', async (sink) => sink.write('../a.json', text('{}')), /no path inside/u],
    ['a file that is gone', async (sink) => sink.copyFrom('a.json', folder.path('nothing')), /ENOENT/u],
  ])('%s', async (name, act, sentence) => {
    const path = folder.path(`${name.replaceAll(' ', '-')}.3tz`);
    const sink = new ArchiveSink(path);
    await expect(act(sink).then(() => sink.commit())).rejects.toThrow(sentence);
    await sink.discard();
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect((await readdir(folder.path('.'))).filter((each) => each.startsWith(name.replaceAll(' ', '-')))).toEqual([]);
  });

  test('to replace what is no archive, or to follow a link', async () => {
    await folder.put('diary.3tz', 'dear diary');
    await mkdir(folder.path('dir.3tz'));
    await symlink(folder.path('diary.3tz'), folder.path('link.3tz'));
    for (const name of ['diary.3tz', 'dir.3tz', 'link.3tz']) await expect(new ArchiveSink(folder.path(name)).open()).rejects.toMatchObject({ code: 'refused' });
    expect(await readFile(folder.path('diary.3tz'), 'utf8')).toBe('dear diary');
  });

  test('two runs at once; the older archive stays until the newer is whole', async () => {
    const path = folder.path('held.3tz');
    const write = async (word: string): Promise<ArchiveSink> => {
      const sink = new ArchiveSink(path, { store: true });
      await sink.write('tileset.json', text(word));
      return sink;
    };
    await (await write('older')).commit();
    const newer = await write('newer');
    await expect(new ArchiveSink(path).open()).rejects.toThrow(/is being written by process/u);
    expect(python('print(z.read("tileset.json"))', path)).toBe("b'older'");
    await newer.commit();
    expect(python('print(z.read("tileset.json"))', path)).toBe("b'newer'");
    await (await write('given up')).discard();
    expect(python('print(z.read("tileset.json"))', path)).toBe("b'newer'");
  });
});

describe('reading what others, or nobody, made', () => {
  test('hundreds of damaged archives: a fault, an issue or the truth, never anything else', async () => {
    const whole = await readFile(folder.path('city.3tz'));
    const truth = new Map(await Promise.all(files.map(async (file) => [file, crc32(await readFile(join(city, file)))] as const)));
    const random = seeded(5);
    const path = folder.path('damaged.3tz');
    for (let k = 0; k < 200; k++) {
      const damaged = Buffer.from(whole.subarray(0, random() < 0.3 ? Math.floor(random() * whole.length) : whole.length));
      // The directory is where damage matters most.
      for (let flips = 0; flips < 1 + random() * 4; flips++) if (damaged.length > 0) damaged[Math.floor(random() < 0.7 ? Math.max(0, damaged.length - 1 - random() * 3000) : random() * damaged.length)] = Math.floor(random() * 256);
      await writeFile(path, damaged);
      const archive = await Archive.open(path).catch((cause: unknown) => {
        expect(cause).toMatchObject({ name: 'TwinError', code: 'bad-input' });
        return undefined;
      });
      if (!archive) continue;
      await archive.issues();
      for (const name of archive.names().slice(0, 3)) {
        const bytes = await archive.read(name).catch((cause: unknown) => void expect(cause).toMatchObject({ name: 'TwinError', code: 'bad-input' }));
        if (bytes && truth.has(name)) expect([truth.get(name), 0]).toContain(crc32(bytes));
      }
      await archive.close();
    }
  });

  test('an index out of order, short, or not last is named', async () => {
    const bytes = await readFile(folder.path('city.3tz'));
    const at = bytes.indexOf(INDEX_NAME) + INDEX_NAME.length;
    const swapped = Buffer.from(bytes);
    bytes.copy(swapped, at, at + 24, at + 48);
    bytes.copy(swapped, at + 24, at, at + 24);
    swapped.writeUInt32LE(crc32(swapped.subarray(at, at + files.length * 24)), at - INDEX_NAME.length - 30 + 14);
    const central = swapped.lastIndexOf(INDEX_NAME) - 46;
    swapped.writeUInt32LE(crc32(swapped.subarray(at, at + files.length * 24)), central + 16);
    await writeFile(folder.path('swapped.3tz'), swapped);
    const archive = await Archive.open(folder.path('swapped.3tz'));
    expect((await archive.issues()).map(({ message }) => message).join()).toContain('do not ascend');
    await archive.close();
  });
});

describeShared('archives of others', () => {
  test.each([
    ['archives/test.3tz', 6, []],
    ['tools-cases/contentTypes/content.3tz', 1, []],
    ['validator-cases/tilesets/packages/tilesetPackageWithWarnings.3tz', 3, []],
  ] as [string, number, string[]][])('%s is read, each file, and its index leads to each', async (name, count, codes) => {
    const path = shared(`data/tiles3d/${name}`);
    const archive = await Archive.open(path);
    expect((await archive.issues()).map(({ code }) => code)).toEqual(codes);
    expect(archive.names()).toHaveLength(count);
    const sums = JSON.parse(python('import json; print(json.dumps({i.filename: i.CRC for i in z.infolist()}))', path)) as Record<string, number>;
    for (const file of archive.names()) expect(crc32((await archive.read(file))!)).toBe(sums[file]);
    await archive.close();
  });

  test('what is none is said to be none', async () => {
    await expect(Archive.open(shared('data/tiles3d/validator-cases/tilesets/tiles/3tz/invalid.3tz'))).rejects.toThrow(/no ZIP, or was cut short/u);
  });
});
