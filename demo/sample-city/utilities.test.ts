import { createHash } from 'node:crypto';
import { CountType, LinkProperty, NodeProperty, Project, Workspace } from 'epanet-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDrainage, DRAINAGE_COVER, drainageInp, fullFlow, LEAST_SLOPE, type DrainNetwork } from './drainage.ts';
import { fillBlocks } from './fill.ts';
import { buildGas, GAS_COVER, type GasNetwork } from './gas.ts';
import { streetNames } from './names.ts';
import { buildPlaces } from './places.ts';
import { seeded } from './random.ts';
import { buildRoads } from './roads.ts';
import { distance, type Point } from './shape.ts';
import { lengthOfLine } from './street-net.ts';
import { buildable, heightAt } from './terrain.ts';
import { buildWater, waterElevation, waterInp, type WaterNetwork } from './water.ts';
import { layOut } from './zoning.ts';

const degrees = ([x, y]: Point): number[] => [117.49 + x / 95_800, 30.66 + y / 110_900];
let water: WaterNetwork;
let drains: DrainNetwork;
let gas: GasNetwork;
let again: () => string;

beforeAll(() => {
  const random = seeded('city 1');
  const { streets, blocks } = layOut(random.fork('streets'));
  const graph = buildRoads(streets, streetNames());
  const quarters = fillBlocks(blocks, random.fork('blocks'), buildable);
  const buildings = quarters.flatMap((quarter) => quarter.buildings);
  const hydrants = buildPlaces(graph, quarters).filter(({ kind }) => kind === 'hydrant');
  const make = (): string => {
    water = buildWater(graph, buildings, hydrants);
    drains = buildDrainage(graph);
    gas = buildGas(graph);
    return createHash('sha256').update(waterInp(water, degrees, 'w')).update(drainageInp(drains, degrees, 'd')).update(JSON.stringify(gas)).digest('hex');
  };
  const first = make();
  again = () => `${make() === first}`;
}, 90_000);

