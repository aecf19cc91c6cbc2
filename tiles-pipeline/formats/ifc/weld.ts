/** Corners and triangles of a shape. */
export interface Shape {
  /** [3 × vertices] */
  readonly positions: Float32Array;
  readonly indices: Uint32Array;
}

/**
 * One vertex a corner instead of one a face: light is taken from the faces, so corners need no normals.
 * @param vertices six numbers each: position, normal @returns null where no triangle is left
 */
export function welded(vertices: Float32Array, indices: Uint32Array): Shape | null {
  const count = vertices.length / 6;
  let size = 16;
  while (size < count * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const bits = new Uint32Array(vertices.buffer.slice(vertices.byteOffset, vertices.byteOffset + vertices.byteLength));
  const target = new Uint32Array(count);
  const positions = new Float32Array(count * 3);
  let kept = 0;
  for (let v = 0; v < count; v++) {
    const at = v * 6;
    let slot = (Math.imul(bits[at], 73856093) ^ Math.imul(bits[at + 1], 19349663) ^ Math.imul(bits[at + 2], 83492791)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (size - 1);
    while (slots[slot] >= 0) {
      const other = slots[slot] * 3;
      if (positions[other] === vertices[at] && positions[other + 1] === vertices[at + 1] && positions[other + 2] === vertices[at + 2]) break;
      slot = (slot + 1) & (size - 1);
    }
    if (slots[slot] < 0) {
      slots[slot] = kept;
      positions.set([vertices[at], vertices[at + 1], vertices[at + 2]], kept * 3);
      kept++;
    }
    target[v] = slots[slot];
  }
  const out = new Uint32Array(indices.length);
  let length = 0;
  for (let i = 0; i + 2 < indices.length; i += 3) {
    const [a, b, c] = [target[indices[i]], target[indices[i + 1]], target[indices[i + 2]]];
    if (a === b || b === c || c === a) continue;
    out[length++] = a;
    out[length++] = b;
    out[length++] = c;
  }
  return length === 0 ? null : { positions: positions.slice(0, kept * 3), indices: out.slice(0, length) };
}
