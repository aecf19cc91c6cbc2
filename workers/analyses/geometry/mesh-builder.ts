/** sRGB, 0 … 255. */
export type Colour = readonly [number, number, number];
/** Metres east, north, up. */
export type Vertex = readonly [number, number, number];

/** Collects triangles with a colour a vertex. */
export class MeshBuilder {
  readonly #places: number[] = [];
  readonly #colours: number[] = [];
  readonly #indices: number[] = [];

  /** A strip of quads between two lines of as many vertices. */
  strip(left: readonly Vertex[], right: readonly Vertex[], colour: Colour): void {
    const first = this.#places.length / 3;
    for (let i = 0; i < left.length; i++) {
      this.#places.push(...left[i], ...right[i]);
      this.#colours.push(...colour, 255, ...colour, 255);
      if (i === 0) continue;
      const at = first + 2 * i;
      this.#indices.push(at - 2, at - 1, at, at, at - 1, at + 1);
    }
  }

  columns(): { places: Float32Array; indices: Uint32Array; colours: Uint8Array } {
    return { places: Float32Array.from(this.#places), indices: Uint32Array.from(this.#indices), colours: Uint8Array.from(this.#colours) };
  }
}
