import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { describeShared, hasShared, shared } from '../../tests/shared.ts';
import { lasFile } from '../testing/las-file.ts';
import { sniffFormat } from './index.ts';
import { las } from './las.ts';
import { BLOCK, PointReader } from './las/read-points.ts';
import { decodeRecords, pointColumns } from './las/decode.ts';
import type { PointCloud } from './point-table.ts';
import { fileSource } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'citymirror-las-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Opened { cloud: PointCloud | undefined; issues: Issue[]; skipped: Record<string, number> }

async function open(path: string, known: boolean | string = true): Promise<Opened> {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  let cloud: PointCloud | undefined;
  const toDegrees = (crs: string): ((x: number, y: number) => [number, number]) | undefined => (known === true || crs === known ? (x, y) => [x / 1e6, y / 1e6] : undefined);
  const context = { issues, skip: (reason: string, count = 1) => void (skipped[reason] = (skipped[reason] ?? 0) + count), crs: known === true ? 'EPSG:1' : undefined, toDegrees };
  for await (const table of las.read(await fileSource(path), context)) cloud = table.cloud;
  return { cloud, issues, skipped };
}

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Points, bounds and classes as our reader gives them. */
async function summed({ layout }: PointCloud): Promise<{ count: number; box: number[]; classes: Record<number, number>; withheld: number; broken: number }> {
  const reader = new PointReader();
  const columns = pointColumns(BLOCK);
  const box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  const classes: Record<number, number> = {};
  let [count, broken] = [0, 0];
  const range = { from: 0, to: layout.chunks ? layout.chunks.bytes.length : layout.count };
  for await (const block of reader.read(layout, range, (points) => (broken += points))) {
    columns.count = 0;
    decodeRecords(block.bytes, block.count, layout, columns);
    count += columns.count;
    for (let k = 0; k < columns.count; k++) {
      classes[columns.look[k] >>> 24] = (classes[columns.look[k] >>> 24] ?? 0) + 1;
    }
    for (const [axis, raw] of [columns.x, columns.y, columns.z].entries()) {
      for (let k = 0; k < columns.count; k++) {
        const value = raw[k] * layout.scale[axis] + layout.offset[axis];
        if (value < box[axis]) box[axis] = value;
        if (value > box[axis + 3]) box[axis + 3] = value;
      }
    }
  }
  reader.close();
  return { count, box, classes, withheld: columns.withheld, broken };
}

/** The slow way: records through a DataView, one after another. */
function slowly(bytes: Buffer): { count: number; classes: Record<number, number> } {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, format, length] = [data.getUint32(96, true), bytes[104], data.getUint16(105, true)];
  const count = data.getUint32(107, true) || Number(data.getBigUint64(247, true));
  const classes: Record<number, number> = {};
  for (let k = 0; k < count; k++) {
    const kind = format < 6 ? data.getUint8(start + k * length + 15) & 31 : data.getUint8(start + k * length + 16);
    classes[kind] = (classes[kind] ?? 0) + 1;
  }
  return { count, classes };
}

