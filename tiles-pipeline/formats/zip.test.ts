import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { seeded } from '../testing/seeded-city.ts';
import { entriesOf, readEntry, type ZipEntry } from './zip.ts';

interface Packed { name?: string; data?: Buffer; size?: number; method?: number; mode?: number; flags?: number; at?: number }

/** An archive of one file, with what a test wants to be wrong. */
function archive(file: Packed = {}): Uint8Array {
  return archiveOf([file]);
}

function archiveOf(files: readonly Packed[], said = files.length): Uint8Array {
  const [locals, entries]: [Buffer[], Buffer[]] = [[], []];
  let length = 0;
  for (const { name = 'a.ifc', data = Buffer.from('ISO-10303-21;'), size = data.length, method = 8, mode = 0, flags = 0, at = length } of files) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const title = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(title.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt8(3, 5);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(title.length, 28);
    entry.writeUInt32LE((mode << 16) >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    locals.push(local, title, packed);
    entries.push(entry, title);
    length += local.length + title.length + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(said, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(length, 16);
  return new Uint8Array(Buffer.concat([...locals, directory, end]));
}

const LIMITS = { bytes: 1_000_000, ratio: 200 };
const first = (bytes: Uint8Array): ZipEntry => (entriesOf(bytes) as ZipEntry[])[0];

describe('an archive from anywhere', () => {
  test.each([0, 8])('is read, method %i', (method) => {
    const bytes = archive({ method });
    expect(Buffer.from(readEntry(bytes, first(bytes), LIMITS) as Uint8Array).toString()).toBe('ISO-10303-21;');
  });

  test.each(['../out.ifc', '..\\out.ifc', '/etc/out.ifc', 'C:\\out.ifc', 'a/../../out.ifc', 'a\0.ifc'])('that leads out of itself is refused: %s', (name) => expect(entriesOf(archive({ name }))).toMatch(/outside itself/));

  test('that is cut short or no archive says so', () => {
    const bytes = archive();
    expect(entriesOf(bytes.subarray(0, bytes.length / 2))).toMatch(/no directory/);
    expect(entriesOf(new Uint8Array(10))).toMatch(/no directory/);
    expect(readEntry(bytes, { ...first(bytes), at: 9999 }, LIMITS)).toMatch(/wrong/);
    expect(readEntry(bytes, { ...first(bytes), packed: 1_000_000 }, LIMITS)).toMatch(/cut short/);
  });

  test('that grows beyond all measure is not unpacked, whatever it declares', () => {
    const bomb = Buffer.alloc(900_000);
    const truthful = archive({ data: bomb });
    expect(readEntry(truthful, first(truthful), LIMITS)).toMatch(/would grow \d+ times/);
    const huge = archive({ size: 2_000_000_000 });
    expect(readEntry(huge, first(huge), LIMITS)).toMatch(/2000 MB/);
    const lying = archive({ data: bomb, size: 100 });
    expect(typeof readEntry(lying, first(lying), LIMITS)).toBe('string');
  });

  const together: [name: string, why: RegExp, files: Packed[]][] = [
    ['a name twice by case', /same file twice/, [{ name: 'Wand.ifc' }, { name: 'WAND.ifc' }]],
    ['a name twice by Unicode form', /same file twice/, [{ name: 'Ä.ifc' }, { name: 'A\u0308.ifc' }]],
    ['a name twice by its slashes', /same file twice/, [{ name: 'a/b.ifc' }, { name: 'a\\b.ifc' }]],
    ['files that lie in one another', /lie in one another/, [{ name: 'a.ifc', data: Buffer.alloc(5000) }, { name: 'b.ifc', at: 0 }, { name: 'c.ifc', at: 0 }]],
    ['a link', /holds a link/, [{ name: 'out', data: Buffer.from('/etc'), mode: 0o120777 }, { name: 'out/passwd.ifc' }]],
    ['sizes of six gigabytes in all', /6\.0 GB/, [{ name: 'a', size: 3e9 }, { name: 'b', size: 3e9 }]],
  ];
  test.each(together)('with %s is refused', (_, why, files) => expect(entriesOf(archiveOf(files))).toMatch(why));

  test('that says a million files, or is locked, is refused', () => {
    expect(entriesOf(archiveOf([{}], 65_535))).toMatch(/ZIP64/);
    expect(entriesOf(archiveOf([{}], 65_500))).toMatch(/65500 files/);
    expect(entriesOf(archiveOf([{}], 60_000))).toMatch(/directory is broken/);
    const locked = archive({ flags: 1 });
    expect(readEntry(locked, first(locked), LIMITS)).toMatch(/password/);
  });

  test('inside an archive inside an archive is not unpacked: one level is read', () => {
    let inner = Buffer.from(archive({ name: 'bomb.ifc', data: Buffer.alloc(10_000) }));
    for (let level = 0; level < 5; level++) inner = Buffer.from(archiveOf(Array.from({ length: 4 }, (_, k) => ({ name: `${k}.zip`, data: inner, method: 0 }))));
    expect((entriesOf(new Uint8Array(inner)) as ZipEntry[]).map(({ name }) => name)).toEqual(['0.zip', '1.zip', '2.zip', '3.zip']);
  });

  test('cut anywhere or with bytes flipped gives files of their size or reasons', () => {
    const random = seeded(8);
    const whole = archiveOf([{ name: 'a.ifc' }, { name: 'b/c.ifc', data: Buffer.alloc(3000, 'IFC') }, { name: 'd.ifc', method: 0 }]);
    for (let n = 0; n < 400; n++) {
      const mutant = n % 3 === 0 ? whole.slice(0, Math.floor(random() * whole.length)) : Uint8Array.from(whole);
      for (let k = n % 4; k > 0 && mutant.length > 0; k--) mutant[Math.floor(random() * mutant.length)] = Math.floor(random() * 256);
      const entries = entriesOf(mutant);
      for (const entry of typeof entries === 'string' ? [] : entries) {
        const bytes = readEntry(mutant, entry, LIMITS);
        expect(typeof bytes === 'string' || bytes.length === entry.size || entry.method === 0).toBe(true);
      }
    }
  });
});
