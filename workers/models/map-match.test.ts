import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import { describeShared, shared } from '../../tests/shared.ts';
import { LiveMatcher, ProbeSpeeds, type Decided } from './live-match.ts';
import { emissionLog, matchGraph, matchTrack, transitionLog, type Fix } from './map-match.ts';
import { roadNetwork, type Road, type RoadNetwork } from './road-network.ts';
import { reacher } from './road-reach.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 0 };
const ground = placer(anchor);
const road = (id: string, metres: readonly (readonly number[])[], more: Partial<Road> = {}): Road => ({ id, coordinates: metres.map(([x, y]) => [...ground.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)]), class: 'tertiary', lanes: 2, ...more });
const fixesOf = (list: readonly (readonly number[])[], every = 10): Fix[] => list.map(([x, y], i) => ({ x, y, time: i * every }));
const ids = (network: RoadNetwork, edges: readonly number[]): string[] => edges.map((edge) => network.road(edge).id);

interface MatchCase { id: string; group: string; distance_m: number; sigma_m: number; great_circle_m: number; route_m: number; beta_m: number; log_p: number; fixes: number[][]; matched_street: number[]; nearest_street: number[] }

describeShared('the worked cases of map matching', () => {
  const { cases } = JSON.parse(readFileSync(shared('domain/map-matching-cases.json'), 'utf8')) as { cases: MatchCase[] };
  const streets = roadNetwork([road('0', [[0, 0], [1000, 0]]), road('1', [[0, 20], [1000, 20]]), road('west', [[0, 0], [0, 20]]), road('east', [[1000, 0], [1000, 20]])], anchor);
  test.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    if (each.group === 'emission') expect(emissionLog(each.distance_m, each.sigma_m)).toBeCloseTo(each.log_p, 6);
    else if (each.group === 'transition') expect(transitionLog(each.great_circle_m, each.route_m, each.beta_m)).toBeCloseTo(each.log_p, 6);
    else {
      const graph = matchGraph(streets);
      const fixes = fixesOf(each.fixes);
      const matched = matchTrack(graph, fixes, { sigma: each.sigma_m, beta: each.beta_m });
      expect(matched.fixes.map(({ place }) => Number(ids(streets, [place!.edge])[0]))).toEqual(each.matched_street);
      expect(fixes.map(({ x, y }) => Number(ids(streets, [graph.candidates(x, y, 200, 1)[0].edge])[0]))).toEqual(each.nearest_street);
      expect(matched).toMatchObject({ breaks: [], pieces: [expect.any(Array)] });
    }
  });
});

/** A grid of streets, some of them oneway, with loose ends. */
function grid(random: () => number): RoadNetwork {
  const roads: Road[] = [];
  for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) {
    if (i < 4 && random() < 0.85) roads.push(road(`e${i}${j}`, [[i * 120, j * 120], [i * 120 + 120, j * 120]], { oneway: random() < 0.3 }));
    if (j < 4 && random() < 0.85) roads.push(road(`n${i}${j}`, [[i * 120, j * 120], [i * 120, j * 120 + 120]], { oneway: random() < 0.3 }));
  }
  return roadNetwork(roads, anchor);
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

