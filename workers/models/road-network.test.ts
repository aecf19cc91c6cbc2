import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { placer } from '#geo';
import { describeShared, shared } from '../../tests/shared.ts';
import { laneOffset } from './lane-path.ts';
import { roadNetwork, type Place, type Road, type RoadNetwork } from './road-network.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 12 };
const ground = placer({ ...anchor, height: 0 });

/** A road from metres of the anchor. */
function road(id: string, metres: readonly (readonly [number, number])[], more: Partial<Road> = {}): Road {
  return { id, coordinates: metres.map(([x, y]) => [...ground.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)]), class: 'tertiary', lanes: 2, ...more };
}

/** Random whole numbers, the same every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function distanceToLine(line: Float64Array, x: number, y: number): number {
  let best = Infinity;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const dx = line[i + 2] - line[i];
    const dy = line[i + 3] - line[i + 1];
    const t = Math.min(1, Math.max(0, ((x - line[i]) * dx + (y - line[i + 1]) * dy) / (dx * dx + dy * dy || 1)));
    best = Math.min(best, Math.hypot(line[i] + t * dx - x, line[i + 1] + t * dy - y));
  }
  return best;
}

/** The slow way: relax every pair of consecutive edges until nothing changes. */
function slowLength(network: RoadNetwork, from: Place, to: Place): number {
  const cost = new Float64Array(network.edges).fill(Infinity);
  let best = from.edge === to.edge && to.offset >= from.offset ? to.offset - from.offset : Infinity;
  const follows = (a: number, b: number): boolean => {
    if (network.to(a) !== network.from(b) || !network.open(b)) return false;
    const others = Array.from({ length: network.edges }, (_, c) => c).filter((c) => network.open(c) && network.from(c) === network.to(a));
    return b !== (a ^ 1) || others.length === 1;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let b = 0; b < network.edges; b++) {
      for (let a = 0; a < network.edges; a++) {
        if (a !== from.edge && cost[a] === Infinity) continue;
        if (!follows(a, b)) continue;
        const before = Math.min(cost[a], a === from.edge ? network.length(a) - from.offset : Infinity);
        if (b === to.edge) best = Math.min(best, before + to.offset);
        if (before + network.length(b) < cost[b] - 1e-9) {
          cost[b] = before + network.length(b);
          changed = true;
        }
      }
    }
  }
  return best;
}

describe('the graph', () => {
  it('splits lines at shared vertices and joins loose ends', () => {
    const network = roadNetwork(
      [
        road('east', [[0, 0], [100, 0], [200, 0]]),
        road('north', [[100, 0], [100, 90]]),
        road('loose', [[150, 60], [150, 0.3]]),
        road('near', [[200.3, 0.2], [300, 0]]),
        road('path', [[0, 0], [0, 50]], { class: 'path' }),
      ],
      anchor,
    );
    expect(network.count).toBe(6);
    expect(network.roads.map((one) => one.id)).not.toContain('path');
    const west = network.snap(20, -1.6, 90, 5);
    const east = network.snap(280, -1.6, 90, 5);
    const north = network.snap(151.6, 40, 0, 5);
    expect(west && east && network.route(west, east, 400)?.length).toBeCloseTo(260, 0);
    expect(west && north && network.route(west, north, 400)?.length).toBeCloseTo(170, 0);
  });

  it('has no way against a oneway road, and turns back only at dead ends', () => {
    const network = roadNetwork([road('a', [[0, 0], [100, 0]], { oneway: true, lanes: 1 }), road('b', [[100, 0], [200, 0]])], anchor);
    const start = network.snap(150, -1.6, 90, 5);
    const back = network.snap(150, 1.6, 270, 5);
    const first = network.snap(50, 0, 90, 5);
    if (!start || !back || !first) throw new Error('no snap');
    expect(network.route(start, back, 1000)?.length).toBeCloseTo(100, 1);
    expect(network.route(back, first, 1000)).toBeNull();
    expect(network.snap(50, 0, 270, 5)?.cost).toBeGreaterThan(29);
  });

  it('finds the same lengths as the slow way', () => {
    const random = seeded(7);
    const roads: Road[] = [];
    for (let i = 0; i < 5; i++) {
      roads.push(road(`h${i}`, [0, 1, 2, 3, 4].map((k) => [k * 80 + random() * 20, i * 70 + random() * 20] as const), { oneway: i % 2 === 1 }));
    }
    const stub = roads.map((one) => one.coordinates);
    for (let k = 0; k < 4; k++) roads.push({ ...roads[0], id: `v${k}`, oneway: k === 2, coordinates: [0, 1, 2, 3, 4].map((i) => stub[i][k]) });
    const network = roadNetwork(roads, anchor);
    for (let ask = 0; ask < 60; ask++) {
      const pick = (): Place => {
        const edge = Math.floor(random() * network.edges);
        return network.open(edge) ? { edge, offset: random() * network.length(edge) } : pick();
      };
      const [from, to] = [pick(), pick()];
      const slow = slowLength(network, from, to);
      const found = network.route(from, to, 1e6);
      if (found?.edges.length === 1) continue;
      expect(found?.length ?? Infinity).toBeCloseTo(slow, 6);
      if (found) expect(network.route(from, to, slow - 1)).toBeNull();
    }
  });
});

