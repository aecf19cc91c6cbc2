import { board, canal, carriageway, crossStreets, longStreets, riverHalf } from './layout.ts';
import type { Random } from './random.ts';

export type RoadClass = 'trunk' | 'primary' | 'secondary' | 'tertiary' | 'residential' | 'service' | 'rail';

/** What each class is: lanes of both directions together, free-flow speed (km/h), metres from its middle to the kerb and to the plots. */
export const classes: Record<RoadClass, { lanes: number; speed: number; kerb: number; inset: number }> = {
  trunk: { lanes: 3, speed: 80, kerb: 6, inset: 24 },
  primary: { lanes: 6, speed: 60, kerb: 13, inset: 20 },
  secondary: { lanes: 4, speed: 50, kerb: 9, inset: 14 },
  tertiary: { lanes: 2, speed: 40, kerb: 6, inset: 10.5 },
  residential: { lanes: 2, speed: 30, kerb: 4.5, inset: 8 },
  service: { lanes: 2, speed: 20, kerb: 3.4, inset: 5.2 },
  rail: { lanes: 2, speed: 120, kerb: 8, inset: 30 },
};

/** A straight street on the drawing board: along v at u = `at` ('u'), or along u at v = `at` ('v'). */
export interface Street {
  axis: 'u' | 'v';
  at: number;
  from: number;
  to: number;
  class: RoadClass;
  /** 1: one way towards `to`; -1: towards `from`; 0: both ways. */
  oneway: 0 | 1 | -1;
  /** Places where the street is cut without a junction: the heads of its bridges. */
  breaks?: number[];
}

export interface Cell { west: number; south: number; east: number; north: number }
export interface Sides { west: RoadClass | null; south: RoadClass | null; east: RoadClass | null; north: RoadClass | null }
/** A piece of the board between streets, with the class of street on each side (null where there is none). */
export interface Block extends Cell { sides: Sides; zone: string; reserve?: string }

const street = (axis: 'u' | 'v', at: number, from: number, to: number, kind: RoadClass, oneway: 0 | 1 | -1 = 0): Street => ({ axis, at, from, to, class: kind, oneway });

/** Streets drawn by hand: ring, bridges, primaries, collectors, embankments. */
export function mainStreets(): Street[] {
  const { ringWest, ringEast, collectorWest, collectorEast } = crossStreets;
  const { ringSouth, ringNorth, collectorSouth, collectorNorth, bankSouth, bankNorth } = longStreets;
  const c = carriageway;
  const heads = (u: number): number[] => [-riverHalf(u) - 14, riverHalf(u) + 14];
  const bridge = (line: Street): Street => ({ ...line, breaks: heads(line.at) });
  const list: Street[] = [
    // Right-hand traffic: the outer carriageway runs anticlockwise, the inner one clockwise.
    bridge(street('u', ringWest - c, ringSouth - c, ringNorth + c, 'trunk', -1)),
    bridge(street('u', ringWest + c, ringSouth + c, ringNorth - c, 'trunk', 1)),
    bridge(street('u', ringEast + c, ringSouth - c, ringNorth + c, 'trunk', 1)),
    bridge(street('u', ringEast - c, ringSouth + c, ringNorth - c, 'trunk', -1)),
    street('v', ringSouth - c, ringWest - c, ringEast + c, 'trunk', 1),
    street('v', ringSouth + c, ringWest + c, ringEast - c, 'trunk', -1),
    street('v', ringNorth + c, ringWest - c, ringEast + c, 'trunk', -1),
    street('v', ringNorth - c, ringWest + c, ringEast - c, 'trunk', 1),
    street('v', bankSouth, board.west, board.east, 'secondary'),
    street('v', bankNorth, board.west, board.east, 'secondary'),
    street('v', longStreets.north, board.west, board.east, 'primary'),
    street('u', collectorWest, collectorSouth, bankSouth, 'tertiary'),
    street('u', collectorEast, collectorSouth, bankSouth, 'tertiary'),
    street('u', collectorWest, bankNorth, collectorNorth, 'tertiary'),
    street('u', collectorEast, bankNorth, collectorNorth, 'tertiary'),
    street('v', collectorSouth, collectorWest, collectorEast, 'tertiary'),
    street('v', collectorNorth, collectorWest, collectorEast, 'tertiary'),
    street('u', canal.west, collectorSouth, bankSouth, 'tertiary'),
    street('u', canal.east, collectorSouth, bankSouth, 'tertiary'),
  ];
  for (const v of longStreets.primaries) {
    const through = v === -1450;
    list.push(street('v', v, through ? board.west : ringWest - c, through ? board.east : ringEast + c, 'primary'));
  }
  for (const u of crossStreets.primaries) {
    const centre = u === 150;
    const outward = centre || u === -1500 || u === 1700;
    const south = centre ? -2890 : outward ? board.south : ringSouth - c;
    const north = outward ? board.north : ringNorth + c;
    if (centre) list.push(bridge(street('u', u, south, north, 'primary')));
    else list.push(street('u', u, south, bankSouth, 'primary'), street('u', u, bankNorth, north, 'primary'));
  }
  return list;
}

