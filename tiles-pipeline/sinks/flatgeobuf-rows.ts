/** Columns of buildings.fgb, in the order of a row's values. */
export const BUILDING_COLUMNS = [
  { name: 'feature', type: 'uint' },
  { name: 'id', type: 'string' },
  { name: 'height', type: 'float' },
  { name: 'base', type: 'float' },
  { name: 'storeys', type: 'ushort' },
  { name: 'use', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'address', type: 'string' },
] as const;

/** Features of a FlatGeobuf file one after another, and what its index needs of them. */
export interface FgbSegment {
  readonly bytes: Uint8Array;
  /** [rows] bytes of each. */
  readonly sizes: Uint32Array;
  /** [rows × 4] west, south, east, north. */
  readonly boxes: Float64Array;
}

const POLYGON = 3;
/** Where the parts of a feature stand: the vtables of feature and geometry, their tables, the coordinates. All offsets count from the size prefix. */
const [FEATURE_VTABLE, FEATURE, GEOMETRY_VTABLE, GEOMETRY, COORDINATES] = [8, 16, 28, 48, 72];

/**
 * Writes polygons as FlatGeobuf features without a builder: every feature has the same two tables, so only lengths and offsets differ.
 * Doubles lie on multiples of eight, and so does every feature.
 * @source FlatGeobuf 3.0, feature.fbs; FlatBuffers, Internals: vtables
 */
export class FgbRows {
  #buffer = Buffer.allocUnsafe(1 << 16);
  #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
  #used = 0;
  readonly #sizes: number[] = [];
  readonly #boxes: number[] = [];

  /** @param rings open, outer first @param values in the order of {@link BUILDING_COLUMNS}; null and '' are left out */
  add(rings: readonly Float64Array[], values: readonly (string | number | null)[]): void {
    let room = 256;
    for (const ring of rings) room += ring.length * 8 + 24;
    for (const value of values) room += 10 + (typeof value === 'string' ? value.length * 3 : 0);
    if (this.#used + room > this.#buffer.length) this.#grow(room);
    const at = this.#used;
    const view = this.#view;
    this.#buffer.fill(0, at, at + COORDINATES);
    let points = 0;
    for (const ring of rings) points += ring.length / 2 + 1;
    const ends = at + COORDINATES + points * 16;
    let p = this.#coordinates(at + COORDINATES, rings);
    const several = rings.length > 1;
    if (several) p = this.#ends(p, rings);
    const properties = p;
    p = this.#properties(p + 4, values);
    view.setUint32(properties, p - properties - 4, true);
    const size = (p - at + 7) & ~7;
    this.#buffer.fill(0, p, at + size);
    view.setUint32(at, size - 4, true);
    view.setUint32(at + 4, FEATURE - 4, true);
    for (const [k, value] of [8, 12, 4, 8].entries()) view.setUint16(at + FEATURE_VTABLE + k * 2, value, true);
    view.setInt32(at + FEATURE, FEATURE - FEATURE_VTABLE, true);
    view.setUint32(at + FEATURE + 4, GEOMETRY - FEATURE - 4, true);
    view.setUint32(at + FEATURE + 8, properties - at - FEATURE - 8, true);
    for (const [k, value] of [18, 16, several ? 4 : 0, 8, 0, 0, 0, 0, 12].entries()) view.setUint16(at + GEOMETRY_VTABLE + k * 2, value, true);
    view.setInt32(at + GEOMETRY, GEOMETRY - GEOMETRY_VTABLE, true);
    if (several) view.setUint32(at + GEOMETRY + 4, ends - at - GEOMETRY - 4, true);
    view.setUint32(at + GEOMETRY + 8, COORDINATES - 4 - GEOMETRY - 8, true);
    view.setUint8(at + GEOMETRY + 12, POLYGON);
    view.setUint32(at + COORDINATES - 4, points * 2, true);
    this.#used += size;
    this.#sizes.push(size);
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + room));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  /** Rings are closed; the box of the outer one is kept. */
  #coordinates(p: number, rings: readonly Float64Array[]): number {
    const view = this.#view;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings)
      for (let i = 0; i <= ring.length; i += 2, p += 16) {
        const k = i === ring.length ? 0 : i;
        view.setFloat64(p, ring[k], true);
        view.setFloat64(p + 8, ring[k + 1], true);
      }
    const [outer] = rings;
    for (let i = 0; i < outer.length; i += 2) {
      if (outer[i] < west) west = outer[i];
      if (outer[i] > east) east = outer[i];
      if (outer[i + 1] < south) south = outer[i + 1];
      if (outer[i + 1] > north) north = outer[i + 1];
    }
    this.#boxes.push(west, south, east, north);
    return p;
  }

  #ends(p: number, rings: readonly Float64Array[]): number {
    this.#view.setUint32(p, rings.length, true);
    let [at, points] = [p + 4, 0];
    for (const ring of rings) {
      points += ring.length / 2 + 1;
      this.#view.setUint32(at, points, true);
      at += 4;
    }
    return at;
  }

  #properties(p: number, values: readonly (string | number | null)[]): number {
    const view = this.#view;
    for (const [k, value] of values.entries()) {
      if (value === null || value === '') continue;
      view.setUint16(p, k, true);
      p += 2;
      const { type } = BUILDING_COLUMNS[k];
      if (type === 'uint') view.setUint32(p, value as number, true);
      else if (type === 'float') view.setFloat32(p, value as number, true);
      else if (type === 'ushort') view.setUint16(p, value as number, true);
      else {
        const length = this.#buffer.write(value as string, p + 4, 'utf8');
        view.setUint32(p, length, true);
        p += length;
      }
      p += type === 'ushort' ? 2 : 4;
    }
    return p;
  }

  done(): FgbSegment {
    return { bytes: this.#buffer.subarray(0, this.#used), sizes: Uint32Array.from(this.#sizes), boxes: Float64Array.from(this.#boxes) };
  }
}
