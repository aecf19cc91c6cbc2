import { isObject, type JsonObject } from './json.ts';

export const S2 = '3DTILES_bounding_volume_S2';

/** What is wrong with an S2 bounding volume, and in which member; null when nothing is. @source 3DTILES_bounding_volume_S2 */
export function s2Problem(volume: unknown): [member: string, why: string] | null {
  if (!isObject(volume)) return ['', 'it is no object'];
  const { token, minimumHeight, maximumHeight } = volume;
  if (typeof token !== 'string' || !cellOf(token)) return ['token', 'token is no S2 cell'];
  if (typeof minimumHeight !== 'number' || !Number.isFinite(minimumHeight)) return ['minimumHeight', 'minimumHeight is no number'];
  if (typeof maximumHeight !== 'number' || !Number.isFinite(maximumHeight)) return ['maximumHeight', 'maximumHeight is no number'];
  return minimumHeight > maximumHeight ? ['minimumHeight', 'minimumHeight is above maximumHeight'] : null;
}

/** Face and square (each side 0 … 1) of a cell; null for what is no cell. @source S2 Geometry, "S2 Cell Hierarchy" */
function cellOf(token: string): { face: number; i: number; j: number; size: number } | null {
  if (!/^[0-9a-f]{1,16}$/iu.test(token)) return null;
  const id = BigInt(`0x${token.padEnd(16, '0')}`);
  const face = Number(id >> 61n);
  const last = id & -id;
  if (id === 0n || face > 5) return null;
  const trailing = last.toString(2).length - 1;
  if (trailing % 2 !== 0) return null;
  const level = 30 - trailing / 2;
  let [i, j, turn] = [0, 0, face & 1];
  // The curve's four orders: a square's place by its digit, and how the curve lies within.
  const PLACES = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];
  const TURNS = [1, 0, 0, 3];
  for (let step = 1; step <= level; step++) {
    const digit = Number((id >> BigInt(61 - 2 * step)) & 3n);
    const place = PLACES[turn][digit];
    i = i * 2 + (place >> 1);
    j = j * 2 + (place & 1);
    turn ^= TURNS[digit];
  }
  const size = 2 ** -level;
  return { face, i: i * size, j: j * size, size };
}

/** Direction of a point of a face's square. @source S2 Geometry, quadratic projection */
function direction(face: number, s: number, t: number): [number, number, number] {
  const flat = (value: number): number => (value >= 0.5 ? (4 * value * value - 1) / 3 : (1 - 4 * (1 - value) * (1 - value)) / 3);
  const [u, v] = [flat(s), flat(t)];
  switch (face) {
    case 0: return [1, u, v];
    case 1: return [-u, 1, v];
    case 2: return [-u, -v, 1];
    case 3: return [-1, -v, -u];
    case 4: return [v, -1, -u];
    default: return [v, u, -1];
  }
}

/** Region (radians, metres) that holds a cell: of its edge and middle, a little larger; where a pole lies in it, all longitudes. */
function regionOf(volume: JsonObject): number[] | null {
  const cell = typeof volume.token === 'string' ? cellOf(volume.token) : null;
  if (!cell) return null;
  const { face, i, j, size } = cell;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const [middleX, middleY] = direction(face, i + size / 2, j + size / 2);
  const middle = Math.atan2(middleY, middleX);
  const STEPS = 8;
  for (let a = 0; a <= STEPS; a++) {
    for (let b = 0; b <= STEPS; b++) {
      const [x, y, z] = direction(face, i + (size * a) / STEPS, j + (size * b) / STEPS);
      const lon = Math.atan2(y, x);
      // Counted from the middle, so that a cell over the date line stays one piece.
      const from = ((lon - middle + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
      // A cell's corners are directions of a sphere whose latitudes are taken as the ellipsoid's own.
      const lat = Math.atan2(z, Math.hypot(x, y));
      west = Math.min(west, middle + from);
      east = Math.max(east, middle + from);
      south = Math.min(south, lat);
      north = Math.max(north, lat);
    }
  }
  const pole = (face === 2 || face === 5) && i < 0.5 + 1e-12 && i + size > 0.5 - 1e-12 && j < 0.5 + 1e-12 && j + size > 0.5 - 1e-12;
  const slack = Math.max((north - south) / 50, 1e-6);
  const wrap = (lon: number): number => ((lon + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
  const lons = pole || east - west >= Math.PI * 1.9 ? [-Math.PI, Math.PI] : [wrap(west - slack), wrap(east + slack)];
  const lats = [pole && face === 5 ? -Math.PI / 2 : Math.max(-Math.PI / 2, south - slack), pole && face === 2 ? Math.PI / 2 : Math.min(Math.PI / 2, north + slack)];
  return [lons[0], lats[0], lons[1], lats[1], Number(volume.minimumHeight), Number(volume.maximumHeight)];
}

/** Gives every tile whose bounds are an S2 cell the region around it, which all engines read; one that is faulty is left without. */
export function regionsForCells(json: JsonObject): boolean {
  const stack: unknown[] = [json.root];
  let changed = false;
  for (let tile = stack.pop(); tile !== undefined; tile = stack.pop()) {
    if (!isObject(tile)) continue;
    for (const owner of [tile, tile.content, ...(Array.isArray(tile.contents) ? tile.contents : [])]) {
      const volume = isObject(owner) && isObject(owner.boundingVolume) ? owner.boundingVolume : null;
      const s2 = volume && isObject(volume.extensions) ? volume.extensions[S2] : undefined;
      if (!volume || !isObject(s2) || s2Problem(s2) || 'box' in volume || 'region' in volume || 'sphere' in volume) continue;
      const region = regionOf(s2);
      if (region) volume.region = region;
      changed ||= region !== null;
    }
    if (Array.isArray(tile.children)) stack.push(...tile.children);
  }
  return changed;
}
