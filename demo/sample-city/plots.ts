import { bend, bendRectangle, directionAt } from './layout.ts';
import { boxOf, contains, meets, near, placed as placedOn, rectangle, type Box, type Plot, type Point, type Ring } from './shape.ts';
import { classes, type Block, type RoadClass } from './streets.ts';

export type Use = 'residential' | 'commercial' | 'office' | 'industrial' | 'public' | 'school' | 'hospital' | 'old-town';

/** A building before it has an address. Metres of the plan; holes are courts. */
export interface Building {
  outline: Ring;
  holes: Ring[];
  storeys: number;
  height: number;
  use: Use;
  name?: string;
}

/** Metres of free ground from a street's middle to the plots; where a block meets no street it keeps a path's width. */
const insetOf = (kind: RoadClass | null): number => (kind ? classes[kind].inset : 4);

/** A block as building land: what its streets leave of it, on the board and on the ground. */
export interface Site {
  readonly block: Block;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly ring: Ring;
  readonly buildings: Building[];
  /** Whether anything may be built at a place of the plan (not on steep slopes, not in water). */
  readonly allows: (place: Point) => boolean;
}

export function siteOf(block: Block, allows: (place: Point) => boolean): Site | null {
  const west = block.west + insetOf(block.sides.west);
  const east = block.east - insetOf(block.sides.east);
  const south = block.south + insetOf(block.sides.south);
  const north = block.north - insetOf(block.sides.north);
  if (east - west < 12 || north - south < 12) return null;
  return { block, west, east, south, north, ring: bendRectangle(west, south, east, north, 12), buildings: [], allows };
}

/** Metres between two buildings of one block at least. */
const APART = 3;

/** Steps towards the middle of its block, in metres of the board, that a building tries before it is given up. */
const NUDGES: readonly Point[] = [[0, 0], [0, 2], [2, 0], [2, 2], [0, 4], [4, 0], [4, 4], [7, 4]];

/**
 * Builds on a site if there is room: `u`, `v` is the middle on the board, the outline is given in metres along and across the street there.
 * `bent` bends every corner with the streets (lanes of an old town); otherwise right angles stay right.
 * @returns the building, or null where it would leave the site or touch another
 */
export function build(site: Site, u: number, v: number, outline: Ring, building: Omit<Building, 'outline' | 'holes'>, holes: Ring[] = [], { apart = APART, bent = false } = {}): Building | null {
  const inU = Math.sign((site.west + site.east) / 2 - u);
  const inV = Math.sign((site.south + site.north) / 2 - v);
  for (const [du, dv] of bent ? [NUDGES[0]] : NUDGES) {
    const put = placer(u + du * inU, v + dv * inV, bent);
    const placed = put(outline);
    if (!contains(site.ring, placed)) continue;
    if (!placed.every(site.allows)) return null;
    const box: Box = boxOf(placed, apart);
    if (site.buildings.some((other) => meets(box, boxOf(other.outline)) && near(placed, other.outline, apart))) continue;
    const made = { ...building, outline: placed, holes: holes.map(put) };
    site.buildings.push(made);
    return made;
  }
  return null;
}

function placer(u: number, v: number, bent: boolean): (ring: Ring) => Ring {
  if (bent) return (ring) => ring.map(([x, y]) => bend(u + x, v + y));
  const plot: Plot = { origin: bend(u, v), angle: directionAt(u, v) };
  return (ring) => placedOn(plot, ring);
}

/** A plain box `width` along the street and `depth` across it. */
export function slab(site: Site, u: number, v: number, width: number, depth: number, building: Omit<Building, 'outline' | 'holes'>): Building | null {
  return build(site, u, v, rectangle(0, 0, width, depth), building);
}

/** Storeys to metres by use: shops and offices are higher a floor than flats. */
export function tall(storeys: number, use: Use): number {
  const floor = use === 'residential' || use === 'old-town' ? 3 : use === 'industrial' ? 6 : 3.8;
  return Math.round(storeys * floor * 10) / 10;
}
