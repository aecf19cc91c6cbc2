import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, type Report } from '../convert.ts';
import { lasOf } from '../../tests/faults/hostile.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => void (folder = await workFolder()));
afterAll(() => folder.drop());

const text = Buffer.from(collection(seededBuildings(800)));

async function built(name: string, bytes: Uint8Array): Promise<Report> {
  return (await convert({ inputs: [await folder.put(name, bytes)], out: folder.path(`${name}-city`) })).report;
}

test('a packed file is read as what is in it, whatever it is called', async () => {
  await built('plain.geojson', text);
  const report = await built('packed.bin', gzipSync(text));
  expect(report.inputs).toEqual([{ name: 'packed.bin', format: 'geojson', in: 800, out: 800 }]);
  expect(await readFile(folder.path('packed.bin-city/buildings.fgb'))).toEqual(await readFile(folder.path('plain.geojson-city/buildings.fgb')));
});

test('one that was cut short keeps what came before, and says so', async () => {
  const packed = gzipSync(text);
  const { in: read, issues } = await built('cut.geojson.gz', packed.subarray(0, packed.length * 0.8));
  expect(read).toBeGreaterThan(100);
  expect(read).toBeLessThan(800);
  expect(issues).toContainEqual(expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(/cut\.geojson\.gz is cut short.*copy or fetch it again\.$/u) as string }));
});

test('broken ones, bombs, and points, which are read where they lie, are refused with their names', async () => {
  const broken = gzipSync(text);
  broken.fill(0xff, 40, 60);
  await expect(built('broken.geojson.gz', broken)).rejects.toThrow('broken.geojson.gz');
  const bomb = gzipSync(Buffer.concat([Buffer.from('{"type":"FeatureCollection","features":['), Buffer.alloc(80 << 20, 0x20), Buffer.from(']}')]));
  await expect(built('bomb.geojson.gz', bomb)).rejects.toThrow('bomb.geojson.gz unpacks to more than 250 times its size');
  await expect(built('points.las.gz', gzipSync(lasOf(100)))).rejects.toThrow('points.las.gz: it is packed by gzip, and points are read where they lie.');
});
