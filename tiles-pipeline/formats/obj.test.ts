import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { seeded, workFolder } from '../testing/seeded-city.ts';
import { Codecs } from '../tileset/codecs.ts';
import { sniffFormat } from './index.ts';
import type { ModelTable } from './model-table.ts';
import { obj } from './obj.ts';
import { triangulated } from './obj/triangulate.ts';
import { fileSource } from './source.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let picture: Uint8Array;
beforeAll(async () => {
  folder = await workFolder();
  await mkdir(folder.path('pictures'));
  picture = await new Codecs().encode('jpeg', { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(200) });
});
afterAll(() => folder.drop());

async function read(content: string | Uint8Array, beside: Record<string, string | Uint8Array> = {}): Promise<{ table: ModelTable | undefined; issues: Issue[]; skipped: Record<string, number> }> {
  for (const [name, bytes] of Object.entries(beside)) await folder.put(name, bytes);
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  let table: ModelTable | undefined;
  const source = await fileSource(await folder.put('model.obj', content), 'model.obj');
  for await (const each of obj.read(source, { issues, skip: (reason, count = 1) => (skipped[reason] = (skipped[reason] ?? 0) + count) })) table = each;
  return { table, issues: issues.filter(({ code }) => code !== 'axis-taken'), skipped };
}

const cornersOf = ({ mesh }: ModelTable, row: number): number[][] => Array.from(mesh.indices.subarray(mesh.firstIndex[row], mesh.firstIndex[row + 1]), (v) => [0, 1, 2].map((axis) => mesh.positions[v * 3 + axis] + mesh.origin[axis] + 0));

const HOUSE = `# a house
mtllib house.mtl
v 0 0 0
v 4 0 0
v 4 3 0
v 0 3 0
v 2 5 0
vt 0 0
vt 1 0
vt 1 1
o 房子
g 墙
usemtl brick
f 1/1 2/2 3/3 4
g 山墙
usemtl plain
f -5 -4 -3 -1 -2
`;
const MTL = 'newmtl brick\nKd 1 0.5 0\nmap_Kd -clamp on -s 1 1 1 pictures\\brick wall.jpg\n\nnewmtl plain\nKd 0.2 0.4 0.6\nd 0.5\n';

describe('an OBJ', () => {
  test('becomes a feature for each object and group, with colours, pictures and faces of any number of corners', async () => {
    const { table, issues } = await read(HOUSE, { 'house.mtl': MTL, 'pictures/brick wall.jpg': picture });
    expect(issues).toEqual([]);
    expect(table!.features).toMatchObject({ count: 2, id: ['房子/墙', '房子/山墙'], name: ['墙', '山墙'], material: ['brick', 'plain'] });
    expect(cornersOf(table!, 0)).toEqual([[0, 0, 0], [4, 0, 0], [4, 0, 3], [0, 0, 0], [4, 0, 3], [0, 0, 3]]);
    expect(cornersOf(table!, 1).length).toBe(9);
    expect([...table!.mesh.texture!.image]).toEqual([1, 1, 0, 0, 0]);
    expect([...table!.mesh.texture!.uv.subarray(0, 6)]).toEqual([0, 1, 1, 1, 1, 0]);
    const second = table!.mesh.firstVertex[1] * 4;
    expect([...table!.mesh.colours.subarray(second, second + 4)]).toEqual([51, 102, 153, 128]);
    expect(table!).toMatchObject({ schema: 'OBJ', cimLevel: 'CIM3', georeference: null });
  });

  test('is the same with other ends of lines, carried-on lines, and bytes in GBK', async () => {
    const plain = await read(HOUSE, { 'house.mtl': MTL });
    // 房子, 墙, 山墙 in GBK.
    const gbk = Buffer.from(HOUSE.replace('房子', '\xb7\xbf\xd7\xd3').replace('g 墙', 'g \xc7\xbd').replace('山墙', '\xc9\xbd\xc7\xbd'), 'latin1');
    for (const other of [HOUSE.replaceAll('\n', '\r\n'), HOUSE.replaceAll('\n', '\r'), HOUSE.replace('f 1/1 2/2', 'f 1/1 \\\n 2/2'), gbk]) expect((await read(other)).table).toEqual(plain.table);
  });

  test('has z up where its places are those of a map, and colours by vertex where it has them', async () => {
    const { table } = await read('v 500100 4000000 12 1 0 0\nv 500110 4000000 12 0 1 0\nv 500110 4000010 15 0 0 1\nf 1 2 3\n');
    expect(cornersOf(table!, 0)[2]).toEqual([500110, 4000010, 15]);
    expect([...table!.mesh.colours]).toEqual([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255]);
  });

  test('is told by what it holds, not by its name', async () => {
    for (const text of [HOUSE, '# only\n\nv 1 2 3\nv 1 2 4\nv 2 2 2\nf 1 2 3\n', `\ufeffmtllib a.mtl\nv 1 2 3\n`]) expect(sniffFormat(new TextEncoder().encode(text))?.id).toBe('obj');
    for (const text of ['x,y,z\n1,2,3\n', 'v\n', '1 2 3\n4 5 6\n', 'newmtl a\nKd 1 1 1\n', '# nothing\n', 'version 1\nv 1 2 3\n']) expect(obj.sniff(new TextEncoder().encode(text)), text).toBe(false);
  });

  test('face without a hole is cut into triangles of the same area that look the same way', () => {
    const random = seeded(9);
    for (let n = 0; n < 200; n++) {
      const count = 3 + Math.floor(random() * 9);
      const [tilt, turn] = [random() * 6, random() * 6];
      const flat = Array.from({ length: count }, (_, k) => {
        const [angle, radius] = [(k / count) * 2 * Math.PI, 1 + random() * 4];
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      });
      const places = flat.map(([x, y]) => [x * Math.cos(turn) - y * Math.cos(tilt) * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(tilt) * Math.cos(turn), y * Math.sin(tilt)]);
      const corners = triangulated(places);
      const area = (ring: number[][]): number => ring.reduce((sum, [x, y], k) => sum + x * ring[(k + 1) % ring.length][1] - y * ring[(k + 1) % ring.length][0], 0) / 2;
      let sum = 0;
      for (let i = 0; i < corners.length; i += 3) {
        const part = area([corners[i], corners[i + 1], corners[i + 2]].map((k) => flat[k]));
        expect(part).toBeGreaterThan(-1e-9);
        sum += part;
      }
      expect(sum).toBeCloseTo(area(flat), 6);
    }
  });
});

