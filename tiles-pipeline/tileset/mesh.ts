import earcut from 'earcut';
import type { Placer } from '#geo';
import type { BakedLook, Rgb } from './look.ts';

/** One upright body: an outline with holes, from `base` to `top` metres. */
export interface Prism {
  /** Outer ring counter-clockwise, holes clockwise; lon, lat in turn, open. */
  readonly rings: readonly Float64Array[];
  readonly base: number;
  readonly top: number;
  readonly look: BakedLook;
  /** Feature number in the whole dataset. */
  readonly number: number;
}

/** Triangles of a content; feature i of the content is prism i. */
export interface ContentMesh {
  /** [vertices × 3] metres east, north, up of the tile's anchor. */
  readonly positions: Float64Array;
  /** [vertices × 4] linear RGB and 255. */
  readonly colours: Uint8Array;
  /** [vertices] row of the content's property table. */
  readonly rows: Uint16Array;
  /** [vertices] feature number in the whole dataset. */
  readonly numbers: Uint32Array;
  readonly indices: Uint32Array;
}

/** Three vertices a corner: roof, top of wall, foot of wall. No normals: shaders take them from the flat faces. */
export function meshPrisms(prisms: readonly Prism[], placer: Placer): ContentMesh {
  let corners = 0;
  for (const prism of prisms) for (const ring of prism.rings) corners += ring.length / 2;
  const mesh = { positions: new Float64Array(corners * 9), colours: new Uint8Array(corners * 12), rows: new Uint16Array(corners * 3), numbers: new Uint32Array(corners * 3) };
  const indices: number[] = [];
  let vertex = 0;
  for (const [row, prism] of prisms.entries()) {
    const n = prism.rings.reduce((sum, ring) => sum + ring.length / 2, 0);
    writeCorners(mesh, prism, placer, vertex);
    mesh.rows.fill(row, vertex, vertex + 3 * n);
    mesh.numbers.fill(prism.number, vertex, vertex + 3 * n);
    writeRoof(indices, mesh.positions, prism, vertex);
    writeWalls(indices, prism, vertex, n);
    vertex += 3 * n;
  }
  return { ...mesh, indices: Uint32Array.from(indices) };
}

function writeCorners(mesh: { positions: Float64Array; colours: Uint8Array }, prism: Prism, placer: Placer, vertex: number): void {
  const layers: [number, Rgb][] = [
    [prism.top, prism.look.roof],
    [prism.top, prism.look.wall],
    [prism.base, prism.look.foot],
  ];
  for (const [height, colour] of layers)
    for (const ring of prism.rings)
      for (let i = 0; i < ring.length; i += 2) {
        placer.place(ring[i], ring[i + 1], height, mesh.positions, vertex * 3);
        mesh.colours.set(colour, vertex * 4);
        mesh.colours[vertex * 4 + 3] = 255;
        vertex++;
      }
}

function writeRoof(indices: number[], positions: Float64Array, prism: Prism, vertex: number): void {
  const flat: number[] = [];
  const holes: number[] = [];
  for (const [r, ring] of prism.rings.entries()) {
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
    if (area > 0) indices.push(vertex + a, vertex + b, vertex + c);
    else indices.push(vertex + a, vertex + c, vertex + b);
  }
}

function writeWalls(indices: number[], prism: Prism, vertex: number, n: number): void {
  let start = 0;
  for (const ring of prism.rings) {
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) {
      const top = vertex + n + start + i;
      const nextTop = vertex + n + start + ((i + 1) % count);
      indices.push(top + n, nextTop + n, nextTop, top + n, nextTop, top);
    }
    start += count;
  }
}
