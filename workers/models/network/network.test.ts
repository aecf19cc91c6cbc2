import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Issue } from '../../../engine/errors.ts';
import { describeShared, shared } from '../../../tests/shared.ts';
import { readEpanet } from './epanet.ts';
import { decodeText, inpDialect, inpSections } from './inp.ts';
import { drawingScale, SCHEMATIC_SPREAD } from './layout.ts';
import { readLandXml } from './landxml.ts';
import { materialOf } from './materials.ts';
import { numberOf, wordOf, type Network } from './network.ts';
import { readPandas } from './pandas.ts';
import { readSwmm } from './swmm.ts';

interface Told { network: Network | null; issues: Issue[]; skipped: Record<string, number> }

function told(read: typeof readEpanet, text: string, file = 'made.inp'): Told {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  return { network: read(text, { file, issues, skip: (reason, count = 1) => { skipped[reason] = (skipped[reason] ?? 0) + count; } }, file), issues, skipped };
}

function readShared(path: string): Told {
  const { text } = decodeText(readFileSync(shared(`data/utilities/${path}`)));
  if (path.endsWith('.json')) return told(readPandas, text, path);
  return told(inpDialect(inpSections(text)) === 'swmm' ? readSwmm : readEpanet, text, path);
}

/** The slow way: lines of a section that are neither empty nor comments, counted one by one. */
function countLines(path: string, section: string): number {
  let [inside, count] = [false, 0];
  for (const line of readFileSync(shared(`data/utilities/${path}`), 'utf8').split('\n')) {
    const data = line.split(';')[0].trim();
    if (data.startsWith('[')) inside = data.toUpperCase() === `[${section}]`;
    else if (inside && data !== '') count++;
  }
  return count;
}

const row = (table: { ids: readonly string[] }, id: string): number => table.ids.indexOf(id);

