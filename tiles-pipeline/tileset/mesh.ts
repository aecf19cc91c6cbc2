import earcut from 'earcut';
import type { Placer } from '#geo';
import { SURFACES, type Solid, type SolidTexture } from '../formats/format.ts';
import { linearRgb, type BakedLook, type Rgb } from './look.ts';

/** One upright body: an outline with holes, from `base` to `top` metres. */
export interface Prism {
  /** Outer ring counter-clockwise, holes clockwise; lon, lat in turn, open. */
  readonly rings: readonly Float64Array[];
  readonly base: number;
  readonly top: number;
  readonly look: BakedLook;
  /** Feature number in the whole dataset. */
  readonly number: number;
  /** Drawn instead of the outline, where the source has a body. */
  readonly solid?: Solid;
  /** Metres of the ground the body stands on; `base` may lie below it. */
  readonly ground?: number;
}

/**
 * Alpha of a vertex: a wall on which windows may be drawn, or a face that is whole as the source has it (a roof, glass, a picture, a wall
 * with openings of its own). Materials are opaque, so that to any other viewer both are the same.
 */
export const FACADE = 255;
export const BARE = 254;

/** Triangles of a content; feature i of the content is prism i. */
export interface ContentMesh {
  /** [vertices × 3] metres east, north, up of the tile's anchor. */
  readonly positions: Float64Array;
  /** [vertices × 4] linear RGB, and {@link FACADE} or {@link BARE}. */
  readonly colours: Uint8Array;
  /** [vertices] row of the content's property table. */
  readonly rows: Uint16Array;
  /** [vertices] feature number in the whole dataset. */
  readonly numbers: Uint32Array;
  readonly indices: Uint32Array;
}

/** What a mesh has beside where there are bodies: what its faces are. */
export interface SolidMesh extends ContentMesh {
  readonly surfaces?: { readonly of: Uint8Array; readonly words: readonly string[] };
}

/** Pictures of the bodies of a content, by their files. */
export interface MeshTexture {
  /** [2 × vertices] */
  readonly uv: Float32Array;
  /** [triangles] index into `images` + 1; 0 = none. */
  readonly image: Uint16Array;
  readonly images: readonly string[];
}

/** Three vertices a corner: roof, top of wall, foot of wall. No normals: shaders take them from the flat faces. Bodies as the source has them. */
export function meshPrisms(prisms: readonly Prism[], placer: Placer): { mesh: SolidMesh; texture?: MeshTexture } {
  let [vertices, corners] = [0, 0];
  for (const prism of prisms) {
    const size = sizeOf(prism);
    vertices += size.vertices;
    corners += size.indices;
  }
  const bodies = prisms.some(({ solid }) => solid);
  const mesh = { positions: new Float64Array(vertices * 3), colours: new Uint8Array(vertices * 4), rows: new Uint16Array(vertices), numbers: new Uint32Array(vertices), indices: new Uint32Array(corners) };
  const of = bodies ? new Uint8Array(vertices) : undefined;
  const texture = prisms.some(({ solid }) => solid?.texture) ? { uv: new Float32Array(vertices * 2), image: new Uint16Array(corners / 3), images: [] as string[] } : undefined;
  const writer = new Writer({ ...mesh, of, texture }, placer);
  for (let row = 0; row < prisms.length; row++) {
    const prism = prisms[row];
    const first = writer.vertex;
    if (prism.solid) writer.solid(prism, prism.solid);
    else writer.prism(prism);
    mesh.rows.fill(row, first, writer.vertex);
    mesh.numbers.fill(prism.number, first, writer.vertex);
  }
  const whole = { ...mesh, indices: mesh.indices.subarray(0, writer.index), ...(of && { surfaces: { of, words: SURFACES } }) };
  return { mesh: whole, ...(texture && { texture: { ...texture, image: texture.image.subarray(0, writer.index / 3) } }) };
}

const [OTHER, ROOF, WALL, WINDOW] = (['other', 'roof', 'wall', 'window'] as const).map((word) => SURFACES.indexOf(word));

/** Vertices, and indices at most. */
function sizeOf({ rings, solid }: Prism): { vertices: number; indices: number } {
  if (solid) return { vertices: solid.triangles.length, indices: solid.triangles.length };
  let corners = 0;
  for (const ring of rings) corners += ring.length / 2;
  // A polygon with h holes has corners + 2 h − 2 triangles, a wall two a corner.
  return { vertices: corners * 3, indices: 3 * (corners + 2 * (rings.length - 1) - 2) + corners * 6 };
}

class Writer {
  vertex = 0;
  index = 0;

  constructor(
    private readonly mesh: ContentMesh & { readonly of?: Uint8Array; readonly texture?: { readonly uv: Float32Array; readonly image: Uint16Array; readonly images: string[] } },
    private readonly placer: Placer,
  ) {}