/** How a zone is cut into blocks: the longest side a block may keep (metres on the board) and the classes of street by depth of the cut. */
export interface Grain { longest: number; classes: RoadClass[]; jitter: number }

const grains: Record<string, Grain> = {
  cbd: { longest: 150, classes: ['tertiary', 'residential'], jitter: 0.04 },
  oldtown: { longest: 82, classes: ['residential', 'service', 'service', 'service'], jitter: 0.2 },
  inner: { longest: 150, classes: ['residential', 'residential', 'service'], jitter: 0.14 },
  mixed: { longest: 175, classes: ['tertiary', 'residential'], jitter: 0.1 },
  residential: { longest: 250, classes: ['tertiary', 'residential'], jitter: 0.12 },
  industrial: { longest: 330, classes: ['tertiary', 'tertiary'], jitter: 0.1 },
  country: { longest: 720, classes: ['tertiary', 'residential', 'service'], jitter: 0.2 },
  village: { longest: 88, classes: ['service'], jitter: 0.2 },
};

/** Collects streets and blocks while cells are cut in two, again and again. */
export class Cutter {
  readonly streets: Street[];
  readonly blocks: Block[] = [];
  private readonly random: Random;

  constructor(streets: Street[], random: Random) {
    this.streets = streets;
    this.random = random;
  }

  /** Cuts a cell by a street at `at`; the halves in order. */
  halve(cell: Cell & { sides: Sides }, axis: 'u' | 'v', at: number, kind: RoadClass): [Cell & { sides: Sides }, Cell & { sides: Sides }] {
    const along = axis === 'u';
    this.streets.push(street(axis, at, along ? cell.south : cell.west, along ? cell.north : cell.east, kind));
    return along
      ? [{ ...cell, east: at, sides: { ...cell.sides, east: kind } }, { ...cell, west: at, sides: { ...cell.sides, west: kind } }]
      : [{ ...cell, north: at, sides: { ...cell.sides, north: kind } }, { ...cell, south: at, sides: { ...cell.sides, south: kind } }];
  }

  /** Cuts a cell down to the grain of its zone. */
  divide(cell: Cell & { sides: Sides }, zone: string, depth = 0): void {
    const grain = grains[zone];
    const width = cell.east - cell.west;
    const height = cell.north - cell.south;
    const longest = Math.max(width, height);
    if (longest <= grain.longest) {
      this.blocks.push({ ...cell, zone });
      return;
    }
    const axis = width >= height ? 'u' : 'v';
    const low = axis === 'u' ? cell.west : cell.south;
    const parts = Math.ceil(longest / grain.longest);
    const ratio = Math.floor(parts / 2) / parts + this.random.between(-grain.jitter, grain.jitter) / Math.max(1, parts / 2);
    const at = this.aligned(cell, axis, low + longest * ratio);
    for (const half of this.halve(cell, axis, at, grain.classes[Math.min(depth, grain.classes.length - 1)])) this.divide(half, zone, depth + 1);
  }

  /** Moves a cut to the end of a street that meets the cell from outside nearby: a crossing instead of two staggered junctions. */
  private aligned(cell: Cell, axis: 'u' | 'v', at: number): number {
    const [low, high] = axis === 'u' ? [cell.south, cell.north] : [cell.west, cell.east];
    const [first, last] = axis === 'u' ? [cell.west, cell.east] : [cell.south, cell.north];
    let best = at;
    let nearest = Math.min(30, (last - first) * 0.16);
    for (const other of this.streets) {
      const touches = Math.abs(other.to - low) < 1 || Math.abs(other.from - high) < 1;
      const gap = Math.abs(other.at - at);
      if (other.axis !== axis || !touches || gap >= nearest || other.at <= first + 20 || other.at >= last - 20) continue;
      best = other.at;
      nearest = gap;
    }
    return best;
  }
}
