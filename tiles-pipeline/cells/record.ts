import type { Solid } from '../formats/format.ts';
import type { HeightSource } from '../stages/buildings.ts';
import type { Ring } from '../stages/rings.ts';
import { placeKey } from './grid.ts';

export type AttributeValue = string | number | boolean;

/** One building as a reader found it: clean rings, what is known of it, and where it lies on the curve. */
export interface BuildingRow {
  /** Open; outer counter-clockwise first, then holes clockwise. Lon, lat in degrees. */
  readonly rings: readonly Ring[];
  /** A place inside the outline, lon and lat. */
  readonly inside: readonly [number, number];
  /** Metres above the ground. */
  readonly height: number;
  readonly heightSource: HeightSource;
  /** 0 = unknown. */
  readonly storeys: number;
  /** Index into USES. */
  readonly use: number;
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Attributes of its own, by their number in the reader's list of names. */
  readonly attributes: readonly (readonly [number, AttributeValue])[];
  readonly solid?: Solid;
}

export const HEIGHT_SOURCES: readonly HeightSource[] = ['given', 'storeys', 'default'];

/**
 * A record in bytes, little endian, its length a multiple of eight:
 * 0 u32 length · 4 u16 rings · 6 u8 use · 7 u8 height source, 128 = has a body · 8 f64 key · 16 f64 lon, lat inside · 32 f32 height · 36 u16 storeys ·
 * 38 u16 attributes · 40 u32 lengths of id, name, address · 52 u32 corners · 56 u32 × 2 hash of the id · 64 f64 corners · u32 end of each ring ·
 * id, name, address in UTF-8 · attributes (u16 name, u8 kind, value) · body.
 */
const HEAD = 64;
const BODY = 128;
const [FALSE, TRUE, NUMBER, TEXT] = [0, 1, 2, 3];

/** More bytes than the record of a row takes. */
export function roomFor(row: BuildingRow): number {
  let room = HEAD + 64 + (row.id.length + row.name.length + row.address.length) * 3;
  for (const ring of row.rings) room += ring.length * 8 + 4;
  for (const [, value] of row.attributes) room += 11 + (typeof value === 'string' ? value.length * 3 : 0);
  if (row.solid) room += bodyRoom(row.solid);
  return room;
}

/** Bytes that take texts: a Buffer, by what is used of it. */
export interface TextBytes extends Uint8Array {
  write(text: string, offset: number, encoding: 'utf8'): number;
}

/** Writes a row at a multiple of eight. @returns its length in bytes */
export function writeRecord(buffer: TextBytes, view: DataView, at: number, row: BuildingRow): number {
  const { rings, id, name, address } = row;
  view.setUint16(at + 4, rings.length, true);
  view.setUint8(at + 6, row.use);
  view.setUint8(at + 7, HEIGHT_SOURCES.indexOf(row.heightSource) | (row.solid ? BODY : 0));
  view.setFloat64(at + 8, placeKey(row.inside[0], row.inside[1]), true);
  view.setFloat64(at + 16, row.inside[0], true);
  view.setFloat64(at + 24, row.inside[1], true);
  view.setFloat32(at + 32, row.height, true);
  view.setUint16(at + 36, row.storeys, true);
  view.setUint16(at + 38, row.attributes.length, true);
  const [low, high] = hashOf(id);
  view.setUint32(at + 56, low, true);
  view.setUint32(at + 60, high, true);
  let p = at + HEAD;
  for (const ring of rings) for (let i = 0; i < ring.length; i++, p += 8) view.setFloat64(p, ring[i], true);
  let corner = 0;
  for (const ring of rings) {
    corner += ring.length / 2;
    view.setUint32(p, corner, true);
    p += 4;
  }
  view.setUint32(at + 52, corner, true);
  for (const [k, text] of [id, name, address].entries()) {
    const length = writeText(buffer, p, text);
    view.setUint32(at + 40 + k * 4, length, true);
    p += length;
  }
  for (const [key, value] of row.attributes) p = writeAttribute(buffer, view, p, key, value);
  if (row.solid) p = writeBody(buffer, view, p, row.solid);
  const length = (p - at + 7) & ~7;
  buffer.fill(0, p, at + length);
  view.setUint32(at, length, true);
  return length;
}