describe('EPANET input files', () => {
  const small = ['[JUNCTIONS]', 'A 700 150', 'B 650 0 ;no demand', '[RESERVOIRS]', 'R 800', '[PIPES]', 'P1 R A 1000 12 100 0 Open', 'P2 A B 500 6 120 0 CV', '[COORDINATES]', 'A 0 0', 'B 10 0', 'R 0 20', '[VERTICES]', 'P2 5 5', '[OPTIONS]', 'Units GPM', 'Headloss H-W', ''];

  test('feet and inches become metres, gallons a minute cubic metres a second', () => {
    const { network, issues } = told(readEpanet, small.join('\r\n'));
    const { nodes, links } = network!;
    expect(issues).toEqual([]);
    expect([nodes.count, links.count]).toEqual([3, 2]);
    expect(numberOf(nodes, 'elevation', 0)).toBeCloseTo(213.36, 4);
    expect(numberOf(nodes, 'demand', 0)).toBeCloseTo(150 * 6.30902e-5, 7);
    expect(numberOf(links, 'length', 0)).toBeCloseTo(304.8, 4);
    expect(numberOf(links, 'diameter', 0)).toBeCloseTo(0.3048, 6);
    expect([wordOf(links, 'status', 1), wordOf(nodes, 'type', 2), numberOf(nodes, 'head', 2)]).toEqual(['check valve', 'reservoir', expect.closeTo(243.84, 3)]);
    expect([...links.xy.subarray(2 * links.starts[1], 2 * links.starts[2])]).toEqual([0, 0, 5, 5, 10, 0]);
  });

  test('with litres a second lengths are metres and diameters millimetres', () => {
    const { network } = told(readEpanet, small.join('\n').replace('GPM', 'LPS').replace('H-W', 'D-W'));
    expect(numberOf(network!.links, 'length', 0)).toBe(1000);
    expect(numberOf(network!.links, 'diameter', 0)).toBeCloseTo(0.012, 7);
    expect(numberOf(network!.links, 'roughness', 0)).toBeCloseTo(0.1, 6);
    expect(numberOf(network!.nodes, 'demand', 0)).toBeCloseTo(0.15, 6);
  });

  test('a pipe to a node that is not there is one clear sentence, and the rest is kept', () => {
    const { network, issues, skipped } = told(readEpanet, small.join('\n').replace('P2 A B', 'P2 A X9'));
    expect(network!.links.ids).toEqual(['P1']);
    expect(issues).toEqual([{ code: 'missing-node', severity: 'error', path: 'line 8', message: 'made.inp, line 8: the pipe P2 ends at node X9, which is not in the file; it was left out, the rest was kept. Add the node or mend the pipe.' }]);
    expect(skipped).toEqual({ 'link to a node that is not there': 1 });
  });

  test.each([
    ['a number that is none', 'A 0 0', 'A 0 zero', 'no-number', 'line 10', 'no two numbers'],
    ['an id used twice', 'B 650 0', 'A 650 0', 'repeated-id', 'line 3', 'line 2 already'],
    ['a length that is none', 'R A 1000', 'R A long', 'no-number', 'line 7', 'the length of the pipe P1 is “long”'],
    ['a pipe with one node', 'P2 A B 500 6 120 0 CV', 'P2 A', 'short-line', 'line 8', 'names no two nodes'],
    ['units of its own', 'Units GPM', 'Units BARRELS', 'unknown-units', 'line 16', 'BARRELS'],
    ['a node without coordinates', 'B 10 0', '', 'no-coordinates', 'line 3', 'give them in [COORDINATES]'],
  ])('%s is said with file and line', (_name, from, to, code, path, words) => {
    const { issues } = told(readEpanet, small.join('\n').replace(from, to));
    expect(issues[0]).toMatchObject({ code, path });
    expect(issues[0].message).toContain(`made.inp, ${path}: `);
    expect(issues[0].message).toContain(words);
  });

  test('a file without coordinates or without nodes says so once and gives nothing', () => {
    expect(told(readEpanet, small.slice(0, 8).join('\n'))).toMatchObject({ network: null, issues: [{ code: 'no-coordinates' }] });
    expect(told(readEpanet, '[PIPES]\nP1 A B 1 1\n')).toMatchObject({ network: null, issues: [{ code: 'no-nodes' }, { code: 'missing-node' }] });
  });

  test('a thousand faults of a kind are twenty sentences and a count', () => {
    const { issues } = told(readEpanet, [...small.slice(0, 6), ...Array.from({ length: 1000 }, (_, i) => `Q${i} A N${i} 1 1`), ...small.slice(8)].join('\n'));
    expect(issues).toHaveLength(20);
    expect(issues.reduce((sum, { count }) => sum + (count ?? 1), 0)).toBe(1000);
  });

  test('GBK text, as Chinese programs write it, is read', () => {
    // “管” and “铸铁” in GBK.
    const bytes = Buffer.concat([Buffer.from('[JUNCTIONS]\n'), Buffer.from([0xb9, 0xdc]), Buffer.from('1 5\nB 5\n[PIPES]\nP '), Buffer.from([0xb9, 0xdc]), Buffer.from('1 B 10 100 100\n[TAGS]\nLINK P '), Buffer.from([0xd6, 0xfd, 0xcc, 0xfa]), Buffer.from('\n[COORDINATES]\n'), Buffer.from([0xb9, 0xdc]), Buffer.from('1 0 0\nB 1 0\n')]);
    const { text, encoding } = decodeText(bytes);
    expect(encoding).toBe('gb18030');
    const { network } = told(readEpanet, text);
    expect([network!.nodes.ids[0], wordOf(network!.links, 'material', 0)]).toEqual(['管1', 'cast iron']);
    expect(['球墨铸铁', 'HDPE', 'PE 100 SDR 11', 'unobtainium'].map(materialOf)).toEqual(['ductile iron', 'pe', 'pe', '']);
  });
});