describe('lanes', () => {
  it('lie right of the way travelled, and a snap finds the lane', () => {
    const network = roadNetwork([road('a', [[0, 0], [200, 0]], { lanes: 4 }), road('one', [[0, 100], [200, 100]], { lanes: 3, oneway: true })], anchor);
    expect([0, 1].map((lane) => network.laneLine(0, lane)[1])).toEqual([expect.closeTo(-1.625, 3), expect.closeTo(-4.875, 3)]);
    expect(network.snap(50, -4.6, 90, 10)).toMatchObject({ edge: 0, lane: 1, offset: expect.closeTo(50, 3) });
    expect(network.snap(50, 4.6, 270, 10)).toMatchObject({ edge: 1, lane: 1, offset: expect.closeTo(150, 3) });
    expect([0, 1, 2].map((lane) => laneOffset(network, 2, lane))).toEqual([-3.25, 0, 3.25]);
    expect(network.snap(50, 50, 90, 10)).toBeNull();
  });

  it('are joined through junctions without a jump or a kink', () => {
    const roads = [
      road('w', [[-100, 0], [0, 0]], { lanes: 4 }),
      road('e', [[0, 0], [100, 5]], { lanes: 2 }),
      road('n', [[0, 0], [0, 100]], { lanes: 4 }),
      road('s', [[0, 0], [-10, -100]], { lanes: 6 }),
    ];
    const network = roadNetwork(roads, anchor);
    const out = new Float64Array(3);
    for (let a = 0; a < network.edges; a++)
      for (let b = 0; b < network.edges; b++) {
        if (network.to(a) !== network.from(b) || b === (a ^ 1)) continue;
        for (let lane = 0; lane < network.lanes[a >> 1]; lane++) {
          const path = network.path({ edges: [a, b], from: 50, to: 50, fromLane: lane });
          let [x, y, heading] = path.at(0, out);
          for (let s = 0.5; s <= path.length; s += 0.5) {
            path.at(s, out);
            expect(Math.hypot(out[0] - x, out[1] - y)).toBeLessThan(0.51);
            expect(Math.abs(((out[2] - heading + 540) % 360) - 180)).toBeLessThan(50);
            [x, y, heading] = out;
          }
          const [ends, starts] = [network.laneLine(a, lane), network.laneLine(b, path.lane)];
          expect(distanceToLine(ends, path.points[0], path.points[1])).toBeLessThan(1e-6);
          expect(distanceToLine(starts, x, y)).toBeLessThan(0.5);
          const arc = network.path({ edges: [a, b], from: 99, to: 2, fromLane: lane });
          expect(arc.length).toBeLessThan(40);
        }
      }
  });
});

/** Share of the network's length in its largest part that hangs together (directions ignored). */
function together(network: RoadNetwork): number {
  const part = Int32Array.from(network.nodeX, (_, node) => node);
  const root = (node: number): number => (part[node] === node ? node : (part[node] = root(part[node])));
  for (let link = 0; link < network.count; link++) part[root(network.linkFrom[link])] = root(network.linkTo[link]);
  const lengths = new Map<number, number>();
  let all = 0;
  for (let link = 0; link < network.count; link++) {
    const at = root(network.linkFrom[link]);
    lengths.set(at, (lengths.get(at) ?? 0) + network.length(2 * link));
    all += network.length(2 * link);
  }
  return Math.max(...lengths.values()) / all;
}

describeShared('real roads', () => {
  const read = (path: string): { properties: Record<string, string>; geometry: { type: string; coordinates: number[][] | number[][][] } }[] =>
    JSON.parse(readFileSync(shared(`data/traffic/roads/${path}`), 'utf8')).features;
  const roadsOf = (path: string): Road[] =>
    read(path).flatMap(({ properties, geometry }, i) => {
      const lines = (geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates) as number[][][];
      const kind = (properties.highway ?? properties.kind_detail ?? properties.kind).replace('_link', '');
      return lines.map((coordinates, k) => ({
        id: `${path}:${i}.${k}`,
        coordinates,
        class: ['rail', 'path', 'ferry'].includes(properties.kind) ? properties.kind : kind,
        oneway: properties.oneway === 'yes',
      }));
    });

  it.each([
    ['Shanghai', ['shanghai-roads.geojson'], { lon: 121.49, lat: 31.24, height: 0 }],
    ['Shenzhen', ['shenzhen-nanshan-road1.geojson', 'shenzhen-nanshan-road2.geojson', 'shenzhen-nanshan-road3.geojson'], { lon: 113.94, lat: 22.51, height: 0 }],
  ])('%s: hangs together, and every lane line is found again', (_, files, at) => {
    const network = roadNetwork(files.flatMap(roadsOf), at);
    expect(together(network)).toBeGreaterThan(0.5);
    const random = seeded(3);
    const out = new Float64Array(3);
    for (let k = 0; k < 300; k++) {
      const edge = Math.floor(random() * network.edges);
      if (!network.open(edge) || network.length(edge) < 20) continue;
      const path = network.path({ edges: [edge], from: 8, to: network.length(edge) - 8, fromLane: 0 });
      const [x, y, heading] = path.at(random() * path.length, out);
      const snap = network.snap(x, y, heading, 8);
      expect(snap?.distance).toBeLessThan(0.6);
    }
  });
});
