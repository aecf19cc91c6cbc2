import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import type { Issue } from '../../engine/errors.ts';
import { seeded, workFolder } from '../testing/seeded-city.ts';
import { sniffFormat } from './index.ts';
import { ifcx } from './ifcx.ts';
import { Composition, type Composed, type IfcxEntry, type IfcxFile } from './ifcx/compose.ts';
import type { ModelTable } from './model-table.ts';
import { fileSource } from './source.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => { folder = await workFolder(); });
afterAll(() => folder.drop());

interface Read { table: ModelTable | undefined; issues: Issue[]; skipped: Record<string, number> }

async function readPath(path: string): Promise<Read> {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  let table: ModelTable | undefined;
  for await (const each of ifcx.read(await fileSource(path, path.replace(/^.*\//u, '')), { issues, skip: (reason, count = 1) => (skipped[reason] = (skipped[reason] ?? 0) + count) })) table = each;
  return { table, issues, skipped };
}

const read = async (file: IfcxFile | string, name = 'model.ifcx'): Promise<Read> => readPath(await folder.put(name, typeof file === 'string' ? file : JSON.stringify(file)));

const MESH = { 'usd::usdgeom::mesh': { points: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], faceVertexIndices: [0, 1, 2] } };
const cls = (code: string): Record<string, unknown> => ({ 'bsi::ifc::class': { code } });
const moved = (x: number, y: number, z: number): Record<string, unknown> => ({ 'usd::xformop': { transform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [x, y, z, 1]] } });
const file = (...data: IfcxEntry[]): IfcxFile => ({ header: { ifcxVersion: 'ifcx_alpha' }, data });
const cornersOf = ({ mesh }: ModelTable, row: number): number[][] => Array.from(mesh.indices.subarray(mesh.firstIndex[row], mesh.firstIndex[row + 1]), (v) => [0, 1, 2].map((axis) => mesh.positions[v * 3 + axis] + mesh.origin[axis]));

/** A storey with a wall and two windows of one type, whose pane is the type's child. */
const HOUSE: IfcxEntry[] = [
  { path: 'project', children: { level: 'storey' }, attributes: cls('IfcProject') },
  { path: 'storey', children: { Wall: 'wall' }, attributes: { ...cls('IfcBuildingStorey'), ...moved(0, 0, 3) } },
  { path: 'wall', children: { Body: 'body', left: 'window-1', right: 'window-2' }, attributes: { ...cls('IfcWall'), 'bsi::ifc::prop::Name': '外墙', 'bsi::ifc::prop::Width': 0.2, 'bsi::ifc::material': { code: 'concrete' } } },
  { path: 'body', attributes: { ...MESH, 'bsi::ifc::presentation::diffuseColor': [1, 0.5, 0] } },
  { path: 'type', children: { Pane: 'pane' }, attributes: { ...cls('IfcWindow'), 'bsi::ifc::prop::TypeName': 'W1' } },
  { path: 'pane', attributes: { ...MESH, ...moved(0, 0, 1) } },
  { path: 'window-1', inherits: { type: 'type' }, attributes: moved(10, 0, 0) },
  { path: 'window-2', inherits: { type: 'type' }, attributes: { ...moved(20, 0, 0), 'bsi::ifc::prop::TypeName': 'W2' } },
];

describe('an .ifcx', () => {
  test('becomes a feature for each node with a class, what is inherited included', async () => {
    const { table, issues } = await read(file(...HOUSE));
    expect(issues).toEqual([]);
    expect(table!.features).toMatchObject({ count: 3, id: ['window-1', 'window-2', 'wall'], name: ['left', 'right', '外墙'], class: ['IfcWindow', 'IfcWindow', 'IfcWall'], type: ['W1', 'W2', ''], material: ['', '', 'concrete'] });
    expect([0, 1, 2].map((row) => cornersOf(table!, row)[0])).toEqual([[10, 0, 4], [20, 0, 4], [0, 0, 3]]);
    expect(table!.storeys).toEqual([{ id: 'storey', name: 'level', elevation: 3 }]);
    expect([...table!.features.storey]).toEqual([0, 0, 0]);
    const wall = table!.mesh.firstVertex[2] * 4;
    expect([...table!.mesh.colours.subarray(wall, wall + 4)]).toEqual([255, 128, 0, 255]);
    const { bytes, starts } = table!.properties;
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(starts[2], starts[3])))).toContainEqual(['bsi::ifc::prop', [['Name', '外墙'], ['Width', 0.2]]]);
  });

  test('is the same whatever the order of its entries, and split over files beside it', async () => {
    const whole = await read(file(...HOUSE));
    expect((await read(file(...HOUSE.toReversed()))).table!.features.count).toBe(3);
    await folder.put('base.ifcx', JSON.stringify(file(...HOUSE)));
    const layered = await read({ ...file({ path: 'wall', attributes: { 'bsi::ifc::prop::Name': '内墙' } }), imports: [{ uri: './base.ifcx' }, { uri: 'https://ifcx.dev/x.ifcx' }] });
    expect(layered.issues).toEqual([]);
    expect(layered.table!.features.name).toEqual(['left', 'right', '内墙']);
    expect(layered.table!.mesh).toEqual(whole.table!.mesh);
  });

  test('leaves out what is taken away again, openings, rooms and what is invisible, and says so', async () => {
    const { table, skipped } = await read(file(...HOUSE, { path: 'storey', children: { room: 'room', hole: 'hole', ghost: 'ghost' } }, { path: 'room', attributes: { ...cls('IfcSpace'), ...MESH } }, { path: 'hole', attributes: { ...cls('IfcOpeningElement'), ...MESH } }, { path: 'ghost', attributes: { ...cls('IfcWall'), ...MESH, 'usd::usdgeom::visibility': { visibility: 'invisible' } } }, { path: 'wall', children: { right: null } }));
    // A window that is nobody's child any more stands by itself.
    expect(table!.features.count).toBe(3);
    expect(skipped).toEqual({ 'space (a room, no body)': 1, 'opening (cut out of what it lies in)': 1, 'said to be invisible': 1 });
  });

  test('is told by what it holds', async () => {
    expect(sniffFormat(new TextEncoder().encode(JSON.stringify(file(...HOUSE))))?.id).toBe('ifcx');
    expect(ifcx.sniff(new TextEncoder().encode('{"type":"FeatureCollection","features":[]}'))).toBe(false);
  });
});