describe('LAS files with a fault', () => {
  const plain = { points: [{ x: 1, y: 2, z: 3, class: 2 }, { x: 4, y: 5, z: 6, class: 6 }] };
  const edited = (edit: (bytes: Buffer) => void): Buffer => {
    const bytes = lasFile(plain);
    edit(bytes);
    return bytes;
  };
  const faults: [string, Buffer, string, RegExp][] = [
    ['more points than bytes', edited((bytes) => bytes.writeUInt32LE(4_000_000_000, 107)), 'cut-short', /promises 4,000,000,000 points and 2 are there/u],
    ['points beyond the end', edited((bytes) => bytes.writeUInt32LE(1e9, 96)), 'bad-offset', /begin at byte 1000000000/u],
    ['points inside the header', edited((bytes) => bytes.writeUInt32LE(10, 96)), 'bad-offset', /begin at byte 10/u],
    ['a scale that is no number', edited((bytes) => bytes.writeDoubleLE(Number.NaN, 139)), 'bad-scale', /no place is known/u],
    ['a scale of nothing', edited((bytes) => bytes.writeDoubleLE(0, 131)), 'bad-scale', /no place is known/u],
    ['a record shorter than its format', edited((bytes) => bytes.writeUInt16LE(12, 105)), 'bad-header', /header says 12/u],
    ['a format nobody knows', edited((bytes) => bytes.writeUInt8(42, 104)), 'point-format', /format 42/u],
    ['another version', edited((bytes) => bytes.writeUInt8(7, 25)), 'las-version', /LAS 1\.7/u],
    ['compressed without saying how', edited((bytes) => bytes.writeUInt8(0x80 | 2, 104)), 'bad-laz', /laszip 22204/u],
    ['a cut header', lasFile(plain).subarray(0, 100), 'cut-short', /header alone needs 227/u],
    ['no points', lasFile({ points: [] }), 'no-points', /no points/u],
  ];

  test.each(faults)('%s', async (name, bytes, code, sentence) => {
    const { cloud, issues, skipped } = await open(written(`${name}.las`, bytes));
    expect(issues.map((issue) => issue.code)).toEqual([code]);
    expect(issues[0].message).toMatch(sentence);
    expect(issues[0].severity).toBe('error');
    expect(cloud?.layout.count ?? 0).toBe(name === 'more points than bytes' ? 2 : 0);
    expect(Object.values(skipped)).toEqual(name === 'more points than bytes' ? [4_000_000_000 - 2] : []);
  });

  test('a million million points', async () => {
    const bytes = Buffer.concat([lasFile(plain).subarray(0, 227), Buffer.alloc(148 + 260)]);
    bytes[25] = 4;
    bytes.writeUInt16LE(375, 94);
    bytes.writeUInt32LE(375, 96);
    bytes.writeBigUInt64LE(1_000_000_000_000n, 247);
    const { cloud, issues } = await open(written('many.las', bytes));
    expect(issues[0].message).toMatch(/promises 1,000,000,000,000 points and 10 are there/u);
    expect(cloud?.layout.count).toBe(10);
  });

  test('bounds that are wrong are taken from the points', async () => {
    const { cloud, issues } = await open(written('bounds.las', edited((bytes) => bytes.fill(0, 179, 227))));
    expect(issues.map(({ code }) => code)).toEqual(['bounds-wrong']);
    expect(cloud?.box).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('withheld points are left out, colours to 255 and to 65,535 told apart', async () => {
    for (const [most, colour] of [[200, 'eight'], [200 * 257, 'sixteen']] as const) {
      const { cloud } = await open(written(`${colour}.las`, lasFile({ points: [{ x: 1, y: 2, z: 3, class: 2, rgb: [most, 0, 0] }, { x: 1, y: 2, z: 3, class: 2, withheld: true }] })));
      expect(cloud?.layout.colour).toBe(colour);
      expect(await summed(cloud!)).toMatchObject({ count: 1, withheld: 1 });
    }
  });

  test('without a reference system, and with one that is not known', async () => {
    const { cloud, issues, skipped } = await open(written('nowhere.las', lasFile(plain)), false);
    expect([cloud, skipped, issues.map(({ code }) => code)]).toEqual([undefined, { 'point of a file that could not be used': 2 }, ['no-crs']]);
    expect(issues[0].message).toMatch(/--crs/u);
  });

  test('mutants of a LAS and of a LAZ: nothing is thrown', async () => {
    const plainFile = lasFile(plain);
    const packed = hasShared ? readFileSync(shared('data/terrain/pointcloud/simple.laz')) : plainFile;
    let state = 7;
    const random = (most: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % most;
    for (let k = 0; k < 240; k++) {
      const bytes = Buffer.from(k % 12 === 0 ? packed : plainFile);
      for (let flips = 0; flips < 3; flips++) bytes[k % 3 === 0 ? random(bytes.length) : random(Math.min(400, bytes.length))] = random(256);
      const path = written('mutant.las', k % 5 === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
      if (!sniffFormat((await fileSource(path)).head)) continue;
      const { cloud } = await open(path);
      if (cloud && cloud.layout.count < 1e6) await summed(cloud);
    }
  });
});

describeShared('LAS, LAZ and COPC of the shared data', () => {
  const at = (name: string): string => shared(`data/terrain/pointcloud/${name}`);
  const names = ['1.2-with-color.copc.laz', '1.2-with-color.las', 'autzen_trim.laz', 'bad_vlr_count.las', 'ellipsoid.copc.laz', 'epsg_4326.las', 'extrabytes.las', 'indoor.laz', 'simple.las', 'simple.laz', 'test1_4.las', 'warsaw_small.las', 'pdrf/pdrf4-1.3.las', 'pdrf/pdrf6-1.4.las', 'pdrf/pdrf6-1.4.laz', 'pdrf/pdrf7-v4-1.4.las', 'pdrf/pdrf7-v4-1.4.laz'];

  test.each(names)('%s: counts and bounds are those of its header', async (name) => {
    const { cloud, issues } = await open(at(name));
    const bytes = readFileSync(at(name));
    const promised = bytes.readUInt32LE(107) || Number(bytes.readBigUInt64LE(247));
    const found = await summed(cloud!);
    expect(issues.filter(({ code }) => !['bounds-wrong', 'unit-assumed', 'bad-header'].includes(code))).toEqual([]);
    expect([found.count + found.withheld, found.broken]).toEqual([promised, 0]);
    if (found.withheld > 0 || issues.some(({ code }) => code === 'bounds-wrong')) return;
    const stated = [187, 203, 219, 179, 195, 211].map((offset) => bytes.readDoubleLE(offset));
    found.box.forEach((value, k) => expect(Math.abs(value - stated[k])).toBeLessThanOrEqual(1.01 * Math.abs(cloud!.layout.scale[k % 3])));
    if (name.endsWith('.las')) expect(found.classes).toEqual(slowly(bytes).classes);
  });

  test('a LAZ and a COPC hold what the LAS holds', async () => {
    const [plain, packed, copc, old] = await Promise.all(['simple.las', 'simple.laz', '1.2-with-color.copc.laz', '1.2-with-color.las'].map(async (name) => (await summed((await open(at(name))).cloud!)).classes));
    expect(packed).toEqual(plain);
    expect(copc).toEqual(old);
  });

  test.each([['pdrf/pdrf4-1.3.laz', 'point-format'], ['no-points.las', 'no-points']])('%s: %s', async (name, code) => {
    expect((await open(at(name))).issues.map((issue) => issue.code)).toEqual([code]);
  });

  test.each([['autzen_trim.laz', 'NAD_1983_HARN'], ['test1_4.las', 'EPSG:2903'], ['ellipsoid.copc.laz', 'EPSG:3857'], ['epsg_4326.las', 'EPSG:4326'], ['bad_vlr_count.las', 'EPSG:32617']])('%s names its system: %s', async (name, system) => {
    const asked: string[] = [];
    for await (const _ of las.read(await fileSource(at(name)), { issues: [], skip: () => undefined, toDegrees: (crs) => void asked.push(crs) })) expect.fail();
    expect(asked[0]).toContain(system);
  });
});
