import type { Solid } from '../format.ts';
import type { Face, Rgba, Ring } from './city-object.ts';
import { cutFace } from './cut-face.ts';
import { metresInDegree } from './frame.ts';
import type { SurfaceTally } from './surface-tally.ts';

export interface BodyInput {
  readonly lod: string;
  /** Rings in degrees and metres. */
  readonly faces: readonly Face[];
  /** Metres of the height that is 0 in the solid. */
  readonly foot: number;
  /** Paths of the images that are there, by the name the source gives them. */
  readonly images: ReadonlyMap<string, string>;
  /** What a message names it by. */
  readonly where: string;
}

/** Rings in metres from a place, for planes and areas. @param ring lon, lat, height in turn */
export function localRing(ring: Ring, lon: number, lat: number, height: number): number[] {
  const [east, north] = metresInDegree(lat);
  const out: number[] = [];
  for (let i = 0; i < ring.length; i += 3) out.push((ring[i] - lon) * east, (ring[i + 1] - lat) * north, ring[i + 2] - height);
  return out;
}

/** Collects the triangles of one solid. */
class SolidBuilder {
  readonly positions: number[] = [];
  readonly triangles: number[] = [];
  readonly surfaces: number[] = [];
  readonly colours: number[] = [];
  readonly uv: number[] = [];
  readonly image: number[] = [];
  readonly images: string[] = [];
  coloured = false;

  constructor(private readonly foot: number) {}

  add(face: Face, cut: readonly number[], path: string | undefined): void {
    const first = this.positions.length / 3;
    for (const [index, ring] of face.rings.entries()) {
      for (let i = 0; i < ring.length; i += 3) this.positions.push(ring[i], ring[i + 1], ring[i + 2] - this.foot);
      const uv = path ? face.uv?.[index] : undefined;
      // The source counts from the lower left corner, glTF from the upper left.
      for (let i = 0; i < (ring.length / 3) * 2; i += 2) this.uv.push(uv ? uv[i] : 0, uv ? 1 - uv[i + 1] : 0);
    }
    for (const corner of cut) this.triangles.push(first + corner);
    const image = path ? this.#imageOf(path) : 0;
    for (let t = 0; t < cut.length; t += 3) {
      this.surfaces.push(face.surface);
      this.image.push(image);
      this.#colour(face.colour);
    }
  }

  #colour(colour: Rgba | undefined): void {
    if (colour) this.coloured = true;
    // Opacity 0 = no colour of its own: what is quite transparent keeps a trace.
    if (colour) this.colours.push(colour[0], colour[1], colour[2], Math.max(1, colour[3]));
    else this.colours.push(0, 0, 0, 0);
  }

  #imageOf(path: string): number {
    const found = this.images.indexOf(path);
    return found >= 0 ? found + 1 : this.images.push(path);
  }

  done(lod: string): Solid {
    const solid: Solid = { lod, positions: Float64Array.from(this.positions), triangles: Uint32Array.from(this.triangles), surfaces: Uint8Array.from(this.surfaces) };
    return {
      ...solid,
      ...(this.coloured ? { colours: Uint8Array.from(this.colours) } : {}),
      ...(this.images.length > 0 ? { texture: { uv: Float32Array.from(this.uv), image: Uint16Array.from(this.image), images: this.images } } : {}),
    };
  }
}

/** Cuts a body's faces into triangles; undefined where nothing is left. Faces that cannot be drawn are counted by reason. */
export function solidOf({ lod, faces, foot, images, where }: BodyInput, tally: SurfaceTally): Solid | undefined {
  const builder = new SolidBuilder(foot);
  for (const face of faces) {
    const outer = face.rings[0];
    const local = face.rings.map((ring) => localRing(ring, outer[0], outer[1], outer[2]));
    const cut = cutFace(local);
    if (cut === undefined) tally.fault('surface without area', where);
    else if (cut.length === 0) tally.fault('surface that cannot be cut into triangles', where);
    else {
      tally.drawn++;
      builder.add(face, cut, face.image === undefined ? undefined : images.get(face.image));
    }
  }
  return builder.triangles.length > 0 ? builder.done(lod) : undefined;
}
