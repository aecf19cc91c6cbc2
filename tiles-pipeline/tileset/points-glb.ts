import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { glbOf } from './points/glb-frame.ts';
import { WORDS } from './points/octree.ts';
import type { Box } from './quantize.ts';

/** Where the root's cube lies: its lowest corner in metres of the tileset's frame, and metres of one of its 2^30 steps. */
export interface CubeFrame {
  readonly corner: readonly [number, number, number];
  readonly step: number;
  /** Whether any of the points have a colour. */
  readonly colour: boolean;
}

export interface PointContent {
  readonly glb: Uint8Array;
  readonly box: Box;
  readonly count: number;
}

const FLOAT = 5126;
const UNSIGNED_BYTE = 5121;
const UNSIGNED_SHORT = 5123;
const ARRAY_BUFFER = 34962;
const POINTS = 0;
/** Metres by which steps of a place may differ: a content that needs coarser ones (wider than 256 m) keeps float32, in steps of a millimetre. */
const FINEST = 2 ** -10;
const COARSEST = 2 ** -8;
/** Turns z-up metres into glTF's y-up. */
const Z_UP_TO_Y_UP = [-Math.SQRT1_2, 0, 0, Math.SQRT1_2];

/** sRGB bytes as linear ones: what COLOR_0 is by glTF 2.0, §3.7.2.1. */
const linear = Uint8Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return Math.round(255 * (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
});

/**
 * Packs points as a GLB: POSITION in uint16 steps placed by the node (KHR_mesh_quantization), COLOR_0, and class and intensity as property attributes
 * (EXT_structural_metadata), all with EXT_meshopt_compression. @param points positions in `words`, in the order in which they are to stand
 */
export function encodePoints(words: Uint32Array, points: Uint32Array, frame: CubeFrame): PointContent {
  const count = points.length;
  const places = placesOf(words, points, frame);
  const colours = new Uint8Array(frame.colour ? count * 4 : 0);
  const classes = new Uint8Array(count * 4);
  const intensities = new Uint16Array(count * 2);
  for (let k = 0; k < count; k++) {
    const look = words[points[k] * WORDS + 3];
    classes[k * 4] = look >>> 24;
    intensities[k * 2] = words[points[k] * WORDS + 4];
    if (!frame.colour) continue;
    colours[k * 4] = linear[look & 255];
    colours[k * 4 + 1] = linear[(look >>> 8) & 255];
    colours[k * 4 + 2] = linear[(look >>> 16) & 255];
    colours[k * 4 + 3] = 255;
  }
  const columns: Column[] = [
    { name: 'POSITION', bytes: bytesOf(places.values), stride: places.wide ? 12 : 8, accessor: { componentType: places.wide ? FLOAT : UNSIGNED_SHORT, type: 'VEC3', min: places.min, max: places.max } },
    ...(frame.colour ? [{ name: 'COLOR_0', bytes: colours, stride: 4, accessor: { componentType: UNSIGNED_BYTE, normalized: true, type: 'VEC4' } }] : []),
    { name: '_CLASSIFICATION', bytes: classes, stride: 4, accessor: { componentType: UNSIGNED_BYTE, type: 'SCALAR' } },
    { name: '_INTENSITY', bytes: bytesOf(intensities), stride: 4, accessor: { componentType: UNSIGNED_SHORT, type: 'SCALAR' } },
  ];
  return { glb: packed(columns, count, places), box: places.box, count };
}

interface Places {
  readonly values: Uint16Array | Float32Array;
  readonly wide: boolean;
  readonly origin: readonly number[];
  readonly scale: number;
  readonly min: number[];
  readonly max: number[];
  readonly box: Box;
}

