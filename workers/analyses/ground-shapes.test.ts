import { area as turfArea, circle as turfCircle, length as turfLength, lineString, polygon } from '@turf/turf';
import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import type { DrapeOutput } from '#models';
import { encodeFlatGeobuf, type FgbTable } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { geodesicArea, geodesicCircle } from './geometry/geodesic.ts';
import { analyse } from './run.ts';
import { filesInMemory, madeDem } from './testing/made-city.ts';

const hill = (lon: number, lat: number): number => 20 + 4000 * (lon - 117) + 2000 * (lat - 30);
const dem = madeDem([117, 30, 117.04, 30.04], 81, hill);
const roadRows = [
  { rings: [Float64Array.of(117.001, 30.001, 117.011, 30.001)], values: { id: 'r1', name: '长江路', class: 'primary', lanes: 4, speed: 60, bridge: false } },
  { rings: [Float64Array.of(117.002, 30.002, 117.002, 30.012)], values: { id: 'r2', name: '', class: 'service', lanes: null, speed: null, bridge: true } },
];
const roadTable: FgbTable = {
  name: 'roads', geometry: 'LineString', count: 2, row: (i) => roadRows[i],
  columns: [{ name: 'id', type: 'string' }, { name: 'name', type: 'string' }, { name: 'class', type: 'string' }, { name: 'lanes', type: 'ushort' }, { name: 'speed', type: 'float' }, { name: 'bridge', type: 'bool' }],
};
const load = filesInMemory({ 'http://x/dem.json': dem.json, 'http://x/dem.bin': dem.bin, 'http://x/roads.fgb': encodeFlatGeobuf(roadTable) });

/** Square metres of a draped mesh seen from above, and the farthest a vertex is from the hill. */
function look({ anchor, places, indices }: DrapeOutput, lift: number): { flat: number; off: number; down: number } {
  let flat = 0;
  let down = 0;
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t], indices[t + 1], indices[t + 2]].map((i) => places.subarray(3 * i, 3 * i + 3));
    const twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    flat += twice / 2;
    if (twice < 0) down++;
  }
  const frame = placer(anchor);
  const place = new Float64Array(3);
  let off = 0;
  for (let i = 0; i < places.length; i += 3) {
    frame.unplace(places[i], places[i + 1], places[i + 2], place);
    off = Math.max(off, Math.abs(place[2] - lift - hill(place[0], place[1])));
  }
  return { flat, off, down };
}

