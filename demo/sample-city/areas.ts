import { bend, bendRectangle, bendLine, board, canal, crossStreets, island, longStreets, riverHalf } from './layout.ts';
import type { Quarter } from './fill.ts';
import type { Point, Ring } from './shape.ts';
import { noise } from './random.ts';
import { hills, lakeAt } from './terrain.ts';
import { reserves } from './zoning.ts';

export interface Area {
  kind: string;
  name: string;
  outline: Ring;
  holes: Ring[];
}

const line = (from: number, to: number, v: (u: number) => number, step = 20): Point[] => {
  const count = Math.ceil(Math.abs(to - from) / step);
  return Array.from({ length: count + 1 }, (_, i) => {
    const u = from + ((to - from) * i) / count;
    return bend(u, v(u));
  });
};

/** All ground that is neither street nor bare: water first is painted last, so the order is land, green, water. */
export function buildAreas(quarters: readonly Quarter[]): Area[] {
  const plain = (kind: string, name: string, outline: Ring): Area => ({ kind, name, outline, holes: [] });
  // Fields everywhere first: the city is cut out of them.
  const areas: Area[] = [plain('farmland', '', [[-5200, -5200], [5200, -5200], [5200, 5200], [-5200, 5200]]), ...hillsides().map((outline) => plain('forest', '', outline)), ...cityLand()];
  for (const quarter of quarters) if (quarter.kind !== 'farmland') areas.push(plain(quarter.kind, quarter.name ?? '', quarter.site.ring));
  for (const { field } of quarters) if (field) areas.push(plain('green', '运动场', bendRectangle(field[0], field[1], field[0] + field[2], field[1] + field[3], 20)));
  // The embankments: a green strip on either side, paths and trees, between the street and the water.
  for (const side of [-1, 1]) {
    const shore = line(board.west, board.east, (u) => side * (riverHalf(u) + 2));
    const street = line(board.east, board.west, () => side * (Math.abs(side < 0 ? longStreets.bankSouth : longStreets.bankNorth) - 14));
    areas.push(plain('green', side < 0 ? '滨江公园' : '江北绿带', [...shore, ...street]));
  }
  areas.push(plain('green', '', strip(canal.axis - 28, canal.axis + 28, canal.source, longStreets.bankSouth + 14)));
  const north = line(board.west - 1500, board.east + 1500, (u) => riverHalf(u));
  const south = line(board.east + 1500, board.west - 1500, (u) => -riverHalf(u));
  areas.push({ kind: 'water', name: '秋浦江（虚构）', outline: [...south, ...north], holes: [islandRing()] });
  areas.push(plain('forest', '白沙洲', islandRing(3)));
  areas.push(plain('water', '清溪河', strip(canal.axis - canal.half, canal.axis + canal.half, canal.source, canal.mouth)));
  for (const park of reserves) if (park.use === 'lake-park') areas.push(plain('water', park.name.replace('公园', ''), shoreOf(park)));
  return areas;
}

/** Built land within the ring, on either side of the river: what shows between blocks is pavement, not field. */
function cityLand(): Area[] {
  const { ringWest, ringEast } = crossStreets;
  return [[longStreets.ringSouth, longStreets.bankSouth], [longStreets.bankNorth, longStreets.ringNorth]].map(([south, north]) => ({ kind: 'land', name: '', outline: bendRectangle(ringWest, south, ringEast, north, 30), holes: [] }));
}

/** The woods on the hills end where the slope does, unevenly. */
function hillsides(): Ring[] {
  return hills.map(({ u, v, radius }) => Array.from({ length: 60 }, (_, i) => {
    const angle = (i / 60) * 2 * Math.PI;
    const reach = radius * (1.15 + 0.3 * noise(Math.cos(angle) * 2 + u, Math.sin(angle) * 2 + v, 51));
    return bend(u + reach * Math.cos(angle), v + reach * Math.sin(angle));
  }));
}

function strip(west: number, east: number, south: number, north: number): Ring {
  return [...bendLine([west, south], [west, north]).toReversed(), ...bendLine([east, south], [east, north])];
}

function islandRing(inner = 0): Ring {
  const count = 36;
  const half = (t: number): number => Math.max(0, island.half * Math.sin(Math.PI * t) ** 0.7 - inner);
  const upper = Array.from({ length: count + 1 }, (_, i) => i / count);
  return [...upper.map((t) => bend(island.from + (island.to - island.from) * t, -6 - half(t))), ...upper.toReversed().slice(1, -1).map((t) => bend(island.from + (island.to - island.from) * t, -6 + half(t)))];
}

/** The shore of a lake: where its depth begins, felt for from the middle outwards. */
function shoreOf(park: { west: number; south: number; east: number; north: number }): Ring {
  const u = (park.west + park.east) / 2;
  const v = (park.south + park.north) / 2;
  return Array.from({ length: 48 }, (_, i) => {
    const angle = (i / 48) * 2 * Math.PI;
    let near = 0;
    let far = 600;
    for (let step = 0; step < 24; step++) {
      const middle = (near + far) / 2;
      if (lakeAt(u + middle * Math.cos(angle), v + middle * Math.sin(angle)) > 0) near = middle;
      else far = middle;
    }
    return bend(u + near * Math.cos(angle), v + near * Math.sin(angle));
  });
}
