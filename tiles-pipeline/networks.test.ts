import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placer } from '../engine/geo/place.ts';
import { describeShared, shared } from '../tests/shared.ts';
import { geodesicDistance } from '../workers/analyses/geometry/geodesic.ts';
import { analyse } from '../workers/analyses/run.ts';
import type { NetworkOutput } from '../workers/models/network/network-analyses.ts';
import { run } from './cli/citymirror.ts';
import { parseCrs, parsePlace } from './cli/place.ts';
import { convert, type ConvertOptions, type Report } from './convert.ts';
import { toDegrees } from './stages/projection.ts';
import { demTiff } from './testing/dem-tiff.ts';
import { collection, workFolder } from './testing/seeded-city.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let dem: string;
const AT = { lon: 117.49, lat: 30.66, height: 0 };
/** A hillside with waves, smooth against the DEM's 22 m. */
const ground = (lon: number, lat: number): number => 20 + (lon - AT.lon) * 2000 + 1.5 * Math.sin((lat - AT.lat) * 1500);

beforeAll(async () => {
  folder = await workFolder();
  dem = await folder.put('dem.tif', await demTiff({ west: 117.481, north: 30.669, step: 0.0002, width: 90, height: 90 }, ground));
});
afterAll(() => folder.drop());

type Built = { report: Report; output: NetworkOutput; url: string };

async function build(name: string, text: string, more: Partial<ConvertOptions> = {}): Promise<Built> {
  const input = await folder.put(name, text);
  const out = folder.path(`${name}-out`);
  const { report } = await convert({ inputs: [input, dem], out, ...more });
  expect(report.in).toBe(report.out + Object.values(report.skipped).reduce((sum, count) => sum + count, 0));
  const url = pathToFileURL(`${out}/networks.json`).href;
  return { report, url, output: await analyse('network', { networks: url }) };
}

/** Every vertex of every line: lon, lat, height, radius. */
function vertices({ cells }: NetworkOutput): { lon: number; lat: number; height: number; radius: number; row: number }[] {
  return cells.flatMap(({ anchor, lines }) => {
    const local = placer(anchor);
    return Array.from(lines.rows).flatMap((row, slot) => Array.from({ length: lines.starts[slot + 1] - lines.starts[slot] }, (_, k) => {
      const at = 3 * (lines.starts[slot] + k);
      const [lon, lat, height] = local.unplace(lines.places[at], lines.places[at + 1], lines.places[at + 2], new Float64Array(3));
      return { lon, lat, height, radius: lines.radii[slot], row };
    }));
  });
}

const epanet = (elevations: readonly number[], coordinates = ['A 0 0', 'B 1000 0', 'C 1000 500']): string => [
  '[JUNCTIONS]', `A ${elevations[0]} 1`, `B ${elevations[1]} 1`, `C ${elevations[2]} 1`, '[PIPES]', 'P1 A B 1000 400 120', 'P2 B C 500 200 120', '[OPTIONS]', 'Units LPS', '[COORDINATES]', ...coordinates, '',
].join('\n');
const place = [parsePlace('117.49,30.66,0,0')];

