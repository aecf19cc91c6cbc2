import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { describe, expect, it } from 'vitest';
import { TwinError } from '../../engine/errors.ts';
import { seeded } from '../../tests/conformance/picks.ts';
import type { AnalysisContext } from './context.ts';
import { model } from './model.ts';

function context(bytes: Uint8Array): AnalysisContext {
  return { signal: new AbortController().signal, load: async () => ({ bytes: bytes as Uint8Array<ArrayBuffer>, total: bytes.length, partial: false }) } as unknown as AnalysisContext;
}
const read = (bytes: Uint8Array) => model({ url: 'https://city.test/model.glb' }, context(bytes));

/** A GLB of a JSON part and a binary part, each padded to four bytes. */
function glb(json: object, binary: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const padded = [text, binary].map((part, i) => {
    const out = new Uint8Array(Math.ceil(part.length / 4) * 4).fill(i === 0 ? 0x20 : 0);
    out.set(part);
    return out;
  });
  const out = new Uint8Array(12 + padded.reduce((sum, part) => sum + 8 + part.length, 0));
  const view = new DataView(out.buffer);
  [0x46546c67, 2, out.length].forEach((value, i) => view.setUint32(4 * i, value, true));
  let at = 12;
  padded.forEach((part, i) => {
    view.setUint32(at, part.length, true);
    view.setUint32(at + 4, [0x4e4f534a, 0x004e4942][i], true);
    out.set(part, at + 8);
    at += 8 + part.length;
  });
  return out;
}

/** A triangle at x 1, y 2 (up), z 3 (front), with a colour a vertex in half red, under a node that is moved, turned and doubled. */
const PLACES = Float32Array.of(1, 2, 3, 2, 2, 3, 1, 4, 3);
const BINARY = new Uint8Array([...new Uint8Array(PLACES.buffer), ...Uint8Array.of(128, 255, 255, 255, 128, 255, 255, 255, 128, 255, 255, 255), ...new Uint8Array(Uint16Array.of(0, 1, 2).buffer), 0, 0]);
const DOCUMENT = {
  asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [0] }],
  nodes: [{ children: [1], translation: [10, 0, 0] }, { mesh: 0, rotation: [0, Math.SQRT1_2, 0, Math.SQRT1_2], scale: [2, 2, 2] }],
  materials: [{ pbrMetallicRoughness: { baseColorFactor: [1, 0.25, 0, 1] } }],
  meshes: [{ primitives: [{ attributes: { POSITION: 0, COLOR_0: 1 }, indices: 2, material: 0 }] }],
  accessors: [
    { bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' }, { bufferView: 1, componentType: 5121, normalized: true, count: 3, type: 'VEC4' }, { bufferView: 2, componentType: 5123, count: 3, type: 'SCALAR' },
  ],
  bufferViews: [{ buffer: 0, byteOffset: 0, byteLength: 36 }, { buffer: 0, byteOffset: 36, byteLength: 12 }, { buffer: 0, byteOffset: 48, byteLength: 6 }],
  buffers: [{ byteLength: BINARY.length }],
};

describe('a model', () => {
  it('stands upright, looks north, and has its nodes and colours applied', async () => {
    const { places, indices, colours } = await read(glb(DOCUMENT, BINARY));
    // (1, 2, 3) doubled is (2, 4, 6); turned by 90° about y, x′ = z and z′ = −x: (6, 4, −2); moved: (16, 4, −2); east is −x, north z, up y.
    expect([...places.subarray(0, 3)].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([-16, -2, 4]);
    expect([...places.subarray(6, 9)].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([-16, -2, 8]);
    expect([...indices]).toEqual([0, 1, 2]);
    // Half of linear red is sRGB 188, a quarter of green 137. @source IEC 61966-2-1
    expect([...colours.subarray(0, 4)]).toEqual([188, 137, 0, 255]);
  });

  it('is the same compressed by meshopt', async () => {
    await MeshoptEncoder.ready;
    const packed = MeshoptEncoder.encodeGltfBuffer(new Uint8Array(PLACES.buffer), 3, 12, 'ATTRIBUTES');
    const views = [{ buffer: 1, byteOffset: 0, byteLength: 36, byteStride: 12, extensions: { EXT_meshopt_compression: { buffer: 0, byteOffset: 56, byteLength: packed.length, byteStride: 12, count: 3, mode: 'ATTRIBUTES' } } }, ...DOCUMENT.bufferViews.slice(1)];
    const document = { ...DOCUMENT, bufferViews: views, extensionsRequired: ['EXT_meshopt_compression'], buffers: [{ byteLength: 56 + packed.length }, { byteLength: 36 }] };
    expect(await read(glb(document, new Uint8Array([...BINARY, ...packed])))).toEqual(await read(glb(DOCUMENT, BINARY)));
  });

  it.each([
    ['a text', new TextEncoder().encode('<html>404 not found, nothing here</html>'), 'bad-input', /no GLB/u],
    ['half a file', glb(DOCUMENT, BINARY).slice(0, 700), 'bad-input', /ends in the middle/u],
    ['a draco file', glb({ ...DOCUMENT, extensionsRequired: ['KHR_draco_mesh_compression'] }, BINARY), 'unsupported', /KHR_draco/u],
    ['an index too far', glb({ ...DOCUMENT, accessors: [DOCUMENT.accessors[0], DOCUMENT.accessors[1], { ...DOCUMENT.accessors[1], normalized: false, count: 3, type: 'SCALAR' }] }, BINARY), 'bad-input', /index points beyond/u],
    ['an accessor too long', glb({ ...DOCUMENT, accessors: [{ ...DOCUMENT.accessors[0], count: 4 }, ...DOCUMENT.accessors.slice(1)] }, BINARY), 'bad-input', /accessors\[0\] reaches beyond/u],
    ['nodes in a circle', glb({ ...DOCUMENT, nodes: [{ children: [1] }, { children: [0] }] }, BINARY), 'bad-input', /nested/u],
    ['a scene without triangles', glb({ ...DOCUMENT, meshes: [{ primitives: [] }] }, BINARY), 'bad-input', /no triangles/u],
  ])('says one clear sentence of %s', async (_, bytes, code, said) => {
    const error = await read(bytes).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TwinError);
    expect((error as TwinError).code).toBe(code);
    expect((error as TwinError).message).toMatch(said);
  });

  it('never breaks in another way, whatever is in the file', async () => {
    const random = seeded(3);
    const whole = glb(DOCUMENT, BINARY);
    for (let run = 0; run < 400; run++) {
      const broken = whole.slice(0, 20 + Math.floor(random() * (whole.length - 20)));
      for (let i = 0; i < 3; i++) broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
      const answer = await read(random() < 0.5 ? broken : Uint8Array.from([...broken, ...whole.slice(broken.length)])).catch((cause: unknown) => cause);
      if (answer instanceof Error) expect(answer).toBeInstanceOf(TwinError);
    }
  });
});
