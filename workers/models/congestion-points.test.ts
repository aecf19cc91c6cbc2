import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { congestionPoints, recurrentBottlenecks, type SectionGraph } from './congestion-points.ts';
import { networkState } from './congestion.ts';

/** Sections of 500 m one after another to the east, oneway. */
function chain(count: number, flow = 1000): SectionGraph {
  const each = <T>(value: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));
  return {
    lengths: each(() => 500), ranks: each(() => 'arterial' as const), free: each(() => 60), flows: each(() => flow), from: each((i) => i), to: each((i) => i + 1), oneway: each(() => 1),
    nodes: Array.from({ length: 2 * (count + 1) }, (_, k) => (k % 2 ? 0 : 250 * k)),
  };
}

describe('congestion points', () => {
  test('a queue that grows against the traffic: its head, direction, length, duration and loss', () => {
    const graph = chain(6);
    const [free, slow] = [60, 12];
    const speeds = [[60, 60, 60, 60, 60, 60], [60, 60, 60, 60, slow, 60], [60, 60, 60, slow, slow, 60], [60, 60, slow, slow, slow, 60]];
    const [point, ...others] = congestionPoints(graph, { times: [0, 300, 600, 900], speeds: speeds.flat() });
    expect(others).toEqual([]);
    expect(point).toMatchObject({ sections: [2, 3, 4], latest: [2, 3, 4], start: 300, end: 900, longest: 1500, length: 1500, head: 4, queue: 270 });
    const hour = (0.5 / slow - 0.5 / free) * 1000;
    expect(point.lost).toBeCloseTo((hour * (1 + 2 + 3) * 300) / 3600, 9);
  });
  test('two that grow together are one from then on, the older; one that ends is kept', () => {
    const graph = chain(7);
    const frames = [[9, 60, 60, 60, 9, 60, 60], [9, 9, 60, 9, 9, 60, 60], [9, 9, 9, 9, 9, 60, 60], [60, 60, 60, 60, 60, 60, 9]];
    const points = congestionPoints(graph, { times: [0, 60, 120, 180], speeds: frames.flat() });
    expect(points.map(({ sections, start, end }) => [sections, start, end])).toEqual([[[0, 1, 2, 3, 4], 0, 120], [[6], 180, 180]]);
  });
  test('traffic that cannot drive from one into the other hangs not together; both ways, nobody says where the head is', () => {
    const graph = { ...chain(2), to: [1, 1], from: [0, 2] };
    expect(congestionPoints(graph, { times: [0], speeds: [9, 9] })).toHaveLength(2);
    const both = { ...graph, oneway: [0, 0] };
    expect(congestionPoints(both, { times: [0], speeds: [9, 9] })).toMatchObject([{ sections: [0, 1], head: -1, queue: NaN }]);
  });
  test('stretches of any moment are the connected components that a slow search finds', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 24 }), (list) => {
      const n = list.length;
      const graph: SectionGraph = { lengths: list.map(() => 200), ranks: list.map(() => 'arterial'), free: list.map(() => 60), flows: list.map(() => 100), from: list.map(([a]) => a), to: list.map(([, b]) => b), oneway: list.map(() => 0), nodes: new Float64Array(20) };
      const speeds = list.map(([, , jam]) => (jam ? 5 : 60));
      const found = congestionPoints(graph, { times: [0], speeds }).map(({ sections }) => sections.join()).toSorted();
      const group = list.map((_, i) => i);
      const touch = (i: number, j: number): boolean => [graph.from[i], graph.to[i]].some((node) => node === graph.from[j] || node === graph.to[j]);
      for (let turn = 0; turn < n; turn++) for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (speeds[i] === 5 && speeds[j] === 5 && touch(i, j)) group[i] = group[j] = Math.min(group[i], group[j]);
      const slow = [...new Set(group.filter((_, i) => speeds[i] === 5))].map((root) => group.flatMap((own, i) => (own === root && speeds[i] === 5 ? [i] : [])).join()).toSorted();
      expect(found).toEqual(slow);
    }), { numRuns: 150 });
  });
  test('bottlenecks are those that come again in the same slot', () => {
    const graph = chain(3);
    expect(recurrentBottlenecks(graph, [[9, 60, 9], [9, 60, 60], [9, NaN, 60], [60, 9, 60]], { share: 0.5 })).toEqual([{ section: 0, share: 0.75 }, { section: 1, share: 1 / 3 }].filter(({ share }) => share >= 0.5));
  });
});