describe('where a network is put', () => {
  test('by hand: its middle at the place, true to scale, turned by the heading', async () => {
    const { output, report } = await build('hand.inp', epanet([0, 0, 0]), { places: [parsePlace('hand.inp@117.49,30.66,0,90')] });
    const local = placer(AT);
    const corners = vertices(output).filter(({ row }, i, all) => i === 0 || i === all.length - 1 || row !== all[i - 1].row).map(({ lon, lat }) => local.place(lon, lat, 0, new Float64Array(3)));
    // Drawn east of A, B lies south of it when the drawing's north points east.
    expect([corners[0][0], corners[0][1]]).toEqual([expect.closeTo(-250, 2), expect.closeTo(500, 2)]);
    expect([corners[1][0], corners[1][1]]).toEqual([expect.closeTo(-250, 2), expect.closeTo(-500, 2)]);
    expect(output.networks[0]).toMatchObject({ placed: 'place', scale: 1, schematic: { ratio: 1, is: false }, length: 1500, crs: null });
    expect(report.layers.networks).toBe(5);
  });

  test('the scale is the median of stated over drawn length, or what the user says', async () => {
    const shrunk = epanet([0, 0, 0], ['A 0 0', 'B 10 0', 'C 10 5']);
    expect((await build('shrunk.inp', shrunk, { places: place })).output.networks[0]).toMatchObject({ scale: 100, length: expect.closeTo(1500, 0) });
    expect((await build('said.inp', shrunk, { places: [parsePlace('117.49,30.66,0,0,20')] })).output.networks[0]).toMatchObject({ scale: 20, length: expect.closeTo(300, 0) });
  });

  test('degrees are known by lengths that agree with the ellipsoid, and only then', async () => {
    const step = 0.005;
    const metres = geodesicDistance(117.49, 30.66, 117.49 + step, 30.66);
    const grid = ['A 117.49 30.66', `B ${117.49 + step} 30.66`, `C ${117.49 + 2 * step} 30.66`, `D ${117.49 + 3 * step} 30.66`];
    const text = (length: number): string => ['[JUNCTIONS]', 'A 0', 'B 0', 'C 0', 'D 0', '[PIPES]', `P1 A B ${length} 100`, `P2 B C ${length} 100`, `P3 C D ${length} 100`, '[OPTIONS]', 'Units CMH', '[COORDINATES]', ...grid].join('\n');
    expect((await build('degrees.inp', text(metres * 1.02))).output.networks[0]).toMatchObject({ crs: 'EPSG:4326', placed: 'crs', scale: null });
    expect((await build('no-degrees.inp', text(7))).output.networks[0]).toMatchObject({ crs: null, placed: 'centre' });
  });

  test('in the middle of the city for want of better, and that is said, and a schematic is called one', async () => {
    const { output, report } = await build('lost.inp', epanet([0, 0, 0], ['A 0 0', 'B 10 0', 'C 10 50']));
    expect(output.networks[0]).toMatchObject({ placed: 'centre', schematic: { ratio: expect.closeTo(95.5 / 14.5, 3), is: true } });
    expect(report.issues.map(({ code, severity }) => [code, severity])).toEqual([['placed-in-the-middle', 'info'], ['schematic', 'info']]);
    expect(report.issues[0].message).toContain('--place lost.inp@lon,lat,height,heading');
  });

  test('nowhere: without a city one sentence says what to give', async () => {
    const input = await folder.put('alone.inp', epanet([0, 0, 0]));
    await expect(convert({ inputs: [input], out: folder.path('alone') })).rejects.toThrow(/alone\.inp: its coordinates are in no stated system .* --crs alone\.inp@EPSG:code, or --place/u);
    await expect(convert({ inputs: [input], out: folder.path('alone'), crs: [parseCrs('alone.inp@EPSG:99999')] })).rejects.toThrow(/EPSG:99999, which is not known here/u);
  });

  test('in a system: CGCS2000 zone 39 is where the closed formula says', () => {
    // The meridian arc to 30° on GRS 80 is 3,320,113.398 m; on the central meridian the easting is the false one.
    expect(toDegrees('EPSG:4526')!(38_500_000, 3_320_113.398)).toEqual([expect.closeTo(114, 9), expect.closeTo(30, 8)]);
    expect(toDegrees('urn:ogc:def:crs:EPSG::4547')!(500_000, 3_320_113.398)).toEqual([expect.closeTo(114, 9), expect.closeTo(30, 8)]);
    expect(toDegrees('EPSG:9999')).toBeUndefined();
  });

  test.each([['x@1,2,3', 'four or five numbers'], ['1,2,3,up', 'no number'], ['400,2,3,4', 'longitude'], ['1,2,3,4,0', 'scale']])('--place %s is refused with an example', (text, words) => {
    expect(() => parsePlace(text)).toThrow(words);
    expect(() => parsePlace(text)).toThrow('for instance model.ifc@113.94,22.53,');
  });
});

