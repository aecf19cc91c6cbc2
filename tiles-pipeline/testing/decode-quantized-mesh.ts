/** A terrain tile taken apart the way the specification says, independent of the encoder. */
export interface DecodedMesh {
  readonly centre: number[];
  readonly minimum: number;
  readonly maximum: number;
  readonly sphere: { middle: number[]; radius: number };
  readonly occlusion: number[];
  /** 0…32,767 each. */
  readonly u: number[];
  readonly v: number[];
  /** Metres. */
  readonly heights: number[];
  readonly triangles: number[];
  readonly edges: { west: number[]; south: number[]; east: number[]; north: number[] };
  /** Extension id → bytes. */
  readonly extensions: Map<number, Uint8Array>;
  /** Bytes left over at the end. */
  readonly rest: number;
}

/** @source https://github.com/CesiumGS/quantized-mesh (1.0), written from its text */
export function decodeQuantizedMesh(bytes: Uint8Array): DecodedMesh {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const triple = (at: number): number[] => [0, 8, 16].map((k) => view.getFloat64(at + k, true));
  const minimum = view.getFloat32(24, true);
  const maximum = view.getFloat32(28, true);
  const count = view.getUint32(88, true);
  let at = 92;
  const column = (): number[] => {
    let value = 0;
    return Array.from({ length: count }, () => {
      const code = view.getUint16(at, true);
      at += 2;
      value += (code >> 1) ^ -(code & 1);
      return value;
    });
  };
  const u = column();
  const v = column();
  const heights = column().map((h) => minimum + ((maximum - minimum) * h) / 32767);
  const wide = count > 65536;
  at = Math.ceil(at / (wide ? 4 : 2)) * (wide ? 4 : 2);
  const read = (): number => {
    const value = wide ? view.getUint32(at, true) : view.getUint16(at, true);
    at += wide ? 4 : 2;
    return value;
  };
  const length = (): number => {
    const value = view.getUint32(at, true);
    at += 4;
    return value;
  };
  let highest = 0;
  const triangles = Array.from({ length: length() * 3 }, () => {
    const code = read();
    const index = highest - code;
    if (code === 0) highest++;
    return index;
  });
  const edge = (): number[] => Array.from({ length: length() }, read);
  const edges = { west: edge(), south: edge(), east: edge(), north: edge() };
  const extensions = new Map<number, Uint8Array>();
  while (at + 5 <= bytes.length) {
    const id = view.getUint8(at);
    const size = view.getUint32(at + 1, true);
    extensions.set(id, bytes.subarray(at + 5, at + 5 + size));
    at += 5 + size;
  }
  return { centre: triple(0), minimum, maximum, sphere: { middle: triple(32), radius: view.getFloat64(56, true) }, occlusion: triple(64), u, v, heights, triangles, edges, extensions, rest: bytes.length - at };
}
