import earcut from 'earcut';
import { placer } from '#geo';
import { TwinError } from '../../engine/errors.ts';
import type { DrapeInput, DrapeOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { halvesOfCell, piecesByCell } from './geometry/clip.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import { geodesicArea, geodesicCircle } from './geometry/geodesic.ts';

const CIRCLE_STEPS = 180;
/** Degrees of a cell where there is no DEM: some 250 m, so that a wide zone follows the Earth's curve. */
const BARE_CELL = 0.0025;
const MOST_CELLS = 60_000;

type Ring = readonly (readonly [number, number])[];

/** The squares a zone is cut by, in degrees. */
interface Lattice {
  readonly west: number;
  readonly south: number;
  readonly dx: number;
  readonly dy: number;
  /** The ground is flat on either side of a cell's diagonal, as its terrain is drawn. */
  readonly halved: boolean;
}

/**
 * A polygon or circle laid on the ground as triangles: cut along the DEM's cells, so that it follows the ground as the DEM has it, a little lifted.
 * @throws TwinError `bad-input` for a shape that encloses nothing
 */
export async function drape(input: DrapeInput, context: AnalysisContext): Promise<DrapeOutput> {
  const rings = ringsOf(input);
  const ground = input.dem ? await demAt(input.dem, context) : null;
  const [lon, lat] = middleOf(rings[0]);
  const base = input.height ?? 0;
  const heightOf = (x: number, y: number): number => {
    const height = ground?.height(x, y) ?? base;
    return (Number.isNaN(height) ? base : height) + (input.lift ?? 0.5);
  };
  const anchor = input.anchor ?? { lon, lat, height: heightOf(lon, lat) };
  const lattice = latticeFor(rings[0], ground);
  const frame = placer(anchor);
  const mesh = await cut(rings, lattice, context);
  const places = new Float32Array(mesh.xy.length / 2 * 3);
  for (let i = 0; i < mesh.xy.length / 2; i++) frame.place(mesh.xy[2 * i], mesh.xy[2 * i + 1], heightOf(mesh.xy[2 * i], mesh.xy[2 * i + 1]), places, 3 * i);
  const outline = outlineOf(rings, lattice, (x, y, out) => frame.place(x, y, heightOf(x, y), out));
  const area = rings.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * geodesicArea(ring).area, 0);
  return { anchor, places, indices: mesh.indices, outline, area };
}

function ringsOf({ rings, circle }: DrapeInput): Ring[] {
  if (circle) {
    if (!(circle.radius > 0 && circle.radius <= 100_000)) throw new TwinError('bad-input', `A circle of ${circle.radius} m cannot be draped; give a radius from 0 to 100,000 m`);
    return [geodesicCircle(circle.lon, circle.lat, circle.radius, CIRCLE_STEPS).slice(0, -1)];
  }
  const open = (rings ?? []).map((ring) => (ring.length > 1 && ring[0][0] === ring.at(-1)![0] && ring[0][1] === ring.at(-1)![1] ? ring.slice(0, -1) : ring));
  if (open.length === 0 || open.some((ring) => ring.length < 3)) throw new TwinError('bad-input', 'A zone needs a ring of at least three places, or a circle');
  if (open.some((ring) => ring.some(([lon, lat]) => !(Math.abs(lon) <= 360 && Math.abs(lat) <= 90)))) throw new TwinError('bad-input', 'A place of the zone is no longitude and latitude in degrees');
  return open;
}

function boxOf(ring: Ring): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of ring) {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return [west, south, east, north];
}

function middleOf(ring: Ring): [number, number] {
  const [west, south, east, north] = boxOf(ring);
  return [(west + east) / 2, (south + north) / 2];
}