describe('how deep a network lies', () => {
  test('assumed: the crown stays at the cover below the ground, all along, and every row says so', async () => {
    const { output, url } = await build('assumed.inp', epanet([500, 500, 500]), { places: place, cover: 1.5 });
    expect(output.networks[0]).toMatchObject({ depth: 'assumed', cover: 1.5, heights: null });
    const all = vertices(output);
    expect(all.length).toBeGreaterThan(12);
    for (const { lon, lat, height, radius } of all) expect(ground(lon, lat) - (height + radius)).toBeCloseTo(1.5, 1);
    // Between vertices too: the drawn chord never leaves the true depth by more than 0.1 m.
    for (let i = 1; i < all.length; i++) {
      if (all[i].row !== all[i - 1].row) continue;
      const [lon, lat, height] = (['lon', 'lat', 'height'] as const).map((key) => (all[i][key] + all[i - 1][key]) / 2);
      expect(Math.abs(ground(lon, lat) - (height + all[i].radius) - 1.5)).toBeLessThan(0.1);
    }
    const { elements } = await analyse('network-elements', { networks: url, ids: ['assumed.inp/link/P1'] });
    expect(elements[0].properties).toMatchObject({ assumed: 1, cover: expect.closeTo(1.5, 1), from: 'A', to: 'B', diameter: expect.closeTo(0.4, 5) });
  });

  test('elevations that lie some metres below the DEM are the pipes’ middles', async () => {
    const local = placer(AT);
    const at = ([x, y]: readonly [number, number]): [number, number] => [...local.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)] as [number, number];
    const places = ([[-500, -250], [500, -250], [500, 250]] as const).map(at);
    const { output } = await build('pipes.inp', epanet(places.map(([lon, lat]) => ground(lon, lat) - 2)), { places: place });
    expect(output.networks[0]).toMatchObject({ depth: 'attributes', heights: 'pipe-elevations', cover: null });
    for (const { lon, lat, height } of vertices(output)) expect(ground(lon, lat) - height).toBeCloseTo(2, 0);
  });

  const swmm = (shift: number): string => ['[OPTIONS]', 'FLOW_UNITS CMS', '[JUNCTIONS]', `J1 ${16 + shift} 4`, `J2 ${14 + shift} 6`, '[OUTFALLS]', `O ${10 + shift} FREE`, '[CONDUITS]', 'C1 J1 J2 100 0.013 0 0', 'C2 J2 O 100 0.013 0.5 0', '[XSECTIONS]', 'C1 CIRCULAR 0.5', 'C2 CIRCULAR 0.5', '[COORDINATES]', 'J1 0 0', 'J2 0 100', 'O 0 200'].join('\n');

  test('inverts in the DEM’s datum are heights, straight from end to end', async () => {
    const ends = ({ output }: Built): number[] => vertices(output).map(({ height }) => Number(height.toFixed(2)));
    const built = await build('same.inp', swmm(0), { places: place });
    expect(built.output.networks[0]).toMatchObject({ kind: 'drainage', depth: 'attributes', heights: 'absolute' });
    expect(ends(built)).toEqual([16.25, 14.25, 14.75, 10.25]);
    // Recorded the wrong way round, it still is drawn as the water runs.
    expect(ends(await build('turned.inp', swmm(0).replace('C1 J1 J2', 'C1 J2 J1'), { places: place }))).toEqual([16.25, 14.25, 14.75, 10.25]);
  });

  test('inverts in another datum count as depths below the model’s own ground', async () => {
    const { output } = await build('other.inp', swmm(300), { places: place });
    expect(output.networks[0].heights).toBe('below-rim');
    const [first, second] = vertices(output);
    expect(ground(first.lon, first.lat) - first.height).toBeCloseTo(4 - 0.25, 1);
    expect(ground(second.lon, second.lat) - second.height).toBeCloseTo(6 - 0.25, 1);
  });

  test('lines with a diameter and a depth: to the crown, to the invert, or not stated', async () => {
    const pipe = (id: string, lat: number, properties: object): object => ({ type: 'Feature', properties: { network: 'gas', id, dn: 200, ...properties }, geometry: { type: 'LineString', coordinates: [[117.485, lat], [117.4851, lat]] } });
    const { output, report } = await build('gas.geojson', collection([pipe('a', 30.66, { depth: 2 }), pipe('b', 30.661, {})]));
    expect(report.layers.networks).toBe(2);
    expect(output.networks[0]).toMatchObject({ kind: 'gas', depth: 'mixed', heights: 'depths', cover: 1.2, links: 2, nodes: 4 });
    const below = vertices(output).map(({ lon, lat, height, row }) => [row, Number((ground(lon, lat) - height).toFixed(1))]);
    expect(below).toEqual([[0, 2.1], [0, 2.1], [1, 1.3], [1, 1.3]]);
    const { output: sewer } = await build('sewer.geojson', collection([{ type: 'Feature', properties: { 管类: '污水', 管径: 300, 起点埋深: 2, 终点埋深: 3 }, geometry: { type: 'LineString', coordinates: [[117.485, 30.66], [117.486, 30.66]] } }]));
    expect(sewer.networks[0].kind).toBe('drainage');
    expect(vertices(sewer)).toHaveLength(2);
  });
});

