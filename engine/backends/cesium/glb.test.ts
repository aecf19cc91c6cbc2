import { expect, test } from 'vitest';
import { withoutBareFeatureIds } from './glb.ts';

function glb(json: object, binary = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const padded = Math.ceil(text.byteLength / 4) * 4;
  const out = new Uint8Array(28 + padded + binary.byteLength).fill(0x20);
  const view = new DataView(out.buffer);
  for (const [i, value] of [0x46546c67, 2, out.byteLength, padded, 0x4e4f534a].entries()) view.setUint32(i * 4, value, true);
  out.set(text, 20);
  view.setUint32(20 + padded, binary.byteLength, true);
  view.setUint32(24 + padded, 0x004e4942, true);
  out.set(binary, 28 + padded);
  return out.buffer;
}

function read(bytes: ArrayBuffer): { json: unknown; total: number; binary: number[] } {
  const view = new DataView(bytes);
  const length = view.getUint32(12, true);
  return { json: JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 20, length))), total: view.getUint32(8, true), binary: [...new Uint8Array(bytes, 28 + length)] };
}

const withSets = (featureIds: object[]): object => ({ asset: { generator: '城镜' }, meshes: [{ primitives: [{ extensions: { EXT_mesh_features: { featureIds } } }] }] });

test('sets without a property table go, everything else stays', () => {
  const before = glb(withSets([{ attribute: 0, propertyTable: 0 }, { attribute: 1, label: 'feature' }]));
  const after = read(withoutBareFeatureIds(before));
  expect(after).toMatchObject({ json: withSets([{ attribute: 0, propertyTable: 0 }]), binary: [1, 2, 3, 4, 5, 6, 7, 8] });
  expect(after.total % 4).toBe(0);
  expect(after.total).toBe(withoutBareFeatureIds(before).byteLength);
});

test('an extension with nothing left goes whole', () => {
  expect(read(withoutBareFeatureIds(glb(withSets([{ attribute: 1 }])))).json).toEqual({ asset: { generator: '城镜' }, meshes: [{ primitives: [{ extensions: {} }] }] });
});

test('what needs no change, and what is no GLB, comes back as the same bytes', () => {
  for (const bytes of [glb(withSets([{ attribute: 0, propertyTable: 0 }])), glb({ meshes: [] }), new ArrayBuffer(3), new TextEncoder().encode('<html>login please, you are not known here</html>').buffer as ArrayBuffer]) expect(withoutBareFeatureIds(bytes)).toBe(bytes);
});