describe('the networks under the sample city', () => {
  test('are the same every time', () => expect(again()).toBe('true'), 30_000);

  test('water: EPANET opens the file, solves a day of it without a warning, and every tap has 0.28 MPa', async () => {
    const workspace = new Workspace();
    await workspace.loadModule();
    workspace.writeFile('water.inp', waterInp(water, degrees, 'Sample city'));
    const project = new Project(workspace);
    project.open('water.inp', 'water.rpt', 'water.bin');
    const nodes = project.getCount(CountType.NodeCount);
    expect(nodes).toBe(water.nodes.length + water.reservoirs.length + 1);
    expect(project.getCount(CountType.LinkCount)).toBe(water.pipes.length + water.valves.length + water.reservoirs.length + 1);
    const taps = Array.from({ length: nodes }, (_, i) => i + 1).filter((i) => !/^(TM|WORKS|TANK)/u.test(project.getNodeId(i)));
    project.openH();
    project.initH(10);
    let [least, where, hours, fastest] = [Infinity, '', 0, 0];
    for (;;) {
      const time = project.runH();
      hours = time / 3600;
      for (const i of taps) {
        const metres = project.getNodeValue(i, NodeProperty.Pressure);
        if (metres < least) [least, where] = [metres, project.getNodeId(i)];
      }
      for (let i = 1; i <= water.pipes.length; i += 5) fastest = Math.max(fastest, project.getLinkValue(i, LinkProperty.Velocity));
      if (project.nextH() <= 0) break;
    }
    project.closeH();
    project.close();
    console.log(`water: ${nodes} nodes, ${water.pipes.length} pipes, ${water.valves.length} valves, ${water.nodes.filter(({ hydrant }) => hydrant).length} hydrants, mean demand ${water.demand.toFixed(0)} L/s; least pressure ${(least * 9.80665e-3).toFixed(3)} MPa at ${where}, fastest ${fastest.toFixed(2)} m/s`);
    expect(hours).toBe(24);
    expect(least * 9.80665e-3).toBeGreaterThan(0.28);
    expect(fastest).toBeLessThan(3);
  }, 60_000);

  test('drainage: every sewer falls at least 3 ‰, manholes stand as near as the standard asks, crowns lie deep enough', () => {
    const spacing = (diameter: number): number => (diameter <= 0.6 ? 75 : diameter <= 1 ? 100 : diameter <= 1.5 ? 150 : 200);
    for (const { id, from, to, line, diameter, startInvert, endInvert } of drains.pipes) {
      const length = lengthOfLine(line);
      expect([id, (startInvert - endInvert) / length >= LEAST_SLOPE - 1e-9]).toEqual([id, true]);
      expect([id, length <= spacing(diameter) + 0.01 || to.type === 'outfall']).toEqual([id, true]);
      expect([id, distance(line[0], from.at) < 0.01 && distance(line.at(-1)!, to.at) < 0.01]).toEqual([id, true]);
      if (to.type === 'manhole') expect([id, to.rim - endInvert - diameter >= DRAINAGE_COVER - 0.01]).toEqual([id, true]);
    }
    // Nothing runs upwards through a manhole, and everything ends at the river.
    const out = new Map(drains.pipes.map((pipe) => [pipe.from, pipe]));
    const lifted = new Map(drains.pumps.map((pump) => [pump.from, pump.to]));
    for (const { to, endInvert, diameter } of drains.pipes) {
      const next = out.get(to);
      if (next && to.type === 'manhole') expect(next.startInvert + next.diameter).toBeLessThanOrEqual(endInvert + diameter + 1e-6);
    }
    for (const start of drains.nodes) {
      let node = start;
      for (let steps = 0; node.type !== 'outfall' && steps < 2000; steps++) node = lifted.get(node) ?? out.get(node)?.to ?? node;
      expect([start.id, node.type]).toEqual([start.id, 'outfall']);
    }
    expect(drains.nodes.filter(({ type }) => type === 'outfall').length).toBeGreaterThan(10);
  });

  test('a full sewer carries what Manning says', () => {
    // DN 300, n 0.013, S 0.003: 0.05297 m³/s.
    expect(fullFlow(0.3, 0.003)).toBeCloseTo(0.05297, 5);
  });

  test('no two networks meet at the same depth: 0.1 m between gas and water, 0.4 m between water and sewers, wherever they cross', () => {
    type Piece = { a: Point; b: Point; top: [number, number]; bottom: [number, number] };
    const pieces = (line: readonly Point[], middle: (share: number, at: Point) => number, radius: number): Piece[] => {
      const whole = lengthOfLine(line) || 1;
      let travelled = 0;
      return line.slice(1).map((b, i) => {
        const a = line[i];
        const ends = [travelled, (travelled += distance(a, b))].map((metres, k) => middle(metres / whole, k === 0 ? a : b));
        return { a, b, top: [ends[0] + radius, ends[1] + radius], bottom: [ends[0] - radius, ends[1] - radius] };
      });
    };
    const below = (depth: number) => (_: number, at: Point): number => heightAt(...at) - depth;
    const mains = water.pipes.flatMap(({ from, to, line, diameter }) => pieces(line, (share, at) => heightAt(...at) - ((heightAt(...from.at) - waterElevation(from)) * (1 - share) + (heightAt(...to.at) - waterElevation(to)) * share), diameter / 2000));
    const sewers = drains.pipes.flatMap(({ line, diameter, startInvert, endInvert }) => pieces(line, (share) => startInvert + (endInvert - startInvert) * share + diameter / 2, diameter / 2));
    const gasMains = gas.pipes.flatMap(({ properties, at }) => pieces(at, below(GAS_COVER + Number(properties.dn) / 2000), Number(properties.dn) / 2000));
    const least = (upper: readonly Piece[], lower: readonly Piece[]): { gap: number; crossings: number } => {
      const cells = new Map<string, Piece[]>();
      const keys = ({ a, b }: Piece): string[] => {
        const [west, east, south, north] = [Math.min(a[0], b[0]), Math.max(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[1], b[1])].map((value) => Math.floor(value / 60));
        return Array.from({ length: (east - west + 1) * (north - south + 1) }, (_, i) => `${west + (i % (east - west + 1))},${south + Math.floor(i / (east - west + 1))}`);
      };
      for (const piece of lower) for (const key of keys(piece)) cells.set(key, [...(cells.get(key) ?? []), piece]);
      let [gap, crossings] = [Infinity, 0];
      for (const up of upper) {
        for (const down of new Set(keys(up).flatMap((key) => cells.get(key) ?? []))) {
          const [dx, dy, ex, ey] = [up.b[0] - up.a[0], up.b[1] - up.a[1], down.b[0] - down.a[0], down.b[1] - down.a[1]];
          const across = dx * ey - dy * ex;
          if (Math.abs(across) < 1e-9) continue;
          const [ox, oy] = [down.a[0] - up.a[0], down.a[1] - up.a[1]];
          const [s, t] = [(ox * ey - oy * ex) / across, (ox * dy - oy * dx) / across];
          if (s < 0 || s > 1 || t < 0 || t > 1) continue;
          crossings++;
          gap = Math.min(gap, up.bottom[0] + (up.bottom[1] - up.bottom[0]) * s - (down.top[0] + (down.top[1] - down.top[0]) * t));
        }
      }
      return { gap, crossings };
    };
    const [first, second] = [least(gasMains, mains), least(mains, sewers)];
    console.log(`crossings: gas over water ${first.crossings}, least ${first.gap.toFixed(2)} m; water over sewers ${second.crossings}, least ${second.gap.toFixed(2)} m`);
    expect(first.crossings).toBeGreaterThan(200);
    expect(first.gap).toBeGreaterThanOrEqual(0.1);
    expect(second.crossings).toBeGreaterThan(200);
    expect(second.gap).toBeGreaterThanOrEqual(0.4);
  });

  test('every hydrant hangs on a main, every gas pipe ends at nodes of its own', () => {
    const reached = new Set(water.pipes.flatMap(({ from, to }) => [from.id, to.id]));
    const hydrants = water.nodes.filter(({ hydrant }) => hydrant);
    expect(hydrants.length).toBeGreaterThan(1500);
    expect(hydrants.filter(({ id }) => !reached.has(id))).toEqual([]);
    const ids = new Set(gas.nodes.map(({ properties }) => properties.id));
    expect(ids.size).toBe(gas.nodes.length);
    expect(gas.pipes.filter(({ properties }) => !ids.has(properties.from) || !ids.has(properties.to))).toEqual([]);
  });
});
