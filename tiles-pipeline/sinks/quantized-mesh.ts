import { SEMI_MAJOR, SEMI_MINOR, toEcef } from '#geo';
import type { TerrainGrid } from './terrain-grid.ts';

/** A tile's rectangle in degrees. */
export interface Rectangle {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface MeshTile {
  readonly rectangle: Rectangle;
  readonly grid: TerrainGrid;
  /** Height in metres anywhere; continuous, so that neighbours agree on their common edge. */
  height(lon: number, lat: number): number;
  /** Heights the whole pyramid is quantized between: one pair for all tiles, so that equal heights are equal bytes on both sides of an edge. */
  readonly lowest: number;
  readonly highest: number;
  /** Degrees between the samples normals are taken from. */
  readonly reach: number;
}

const STEPS = 32767;

/**
 * One terrain tile: header, quantized vertices, indices, edges, oct-encoded vertex normals.
 * @source https://github.com/CesiumGS/quantized-mesh (1.0)
 */
export function encodeQuantizedMesh(tile: MeshTile): Uint8Array {
  const { grid, rectangle, lowest, highest } = tile;
  const n = grid.columns.length;
  const u = new Uint16Array(n);
  const v = new Uint16Array(n);
  const h = new Uint16Array(n);
  const ecef = new Float64Array(n * 3);
  const normals = new Uint8Array(n * 2);
  for (let i = 0; i < n; i++) {
    u[i] = Math.round((grid.columns[i] * STEPS) / grid.cells);
    v[i] = Math.round((grid.rows[i] * STEPS) / grid.cells);
    const lon = along(rectangle.west, rectangle.east, u[i]);
    const lat = along(rectangle.south, rectangle.north, v[i]);
    const height = tile.height(lon, lat);
    h[i] = highest > lowest ? Math.round(((height - lowest) / (highest - lowest)) * STEPS) : 0;
    toEcef(lon, lat, height, ecef, i * 3);
    octNormal(tile, lon, lat, normals, i * 2);
  }
  return pack(tile, { u, v, h, ecef, normals });
}

/** The same degree for the same place from whichever side it is reached: edges are taken as they are. */
function along(from: number, to: number, step: number): number {
  return step === 0 ? from : step === STEPS ? to : from + ((to - from) * step) / STEPS;
}

function pack(tile: MeshTile, { u, v, h, ecef, normals }: { u: Uint16Array; v: Uint16Array; h: Uint16Array; ecef: Float64Array; normals: Uint8Array }): Uint8Array {
  const { grid } = tile;
  const n = u.length;
  const wide = n > 65536;
  const edges = [grid.west, grid.south, grid.east, grid.north];
  const indexBytes = wide ? 4 : 2;
  const verticesEnd = 88 + 4 + n * 6;
  const indicesStart = Math.ceil(verticesEnd / indexBytes) * indexBytes;
  const total = indicesStart + 4 + (grid.encoded.length + edges.reduce((sum, edge) => sum + edge.length, 0)) * indexBytes + 16 + 5 + normals.length;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  writeHeader(view, tile, ecef);
  view.setUint32(88, n, true);
  let at = 92;
  for (const column of [u, v, h]) at = writeDeltas(view, at, column);
  at = indicesStart;
  view.setUint32(at, grid.encoded.length / 3, true);
  at += 4;
  const put = (value: number): void => {
    if (wide) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += indexBytes;
  };
  for (const code of grid.encoded) put(code);
  for (const edge of edges) {
    view.setUint32(at, edge.length, true);
    at += 4;
    for (const vertex of edge) put(vertex);
  }
  bytes[at] = 1;
  view.setUint32(at + 1, normals.length, true);
  bytes.set(normals, at + 5);
  return bytes;
}

function writeDeltas(view: DataView, at: number, column: Uint16Array): number {
  let before = 0;
  for (const value of column) {
    const delta = value - before;
    before = value;
    view.setUint16(at, ((delta << 1) ^ (delta >> 31)) & 0xffff, true);
    at += 2;
  }
  return at;
}

function writeHeader(view: DataView, { rectangle, lowest, highest }: MeshTile, ecef: Float64Array): void {
  const centre = toEcef((rectangle.west + rectangle.east) / 2, (rectangle.south + rectangle.north) / 2, (lowest + highest) / 2, new Float64Array(3));
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let axis = 0; axis < 3; axis++)
    for (let i = axis; i < ecef.length; i += 3) {
      if (ecef[i] < low[axis]) low[axis] = ecef[i];
      if (ecef[i] > high[axis]) high[axis] = ecef[i];
    }
  const middle = low.map((value, axis) => (value + high[axis]) / 2);
  let radius = 0;
  for (let i = 0; i < ecef.length; i += 3) radius = Math.max(radius, length(ecef[i] - middle[0], ecef[i + 1] - middle[1], ecef[i + 2] - middle[2]));
  const occlusion = horizonPoint(ecef, middle);
  for (let k = 0; k < 3; k++) {
    view.setFloat64(k * 8, centre[k], true);
    view.setFloat64(32 + k * 8, middle[k], true);
    view.setFloat64(64 + k * 8, occlusion[k], true);
  }
  view.setFloat32(24, lowest, true);
  view.setFloat32(28, highest, true);
  view.setFloat64(56, radius, true);
}