describeShared('METR-LA, 207 detectors, five days of five minutes', () => {
  const KMH = 1.609344;
  const lines = readFileSync(shared('data/traffic/speeds/metr-la-speed-days1-5.csv'), 'utf8').trim().split(/\r?\n/u);
  const ids = lines[0].split(',');
  // A detector that says 0 said nothing.
  const rows = lines.slice(1).map((line) => line.split(',').map((mph) => (Number(mph) === 0 ? NaN : Number(mph) * KMH)));
  const places = new Map(readFileSync(shared('data/traffic/speeds/metr-la-sensor-locations.csv'), 'utf8').trim().split(/\r?\n/u).slice(1).map((line) => line.split(',')).map(([, id, lat, lon]) => [id, [Number(lon), Number(lat)] as const]));
  const weights = readFileSync(shared('data/traffic/speeds/metr-la-adjacency.csv'), 'utf8').trim().split(/\r?\n/u).map((line) => line.split(',').map(Number));

  test('every moment’s figures equal a slow computation', () => {
    expect([ids.length, rows.length, rows[0].length]).toEqual([207, 1440, 207]);
    const free = ids.map((_, i) => rows.map((row) => row[i]).filter((v) => v > 0).toSorted((a, b) => a - b)).map((list) => list[Math.floor(list.length * 0.85)] ?? 100);
    // Half way to the next detector on either side would need the freeways' lines: here a length each, from its place.
    const lengths = ids.map((id) => 300 + Math.round(1e5 * Math.abs(places.get(id)![0])) % 1200);
    const sections = { lengths, ranks: ids.map(() => 'expressway' as const), free };
    let [spoke, worst] = [0, 0];
    for (const row of rows) {
      const state = networkState(sections, row);
      const known = row.map((v, i) => ({ v, km: lengths[i] / 1000, free: free[i] })).filter(({ v }) => v >= 0);
      if (known.length === 0) {
        worst = Math.max(worst, Number.isNaN(state.index) ? 0 : 1);
        continue;
      }
      spoke++;
      const km = known.reduce((sum, each) => sum + each.km, 0);
      const share = (100 * known.filter(({ v }) => v <= 20).reduce((sum, each) => sum + each.km, 0)) / km;
      const steps = [[0, 0], [4, 2], [8, 4], [11, 6], [14, 8], [24, 10], [1e9, 10]];
      const k = steps.findIndex(([limit], i) => share <= steps[i + 1][0] && share >= limit);
      const index = steps[k][1] + ((share - steps[k][0]) / (steps[k + 1][0] - steps[k][0])) * (steps[k + 1][1] - steps[k][1]);
      const hours = known.reduce((sum, each) => sum + each.km / Math.max(1, each.v), 0);
      const pairs = [[state.severe, share], [state.index, index], [state.speed, km / hours], [state.ratio, hours / known.reduce((sum, each) => sum + each.km / each.free, 0)]];
      worst = Math.max(worst, ...pairs.map(([ours, slow]) => Math.abs(ours - slow) / Math.max(1, slow)));
    }
    expect(spoke).toBeGreaterThan(1300);
    expect(worst).toBeLessThan(1e-9);
  });

  test('replayed whole: points at every moment cover the congested detectors, lengths and losses add up', () => {
    const links = weights.flatMap((row, i) => row.flatMap((weight, j) => (weight > 0.3 && i < j ? [[i, j] as const] : [])));
    // Detectors that stand near each other share a node: a union by the strong weights of the published graph.
    const root = ids.map((_, i) => i);
    for (const [i, j] of links) { const [a, b] = [root[i], root[j]]; for (let k = 0; k < root.length; k++) if (root[k] === b) root[k] = a; }
    const graph: SectionGraph = { lengths: ids.map(() => 800), ranks: ids.map(() => 'expressway'), free: ids.map(() => 105), flows: ids.map(() => 4000), from: root, to: root, oneway: ids.map(() => 0), nodes: new Float64Array(2 * ids.length) };
    const times = rows.map((_, t) => t * 300);
    const points = congestionPoints(graph, { times, speeds: Float32Array.from(rows.flat()) }, { shortest: 0 });
    let slow = 0;
    const touched = new Set<number>();
    for (const row of rows) row.forEach((v, i) => { if (v <= 35) { slow += (0.8 / Math.max(1, Math.fround(v)) - 0.8 / 105) * 4000 * (300 / 3600); touched.add(i); } });
    expect(points.length).toBeGreaterThan(50);
    expect(points.reduce((sum, { lost }) => sum + lost, 0) / slow).toBeCloseTo(1, 9);
    expect(new Set(points.flatMap(({ sections }) => [...sections]))).toEqual(touched);
    expect(points.every((point, i) => i === 0 || points[i - 1].lost >= point.lost)).toBe(true);
  });
});
