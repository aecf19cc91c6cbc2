/** Why a quantized-mesh terrain tile cannot be decoded; null when it can. @source quantized-mesh 1.0 */
export function terrainProblem(bytes: Uint8Array): string | null {
  if (bytes.length < 92) return `it has ${bytes.length} bytes, fewer than a header`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < 88; offset += 8) {
    // Centre and sphere are doubles; the two heights between them are one pair of floats.
    if (offset === 24) continue;
    if (!Number.isFinite(view.getFloat64(offset, true))) return 'its header has a number that is not finite';
  }
  if (!Number.isFinite(view.getFloat32(24, true)) || !Number.isFinite(view.getFloat32(28, true))) return 'its heights are not finite';
  const vertices = view.getUint32(88, true);
  const wide = vertices > 65536;
  let at = 92 + vertices * 6;
  if (at > bytes.length) return `it says ${vertices} vertices, ${bytes.length} bytes are there`;
  if (wide && at % 4 !== 0) at += 4 - (at % 4);
  const size = wide ? 4 : 2;
  if (at + 4 > bytes.length) return 'it ends before its triangles';
  const triangles = view.getUint32(at, true);
  at += 4 + triangles * 3 * size;
  if (at > bytes.length) return `it says ${triangles} triangles, ${bytes.length} bytes are there`;
  for (const side of ['west', 'south', 'east', 'north']) {
    if (at + 4 > bytes.length) return `it ends before its ${side} edge`;
    const count = view.getUint32(at, true);
    at += 4 + count * size;
    if (at > bytes.length) return `its ${side} edge says ${count} vertices, more than are there`;
  }
  return indicesProblem(view, vertices, triangles, 92 + vertices * 6 + (wide && (92 + vertices * 6) % 4 !== 0 ? 4 - ((92 + vertices * 6) % 4) : 0) + 4, wide);
}

/** High-water-mark indices must never reach past the vertices. */
function indicesProblem(view: DataView, vertices: number, triangles: number, start: number, wide: boolean): string | null {
  let highest = 0;
  for (let i = 0; i < triangles * 3; i++) {
    const code = wide ? view.getUint32(start + i * 4, true) : view.getUint16(start + i * 2, true);
    const index = highest - code;
    if (index < 0 || index >= vertices) return `triangle ${Math.floor(i / 3)} names a vertex that is not there`;
    if (code === 0) highest++;
  }
  return null;
}