  prism({ rings, base, top, look }: Prism): void {
    const { positions } = this.mesh;
    let n = 0;
    for (const ring of rings) n += ring.length / 2;
    const [roof, wall, foot] = [this.vertex, this.vertex + n, this.vertex + 2 * n];
    const heights: [number, number] = [base, top];
    let k = 0;
    for (const ring of rings)
      for (let i = 0; i < ring.length; i += 2, k++) {
        const [low, high] = [(foot + k) * 3, (roof + k) * 3];
        this.placer.upright(ring[i], ring[i + 1], heights, positions, low, high);
        const same = (wall + k) * 3;
        positions[same] = positions[high];
        positions[same + 1] = positions[high + 1];
        positions[same + 2] = positions[high + 2];
      }
    this.mesh.of?.fill(ROOF, roof, wall).fill(WALL, wall, foot + n);
    this.#paint(roof, n, look.roof);
    this.#paint(wall, n, look.wall);
    this.#paint(foot, n, look.foot);
    this.#roof(rings, roof);
    this.#walls(rings, wall, n);
    this.vertex += 3 * n;
  }

  #paint(from: number, count: number, [red, green, blue]: Rgb): void {
    const { colours } = this.mesh;
    for (let i = from * 4; i < (from + count) * 4; i += 4) {
      colours[i] = red;
      colours[i + 1] = green;
      colours[i + 2] = blue;
      colours[i + 3] = FACADE;
    }
  }

  #roof(rings: readonly Float64Array[], vertex: number): void {
    const { positions, indices } = this.mesh;
    const flat: number[] = [];
    const holes: number[] = [];
    for (const [r, ring] of rings.entries()) {
      if (r > 0) holes.push(flat.length / 2);
      for (let i = 0; i < ring.length; i += 2) {
        const at = (vertex + flat.length / 2) * 3;
        flat.push(positions[at], positions[at + 1]);
      }
    }
    const triangles = earcut(flat, holes);
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]];
      const area = (flat[b * 2] - flat[a * 2]) * (flat[c * 2 + 1] - flat[a * 2 + 1]) - (flat[b * 2 + 1] - flat[a * 2 + 1]) * (flat[c * 2] - flat[a * 2]);
      if (area === 0) continue;
      indices[this.index++] = vertex + a;
      indices[this.index++] = vertex + (area > 0 ? b : c);
      indices[this.index++] = vertex + (area > 0 ? c : b);
    }
  }

  #walls(rings: readonly Float64Array[], wall: number, n: number): void {
    const { indices } = this.mesh;
    let start = wall;
    for (const ring of rings) {
      const count = ring.length / 2;
      for (let i = 0; i < count; i++) {
        const top = start + i;
        const next = i + 1 === count ? start : top + 1;
        indices[this.index++] = top + n;
        indices[this.index++] = next + n;
        indices[this.index++] = next;
        indices[this.index++] = top + n;
        indices[this.index++] = next;
        indices[this.index++] = top;
      }
      start += count;
    }
  }

  /** Every triangle with corners of its own: faces are flat, and each has the tone of what it is. */
  solid(prism: Prism, solid: Solid): void {
    const { positions, colours, indices } = this.mesh;
    const { triangles, surfaces } = solid;
    const ground = prism.ground ?? prism.base;
    const height = Math.max(1, prism.top - ground);
    const whole = solid.texture !== undefined || surfaces.includes(WINDOW);
    for (let i = 0; i < triangles.length; i++) {
      const corner = triangles[i] * 3;
      const up = solid.positions[corner + 2];
      this.placer.place(solid.positions[corner], solid.positions[corner + 1], ground + up, positions, this.vertex * 3);
      const t = Math.floor(i / 3);
      const own = solid.colours && solid.colours[t * 4 + 3] > 0 ? linearRgb(solid.colours, t * 4) : toneOf(SURFACES[surfaces[t]], prism.look, up / height);
      colours.set(own, this.vertex * 4);
      colours[this.vertex * 4 + 3] = !whole && (surfaces[t] === WALL || surfaces[t] === OTHER) ? FACADE : BARE;
      this.mesh.of![this.vertex] = surfaces[t];
      if (solid.texture && this.mesh.texture) this.#picture(solid.texture, t, triangles[i]);
      indices[this.index++] = this.vertex++;
    }
  }

  #picture({ uv, image, images }: SolidTexture, triangle: number, corner: number): void {
    const own = this.mesh.texture!;
    own.uv[this.vertex * 2] = uv[corner * 2];
    own.uv[this.vertex * 2 + 1] = uv[corner * 2 + 1];
    if (image[triangle] === 0) return;
    const path = images[image[triangle] - 1];
    let at = own.images.indexOf(path);
    if (at < 0) at = own.images.push(path) - 1;
    own.image[Math.floor(this.index / 3)] = at + 1;
  }
}

/** Walls are darker towards the foot, as those of outlines are. */
function toneOf(surface: (typeof SURFACES)[number] | undefined, look: BakedLook, share: number): Rgb {
  if (surface === 'roof') return look.roof;
  if (surface === 'window') return GLASS;
  if (surface === 'ground') return look.foot;
  const light = Math.min(1, Math.max(0, share));
  return [0, 1, 2].map((k) => Math.round(look.foot[k] + (look.wall[k] - look.foot[k]) * light)) as unknown as Rgb;
}

/** Linear: what glass looks like from outside by day. */
const GLASS: Rgb = [41, 56, 67];
