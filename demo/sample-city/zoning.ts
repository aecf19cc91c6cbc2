import { board, canal, carriageway, crossStreets, longStreets } from './layout.ts';
import type { Random } from './random.ts';
import { Cutter, mainStreets, type Block, type Cell, type RoadClass, type Sides, type Street } from './streets.ts';

/** Blocks set aside for one use; their sides lie on main or secondary streets. */
interface Reserve extends Cell { use: string; name: string }

const secondaryU = [-1860, -1075, -250, 550, 1985];
const secondaryV = [-2385, -1775, -1125, -520, 500, 960];

export const reserves: Reserve[] = [
  { west: -250, south: -2665, east: 150, north: -2100, use: 'hill-park', name: '望江山公园' },
  { west: 950, south: -2100, east: 1290, north: -1450, use: 'lake-park', name: '平湖公园' },
  { west: 150, south: -1125, east: 550, north: -800, use: 'square', name: '市民广场' },
  { west: 150, south: -1450, east: 550, north: -1125, use: 'government', name: '池州市人民政府' },
  { west: 1700, south: -2665, east: 2265, north: -2100, use: 'university', name: '池州学院' },
  { west: -650, south: -1450, east: -250, north: -1125, use: 'stadium', name: '池州市体育中心' },
  { west: 1985, south: 245, east: 2265, north: 750, use: 'lake-park', name: '北岸湿地公园' },
  { west: -1500, south: -1125, east: -1075, north: -800, use: 'lake-park', name: '百荷公园' },
];

/** Zones by column and row of main streets, from the west to the east and from the south to the north. */
const southColumns = [crossStreets.collectorWest, -1500, -650, 150, 950, canal.west, canal.east, 1700, crossStreets.collectorEast];
const southRows = [longStreets.collectorSouth, -2100, -1450, -800, longStreets.bankSouth];
const southZones = [
  ['industrial', 'industrial', 'residential', 'residential', 'residential', 'canal', 'residential', 'residential'],
  ['industrial', 'residential', 'residential', 'mixed', 'residential', 'canal', 'residential', 'residential'],
  ['residential', 'inner', 'residential', 'mixed', 'mixed', 'canal', 'residential', 'residential'],
  ['residential', 'oldtown', 'mixed', 'cbd', 'cbd', 'canal', 'residential', 'residential'],
];
const northColumns = [crossStreets.collectorWest, -1500, -650, 150, 950, 1700, crossStreets.collectorEast];
const northRows = [longStreets.bankNorth, longStreets.north, longStreets.collectorNorth];
const northZones = [
  ['country', 'industrial', 'residential', 'mixed', 'residential', 'residential'],
  ['country', 'industrial', 'residential', 'residential', 'residential', 'country'],
];

type Open = Cell & { sides: Sides };

const cuts = (at: number, low: number, high: number): boolean => at > low + 60 && at < high - 60;

/** Whether a street through the cell at `at` would run through a block set aside. */
function spares(cell: Cell, axis: 'u' | 'v', at: number): boolean {
  return reserves.every((r) => {
    const overlaps = r.west < cell.east - 1 && r.east > cell.west + 1 && r.south < cell.north - 1 && r.north > cell.south + 1;
    return !overlaps || (axis === 'u' ? at <= r.west + 1 || at >= r.east - 1 : at <= r.south + 1 || at >= r.north - 1);
  });
}

function superblock(cutter: Cutter, cell: Open, zone: string): void {
  const reserve = reserves.find((r) => Math.abs(r.west - cell.west) + Math.abs(r.east - cell.east) + Math.abs(r.south - cell.south) + Math.abs(r.north - cell.north) < 4);
  if (reserve) {
    cutter.blocks.push({ ...cell, zone: reserve.use, reserve: reserve.name });
    return;
  }
  const u = secondaryU.find((at) => cuts(at, cell.west, cell.east) && spares(cell, 'u', at));
  const v = secondaryV.find((at) => cuts(at, cell.south, cell.north) && spares(cell, 'v', at));
  if (zone === 'canal') cutter.blocks.push({ ...cell, zone });
  else if (zone === 'country') country(cutter, cell);
  else if (u !== undefined) for (const half of cutter.halve(cell, 'u', u, 'secondary')) superblock(cutter, half, zone);
  else if (v !== undefined) for (const half of cutter.halve(cell, 'v', v, 'secondary')) superblock(cutter, half, zone);
  else cutter.divide(cell, zone);
}

