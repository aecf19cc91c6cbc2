import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import type { BridgesOutput } from '#models';
import { encodeFlatGeobuf, type FgbTable } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { profile } from './geometry/road-lines.ts';
import { analyse } from './run.ts';
import { filesInMemory, madeDem } from './testing/made-city.ts';

/** A valley along 117.02° E: ten metres deep between banks that rise a little to the east. */
const bank = (lon: number): number => 30 + 100 * (lon - 117);
const valley = (lon: number): number => bank(lon) - 10 * Math.max(0, Math.min(1, (0.0015 - Math.abs(lon - 117.02)) / 0.0004));
const dem = madeDem([117, 30, 117.04, 30.04], 401, valley);
const WIDE = { from: [117.018, 30.02], to: [117.022, 30.0202] };
const rows = [
  { rings: [Float64Array.of(...WIDE.from, ...WIDE.to)], values: { id: 'wide', class: 'primary', lanes: 6, oneway: false, bridge: true } },
  { rings: [Float64Array.of(117.018, 30.021, 117.022, 30.021)], values: { id: 'road', class: 'primary', lanes: 6, oneway: false, bridge: false } },
  { rings: [Float64Array.of(117.018, 30.03, 117.022, 30.03)], values: { id: 'narrow', class: 'residential', lanes: 2, oneway: false, bridge: true } },
];
const table = (count: number, kept: readonly (typeof rows)[number][]): FgbTable => ({
  name: 'roads', geometry: 'LineString', count, row: (i) => kept[i],
  columns: [{ name: 'id', type: 'string' }, { name: 'class', type: 'string' }, { name: 'lanes', type: 'ushort' }, { name: 'oneway', type: 'bool' }, { name: 'bridge', type: 'bool' }],
});
const load = filesInMemory({
  'http://x/dem.json': dem.json, 'http://x/dem.bin': dem.bin, 'http://x/roads.fgb': encodeFlatGeobuf(table(3, rows)),
  'http://x/wide.fgb': encodeFlatGeobuf(table(1, rows.slice(0, 1))), 'http://x/narrow.fgb': encodeFlatGeobuf(table(1, rows.slice(2))), 'http://x/dry.fgb': encodeFlatGeobuf(table(1, rows.slice(1, 2))),
});
const build = (name: string, dem: string | null = 'http://x/dem.json'): Promise<BridgesOutput> => analyse('bridges', { roads: `http://x/${name}.fgb`, dem }, { load });

/** Every vertex as lon, lat, height. */
function vertices({ cells }: BridgesOutput): number[][] {
  return cells.flatMap(({ anchor, places }) => {
    const frame = placer(anchor);
    return Array.from({ length: places.length / 3 }, (_, i) => frame.unplace(places[3 * i], places[3 * i + 1], places[3 * i + 2], [0, 0, 0]));
  });
}

/** Metres across the bridge, and the straight line's height there. */
const straight = (lon: number): number => bank(117.018) + ((bank(117.022) - bank(117.018)) * (lon - 117.018)) / 0.004;

test('where heights begin after a line does, the first one holds', () => {
  const ground = { height: (lon: number): number => (lon < 117.01 ? NaN : 7 + lon - 117) };
  const heights = profile(Float64Array.of(117, 30, 117.02, 30), 0, 2, 400, ground, true).map(([, , height]) => height);
  expect(heights[0]).toBeCloseTo(7.01, 2);
  expect(heights.at(-1)).toBeCloseTo(7.02, 6);
  expect(profile(Float64Array.of(117, 30, 117.02, 30), 0, 2, 400, { height: () => NaN }, false)[0][2]).toBe(0);
});

describe('bridges', () => {
  test('a deck runs straight from bank to bank, as wide as its road, over piers that end on the ground', async () => {
    const out = await build('wide');
    expect(out.total).toBe(1);
    const all = vertices(out);
    const feet = all.filter(([lon, , height]) => height < straight(lon) - 2);
    const deck = all.filter(([lon, , height]) => height >= straight(lon) - 2);
    // Road, 1.4 m below it, parapets 0.9 m above it, and a decimetre over the ground; never below the straight line at the road.
    const over = deck.map(([lon, , height]) => height - straight(lon));
    expect(Math.max(...over)).toBeCloseTo(1, 1);
    expect(Math.min(...over)).toBeCloseTo(-1.3, 1);
    const road = over.filter((height) => Math.abs(height - 0.1) < 0.3);
    expect(road.length).toBeGreaterThan(60);
    expect(Math.min(...road)).toBeGreaterThan(0);
    // Six lanes, gutters and two parapets; measured square to the bridge.
    const across = deck.map(([lon, lat]) => ((lat - 30.02) * 110_850 - ((lon - 117.018) * 96_490 * (0.0002 * 110_850)) / (0.004 * 96_490)) * Math.cos(Math.atan(22.17 / 385.96)));
    expect(Math.max(...across) - Math.min(...across)).toBeCloseTo(6 * 3.25 + 3 + 0.6, 0);
    // Two piers side by side at the seven of the nine joints of ten spans where the deck is more than three metres up: four walls of two feet each.
    for (const [lon, , height] of feet) expect(Math.abs(height - valley(lon))).toBeLessThan(0.02);
    expect(feet).toHaveLength(7 * 2 * 8);
  });

  test('a narrow one stands on single piers; indices stay in range; colours are opaque', async () => {
    const out = await build('narrow');
    expect(vertices(out).filter(([lon, , height]) => height < straight(lon) - 2)).toHaveLength(7 * 8);
    const [{ places, indices, colours }] = out.cells;
    expect(Math.max(...indices)).toBe(places.length / 3 - 1);
    expect(colours).toHaveLength((places.length / 3) * 4);
    expect(colours.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
  });

  test('nothing without heights, and nothing where no road is a bridge', async () => {
    expect((await build('roads')).total).toBe(2);
    expect(await build('roads', null)).toEqual({ cells: [], total: 0 });
    expect(await build('dry')).toEqual({ cells: [], total: 0 });
  });
});