describe('SWMM input files', () => {
  const small = (offsets: string): string => ['[OPTIONS]', 'FLOW_UNITS CFS', `LINK_OFFSETS ${offsets}`, '[JUNCTIONS]', 'J1 100 10 0', 'J2 98 8 0', '[OUTFALLS]', 'O 90 FREE', '[CONDUITS]', 'C1 J1 J2 400 0.013 0.5 101', 'C2 J2 O 400 0.013 0 *', '[XSECTIONS]', 'C1 CIRCULAR 2 0 0 0', 'C2 TRAPEZOIDAL 3 5 1 1', '[COORDINATES]', 'J1 0 0', 'J2 400 0', 'O 800 0', ''].join('\n');

  test('offsets count from the nodes’ inverts, or are elevations', () => {
    const feet = 0.3048;
    const depth = told(readSwmm, small('DEPTH').replace('0.5 101', '0.5 3')).network!.links;
    expect([numberOf(depth, 'startInvert', 0), numberOf(depth, 'endInvert', 0)].map((value) => value / feet)).toEqual([expect.closeTo(100.5, 3), expect.closeTo(101, 3)]);
    const elevation = told(readSwmm, small('ELEVATION').replace('0.5 101', '100.5 99')).network!.links;
    expect([numberOf(elevation, 'startInvert', 0), numberOf(elevation, 'endInvert', 0), numberOf(elevation, 'endInvert', 1)].map((value) => value / feet)).toEqual([expect.closeTo(100.5, 3), expect.closeTo(99, 3), expect.closeTo(90, 3)]);
  });

  test('round sections are diameters, open ones are channels, rims follow from depths', () => {
    const { nodes, links } = told(readSwmm, small('DEPTH')).network!;
    expect([numberOf(links, 'diameter', 0), wordOf(links, 'type', 0), wordOf(links, 'type', 1), wordOf(links, 'shape', 1)]).toEqual([expect.closeTo(0.6096, 5), 'pipe', 'channel', 'trapezoidal']);
    expect(numberOf(nodes, 'rim', 0)).toBeCloseTo(110 * 0.3048, 4);
    expect(numberOf(nodes, 'rim', row(nodes, 'O'))).toBeNaN();
  });
});

describe('LandXML', () => {
  const xml = (pipe: string): string => `<?xml version="1.0"?>
<LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2">
<Units><Imperial linearUnit="foot" diameterUnit="inch"/></Units>
<CoordinateSystem epsgCode="4547"/>
<PipeNetworks><PipeNetwork name="R&amp;D storm" pipeNetType="storm"><Structs>
<Struct name="M1" elevRim="110" elevSump="100"><Center>2500000 500000</Center><Invert elev="101" flowDir="out" refPipe="P"/></Struct>
<Struct name="M2" elevRim="108" elevSump="98"><Center>2500100 500000</Center><Invert elev="99" flowDir="in" refPipe="P"/></Struct>
</Structs><Pipes>${pipe}</Pipes></PipeNetwork></PipeNetworks></LandXML>`;

  test('structures are manholes, inverts stand at both ends of a pipe, feet and inches are metres', () => {
    const { network, issues } = told(readLandXml, xml('<Pipe name="P" refStart="M1" refEnd="M2" length="100"><CircPipe diameter="12" material="PVC"/></Pipe>'), 'a.xml');
    expect(issues).toEqual([]);
    const { nodes, links, kind, crs, title } = network!;
    expect([kind, crs, title, [...nodes.xy]]).toEqual(['drainage', 'EPSG:4547', 'R&D storm', [500000, 2500000, 500000, 2500100]]);
    expect([numberOf(links, 'diameter', 0), numberOf(links, 'startInvert', 0) / 0.3048, numberOf(links, 'endInvert', 0) / 0.3048, numberOf(nodes, 'rim', 0) / 0.3048, wordOf(links, 'material', 0)]).toEqual([expect.closeTo(0.3048, 6), expect.closeTo(101, 4), expect.closeTo(99, 4), expect.closeTo(110, 4), 'pvc']);
  });

  test('a pipe to a structure that is not there is a sentence with its line', () => {
    expect(told(readLandXml, xml('<!-- <Pipe name="no"/> --><Pipe name="P" refStart="M1" refEnd="M9" length="100"/>'), 'a.xml').issues[0]).toMatchObject({ code: 'missing-node', path: 'line 8', message: expect.stringContaining('a.xml, line 8: the pipe P ends at node M9') });
  });
});

