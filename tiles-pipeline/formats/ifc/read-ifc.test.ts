import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { repeatedIfc } from '../../testing/repeated-ifc.ts';
import { countedProducts } from '../../testing/step-products.ts';
import type { ModelTable } from '../model-table.ts';
import { fileSource } from '../source.ts';
import { ifc } from '../ifc.ts';
import { readIfc, type IfcResult } from './read-ifc.ts';

const read = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(shared(`data/bim/${path}`)));
const readShared = async (path: string): Promise<IfcResult> => readIfc(await read(path), path, path.replace(/^.*\/|\.ifc$/gu, ''));
const total = (skipped: Readonly<Record<string, number>>): number => Object.values(skipped).reduce((sum, n) => sum + n, 0);

async function table(path: string): Promise<ModelTable> {
  const result = await readShared(path);
  if (!result.table) throw new Error(result.issues.map(({ message }) => message).join(' '));
  return result.table;
}

function setsOf({ features, properties }: ModelTable, id: string): [string, [string, unknown, string?][]][] {
  const row = features.id.indexOf(id);
  return JSON.parse(new TextDecoder().decode(properties.bytes.subarray(properties.starts[row], properties.starts[row + 1]))) as [string, [string, unknown, string?][]][];
}

describeShared('real models', () => {
  test.each(['cjk-names/ac16_unicode.ifc', 'edge-cases/compare_by_guid_rev_2.ifc', 'edge-cases/revit_quantities.ifc', 'ifc4/IfcOpenHouse_IFC4.ifc', 'ifc4/ISSUE_171_IfcSurfaceCurveSweptAreaSolid.ifc', 'ifc4x3_add2/reinforcing-assembly.ifc', 'ifc4x3_add2/linear-placement-of-signal.ifc'])('%s: every product with a shape is drawn or counted with its reason', async (path) => {
    const result = await readShared(path);
    const counted = countedProducts(Buffer.from(await read(path)).toString('latin1'));
    const { features, mesh } = result.table!;
    expect(features.count + total(result.skipped)).toBe(counted.length);
    expect(new Set(features.id).size).toBe(features.count);
    const known = new Set(counted.map(({ globalId }) => globalId));
    expect(features.id.filter((id) => !known.has(id))).toEqual([]);
    expect(mesh.indices.length % 3).toBe(0);
    for (let row = 0; row < features.count; row++) {
      const own = mesh.indices.subarray(mesh.firstIndex[row], mesh.firstIndex[row + 1]);
      expect(own.length).toBeGreaterThan(0);
      expect(own.every((vertex) => vertex >= mesh.firstVertex[row] && vertex < mesh.firstVertex[row + 1])).toBe(true);
    }
    expect(mesh.positions.every(Number.isFinite)).toBe(true);
  });

  test('a house has its storeys, names, types, materials and property sets', async () => {
    const house = await table('ifc4/AC20-FZK-Haus.ifc');
    expect(house.schema).toBe('IFC4');
    expect(house.storeys.map(({ name, elevation }) => [name, elevation])).toEqual([['Erdgeschoss', 0], ['Dachgeschoss', 2.7]]);
    const window = house.features.id.indexOf('1srAI$R4T8ihLXSNHmUSET');
    expect([house.features.class[window], house.features.name[window], house.storeys[house.features.storey[window]].name]).toEqual(['IfcWindow', 'EG-Fenster-6', 'Erdgeschoss']);
    const sets = new Map(setsOf(house, house.features.id[window]));
    expect(sets.get('Pset_WindowCommon')).toEqual([['ThermalTransmittance', 1.4]]);
    expect(house.features.material.filter((each) => each !== '').length).toBeGreaterThan(20);
    const [low, high] = [2, 2].map((axis, k) => house.mesh.positions.reduce((best, value, i) => (i % 3 === axis ? (k ? Math.max : Math.min)(best, value) : best), k ? -Infinity : Infinity));
    expect(high - low).toBeGreaterThan(6);
    expect(high - low).toBeLessThan(9);
  });

  test('Japanese names are whole, the same from both ways of writing them', async () => {
    const [a, b] = [await table('cjk-names/revit2013_unicode.ifc'), await table('cjk-names/revit2013_unicode_fixed.ifc')];
    expect(a.storeys.map(({ name }) => name)).toEqual(['1階', '2階', '屋根']);
    expect(a.features.name).toEqual(b.features.name);
    expect(new TextDecoder().decode(a.properties.bytes)).toBe(new TextDecoder().decode(b.properties.bytes));
    expect(JSON.stringify(a.features).includes('\\X2')).toBe(false);
    expect((await table('cjk-names/ac16_unicode.ifc')).storeys.map(({ name }) => name)).toEqual(['1階', '2階', '屋根']);
  });

  test('quantities keep their numbers and units', async () => {
    const house = await table('ifc4/AC20-FZK-Haus.ifc');
    const rows = house.features.id.flatMap((id) => setsOf(house, id)).filter(([name]) => name === 'BaseQuantities').flatMap(([, own]) => own);
    const text = Buffer.from(await read('ifc4/AC20-FZK-Haus.ifc')).toString('latin1');
    for (const [kind, unit] of [['AREA', 'm²'], ['VOLUME', 'm³'], ['LENGTH', 'm']] as const) {
      const known = new Set(Array.from(text.matchAll(new RegExp(`IFCQUANTITY${kind}\\('([^']*)',[^,]*,[^,]*,([-\\d.E]+)`, 'gu')), ([, name, value]) => `${name} ${Number(value)}`));
      const own = rows.filter(([, , each]) => each === unit);
      expect(own.length).toBeGreaterThan(20);
      expect(own.filter(([name, value]) => !known.has(`${name} ${String(value)}`))).toEqual([]);
    }
  });
});