function placesOf(words: Uint32Array, points: Uint32Array, { corner, step }: CubeFrame): Places {
  const low = [0xffffffff, 0xffffffff, 0xffffffff];
  const high = [0, 0, 0];
  for (const point of points) {
    for (let axis = 0; axis < 3; axis++) {
      const value = words[point * WORDS + axis];
      if (value < low[axis]) low[axis] = value;
      if (value > high[axis]) high[axis] = value;
    }
  }
  const extent = Math.max(...high.map((value, axis) => value - low[axis]));
  let bits = Math.max(0, Math.ceil(Math.log2(FINEST / step)));
  while (Math.round(extent / 2 ** bits) > 65535) bits++;
  const wide = step * 2 ** bits > Math.max(COARSEST, step);
  const scale = wide ? 1 : step * 2 ** bits;
  const origin = low.map((value, axis) => corner[axis] + (wide ? (value + high[axis]) / 2 : value) * step);
  const values = wide ? new Float32Array(points.length * 3) : new Uint16Array(points.length * 4);
  const width = wide ? 3 : 4;
  const size = 2 ** bits;
  const [min, max] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  for (let k = 0; k < points.length; k++) {
    for (let axis = 0; axis < 3; axis++) {
      const raw = words[points[k] * WORDS + axis];
      const value = wide ? Math.fround(Math.round((corner[axis] + raw * step - origin[axis]) / FINEST) * FINEST) : Math.round((raw - low[axis]) / size);
      values[k * width + axis] = value;
      if (value < min[axis]) min[axis] = value;
      if (value > max[axis]) max[axis] = value;
    }
  }
  const place = (at: readonly number[]): [number, number, number] => [origin[0] + at[0] * scale, origin[1] + at[1] * scale, origin[2] + at[2] * scale];
  return { values, wide, origin, scale, min, max, box: { min: place(min), max: place(max) } };
}

interface Column {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly accessor: Record<string, unknown>;
}

function packed(columns: readonly Column[], count: number, { origin: [x, y, z], scale }: Places): Uint8Array {
  const parts: Uint8Array[] = [];
  const views: Record<string, unknown>[] = [];
  let [at, unpacked] = [0, 0];
  for (const { bytes, stride } of columns) {
    const part = MeshoptEncoder.encodeGltfBuffer(bytes, count, stride, 'ATTRIBUTES');
    views.push({ buffer: 1, byteOffset: unpacked, byteLength: bytes.length, byteStride: stride, target: ARRAY_BUFFER, extensions: { EXT_meshopt_compression: { buffer: 0, byteOffset: at, byteLength: part.length, byteStride: stride, count, mode: 'ATTRIBUTES' } } });
    parts.push(part, new Uint8Array((8 - (part.length % 8)) % 8));
    at += (part.length + 7) & ~7;
    unpacked += (bytes.length + 7) & ~7;
  }
  const attribute = (name: string): { attribute: string } => ({ attribute: name });
  const json = {
    asset: { version: '2.0', generator: 'CityMirror' },
    extensionsUsed: ['EXT_meshopt_compression', 'EXT_structural_metadata', 'KHR_materials_unlit', 'KHR_mesh_quantization'],
    extensionsRequired: ['EXT_meshopt_compression', 'KHR_mesh_quantization'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, rotation: Z_UP_TO_Y_UP, translation: [x, z, y === 0 ? 0 : -y], scale: [scale, scale, scale] }],
    materials: [{ pbrMetallicRoughness: { metallicFactor: 0 }, extensions: { KHR_materials_unlit: {} } }],
    meshes: [{ primitives: [{ attributes: Object.fromEntries(columns.map(({ name }, k) => [name, k])), material: 0, mode: POINTS, extensions: { EXT_structural_metadata: { propertyAttributes: [0] } } }] }],
    accessors: columns.map(({ accessor }, k) => ({ bufferView: k, count, ...accessor })),
    extensions: {
      EXT_structural_metadata: {
        schema: {
          id: 'citymirror',
          classes: {
            point: {
              properties: {
                classification: { type: 'SCALAR', componentType: 'UINT8', description: 'Class of the point (ASPRS LAS 1.4, tables 9 and 17)' },
                intensity: { type: 'SCALAR', componentType: 'UINT16', description: 'Strength of the return as the instrument gives it, without a unit' },
              },
            },
          },
        },
        propertyAttributes: [{ class: 'point', properties: { classification: attribute('_CLASSIFICATION'), intensity: attribute('_INTENSITY') } }],
      },
    },
    buffers: [{ byteLength: at }, { byteLength: unpacked, extensions: { EXT_meshopt_compression: { fallback: true } } }],
    bufferViews: views,
  };
  return glbOf(json, parts, at);
}

function bytesOf(array: Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
