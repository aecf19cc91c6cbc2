import { anchorMatrix, fromEcef } from '#geo';
import { pictureSize } from '../tileset/image-size.ts';
import type { Georeference, ModelMesh, ModelStorey, ModelTable, PackedTexts } from './model-table.ts';

/** Triangles of one feature with one picture or none; metres of the model's axes, z up. */
export interface ModelPart {
  /** [3 × vertices] */
  readonly positions: Float64Array;
  readonly indices: Uint32Array;
  /** [4 × vertices] sRGB and opacity, or four numbers for all of them. */
  readonly colours: Uint8Array;
  /** [2 × vertices] */
  readonly uv?: Float32Array;
  /** What {@link ModelBuilder.picture} gave; 0 = none. */
  readonly picture?: number;
}

/** One thing that can be picked. */
export interface ModelFeature {
  /** Wanted; one that comes again gets `#2`, `#3`…. */
  readonly id: string;
  readonly name: string;
  readonly class: string;
  readonly type?: string;
  readonly material?: string;
  /** Property sets: `[[set, [[name, value, unit?], …]], …]`. */
  readonly properties?: readonly unknown[];
}

/** At most so many pictures, for their index is 16 bits. */
const MOST_PICTURES = 65_000;
/** Metres from the earth's middle within which a place lies on it. */
const EARTH = { least: 6_340_000, most: 6_390_000 };

/** Collects what a reader of triangles finds, and makes one table of it. */
export class ModelBuilder {
  readonly #features: ModelFeature[] = [];
  readonly #parts: (readonly ModelPart[])[] = [];
  readonly #pictures = new Map<Uint8Array, number>();
  readonly #unusable = new Set<Uint8Array>();
  triangles = 0;
  repeated = 0;
  readonly #used = new Map<string, number>();

  get count(): number {
    return this.#features.length;
  }

  /** Files that were given as pictures, and are none. */
  get unusable(): number {
    return this.#unusable.size;
  }

  /** A whole PNG, JPEG or WebP file; 0 where it is none of them, or there are too many. */
  picture(file: Uint8Array): number {
    const known = this.#pictures.get(file);
    if (known !== undefined) return known;
    if (this.#pictures.size >= MOST_PICTURES || !pictureSize(file)) {
      this.#unusable.add(file);
      return 0;
    }
    this.#pictures.set(file, this.#pictures.size + 1);
    return this.#pictures.size;
  }