describe('the chain', () => {
  test('ways to many places are the router’s, one by one', () => {
    fc.assert(fc.property(fc.nat(1e6), (seed) => {
      const random = seeded(seed);
      const network = grid(random);
      if (network.edges === 0) return;
      const open = Array.from({ length: network.edges }, (_, edge) => edge).filter((edge) => network.open(edge));
      const anywhere = (): { edge: number; offset: number } => { const edge = open[Math.floor(random() * open.length)]; return { edge, offset: random() * network.length(edge) }; };
      const [from, to] = [anywhere(), Array.from({ length: 6 }, anywhere)];
      const many = reacher(network)(from, to, 700);
      to.forEach((place, i) => expect(many[i]?.length ?? -1).toBeCloseTo(network.route(from, place, 700)?.length ?? -1, 6));
    }), { numRuns: 60 });
  });

  test('finds what trying every combination finds', () => {
    fc.assert(fc.property(fc.nat(1e6), (seed) => {
      const random = seeded(seed);
      const graph = matchGraph(grid(random));
      const fixes = fixesOf(Array.from({ length: 4 }, () => [random() * 480, random() * 480]));
      const options = { sigma: 20, beta: 30, most: 4, radius: 70, spacing: 0, detour: 400 };
      const matched = matchTrack(graph, fixes, options);
      if (matched.breaks.length > 0 || matched.fixes.some(({ place }) => !place)) return;
      const lists = fixes.map(({ x, y }) => graph.candidates(x, y, 70, 4));
      const scoreOf = (chosen: readonly { edge: number; offset: number; distance: number }[]): number => chosen.reduce((sum, place, i) => {
        if (i === 0) return emissionLog(place.distance, 20);
        const straight = Math.hypot(fixes[i].x - fixes[i - 1].x, fixes[i].y - fixes[i - 1].y);
        const [way] = graph.routes(chosen[i - 1], [place], straight + 400);
        return way ? sum + emissionLog(place.distance, 20) + transitionLog(straight, way.length, 30) : -Infinity;
      }, 0);
      let best = -Infinity;
      for (const a of lists[0]) for (const b of lists[1]) for (const c of lists[2]) for (const d of lists[3]) best = Math.max(best, scoreOf([a, b, c, d]));
      expect(scoreOf(matched.fixes.map(({ place }) => place!))).toBeCloseTo(best, 6);
    }), { numRuns: 25 });
  });

  test('breaks where no way leads on, at a long silence, and where no road is near; passes over fixes that say nothing new', () => {
    const network = roadNetwork([road('a', [[0, 0], [1000, 0]]), road('b', [[0, 3000], [1000, 3000]])], anchor);
    const graph = matchGraph(network);
    const matched = matchTrack(graph, fixesOf([[10, 2], [12, 2], [200, -2], [200, 3002], [400, 3001], [600, 1500], [700, 2999]]));
    expect(matched.fixes.map(({ place, skipped }) => (skipped ? 'skipped' : place ? ids(network, [place.edge])[0] : null))).toEqual(['a', 'skipped', 'a', 'b', 'b', null, 'b']);
    expect(matched.breaks).toEqual([3, 5]);
    expect(matched.pieces).toHaveLength(3);
    const silent = matchTrack(graph, [{ x: 0, y: 0, time: 0 }, { x: 100, y: 0, time: 10 }, { x: 200, y: 0, time: 1000 }]);
    expect(silent.breaks).toEqual([2]);
    expect(matchTrack(graph, [])).toEqual({ fixes: [], pieces: [], breaks: [] });
  });
});

describe('live probes', () => {
  test('a fix is decided some fixes later, as the whole track would have it; roads get the speeds that were driven', () => {
    const network = roadNetwork([road('main', [[0, 0], [400, 0], [800, 0]]), road('side', [[400, 0], [400, 400]], { oneway: true }), road('back', [[400, 400], [0, 0]])], anchor);
    const graph = matchGraph(network);
    const truth = [[20, 0], [120, 1], [220, -1], [320, 0], [399, 22], [402, 120], [399, 220], [401, 320]];
    const fixes = truth.map(([x, y], i) => ({ x, y: y + (i % 2 ? 2 : -2), time: i < 5 ? i * 10 : 40 + (i - 4) * 20 }));
    const live = new LiveMatcher(graph, 2);
    const decided: Decided[] = [];
    const waited = fixes.map((fix) => decided.push(...live.add(fix)));
    expect(waited).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
    decided.push(...live.end());
    const whole = matchTrack(graph, fixes);
    expect(decided.map(({ place }) => place.edge)).toEqual(whole.fixes.map(({ place }) => place!.edge));
    const speeds = new ProbeSpeeds(network);
    decided.forEach(({ route, place, fix }, i) => { if (route) speeds.add(decided[i - 1].place, route, place, fix.time - decided[i - 1].fix.time); });
    const roads = speeds.byRoad();
    expect([...roads.keys()].toSorted()).toEqual(['main', 'side']);
    expect(roads.get('main')!.speed).toBeCloseTo(36, 0);
    expect(roads.get('side')!.speed).toBeGreaterThan(17);
    expect(roads.get('side')!.speed).toBeLessThan(24);
  });

  test('what was decided is forgotten: a long drive keeps few columns', () => {
    const network = roadNetwork([road('long', [[0, 0], [9000, 0]])], anchor);
    const live = new LiveMatcher(matchGraph(network), 3);
    let count = 0;
    for (let i = 0; i < 400; i++) count += live.add({ x: 10 + i * 20, y: 1, time: i }).length;
    expect(count + live.end().length).toBe(400);
  });
});
