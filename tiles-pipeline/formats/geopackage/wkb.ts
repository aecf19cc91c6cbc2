import type { Geometry, LineString, Point, Polygon, Position } from 'geojson';

/** Geometries within geometries that are followed. */
const DEEPEST = 8;

/** Why a blob is no geometry that is read. */
export type NoGeometry = 'curved geometry' | 'surface geometry' | 'broken geometry';

/** Thrown inside only. */
class Unread extends Error {
  constructor(readonly reason: NoGeometry) {
    super(reason);
  }
}

/**
 * A geometry in well-known binary: ISO (types 1001, 2001, 3001 …) or extended (flags), either byte order; heights are kept, measures dropped. Every count is checked
 * against the bytes that are left. null for an empty one. @source OGC 06-103r4, 8.2; ISO 13249-3
 */
export function readWkb(bytes: Uint8Array): Geometry | null | NoGeometry {
  try {
    const geometry = new Reader(bytes).geometry(0);
    return isEmpty(geometry) ? null : geometry;
  } catch (cause) {
    if (cause instanceof Unread) return cause.reason;
    return 'broken geometry';
  }
}

/** The geometry in a GeoPackage blob, which has a header of its own before it. @source OGC 12-128r19, 2.1.3 */
export function readGeoPackageGeometry(blob: Uint8Array): Geometry | null | NoGeometry {
  if (blob.length < 8 || blob[0] !== 0x47 || blob[1] !== 0x50) return 'broken geometry';
  const flags = blob[3];
  const envelope = [0, 32, 48, 48, 64][(flags >> 1) & 7];
  if (envelope === undefined) return 'broken geometry';
  if (flags & 0x20) return 'broken geometry';
  return readWkb(blob.subarray(8 + envelope));
}

function isEmpty(geometry: Geometry): boolean {
  if (geometry.type === 'GeometryCollection') return geometry.geometries.every(isEmpty);
  return geometry.type === 'Point' ? Number.isNaN(geometry.coordinates[0]) : geometry.coordinates.length === 0;
}

class Reader {
  #at = 0;
  #little = true;
  /** Doubles a position. */
  #width = 2;
  #hasZ = false;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws {Unread}, RangeError */
  geometry(level: number): Geometry {
    if (level > DEEPEST) throw new Unread('broken geometry');
    switch (this.#type()) {
      case 1:
        return { type: 'Point', coordinates: this.#position() };
      case 2:
        return { type: 'LineString', coordinates: this.#line() };
      case 3:
      case 17:
        return { type: 'Polygon', coordinates: this.#lines() };
      case 4:
        return { type: 'MultiPoint', coordinates: this.#many<Point>(level, 'Point').map(({ coordinates }) => coordinates) };
      case 5:
      case 11:
        return { type: 'MultiLineString', coordinates: this.#many<LineString>(level, 'LineString').map(({ coordinates }) => coordinates) };
      case 6:
      case 12:
        return { type: 'MultiPolygon', coordinates: this.#many<Polygon>(level, 'Polygon').map(({ coordinates }) => coordinates) };
      case 7:
        return { type: 'GeometryCollection', geometries: this.#many<Geometry>(level) };
      case 8:
      case 9:
      case 10:
      case 13:
      case 14:
        throw new Unread('curved geometry');
      case 15:
      case 16:
        throw new Unread('surface geometry');
      default:
        throw new Unread('broken geometry');
    }
  }

  #type(): number {
    const order = this.#view.getUint8(this.#at);
    if (order > 1) throw new Unread('broken geometry');
    this.#little = order === 1;
    const raw = this.#view.getUint32(this.#at + 1, this.#little);
    this.#at += 5;
    if (raw & 0x20000000) this.#at += 4;
    const plain = raw & 0x0fffffff;
    const thousands = Math.floor(plain / 1000);
    this.#hasZ = (raw & 0x80000000) !== 0 || thousands === 1 || thousands === 3;
    const hasM = (raw & 0x40000000) !== 0 || thousands === 2 || thousands === 3;
    this.#width = 2 + Number(this.#hasZ) + Number(hasM);
    return plain % 1000;
  }

  /** A count of things of at least so many bytes each. */
  #count(each: number): number {
    const count = this.#view.getUint32(this.#at, this.#little);
    this.#at += 4;
    if (count * each > this.#view.byteLength - this.#at) throw new Unread('broken geometry');
    return count;
  }

  #position(): Position {
    const at = this.#at;
    this.#at += 8 * this.#width;
    const [x, y] = [this.#view.getFloat64(at, this.#little), this.#view.getFloat64(at + 8, this.#little)];
    if (!this.#hasZ) return [x, y];
    const z = this.#view.getFloat64(at + 16, this.#little);
    return Number.isFinite(z) ? [x, y, z] : [x, y];
  }

  #line(): Position[] {
    const line: Position[] = [];
    for (let left = this.#count(8 * this.#width); left > 0; left--) line.push(this.#position());
    return line;
  }

  #lines(): Position[][] {
    const lines: Position[][] = [];
    for (let left = this.#count(4); left > 0; left--) lines.push(this.#line());
    return lines;
  }

  #many<T extends Geometry>(level: number, type?: T['type']): T[] {
    const all: T[] = [];
    for (let left = this.#count(5); left > 0; left--) {
      const geometry = this.geometry(level + 1);
      if (type !== undefined && geometry.type !== type) throw new Unread('broken geometry');
      all.push(geometry as T);
    }
    return all;
  }
}