function writeAttribute(buffer: TextBytes, view: DataView, p: number, key: number, value: AttributeValue): number {
  view.setUint16(p, key, true);
  if (typeof value === 'boolean') {
    view.setUint8(p + 2, value ? TRUE : FALSE);
    return p + 3;
  }
  if (typeof value === 'number') {
    view.setUint8(p + 2, NUMBER);
    view.setFloat64(p + 3, value, true);
    return p + 11;
  }
  view.setUint8(p + 2, TEXT);
  const length = writeText(buffer, p + 7, value);
  view.setUint32(p + 3, length, true);
  return p + 7 + length;
}

/** Short plain texts byte by byte: a call into the encoder costs more than they do. */
function writeText(buffer: TextBytes, p: number, text: string): number {
  const { length } = text;
  if (length > 40) return buffer.write(text, p, 'utf8');
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return buffer.write(text, p, 'utf8');
    buffer[p + i] = code;
  }
  return length;
}

/** Two FNV-1a hashes of different starts; together they tell ids apart. */
export function hashOf(text: string): [low: number, high: number] {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + i;
  }
  return [mixed(a), mixed(b)];
}

function mixed(value: number): number {
  let h = value ^ (value >>> 15);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The records of one stretch of bytes, read without taking them all apart. */
export class Records {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  /** Where each record begins. */
  readonly at: readonly number[];

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at: number[] = [];
    for (let p = 0; p < bytes.length; p += this.#view.getUint32(p, true)) at.push(p);
    this.at = at;
  }

  key(p: number): number {
    return this.#view.getFloat64(p + 8, true);
  }

  corners(p: number): number {
    return this.#view.getUint32(p + 52, true);
  }

  idHash(p: number): bigint {
    return this.#view.getBigUint64(p + 56, true);
  }

  bytes(p: number): Uint8Array {
    return this.#buffer.subarray(p, p + this.#view.getUint32(p, true));
  }

  /** A record without its attributes. */
  facts(p: number): Omit<BuildingRow, 'attributes'> {
    const view = this.#view;
    const ringCount = view.getUint16(p + 4, true);
    const corners = this.corners(p);
    const flags = view.getUint8(p + 7);
    // Records lie on multiples of eight: their corners are read where they are.
    const all = new Float64Array(this.#buffer.buffer, this.#buffer.byteOffset + p + HEAD, corners * 2);
    let q = p + HEAD + corners * 16;
    const rings: Ring[] = [];
    for (let r = 0, start = 0; r < ringCount; r++, q += 4) {
      const end = view.getUint32(q, true);
      rings.push(ringCount === 1 ? all : all.subarray(start * 2, end * 2));
      start = end;
    }
    const [id, name, address] = [view.getUint32(p + 40, true), view.getUint32(p + 44, true), view.getUint32(p + 48, true)];
    const facts = {
      rings,
      inside: [view.getFloat64(p + 16, true), view.getFloat64(p + 24, true)] as const,
      height: view.getFloat32(p + 32, true),
      heightSource: HEIGHT_SOURCES[flags & ~BODY],
      storeys: view.getUint16(p + 36, true),
      use: view.getUint8(p + 6),
      id: this.#text(q, id),
      name: this.#text(q + id, name),
      address: this.#text(q + id + name, address),
    };
    return flags & BODY ? { ...facts, solid: readBody(this.#buffer, view, this.attributes(p, () => undefined)) } : facts;
  }

  /** Hands over the attributes of a record one by one. @returns where they end */
  attributes(p: number, take: (name: number, value: AttributeValue) => void): number {
    const view = this.#view;
    let q = p + HEAD + this.corners(p) * 16 + view.getUint16(p + 4, true) * 4 + view.getUint32(p + 40, true) + view.getUint32(p + 44, true) + view.getUint32(p + 48, true);
    for (let k = view.getUint16(p + 38, true); k > 0; k--) {
      const name = view.getUint16(q, true);
      const kind = view.getUint8(q + 2);
      if (kind === NUMBER) {
        take(name, view.getFloat64(q + 3, true));
        q += 11;
      } else if (kind === TEXT) {
        const length = view.getUint32(q + 3, true);
        take(name, this.#text(q + 7, length));
        q += 7 + length;
      } else {
        take(name, kind === TRUE);
        q += 3;
      }
    }
    return q;
  }

  /** Short plain texts byte by byte: a call into the decoder costs more than they do. */
  #text(q: number, length: number): string {
    if (length === 0) return '';
    if (length > 24) return this.#buffer.toString('utf8', q, q + length);
    let text = '';
    for (let i = q; i < q + length; i++) {
      const code = this.#buffer[i];
      if (code > 127) return this.#buffer.toString('utf8', q, q + length);
      text += LETTERS[code];
    }
    return text;
  }
}

const LETTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

function bodyRoom({ lod, positions, triangles, surfaces, colours, texture }: Solid): number {
  const pictures = texture ? texture.uv.byteLength + texture.image.byteLength + texture.images.reduce((sum, path) => sum + path.length * 3 + 4, 0) : 0;
  return 64 + lod.length * 3 + positions.byteLength + triangles.byteLength + surfaces.byteLength + (colours?.byteLength ?? 0) + pictures;
}

/** u32 corners, triangles, 1 = colours + 2 = texture, pictures, length of the lod; then lod, positions, triangles, surfaces, colours, uv, image, pictures. */
function writeBody(buffer: TextBytes, view: DataView, start: number, solid: Solid): number {
  const { lod, positions, triangles, surfaces, colours, texture } = solid;
  const head = [positions.length / 3, triangles.length / 3, (colours ? 1 : 0) | (texture ? 2 : 0), texture?.images.length ?? 0];
  for (const [k, value] of head.entries()) view.setUint32(start + k * 4, value, true);
  let p = start + 20;
  const lodLength = writeText(buffer, p, lod);
  view.setUint32(start + 16, lodLength, true);
  p += lodLength;
  for (const array of [positions, triangles, surfaces, colours, texture?.uv, texture?.image]) {
    if (!array) continue;
    buffer.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), p);
    p += array.byteLength;
  }
  for (const path of texture?.images ?? []) {
    const length = writeText(buffer, p + 4, path);
    view.setUint32(p, length, true);
    p += 4 + length;
  }
  return p;
}

function readBody(buffer: Buffer, view: DataView, start: number): Solid {
  const [corners, triangles, has, pictures, lodLength] = [0, 1, 2, 3, 4].map((k) => view.getUint32(start + k * 4, true));
  let p = start + 20;
  const take = (length: number): ArrayBuffer => {
    // A copy, so that wider numbers lie where they must.
    const out = new Uint8Array(buffer.subarray(p, p + length)).buffer;
    p += length;
    return out;
  };
  const lod = Buffer.from(take(lodLength)).toString('utf8');
  const positions = new Float64Array(take(corners * 24));
  const indices = new Uint32Array(take(triangles * 12));
  const surfaces = new Uint8Array(take(triangles));
  const colours = has & 1 ? new Uint8Array(take(triangles * 4)) : undefined;
  if (!(has & 2)) return { lod, positions, triangles: indices, surfaces, colours };
  const uv = new Float32Array(take(corners * 8));
  const image = new Uint16Array(take(triangles * 2));
  const images = Array.from({ length: pictures }, () => {
    const length = view.getUint32(p, true);
    p += 4;
    return Buffer.from(take(length)).toString('utf8');
  });
  return { lod, positions, triangles: indices, surfaces, colours, texture: { uv, image, images } };
}
