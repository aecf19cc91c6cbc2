import { deserialize, serialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, FeatureCollection, MultiPolygon, Polygon } from 'geojson';
import { describe, expect, test } from 'vitest';
import { TwinError } from '../../../engine/errors.ts';
import { encodeFlatGeobuf } from '../../../tiles-pipeline/sinks/flatgeobuf.ts';
import { filesInMemory } from '../testing/made-city.ts';
import { openFlatGeobuf, type Box } from './flatgeobuf.ts';

let seed = 3;
const random = (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const squares = Array.from({ length: 3000 }, () => {
  const [x, y, size] = [117 + random(), 30 + random(), 0.0005 + 0.002 * random()];
  return Float64Array.of(x, y, x + size, y, x + size, y + size, x, y + size);
});
const file = encodeFlatGeobuf({
  name: 'squares', geometry: 'Polygon', count: squares.length,
  columns: [{ name: 'feature', type: 'uint' }, { name: 'name', type: 'string' }, { name: 'even', type: 'bool' }, { name: 'size', type: 'float' }, { name: 'floors', type: 'ushort' }],
  row: (i) => ({ rings: [squares[i]], values: { feature: i, name: i % 3 === 0 ? null : `楼 ${i}`, even: i % 2 === 0, size: i / 7, floors: i % 40 } }),
});
const open = (bytes: Uint8Array) => openFlatGeobuf('http://x/f.fgb', filesInMemory({ 'http://x/f.fgb': bytes }));

test('everything reads as the npm reader reads it', async () => {
  const columns = await (await open(file)).all();
  let row = 0;
  for await (const feature of deserialize(file)) {
    const { geometry, properties } = feature as unknown as Feature<Polygon>;
    const ring = columns.parts[columns.starts[row]];
    const xy = [...columns.xy.subarray(2 * columns.rings[ring], 2 * columns.rings[ring + 1])];
    expect(xy).toEqual(geometry.coordinates.flat(2));
    expect([columns.numbers('feature')[row], columns.text('name')[row], columns.numbers('even')[row] === 1, columns.numbers('size')[row], columns.numbers('floors')[row]])
      .toEqual([properties!.feature, properties!.name ?? '', properties!.even, properties!.size, properties!.floors]);
    row++;
  }
  expect(row).toBe(3000);
});

test('a search finds exactly the features whose box meets it, and reads little', async () => {
  for (let i = 0; i < 40; i++) {
    const [x, y, size] = [117 + random(), 30 + random(), 0.05 * random()];
    const box: Box = [x, y, x + size, y + size];
    const opened = await open(file);
    const found = [...(await opened.search(box)).numbers('feature')].toSorted((a, b) => a - b);
    const expected = squares.flatMap((square, n) => (square[0] <= box[2] && square[1] <= box[3] && square[2] >= box[0] && square[5] >= box[1] ? [n] : []));
    expect(found).toEqual(expected);
    expect(opened.source.bytesRead).toBeLessThan(file.length / 8);
  }
});

test('multipolygons, holes and files of the npm writer are read; without an index a search says so', async () => {
  const rings = [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]];
  const collection: FeatureCollection<MultiPolygon> = { type: 'FeatureCollection', features: [{ type: 'Feature', properties: { kind: 'water' }, geometry: { type: 'MultiPolygon', coordinates: [rings, [[[9, 9], [10, 9], [10, 10], [9, 9]]]] } }] };
  const opened = await open(serialize(collection as never));
  const columns = await opened.all();
  expect([columns.count, [...columns.starts], [...columns.parts], [...columns.rings]]).toEqual([1, [0, 2], [0, 2, 3], [0, 5, 10, 14]]);
  expect(columns.text('kind')).toEqual(['water']);
  await expect(opened.search([0, 0, 1, 1])).rejects.toThrow(/no spatial index/);
});

test('an empty file and one of one feature', async () => {
  const table = { name: 'x', geometry: 'Polygon', columns: [{ name: 'feature', type: 'uint' }], row: () => ({ rings: [squares[0]], values: { feature: 0 } }) } as const;
  const none = await open(encodeFlatGeobuf({ ...table, count: 0 }));
  expect([(await none.all()).count, (await none.search([0, 0, 180, 80])).count]).toEqual([0, 0]);
  const one = await open(encodeFlatGeobuf({ ...table, count: 1 }));
  expect([(await one.search([110, 20, 130, 40])).count, (await one.search([0, 0, 1, 1])).count, (await one.all()).count]).toEqual([1, 0, 1]);
});

describe('damaged files', () => {
  test('400 mutants: an answer or a sentence, never anything else', async () => {
    for (let i = 0; i < 400; i++) {
      const mutant = i % 4 === 0 ? file.slice(0, Math.floor(random() * file.length)) : file.slice();
      for (let flips = 0; flips < 6; flips++) mutant[Math.floor(random() * (i % 2 ? 4000 : mutant.length))] = Math.floor(random() * 256);
      const outcome = await open(mutant).then((opened) => opened.search([117.4, 30.4, 117.45, 30.45])).then(() => null, (error: unknown) => error);
      if (outcome !== null) expect(outcome).toBeInstanceOf(TwinError);
    }
  });
});