/** The DEM's own cells; several together where there would be too many. */
function latticeFor(outline: Ring, ground: Dem | null): Lattice {
  const [west, south, east, north] = boxOf(outline);
  const grid = ground?.grid;
  let dx = grid ? (grid.east - grid.west) / (grid.width - 1) : BARE_CELL;
  let dy = grid ? (grid.north - grid.south) / (grid.height - 1) : BARE_CELL;
  while (((east - west) / dx) * ((north - south) / dy) > MOST_CELLS) {
    dx *= 2;
    dy *= 2;
  }
  return { west: grid?.west ?? west, south: grid?.south ?? south, dx, dy, halved: grid?.surface === 'triangles' };
}

/** Triangles of the zone, each within one cell of the lattice; vertices of one place are shared. */
async function cut(rings: readonly Ring[], lattice: Lattice, context: AnalysisContext): Promise<{ xy: Float64Array; indices: Uint32Array }> {
  const flat = rings.flatMap((ring) => ring.flatMap(([lon, lat]) => [(lon - lattice.west) / lattice.dx, (lat - lattice.south) / lattice.dy]));
  const holes: number[] = [];
  for (let i = 1, at = rings[0].length; i < rings.length; at += rings[i++].length) holes.push(at);
  const triangles = earcut(flat, holes);
  if (triangles.length === 0) throw new TwinError('bad-input', 'The zone encloses nothing');
  const known = new Map<string, number>();
  const xy: number[] = [];
  const indices: number[] = [];
  const vertex = (x: number, y: number): number => {
    const key = `${Math.round(x * 1e6)} ${Math.round(y * 1e6)}`;
    const index = known.get(key) ?? xy.length / 2;
    if (index === xy.length / 2) {
      known.set(key, index);
      xy.push(lattice.west + x * lattice.dx, lattice.south + y * lattice.dy);
    }
    return index;
  };
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [0, 1, 2].flatMap((i) => [flat[2 * triangles[t + i]], flat[2 * triangles[t + i] + 1]]);
    for (const whole of piecesByCell(corners)) for (const piece of lattice.halved ? halvesOfCell(whole) : [whole]) {
      const ids = Array.from({ length: piece.length / 2 }, (_, i) => vertex(piece[2 * i], piece[2 * i + 1]));
      for (let i = 2; i < ids.length; i++) if (ids[0] !== ids[i - 1] && ids[i - 1] !== ids[i] && ids[i] !== ids[0]) indices.push(ids[0], ids[i - 1], ids[i]);
    }
    if (t % 96 === 0) {
      await context.turn();
      context.signal.throwIfAborted();
      context.progress(t / triangles.length);
    }
  }
  return { xy: Float64Array.from(xy), indices: Uint32Array.from(upwards(indices, xy)) };
}

/** Every triangle counter-clockwise as seen from above. */
function upwards(indices: number[], xy: readonly number[]): number[] {
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t], indices[t + 1], indices[t + 2]];
    const turn = (xy[2 * b] - xy[2 * a]) * (xy[2 * c + 1] - xy[2 * a + 1]) - (xy[2 * b + 1] - xy[2 * a + 1]) * (xy[2 * c] - xy[2 * a]);
    if (turn < 0) [indices[t + 1], indices[t + 2]] = [c, b];
  }
  return indices;
}

function outlineOf(rings: readonly Ring[], { dx, dy }: Lattice, put: (x: number, y: number, out: Float64Array) => void): DrapeOutput['outline'] {
  const places: number[] = [];
  const starts = [0];
  const scratch = new Float64Array(3);
  for (const ring of rings) {
    for (const [i, [lon, lat]] of ring.entries()) {
      const [nextLon, nextLat] = ring[(i + 1) % ring.length];
      const pieces = Math.max(1, Math.ceil(Math.max(Math.abs(nextLon - lon) / dx, Math.abs(nextLat - lat) / dy)));
      for (let piece = 0; piece < pieces; piece++) {
        put(lon + ((nextLon - lon) * piece) / pieces, lat + ((nextLat - lat) * piece) / pieces, scratch);
        places.push(...scratch);
      }
    }
    put(ring[0][0], ring[0][1], scratch);
    places.push(...scratch);
    starts.push(places.length / 3);
  }
  return { places: Float32Array.from(places), starts: Uint32Array.from(starts) };
}
