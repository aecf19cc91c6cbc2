import type { DressedMesh } from './glb.ts';

/**
 * Gives every triangle its own normal: vertices are doubled where faces meet at an edge, and come in the order in which the triangles use them, so that
 * neighbours repeat. Normals are steps of 1/127; faces that differ by less than a step share theirs.
 */
export function withNormals<M extends DressedMesh>(mesh: M): M & { readonly normals: Int8Array } {
  const { indices, positions } = mesh;
  const made = new Corners(mesh.rows.length, indices.length);
  const out = new Uint32Array(indices.length);
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t] * 3, indices[t + 1] * 3, indices[t + 2] * 3];
    const [ux, uy, uz] = [positions[b] - positions[a], positions[b + 1] - positions[a + 1], positions[b + 2] - positions[a + 2]];
    const [vx, vy, vz] = [positions[c] - positions[a], positions[c + 1] - positions[a + 1], positions[c + 2] - positions[a + 2]];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    // A face without an area lies flat.
    made.face(length > 0 ? (nx / length) * 127 : 0, length > 0 ? (ny / length) * 127 : 0, length > 0 ? (nz / length) * 127 : 127);
    for (let k = 0; k < 3; k++) out[t + k] = made.corner(indices[t + k]);
  }
  return rebuilt(mesh, out, made);
}

/** Vertices made so far: of which one of the mesh, with which normal. */
class Corners {
  readonly source: Uint32Array;
  readonly normals: Int8Array;
  count = 0;
  readonly #last: Int32Array;
  readonly #before: Int32Array;
  #face: [number, number, number] = [0, 0, 0];

  constructor(vertices: number, most: number) {
    this.source = new Uint32Array(most);
    this.normals = new Int8Array(most * 4);
    this.#before = new Int32Array(most);
    this.#last = new Int32Array(vertices).fill(-1);
  }

  face(x: number, y: number, z: number): void {
    this.#face = [Math.round(x), Math.round(y), Math.round(z)];
  }

  corner(vertex: number): number {
    const [x, y, z] = this.#face;
    const { normals } = this;
    for (let k = this.#last[vertex]; k >= 0; k = this.#before[k]) if (Math.abs(normals[k * 4] - x) <= 1 && Math.abs(normals[k * 4 + 1] - y) <= 1 && Math.abs(normals[k * 4 + 2] - z) <= 1) return k;
    const at = this.count++;
    this.source[at] = vertex;
    normals[at * 4] = x;
    normals[at * 4 + 1] = y;
    normals[at * 4 + 2] = z;
    this.#before[at] = this.#last[vertex];
    this.#last[vertex] = at;
    return at;
  }
}

function rebuilt<M extends DressedMesh>(mesh: M, indices: Uint32Array, { source, normals, count }: Corners): M & { readonly normals: Int8Array } {
  const positions = new Float64Array(count * 3);
  const colours = new Uint8Array(count * 4);
  const [rows, numbers] = [new Uint16Array(count), new Uint32Array(count)];
  const uv = mesh.uv && new Float32Array(count * 2);
  const surfaces = mesh.surfaces && new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const s = source[i];
    for (let k = 0; k < 3; k++) positions[i * 3 + k] = mesh.positions[s * 3 + k];
    for (let k = 0; k < 4; k++) colours[i * 4 + k] = mesh.colours[s * 4 + k];
    rows[i] = mesh.rows[s];
    numbers[i] = mesh.numbers[s];
    if (uv) {
      uv[i * 2] = mesh.uv![s * 2];
      uv[i * 2 + 1] = mesh.uv![s * 2 + 1];
    }
    if (surfaces) surfaces[i] = mesh.surfaces!.of[s];
  }
  // Normals, colours and the rest belong to glTF's y-up axes only through the node: they are turned with the positions.
  return { ...mesh, positions, colours, rows, numbers, indices, normals: normals.slice(0, count * 4), ...(uv && { uv }), ...(surfaces && { surfaces: { ...mesh.surfaces!, of: surfaces } }) };
}