  /** @returns false where there is no triangle */
  add(feature: ModelFeature, parts: readonly ModelPart[]): boolean {
    const drawn = parts.filter(({ indices }) => indices.length > 0);
    if (drawn.length === 0) return false;
    const n = (this.#used.get(feature.id) ?? 0) + 1;
    this.#used.set(feature.id, n);
    if (n > 1) this.repeated++;
    this.#features.push(n > 1 ? { ...feature, id: this.#free(feature.id, n) } : feature);
    this.#parts.push(drawn);
    for (const { indices } of drawn) this.triangles += indices.length / 3;
    return true;
  }

  #free(id: string, from: number): string {
    let n = from;
    while (this.#used.has(`${id}#${n}`)) n++;
    this.#used.set(`${id}#${n}`, 1);
    return `${id}#${n}`;
  }

  /** Whether what was added lies on the earth in earth-centred metres. */
  get onEarth(): boolean {
    if (this.#parts.length === 0) return false;
    const [x, y, z] = this.#middle();
    const radius = Math.hypot(x, y, z);
    return radius > EARTH.least && radius < EARTH.most;
  }

  #middle(): [number, number, number] {
    const [min, max] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
    for (const parts of this.#parts)
      for (const { positions } of parts)
        for (let i = 0; i < positions.length; i++) {
          const axis = i % 3;
          if (positions[i] < min[axis]) min[axis] = positions[i];
          if (positions[i] > max[axis]) max[axis] = positions[i];
        }
    return [0, 1, 2].map((axis) => (min[axis] + max[axis]) / 2) as [number, number, number];
  }

  /** @param said what the file says of itself; where its places are earth-centred, its georeference is made of them */
  done(said: { name: string; schema: string; cimLevel?: string; georeference?: Georeference | null; storeys?: readonly ModelStorey[]; storey?: Int32Array }): ModelTable {
    const features = this.#features;
    const georeference = said.georeference ?? (this.onEarth ? this.#lower() : null);
    const mesh = this.#mesh();
    return {
      kind: 'model', name: said.name, schema: said.schema, cimLevel: said.cimLevel ?? (mesh.texture ? 'CIM3' : 'CIM2'),
      features: {
        count: features.length, id: features.map(({ id }) => id), name: features.map(({ name }) => name), class: features.map((feature) => feature.class),
        type: features.map(({ type }) => type ?? ''), material: features.map(({ material }) => material ?? ''),
        storey: said.storey ?? new Int32Array(features.length).fill(-1), shell: new Uint8Array(features.length),
      },
      storeys: said.storeys ?? [], mesh, georeference, properties: packed(features),
    };
  }

  /** Earth-centred places become metres east, north, up of their middle. */
  #lower(): Georeference {
    const [lon, lat, height] = fromEcef(...this.#middle(), new Float64Array(3));
    const m = anchorMatrix({ lon, lat, height });
    for (const parts of this.#parts)
      for (const { positions } of parts)
        for (let i = 0; i < positions.length; i += 3) {
          const [x, y, z] = [positions[i] - m[12], positions[i + 1] - m[13], positions[i + 2] - m[14]];
          for (let axis = 0; axis < 3; axis++) positions[i + axis] = m[axis * 4] * x + m[axis * 4 + 1] * y + m[axis * 4 + 2] * z;
        }
    return { kind: 'site', lon, lat, height, at: [0, 0, 0], heading: 0 };
  }

  #mesh(): ModelMesh {
    const all = this.#parts.flat();
    const vertices = all.reduce((sum, { positions }) => sum + positions.length / 3, 0);
    const corners = all.reduce((sum, { indices }) => sum + indices.length, 0);
    const textured = all.some(({ picture }) => picture);
    const origin = this.#middle().map(Math.round) as [number, number, number];
    const mesh = { positions: new Float32Array(vertices * 3), colours: new Uint8Array(vertices * 4), indices: new Uint32Array(corners), firstVertex: new Uint32Array(this.count + 1), firstIndex: new Uint32Array(this.count + 1) };
    const uv = new Float32Array(textured ? vertices * 2 : 0);
    const image = new Uint16Array(textured ? corners / 3 : 0);
    let [vertex, corner] = [0, 0];
    for (const [row, parts] of this.#parts.entries()) {
      for (const part of parts) {
        const count = part.positions.length / 3;
        for (let i = 0; i < part.positions.length; i++) mesh.positions[vertex * 3 + i] = part.positions[i] - origin[i % 3];
        for (let i = 0; i < count * 4; i++) mesh.colours[vertex * 4 + i] = part.colours[part.colours.length === 4 ? i & 3 : i];
        for (let i = 0; i < part.indices.length; i++) mesh.indices[corner + i] = part.indices[i] + vertex;
        if (textured && part.uv) uv.set(part.uv, vertex * 2);
        if (textured) image.fill(part.uv ? (part.picture ?? 0) : 0, corner / 3, (corner + part.indices.length) / 3);
        vertex += count;
        corner += part.indices.length;
      }
      mesh.firstVertex[row + 1] = vertex;
      mesh.firstIndex[row + 1] = corner;
    }
    return { ...mesh, origin, ...(textured && { texture: { uv, image, images: [...this.#pictures.keys()] } }) };
  }
}

function packed(features: readonly ModelFeature[]): PackedTexts {
  const parts = features.map(({ properties }) => Buffer.from(JSON.stringify(properties ?? [])));
  const starts = new Uint32Array(features.length + 1);
  for (const [row, part] of parts.entries()) starts[row + 1] = starts[row] + part.length;
  return { bytes: new Uint8Array(Buffer.concat(parts)), starts };
}

/** sRGB 0…255 of a linear 0…1. */
export function srgb(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
}
