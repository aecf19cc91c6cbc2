import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { entriesOf, readEntry, type ZipEntry } from './zip.ts';

/** An archive of one file, with what a test wants to be wrong. */
function archive({ name = 'a.ifc', data = Buffer.from('ISO-10303-21;'), size = data.length, method = 8 }: { name?: string; data?: Buffer; size?: number; method?: number } = {}): Uint8Array {
  const packed = method === 8 ? deflateRawSync(data) : data;
  const title = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(title.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(title.length, 28);
  const at = local.length + title.length + packed.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + title.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([local, title, packed, entry, title, end]));
}

const LIMITS = { bytes: 1_000_000, ratio: 200 };
const first = (bytes: Uint8Array): ZipEntry => (entriesOf(bytes) as ZipEntry[])[0];

describe('an archive from anywhere', () => {
  test.each([0, 8])('is read, method %i', (method) => {
    const bytes = archive({ method });
    expect(Buffer.from(readEntry(bytes, first(bytes), LIMITS) as Uint8Array).toString()).toBe('ISO-10303-21;');
  });

  test.each(['../out.ifc', '..\\out.ifc', '/etc/out.ifc', 'C:\\out.ifc', 'a/../../out.ifc'])('that leads out of itself is refused: %s', (name) => expect(entriesOf(archive({ name }))).toMatch(/outside itself/));

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
});