describe('drape', () => {
  test('a circle on a slope lies on the slope everywhere, and covers its area', async () => {
    const out = await analyse('drape', { dem: 'http://x/dem.json', circle: { lon: 117.02, lat: 30.02, radius: 800 }, lift: 0.6 }, { load });
    const { flat, off, down } = look(out, 0.6);
    // Half a millimetre of float32 and the DEM's own float32 samples.
    expect(off).toBeLessThan(0.01);
    expect(down).toBe(0);
    expect(Math.abs(flat / out.area - 1)).toBeLessThan(1e-4);
    expect(Math.abs(out.area / (Math.PI * 800 ** 2) - 1)).toBeLessThan(5e-4);
    expect([...out.outline.starts]).toEqual([0, out.outline.places.length / 3]);
  });

  test('a hole stays open, either way round', async () => {
    const outer: [number, number][] = [[117.01, 30.01], [117.02, 30.01], [117.02, 30.02], [117.01, 30.02], [117.01, 30.01]];
    const hole: [number, number][] = [[117.013, 30.013], [117.013, 30.017], [117.017, 30.017], [117.017, 30.013]];
    for (const rings of [[outer, hole], [outer.toReversed(), hole.toReversed()]]) {
      const out = await analyse('drape', { dem: 'http://x/dem.json', rings }, { load });
      const { flat, down } = look(out, 0.5);
      expect(Math.abs(out.area / (geodesicArea(outer.slice(0, -1)).area - geodesicArea(hole).area) - 1)).toBeLessThan(1e-9);
      expect(Math.abs(flat / out.area - 1)).toBeLessThan(1e-4);
      expect(down).toBe(0);
      expect(out.outline.starts).toHaveLength(3);
    }
  });

  test('without a DEM it is flat at the height asked for, along the Earth', async () => {
    const out = await analyse('drape', { dem: null, circle: { lon: 10, lat: 50, radius: 5000 }, height: 100, lift: 1 });
    const frame = placer(out.anchor);
    for (let i = 0; i < out.places.length; i += 3) expect(frame.unplace(out.places[i], out.places[i + 1], out.places[i + 2], new Float64Array(3))[2]).toBeCloseTo(101, 2);
  });

  test.each([[{ rings: [[[1, 1], [2, 2]]] }], [{ circle: { lon: 1, lat: 1, radius: 0 } }], [{}], [{ rings: [[[1, 1], [2, 2], [3, 3]]] }]])('%j encloses nothing and is refused', async (shape) => {
    await expect(analyse('drape', { dem: null, ...shape } as never)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

test('heights are bilinear, and NaN outside', async () => {
  const { heights, datum } = await analyse('heights', { dem: 'http://x/dem.json', places: [117.0123, 30.0321, 116, 30] }, { load });
  expect(heights[0]).toBeCloseTo(hill(117.0123, 30.0321), 3);
  expect(heights[1]).toBeNaN();
  expect(datum).toBe('ellipsoid');
});

test('roads follow the ground at every step; a bridge goes straight', async () => {
  const { cells, total } = await analyse('roads', { roads: 'http://x/roads.fgb', dem: 'http://x/dem.json', lift: 1, step: 20 }, { load });
  expect(total).toBe(2);
  expect(cells.map(({ bridges, ids }) => [bridges, ids])).toEqual([[false, ['r1']], [true, ['r2']]]);
  const [cell, { speeds }] = cells;
  const first = cell.ids.indexOf('r1');
  expect([cell.names[first], cell.classes[first], cell.widths[first], cell.speeds[first]]).toEqual(['长江路', 'primary', 13, 60]);
  expect(speeds[0]).toBeNaN();
  const frame = placer(cell.anchor);
  const vertices = (line: number): Float64Array[] => Array.from({ length: cell.starts[line + 1] - cell.starts[line] }, (_, i) => frame.unplace(...(cell.places.subarray(3 * (cell.starts[line] + i), 3 * (cell.starts[line] + i) + 3) as unknown as [number, number, number]), new Float64Array(3)));
  const road = vertices(first);
  expect(road.length).toBeGreaterThan(48);
  for (const [lon, lat, height] of road) expect(Math.abs(height - 1 - hill(lon, lat))).toBeLessThan(0.01);
  expect((await analyse('roads', { roads: 'http://x/roads.fgb', dem: null, classes: ['primary'] }, { load })).cells[0].ids).toEqual(['r1']);
});

describe('measure', () => {
  test('equal to published geodesics and, within the sphere’s error, to turf', async () => {
    // JFK to LHR on WGS 84: GeographicLib's documentation gives 5,551,759.400 m and 51.198882845580°.
    const { length, legs, bearings } = await analyse('measure', { points: [[-73.8, 40.6], [-0.5, 51.6]], closed: false });
    expect(length).toBeCloseTo(5_551_759.4, 1);
    expect(legs).toHaveLength(1);
    expect(bearings[0]).toBeCloseTo(51.198882845579, 9);
    const line: [number, number][] = [[117, 30], [117.01, 30.02], [117.03, 30.01]];
    expect((await analyse('measure', { points: line, closed: false })).length / turfLength(lineString(line), { units: 'meters' })).toBeCloseTo(1, 2);
    expect((await analyse('measure', { points: line, closed: true })).area! / turfArea(polygon([[...line, line[0]]]))).toBeCloseTo(1, 2);
  });

  test('a crossing outline is told; a circle has its area', async () => {
    const bow: [number, number][] = [[0, 0], [1, 1], [1, 0], [0, 1]];
    expect((await analyse('measure', { points: bow, closed: true })).crossings.length).toBeGreaterThan(0);
    const ring = geodesicCircle(117, 30, 1000, 720).slice(0, -1);
    const out = await analyse('measure', { points: ring, closed: true });
    expect(out.crossings).toEqual([]);
    expect(Math.abs(out.area! / (Math.PI * 1e6) - 1)).toBeLessThan(1e-4);
    expect(Math.abs(out.area! / turfArea(turfCircle([117, 30], 1, { steps: 720, units: 'kilometers' })) - 1)).toBeLessThan(0.01);
  });
});