/**
 * A point that is hidden by the ellipsoid only when the whole tile is; in units of the ellipsoid's radii.
 * @source https://cesium.com/blog/2013/05/09/computing-the-horizon-occlusion-point/
 */
function horizonPoint(ecef: Float64Array, middle: readonly number[]): number[] {
  const direction = unit([middle[0] / SEMI_MAJOR, middle[1] / SEMI_MAJOR, middle[2] / SEMI_MINOR]);
  let furthest = 0;
  for (let i = 0; i < ecef.length; i += 3) {
    const p = [ecef[i] / SEMI_MAJOR, ecef[i + 1] / SEMI_MAJOR, ecef[i + 2] / SEMI_MINOR];
    const far = Math.max(1, length(p[0], p[1], p[2]));
    const to = unit(p);
    const cosAlpha = to[0] * direction[0] + to[1] * direction[1] + to[2] * direction[2];
    const sinAlpha = Math.sqrt(Math.max(0, 1 - cosAlpha * cosAlpha));
    const scale = 1 / ((cosAlpha - sinAlpha * Math.sqrt(far * far - 1)) / far);
    // Wider than the horizon: no such point, so one so far out that it is never hidden.
    furthest = Math.max(furthest, scale > 0 ? Math.min(scale, 100) : 100);
  }
  return direction.map((value) => value * furthest);
}

function unit([x, y, z]: readonly number[]): number[] {
  const far = length(x, y, z) || 1;
  return [x / far, y / far, z / far];
}

/** Math.hypot takes ten times as long, for care that metres of the earth do not need. */
function length(x: number, y: number, z: number): number {
  return Math.sqrt(x * x + y * y + z * z);
}

/** The surface's normal in earth-centred axes, two bytes. @source Cigolle et al. 2014, "A Survey of Efficient Representations for Independent Unit Vectors" */
function octNormal(tile: MeshTile, lon: number, lat: number, out: Uint8Array, at: number): void {
  const south = Math.max(-90, lat - tile.reach);
  const north = Math.min(90, lat + tile.reach);
  const a = toEcef(lon - tile.reach, lat, tile.height(lon - tile.reach, lat), [0, 0, 0]);
  const b = toEcef(lon + tile.reach, lat, tile.height(lon + tile.reach, lat), [0, 0, 0]);
  const c = toEcef(lon, south, tile.height(lon, south), [0, 0, 0]);
  const d = toEcef(lon, north, tile.height(lon, north), [0, 0, 0]);
  const east = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const up = [d[0] - c[0], d[1] - c[1], d[2] - c[2]];
  let normal = unit([east[1] * up[2] - east[2] * up[1], east[2] * up[0] - east[0] * up[2], east[0] * up[1] - east[1] * up[0]]);
  // At the poles east has no length: straight up.
  if (normal[0] === 0 && normal[1] === 0 && normal[2] === 0) normal = [0, 0, Math.sign(lat)];
  const sum = Math.abs(normal[0]) + Math.abs(normal[1]) + Math.abs(normal[2]);
  let [x, y] = [normal[0] / sum, normal[1] / sum];
  if (normal[2] < 0) [x, y] = [(1 - Math.abs(y)) * (x < 0 ? -1 : 1), (1 - Math.abs(x)) * (y < 0 ? -1 : 1)];
  out[at] = Math.round((x * 0.5 + 0.5) * 255);
  out[at + 1] = Math.round((y * 0.5 + 0.5) * 255);
}