describe('the companion', () => {
  test('a pipe longer than a batch may be is cut into cells, none further than 10 km from its anchor, none lost', async () => {
    const line = { type: 'Feature', properties: { dn: 1200, id: 'long', network: 'water' }, geometry: { type: 'LineString', coordinates: Array.from({ length: 61 }, (_, i) => [117 + i * 0.01, 30.66 + i * 0.002]) } };
    const { output } = await build('long.geojson', collection([line]));
    expect(output.cells.length).toBeGreaterThan(3);
    let total = 0;
    for (const { lines } of output.cells) {
      for (let slot = 0; slot < lines.rows.length; slot++)
        for (let i = lines.starts[slot]; i < lines.starts[slot + 1]; i++) {
          const [x, y] = lines.places.subarray(3 * i, 3 * i + 2);
          expect(Math.hypot(x, y)).toBeLessThan(10_500);
          if (i > lines.starts[slot]) total += Math.hypot(...[0, 1, 2].map((axis) => lines.places[3 * i + axis] - lines.places[3 * i - 3 + axis]));
        }
    }
    expect(total / geodesicDistance(117, 30.66, 117.6, 30.78)).toBeCloseTo(1, 3);
  });

  test('a rule colours every network’s links, a filter hides, an unknown column is a sentence', async () => {
    const { url } = await build('rule.inp', epanet([0, 0, 0]), { places: place });
    const rule = { by: 'property', key: 'diameter', classes: { limits: [0.3], colours: ['#ff0000', '#0000ff'] } } as const;
    const { cells, legend, counts } = await analyse('network', { networks: url, rule, filter: [{ key: 'diameter', is: '<', value: 0.35 }] });
    expect([...cells[0].lines.colours]).toEqual([0, 0, 0, 0, 255, 0, 0, 255]);
    expect([counts, legend?.entries.map(({ count }) => count)]).toEqual([{ links: 2, shown: 1, unknown: 0, nodes: 3 }, [1, 0]]);
    await expect(analyse('network', { networks: url, rule: { ...rule, key: 'colour' } })).rejects.toThrow('No network here has a column “colour”');
  });

  test('two files called alike stay two networks', async () => {
    await mkdir(folder.path('b'));
    const inputs = await Promise.all(['same-name.inp', 'b/same-name.inp'].map((name) => folder.put(name, epanet([0, 0, 0]))));
    await convert({ inputs: [...inputs, dem], out: folder.path('alike'), places: place });
    const url = pathToFileURL(folder.path('alike/networks.json')).href;
    const { elements } = await analyse('network-elements', { networks: url, ids: ['same-name.inp/link/P1', 'same-name.inp (2)/link/P1'] });
    expect(elements.map(({ network }) => network)).toEqual(['same-name.inp', 'same-name.inp (2)']);
  });

  test('what a file is called decides nothing: renamed to .bin it gives the same bytes', async () => {
    const input = await folder.put('named.inp', epanet([0, 0, 0]));
    await copyFile(input, folder.path('named.bin'));
    const bytes = await Promise.all(['named.inp', 'named.bin'].map(async (name) => {
      await convert({ inputs: [folder.path(name), dem], out: folder.path(`${name}-same`), places: place });
      return readFile(folder.path(`${name}-same/networks.bin`));
    }));
    expect(bytes[0].equals(bytes[1])).toBe(true);
  });
});

describe('tiles info', () => {
  test('says of a file what it holds, where it lies and whether it is a map', async () => {
    let [out, err] = ['', ''];
    const terminal = { out: (text: string) => { out += text; }, err: (text: string) => { err += text; }, redraw: false, columns: 80, signal: new AbortController().signal };
    const path = await folder.put('told.inp', epanet([1, 2, 3], ['A 0 0', 'B 10 0', 'C 10 50']).replace('P2 B C', 'P2 B X'));
    expect(await run(['tiles', 'info', path], terminal)).toBe(1);
    expect(out).toContain('water network: 3 nodes (3 junction), 1 links (1 pipe), 1.0 km as stated, diameters 400 to 400 mm');
    expect(out).toContain('does not say where it lies: build it with --crs or --place');
    expect(out).toContain('100.0 m a unit of the drawing, lengths spread 1.00 times: a map');
    expect(err).toContain('told.inp, line 7: the pipe P2 ends at node X, which is not in the file');
  });
});

describeShared('ky4 of Kentucky, from EPANET and from GeoJSON', () => {
  test('both lie in the same place, pipe by pipe', async () => {
    await convert({ inputs: [shared('data/utilities/epanet/ky4.inp')], out: folder.path('ky4'), crs: [parseCrs('ky4.inp@EPSG:3547')] });
    await convert({ inputs: ['pipes', 'junctions', 'reservoirs', 'tanks', 'pumps'].map((part) => shared(`data/utilities/network-geojson/ky4_${part}.geojson`)), out: folder.path('ky4-geojson') });
    const [inp, geo] = await Promise.all(['ky4', 'ky4-geojson'].map((name) => analyse('network', { networks: pathToFileURL(folder.path(`${name}/networks.json`)).href })));
    expect([inp.counts.nodes, inp.counts.links, geo.counts.nodes, geo.counts.links]).toEqual([964, 1158, 966, 1156]);
    expect(geo.cells.flatMap(({ points }) => points.types).filter((type) => type === 'pump')).toHaveLength(2);
    expect(inp.networks[0].schematic).toEqual({ ratio: expect.closeTo(1.01, 2), is: false });
    // As placed on the ellipsoid, a pipe of the state plane is as long as the model says, but for the projection's scale.
    const stated = [...inp.networks, ...geo.networks].map(({ length }) => length);
    expect(stated[0] / stated[1]).toBeCloseTo(1, 4);
    expect([...geo.networks[0].bounds]).toEqual(inp.networks[0].bounds.map((value) => expect.closeTo(value, 6)));
  });
});