const wall = (attributes: Record<string, unknown>): IfcxEntry => ({ path: 'odd', attributes: { ...cls('IfcWall'), ...attributes } });
const mesh = (value: unknown): IfcxEntry => wall({ 'usd::usdgeom::mesh': value });
const faults: [name: string, code: string, left: number, file: IfcxFile | string][] = [
  ['cut short', 'ifcx-broken', 0, JSON.stringify(file(...HOUSE)).slice(0, 500)],
  ['no data', 'ifcx-broken', 0, '{"header":{"ifcxVersion":"ifcx_alpha"}}'],
  ['nothing to draw', 'nothing-to-draw', 0, file({ path: 'a', attributes: cls('IfcWall') })],
  ['index beyond the points', 'ifcx-node', 3, file(...HOUSE, mesh({ points: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], faceVertexIndices: [0, 1, 3] }))],
  ['points of words', 'ifcx-node', 3, file(...HOUSE, mesh({ points: 'many', faceVertexIndices: [0, 1, 2] }))],
  ['counts that do not add up', 'ifcx-node', 3, file(...HOUSE, mesh({ points: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], faceVertexIndices: [0, 1, 2], faceVertexCounts: [5] }))],
  ['transform of three rows', 'ifcx-node', 4, file(...HOUSE, wall({ ...MESH, 'usd::xformop': { transform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] } }))],
  ['beyond all measure', 'ifcx-node', 3, file(...HOUSE, wall({ ...MESH, ...moved(1e300, 0, 0) }))],
  ['its own grandchild', 'ifcx-node', 3, file(...HOUSE, { path: 'window-1', children: { again: 'wall' } })],
  ['inherits itself', 'ifcx-node', 3, file(...HOUSE, { path: 'type', inherits: { self: 'type' } })],
  ['a layer that is not there', 'ifcx-import', 3, { ...file(...HOUSE), imports: [{ uri: '../../etc/passwd' }] }],
];

describe('a faulty .ifcx', () => {
  test.each(faults)('%s is said, and the rest is kept', async (_, code, left, content) => {
    const { table, issues } = await read(content);
    expect(issues.map((issue) => issue.code)).toContain(code);
    expect(issues.every(({ message }) => message.includes('model.ifcx'))).toBe(true);
    expect(table?.features.count ?? 0).toBe(left);
  });

  test('that doubles itself thirty times is held back', () => {
    const composition = new Composition(5000);
    composition.add(file(...Array.from({ length: 30 }, (_, k): IfcxEntry => ({ path: `n${k}`, children: { a: `n${k + 1}`, b: `n${k + 1}` } })), { path: 'n30', attributes: MESH }));
    const count = (nodes: readonly Composed[]): number => nodes.reduce((sum, { children }) => sum + 1 + count(children), 0);
    expect(count(composition.roots())).toBe(5001);
    expect(composition.full).toBe(true);
  });

  test('with any value replaced is read or said to hold nothing', async () => {
    const random = seeded(31);
    const odd: unknown[] = [null, 'x', -1, 1e9, [], {}, true, [null], { a: 1 }, 0.5];
    for (let n = 0; n < 300; n++) {
      const copy = structuredClone(file(...HOUSE));
      const places: [Record<string, unknown>, string][] = [];
      const walk = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        for (const [key, inner] of Object.entries(value)) {
          places.push([value as Record<string, unknown>, key]);
          walk(inner);
        }
      };
      walk(copy);
      const [owner, key] = places[Math.floor(random() * places.length)];
      owner[key] = odd[Math.floor(random() * odd.length)];
      const { table, issues } = await read(copy);
      if (!table) expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
    }
  });
});

describeShared('IFC5 files of the shared data', () => {
  test.each([['Hello_Wall_hello-wall.ifcx', 3], ['PCERT-Sample-Scene_Building-Architecture.ifcx', 10], ['PCERT-Sample-Scene_Infra-Plumbing.ifcx', 27]])('%s gives %i things', async (name, count) => {
    const { table, issues } = await readPath(shared(`data/bim/ifc5/${name}`));
    expect(issues.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(table!.features.count).toBe(count);
    expect(table!.features.class.every((each) => each.startsWith('Ifc'))).toBe(true);
    const bytes = new Uint8Array(await readFile(shared(`data/bim/ifc5/${name}`)));
    expect(sniffFormat(bytes.subarray(0, 4096))?.id).toBe('ifcx');
    // Nothing of the house stands in more than one place: every triangle of the file is drawn once.
    const { data } = JSON.parse(new TextDecoder().decode(bytes)) as IfcxFile;
    const meshes = data!.flatMap(({ attributes }) => (attributes?.['usd::usdgeom::mesh'] as { faceVertexIndices: number[] } | undefined) ?? []);
    // (The plumbing's manholes inherit theirs.)
    if (name.includes('Architecture')) expect(table!.mesh.indices.length).toBe(meshes.reduce((sum, { faceVertexIndices }) => sum + faceVertexIndices.length, 0));
  });
});
