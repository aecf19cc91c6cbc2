import type { Glb, GlbJson } from '../tileset/read-content.ts';

/** A model inside of a content: its bytes, and where its origin lies in the tile's frame. */
export interface InnerModel {
  readonly kind: 'glb';
  readonly bytes: Uint8Array;
  readonly center: readonly number[];
}

/** Bare places in the tile's frame: points, or where instances stand. */
export interface InnerPoints {
  readonly kind: 'points';
  readonly values: Float64Array;
}

const HEADERS: Readonly<Record<string, number>> = { b3dm: 28, i3dm: 32, pnts: 28 };
const MOST_DEPTH = 8;

/** What a sound content of an old kind holds. @source OGC 22-025r4, annexes on b3dm, i3dm, pnts and cmpt */
export function modelsIn(bytes: Uint8Array, depth = 0): (InnerModel | InnerPoints)[] {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (magic === 'glTF') return view.getUint32(4, true) === 2 ? [{ kind: 'glb', bytes: bytes.subarray(0, view.getUint32(8, true)), center: [0, 0, 0] }] : [];
  if (magic === 'cmpt' && depth < MOST_DEPTH) {
    const out: (InnerModel | InnerPoints)[] = [];
    for (let k = 0, at = 16; k < view.getUint32(12, true) && at + 12 <= bytes.length; k++) {
      const size = view.getUint32(at + 8, true);
      out.push(...modelsIn(bytes.subarray(at, at + size), depth + 1));
      at += size;
    }
    return out;
  }
  const header = HEADERS[magic];
  if (!header) return [];
  const lengths = [12, 16, 20, 24].map((at) => view.getUint32(at, true));
  // Headers older than 1.0 are told by what stands where lengths should.
  if (magic === 'b3dm' && (lengths[2] >= 570425344 || lengths[3] >= 570425344)) return [];
  const feature = lengths[0] > 0 ? (JSON.parse(new TextDecoder().decode(bytes.subarray(header, header + lengths[0]))) as Record<string, unknown>) : {};
  const table = bytes.subarray(header + lengths[0], header + lengths[0] + lengths[1]);
  if (magic !== 'b3dm') return pointsOf(feature, table);
  const center = Array.isArray(feature.RTC_CENTER) ? (feature.RTC_CENTER as number[]) : [0, 0, 0];
  return modelsIn(bytes.subarray(header + lengths.reduce((sum, each) => sum + each, 0), view.getUint32(8, true)), MOST_DEPTH).map((model) => (model.kind === 'glb' ? { ...model, center } : model));
}

function pointsOf(feature: Record<string, unknown>, table: Uint8Array): InnerPoints[] {
  const count = Number(feature.POINTS_LENGTH ?? feature.INSTANCES_LENGTH ?? 0);
  if (!Number.isInteger(count) || count <= 0 || feature.extensions !== undefined) return [];
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const values = new Float64Array(count * 3);
  const offsetOf = (name: string): number | undefined => (feature[name] as { byteOffset?: number } | undefined)?.byteOffset;
  const [wide, narrow] = [offsetOf('POSITION'), offsetOf('POSITION_QUANTIZED')];
  const center = (feature.RTC_CENTER as number[] | undefined) ?? [0, 0, 0];
  const [scale, offset] = [(feature.QUANTIZED_VOLUME_SCALE as number[] | undefined) ?? [1, 1, 1], (feature.QUANTIZED_VOLUME_OFFSET as number[] | undefined) ?? [0, 0, 0]];
  if (wide !== undefined && wide + count * 12 <= table.length) for (let i = 0; i < count * 3; i++) values[i] = view.getFloat32(wide + i * 4, true) + center[i % 3];
  else if (narrow !== undefined && narrow + count * 6 <= table.length) for (let i = 0; i < count * 3; i++) values[i] = (view.getUint16(narrow + i * 2, true) / 65535) * scale[i % 3] + offset[i % 3] + center[i % 3];
  else return [];
  return [{ kind: 'points', values }];
}

/** The JSON and the binary part of a sound GLB; without a binary part an empty one. */
export function partsOf(bytes: Uint8Array): Glb {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const json = 20 + view.getUint32(12, true);
  const text = new TextDecoder().decode(bytes.subarray(20, json));
  const has = json + 8 <= bytes.length && view.getUint32(json + 4, true) === 0x004e4942;
  return { json: JSON.parse(text) as GlbJson, binary: has ? bytes.subarray(json + 8, json + 8 + view.getUint32(json, true)) : new Uint8Array(), binaryStart: json + 8 };
}