describeShared('networks as the world has them', () => {
  test.each(['Anytown', 'Balerma', 'Hanoi', 'Jilin_including_water_quality', 'L-TOWN', 'Net1', 'Net2', 'Net3', 'ky4'])('EPANET %s: every node and link of the file', (name) => {
    const path = `epanet/${name}.inp`;
    const { network, issues } = readShared(path);
    expect(issues).toEqual([]);
    expect(network!.nodes.count).toBe(['JUNCTIONS', 'RESERVOIRS', 'TANKS'].reduce((sum, section) => sum + countLines(path, section), 0));
    expect(network!.links.count).toBe(['PIPES', 'PUMPS', 'VALVES'].reduce((sum, section) => sum + countLines(path, section), 0));
  });

  test.each([['Example1', 0], ['model_full_features_network', 1], ['model_full_features_network_xy', 0], ['model_state_plane', 0], ['nrtest-Example3', 0], ['nrtest-Example7-Final', 0], ['nrtest-extran1', 0], ['nrtest-user1', 0], ['nrtest-user5', 0]])('SWMM %s: every node and link of the file', (name, unplaced) => {
    const path = `swmm/${name}.inp`;
    const { network, skipped } = readShared(path);
    expect(network!.nodes.count + unplaced).toBe(['JUNCTIONS', 'OUTFALLS', 'STORAGE', 'DIVIDERS'].reduce((sum, section) => sum + countLines(path, section), 0));
    expect(network!.links.count).toBe(['CONDUITS', 'PUMPS', 'ORIFICES', 'WEIRS', 'OUTLETS'].reduce((sum, section) => sum + countLines(path, section), 0));
    expect(Object.values(skipped).reduce((sum, count) => sum + count, 0)).toBe(unplaced);
  });

  test('the invalid model: both of its loose conduits are named, the rest is kept', () => {
    const { network, issues } = readShared('swmm/invalid_model.inp');
    expect(issues.map(({ code, path }) => [code, path])).toEqual([['missing-node', 'line 111'], ['missing-node', 'line 112']]);
    expect(issues[0].message).toContain('the pipe InvalidLink2 begins at node NonExistantNode2, which is not in the file');
    expect(network!.links.count).toBe(9);
  });

  test('Net1 says in SI what WNTR reads from it', () => {
    const { nodes, links } = readShared('epanet/Net1.inp').network!;
    const wntr = JSON.parse(readFileSync(shared('data/utilities/epanet/Net1.json'), 'utf8')) as { nodes: { name: string; elevation?: number }[]; links: { name: string; link_type: string; length?: number; diameter?: number }[] };
    expect(nodes.ids.toSorted()).toEqual(wntr.nodes.map(({ name }) => name).toSorted());
    for (const { name, elevation } of wntr.nodes) if (elevation !== undefined) expect(numberOf(nodes, 'elevation', row(nodes, name))).toBeCloseTo(elevation, 3);
    for (const { name, link_type: type, length, diameter } of wntr.links) {
      if (type !== 'Pipe') continue;
      expect(numberOf(links, 'length', row(links, name))).toBeCloseTo(length!, 2);
      expect(numberOf(links, 'diameter', row(links, name))).toBeCloseTo(diameter!, 5);
    }
  });

  test('ky4 says in SI what its GeoJSON does, and is drawn where that is', () => {
    const { links } = readShared('epanet/ky4.inp').network!;
    const { features } = JSON.parse(readFileSync(shared('data/utilities/network-geojson/ky4_pipes.geojson'), 'utf8')) as { features: { properties: { name: string; length: number; diameter: number }; geometry: { coordinates: number[][] } }[] };
    expect(features).toHaveLength(1156);
    for (const { properties, geometry } of features) {
      const at = row(links, properties.name);
      expect(numberOf(links, 'length', at) / properties.length).toBeCloseTo(1, 6);
      expect(numberOf(links, 'diameter', at)).toBeCloseTo(properties.diameter, 6);
      expect([...links.xy.subarray(2 * links.starts[at], 2 * links.starts[at + 1])]).toEqual(geometry.coordinates.flat().map((value) => expect.closeTo(value, 5)));
    }
  });

  test('Schutterwald’s gas and Oberrhein’s power: counts, kind, system', () => {
    const gas = readShared('gas/gas_net_schutterwald_1bar.json').network!;
    expect([gas.kind, gas.crs, gas.nodes.count, gas.links.count]).toEqual(['gas', 'EPSG:31467', 2559, 2559]);
    expect([wordOf(gas.links, 'material', 0), numberOf(gas.links, 'diameter', 0)]).toEqual(['pe', expect.closeTo(0.1022, 6)]);
    const power = readShared('power/mv_oberrhein.json').network!;
    expect([power.kind, power.crs, power.nodes.count, power.links.count]).toEqual(['power', 'EPSG:4326', 179, 181]);
  });

  test('a LandXML of surfaces alone says that it has no pipes', () => {
    const text = readFileSync(shared('data/utilities/landxml/UT_DrainageSystem_1_2.xml'), 'latin1');
    expect(told(readLandXml, text, 'UT.xml')).toMatchObject({ network: null, issues: [{ code: 'no-links', message: expect.stringContaining('it holds no pipe network (PipeNetworks), only other things such as surfaces') }] });
  });

  test('a net cut in half is one sentence', () => {
    const text = readFileSync(shared('data/utilities/gas/gas_net_schutterwald_1bar.json'), 'utf8');
    expect(told(readPandas, text.slice(0, text.length / 2), 'half.json')).toMatchObject({ network: null, issues: [{ code: 'broken-json' }] });
  });

  test('which drawings are maps and which are schematics', () => {
    const files = ['epanet/Anytown.inp', 'epanet/Balerma.inp', 'epanet/Hanoi.inp', 'epanet/Jilin_including_water_quality.inp', 'epanet/L-TOWN.inp', 'epanet/Net1.inp', 'epanet/Net2.inp', 'epanet/Net3.inp', 'epanet/ky4.inp', 'swmm/Example1.inp', 'swmm/model_full_features_network.inp', 'swmm/model_full_features_network_xy.inp', 'swmm/model_state_plane.inp', 'swmm/nrtest-Example3.inp', 'swmm/nrtest-Example7-Final.inp', 'swmm/nrtest-extran1.inp', 'swmm/nrtest-user1.inp', 'swmm/nrtest-user5.inp', 'gas/gas_net_schutterwald_1bar.json', 'pipe-results/strand_net/strand_net_N.json', 'pipe-results/meshed_networks/two_valves_N.json', 'pipe-results/combined_networks/versatility_N.json'];
    const verdicts = files.map((file) => ({ file, ...drawingScale(readShared(file).network!) }));
    console.log(['file | metres a unit | p95/p5 | verdict', ...verdicts.map(({ file, scale, spread }) => `${file} | ${scale.toPrecision(4)} | ${spread.toFixed(2)} | ${spread > SCHEMATIC_SPREAD ? 'schematic' : 'map'}`)].join('\n'));
    expect(verdicts.filter(({ spread }) => spread <= SCHEMATIC_SPREAD).map(({ file }) => file.replace(/^.*\/|\.\w+$/gu, ''))).toEqual(['Jilin_including_water_quality', 'L-TOWN', 'ky4', 'model_state_plane', 'nrtest-Example3', 'nrtest-Example7-Final', 'nrtest-user1', 'gas_net_schutterwald_1bar', 'two_valves_N']);
    // A foot is a foot: drawings in feet with lengths in feet.
    for (const file of ['epanet/ky4.inp', 'swmm/model_state_plane.inp']) expect(verdicts.find((each) => each.file === file)!.scale).toBeCloseTo(0.3048, 3);
    expect(verdicts.find(({ file }) => file === 'epanet/L-TOWN.inp')!.scale).toBeCloseTo(1, 3);
  });
});