const TRIANGLE = 'v 0 0 0\nv 1 0 0\nv 0 1 0\n';
const faults: [name: string, code: string, drawn: boolean, text: string, beside?: Record<string, string>][] = [
  ['face beyond the vertices', 'obj-line', true, `${TRIANGLE}f 1 2 9\nf 1 2 3\n`],
  ['face of vertex nought', 'obj-line', true, `${TRIANGLE}f 0 1 2\nf 1 2 3\n`],
  ['face of words', 'obj-line', true, `${TRIANGLE}f a b c\nf 1 2 3\n`],
  ['face of two corners', 'obj-line', true, `${TRIANGLE}f 1 2\nf 1 2 3\n`],
  ['face without an area', 'obj-line', true, `${TRIANGLE}v 2 0 0\nf 1 2 4\nf 1 2 3\n`],
  ['vertex that is no number', 'obj-line', true, `v 0 nan 0\n${TRIANGLE}f 1 2 3\nf 2 3 4\n`],
  ['vertex beyond all measure', 'obj-line', true, `v 1e300 0 0\n${TRIANGLE}f 1 2 3\nf 2 3 4\n`],
  ['lines and points only', 'nothing-to-draw', false, `${TRIANGLE}l 1 2 3\np 1\n`],
  ['no face', 'nothing-to-draw', false, TRIANGLE],
  ['words of another language', 'obj-line', true, `${TRIANGLE}draw 1 2 3\nf 1 2 3\n`],
  ['library that is not there', 'material-missing', true, `mtllib gone.mtl\n${TRIANGLE}f 1 2 3\n`],
  ['library outside the folder', 'material-missing', true, `mtllib ../../etc/passwd\n${TRIANGLE}f 1 2 3\n`],
  ['material in no library', 'material-missing', true, `mtllib some.mtl\n${TRIANGLE}usemtl none\nf 1 2 3\n`, { 'some.mtl': 'newmtl some\nKd 1 1 1\n' }],
  ['picture that is not there', 'material-missing', true, `mtllib some.mtl\n${TRIANGLE}usemtl some\nf 1 2 3\n`, { 'some.mtl': 'newmtl some\nmap_Kd http://127.0.0.1:9/a.png\n' }],
  ['free-form surface', 'obj-line', true, `${TRIANGLE}cstype bezier\nf 1 2 3\n`],
  ['line of two million letters', 'obj-line', true, `${TRIANGLE}f 1 2 3\n# ${'x'.repeat(2_000_000)}\nf 3 2 1\n`],
];

describe('a faulty OBJ', () => {
  test.each(faults)('%s is said, and the rest is kept', async (_, code, drawn, text, beside) => {
    const { table, issues } = await read(text, beside);
    expect(issues.map((issue) => issue.code)).toContain(code);
    expect(issues.every(({ message }) => message.includes('model.obj'))).toBe(true);
    expect(table !== undefined).toBe(drawn);
  });

  test('cut anywhere or with bytes flipped is read or said to hold nothing', async () => {
    const random = seeded(4);
    const whole = Buffer.from(HOUSE.repeat(3));
    for (let n = 0; n < 250; n++) {
      const mutant = n % 3 === 0 ? whole.subarray(0, Math.floor(random() * whole.length)) : Buffer.from(whole);
      for (let k = n % 5; k > 0 && mutant.length > 0; k--) mutant[Math.floor(random() * mutant.length)] = Math.floor(random() * 256);
      const { table, issues } = await read(mutant);
      if (!table) expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
      else expect(table.mesh.positions.every(Number.isFinite)).toBe(true);
    }
  });
});