describeShared('models with faults', () => {
  test.each([
    ['edge-cases/EmptyTest.ifc', 'nothing-to-draw', /empty data section/],
    ['edge-cases/IfcProjectOnly.ifc', 'nothing-to-draw', /no product with a shape/],
    ['ifc4x3/sectioned-solid.ifc', 'nothing-to-draw', /none of its 18 products/],
  ] as const)('%s is refused in one sentence', async (path, code, sentence) => {
    const result = await readShared(path);
    expect(result.table).toBeNull();
    const errors = result.issues.filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ code, path, message: expect.stringMatching(sentence) }]);
  });

  test('an IFC cut in half is one clear sentence', async () => {
    const bytes = await read('ifc2x3/duplex.ifc');
    const result = await readIfc(bytes.subarray(0, bytes.length / 2), 'half.ifc', 'half');
    expect(result).toMatchObject({ table: null, issues: [{ code: 'cut-short', severity: 'error', message: expect.stringMatching(/^half\.ifc is cut short: .* Export or copy the file again\.$/) }] });
    expect(result.issues).toHaveLength(1);
  });

  test('a repeated GlobalId is numbered and said', async () => {
    const result = await readShared('edge-cases/doubleguids.ifc');
    const counted = countedProducts(Buffer.from(await read('edge-cases/doubleguids.ifc')).toString('latin1')).filter(({ type }) => !/OPENING|SPACE/u.test(type)).map(({ globalId }) => globalId);
    const repeated = counted.length - new Set(counted).size;
    expect(repeated).toBeGreaterThan(0);
    expect(result.table!.features.id.filter((id) => id.includes('#'))).toHaveLength(repeated);
    expect(result.issues.map(({ code }) => code)).toEqual(['repeated-ids']);
  });

  test('raw GBK names are read as GBK and said to be; a placement that is no number leaves out its shape', async () => {
    const text = Buffer.from(await read('ifc4add2tc1/slab-standard-case.ifc')).toString('latin1');
    const gbk = Buffer.from(text.replace("IFCSLAB('1wAj$J2Az2V8wnBiVYd3bU',#56,$", () => "IFCSLAB('1wAj$J2Az2V8wnBiVYd3bU',#56,'\u00c2\u00a5\u00b0\u00e5'"), 'latin1');
    const named = await readIfc(new Uint8Array(gbk), 'gbk.ifc', 'gbk');
    expect(named.table!.features.name).toEqual(['楼板']);
    expect(named.issues.map(({ code, severity }) => [code, severity])).toEqual([['text-encoding', 'warning']]);
    const far = await readIfc(new TextEncoder().encode(text.replace('#317= IFCCARTESIANPOINT((0.0,', '#317= IFCCARTESIANPOINT((1.E400,')), 'far.ifc', 'far');
    expect(far.table).toBeNull();
    expect(far.issues.map(({ code }) => code)).toEqual(expect.arrayContaining(['broken-placement', 'nothing-to-draw']));
  });

  test('a file of two projects is in metres like a file of one', async () => {
    const text = Buffer.from(await read('ifc4add2tc1/slab-standard-case.ifc')).toString('latin1');
    const height = ({ mesh }: ModelTable): number => mesh.positions.reduce((most, value, i) => (i % 3 === 1 ? Math.max(most, value) : most), -Infinity) + mesh.origin[1];
    const one = await readIfc(new TextEncoder().encode(text), 'one.ifc', 'one');
    const two = await readIfc(new TextEncoder().encode(text.replace('ENDSEC;\n\nEND', "#900= IFCPROJECT('0$WU4A9R19$vKWO$AdOnKB',#56,'Second',$,$,$,$,(#1),#101);\nENDSEC;\n\nEND")), 'two.ifc', 'two');
    expect(height(one.table!)).toBeCloseTo(4, 6);
    expect(height(two.table!)).toBeCloseTo(4, 6);
  });

  test('a model that breaks its reader takes only its own thread; junk is of no kind read here', async () => {
    const issues: { code: string; message: string }[] = [];
    const text = Buffer.from(await read('ifc4x3_add2/csg-primitive.ifc')).toString('latin1');
    const solid = /#(\d+)\s*=\s*IFC(?:BLOCK|CSGSOLID)\s*\([^;]*;/u.exec(text)!;
    const cyclic = text.replace(solid[0], `#${solid[1]}=IFCBOOLEANRESULT(.UNION.,#${solid[1]},#${solid[1]});`);
    const source = { name: 'cyclic.ifc', path: 'cyclic.ifc', size: cyclic.length, head: new TextEncoder().encode(cyclic.slice(0, 200)), bytes: async () => new TextEncoder().encode(cyclic), stream: () => { throw new Error('not streamed'); } };
    const tables: unknown[] = [];
    for await (const each of ifc.read(source as never, { issues: issues as never, skip: () => {} })) tables.push(each);
    expect(tables).toEqual([]);
    expect(issues.some(({ code, message }) => ['geometry-failed', 'nothing-to-draw'].includes(code) && message.startsWith('cyclic.ifc'))).toBe(true);
    expect(ifc.sniff(Uint8Array.of(0, 1, 2, 3, 255))).toBe(false);
  });

  test('a model made of a real one three times over has three times its storeys and products, each higher, and no GlobalId twice', async () => {
    const text = await readFile(shared('data/bim/ifc2x3/Office_A_20110811.ifc'), 'latin1');
    const once = await readIfc(new TextEncoder().encode(text), 'once.ifc', 'once');
    const thrice = await readIfc(Buffer.from([...repeatedIfc(text, 3, 15)].join(''), 'latin1'), 'thrice.ifc', 'thrice');
    expect(thrice.issues.filter(({ code }) => code === 'repeated-ids')).toEqual([]);
    expect(thrice.table!.features.count).toBe(once.table!.features.count * 3);
    expect(new Set(thrice.table!.features.id).size).toBe(thrice.table!.features.count);
    expect(thrice.table!.storeys.length).toBe(9);
    const top = ({ mesh }: ModelTable): number => mesh.origin[2] + mesh.positions.filter((_, i) => i % 3 === 2).reduce((most, z) => Math.max(most, z), -Infinity);
    expect(top(thrice.table!) - top(once.table!)).toBeCloseTo(30, 2);
    expect(thrice.table!.properties.bytes.length).toBeGreaterThan(once.table!.properties.bytes.length * 2.9);
  }, 60_000);

  test('an ifcZIP is read like its file', async () => {
    const source = await fileSource(shared('data/bim/ifczip/Schependomlaan-staal.ifczip'));
    expect(ifc.sniff(source.head)).toBe(true);
    const tables: ModelTable[] = [];
    for await (const each of ifc.read(source, { issues: [], skip: () => {} })) tables.push(each);
    expect(tables).toMatchObject([{ schema: 'IFC2X3', features: { count: 78 } }]);
  });
});

describe('IFC by its first bytes', () => {
  test('with and without a byte order mark', () => {
    expect(ifc.sniff(new TextEncoder().encode('\uFEFFISO-10303-21;'))).toBe(true);
    expect(ifc.sniff(new TextEncoder().encode('{"type":"FeatureCollection"}'))).toBe(false);
  });
});
