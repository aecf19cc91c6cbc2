import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Document, NodeIO } from '@gltf-transform/core';
import { validateBytes } from 'gltf-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlace } from './cli/place.ts';
import { convert, type Converted } from './convert.ts';
import { workFolder } from './testing/seeded-city.ts';
import { checkTileset } from './tileset/check.ts';
import { Codecs } from './tileset/codecs.ts';
import { readGlb } from './tileset/read-content.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let dir: string;
let made: Converted;

/** A quad with a picture, at a place of its own. */
async function glb(picture: Uint8Array): Promise<Uint8Array> {
  const document = new Document();
  const buffer = document.createBuffer();
  const vec = (type: 'VEC2' | 'VEC3', values: number[]): ReturnType<Document['createAccessor']> => document.createAccessor().setType(type).setArray(Float32Array.from(values)).setBuffer(buffer);
  const material = document.createMaterial('front').setBaseColorTexture(document.createTexture('p').setImage(picture).setMimeType('image/jpeg'));
  const quad = document.createPrimitive().setAttribute('POSITION', vec('VEC3', [0, 0, 0, 8, 0, 0, 8, 6, 0, 0, 6, 0])).setAttribute('TEXCOORD_0', vec('VEC2', [0, 1, 0.5, 1, 0.5, 0.5, 0, 0.5])).setIndices(document.createAccessor().setType('SCALAR').setArray(Uint16Array.of(0, 1, 2, 0, 2, 3)).setBuffer(buffer)).setMaterial(material);
  document.createScene().addChild(document.createNode('facade').setMesh(document.createMesh('quad').addPrimitive(quad)));
  return new NodeIO().writeBinary(document);
}

beforeAll(async () => {
  folder = await workFolder();
  dir = folder.path('city');
  const picture = await new Codecs().encode('jpeg', { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(180) });
  const ifcx = { header: { ifcxVersion: 'ifcx_alpha' }, data: [{ path: 'slab', attributes: { 'bsi::ifc::class': { code: 'IfcSlab' }, 'usd::usdgeom::mesh': { points: [[0, 0, 0], [5, 0, 0], [5, 5, 0]], faceVertexIndices: [0, 1, 2] } } }] };
  // None of them is called what it is.
  const inputs = [
    await folder.put('a.bin', await glb(picture)), await folder.put('c.bin', JSON.stringify(ifcx)),
    await folder.put('b.bin', 'mtllib m.mtl\nv 0 0 0\nv 3 0 0\nv 3 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nusemtl pic\nf 1/1 2/2 3/3\n'),
  ];
  await folder.put('m.mtl', 'newmtl pic\nmap_Kd broken.png\n');
  await folder.put('broken.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]));
  made = await convert({ inputs, out: dir, places: [parsePlace('117.49,30.66,0,20')] });
});
afterAll(() => folder.drop());

describe('models of every kind in one city', () => {
  test('are all there, and the account closes', () => {
    expect(made.report.issues.filter(({ severity }) => severity !== 'info').map(({ code }) => code)).toEqual(['picture-broken']);
    expect(made.report.layers.elements).toBe(3);
    expect(made.report.in).toBe(made.report.out + Object.values(made.report.skipped).reduce((sum, n) => sum + n, 0));
    expect(made.catalogue.layers.models).toMatchObject({ count: 3, cimLevel: 'CIM2', models: [{ name: 'a', products: 1 }, { name: 'c', schema: 'IFC5 ifcx_alpha' }, { name: 'b', schema: 'OBJ' }] });
  });

  test('have no fault for our checker and the glTF validator, and the picture where it was', async () => {
    expect(await checkTileset(join(dir, 'models'))).toEqual([]);
    const kinds: (string | undefined)[] = [];
    for (const name of (await readdir(join(dir, 'models/tiles'))).toSorted()) {
      const bytes = new Uint8Array(await readFile(join(dir, 'models/tiles', name)));
      expect((await validateBytes(bytes)).issues.numErrors, name).toBe(0);
      kinds.push(readGlb(bytes).json.images?.[0].mimeType);
    }
    expect(kinds).toEqual(['image/jpeg', undefined, undefined]);
  });
});