/** Farmland with lanes; some of its cells become villages later. */
function country(cutter: Cutter, cell: Open): void {
  cutter.divide(cell, 'country');
}

function district(cutter: Cutter, columns: number[], rows: number[], zones: string[][]): void {
  const kindU = (u: number): RoadClass => ((crossStreets.primaries as readonly number[]).includes(u) ? 'primary' : 'tertiary');
  const kindV = (v: number): RoadClass =>
    (longStreets.primaries as readonly number[]).includes(v) || v === longStreets.north ? 'primary' : v === longStreets.bankSouth || v === longStreets.bankNorth ? 'secondary' : 'tertiary';
  for (let row = 0; row + 1 < rows.length; row++)
    for (let column = 0; column + 1 < columns.length; column++) {
      const cell = { west: columns[column], east: columns[column + 1], south: rows[row], north: rows[row + 1] };
      const sides = { west: kindU(cell.west), east: kindU(cell.east), south: kindV(cell.south), north: kindV(cell.north) };
      superblock(cutter, { ...cell, sides }, zones[row][column]);
    }
}

/** The land outside the ring, between it and the edge of the map. */
function outskirts(cutter: Cutter): void {
  const c = carriageway;
  const west = crossStreets.ringWest - c;
  const east = crossStreets.ringEast + c;
  const south = longStreets.ringSouth - c;
  const north = longStreets.ringNorth + c;
  const add = (cell: Cell, sides: Partial<Sides>): void => country(cutter, { ...cell, sides: { west: null, east: null, south: null, north: null, ...sides } });
  const edges = [board.west, -1500, 150, 1700, board.east];
  for (let i = 0; i + 1 < edges.length; i++) {
    const cell = { west: edges[i], east: edges[i + 1] };
    const sides = { west: i > 0 ? ('primary' as const) : null, east: i < 3 ? ('primary' as const) : null };
    // The southern land keeps clear of the railway and its station.
    add({ ...cell, south: board.south, north: -3060 }, { ...sides });
    cutter.blocks.push({ ...cell, south: -3060, north: south, sides: { ...sides, south: null, north: 'trunk' }, zone: 'railside' });
    add({ ...cell, south: north, north: board.north }, { ...sides, south: 'trunk' });
  }
  for (const [from, to] of [[south, -1450], [-1450, longStreets.bankSouth], [longStreets.bankNorth, longStreets.north], [longStreets.north, north]] as const) {
    const along = { south: from === south ? ('trunk' as const) : ('primary' as const), north: to === north ? ('trunk' as const) : ('primary' as const) };
    add({ west: board.west, east: west, south: from, north: to }, { ...along, east: 'trunk' });
    add({ west: east, east: board.east, south: from, north: to }, { ...along, west: 'trunk' });
  }
}

export const villageSites: [number, number][] = [[-2650, -2100], [-2680, -800], [-2700, 500], [-1900, 480], [-1950, 980], [-900, 1650], [900, 1600], [2150, 1650], [2680, 300], [2660, -900], [-2300, -3400], [-700, -3450], [900, -3400], [2050, 980]];

/** Turns the country block nearest each site into a village with lanes of its own. */
function villages(cutter: Cutter): void {
  for (const [u, v] of villageSites) {
    const index = cutter.blocks.findIndex((block) => block.zone === 'country' && block.west < u && block.east > u && block.south < v && block.north > v);
    if (index < 0) continue;
    const [block] = cutter.blocks.splice(index, 1);
    const cell: Open = { ...block };
    if (!Object.values(cell.sides).some(Boolean)) continue;
    cutter.divide(cell, 'village');
  }
}

/** All streets and blocks of the city on the drawing board. */
export function layOut(random: Random): { streets: Street[]; blocks: Block[] } {
  const cutter = new Cutter(mainStreets(), random);
  district(cutter, southColumns, southRows, southZones);
  district(cutter, northColumns, northRows, northZones);
  outskirts(cutter);
  villages(cutter);
  return { streets: cutter.streets, blocks: cutter.blocks };
}
