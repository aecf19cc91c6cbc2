import { createHash } from 'node:crypto';

import { fromArrayBuffer } from 'geotiff';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeGeoTiff } from './geotiff.ts';
import { fillBlocks } from './fill.ts';
import { bend } from './layout.ts';
import { streetNames } from './names.ts';
import { seeded } from './random.ts';
import { buildRoads, type RoadGraph } from './roads.ts';
import { area, boxOf, meets, near, toSegment } from './shape.ts';
import { classes } from './streets.ts';
import { buildable, heightAt, inRiver, unbend } from './terrain.ts';
import { layOut } from './zoning.ts';

type Plan = { graph: RoadGraph; quarters: ReturnType<typeof fillBlocks> };

function plan(): Plan {
  const random = seeded('city 1');
  const { streets, blocks } = layOut(random.fork('streets'));
  return { graph: buildRoads(streets, streetNames()), quarters: fillBlocks(blocks, random.fork('blocks'), buildable) };
}

let first: Plan;
beforeAll(() => {
  first = plan();
}, 60_000);

describe('the sample city', () => {
  it('is the same city every time', () => {
    const mark = ({ graph, quarters }: Plan): string => createHash('sha256').update(JSON.stringify([graph.roads, quarters.map((quarter) => quarter.buildings)])).digest('hex');
    expect(mark(plan())).toBe(mark(first));
  }, 60_000);

  it('has about ten thousand buildings, none over another, none in the water', () => {
    const buildings = first.quarters.flatMap((quarter) => quarter.buildings);
    expect(buildings.length).toBeGreaterThan(9000);
    const boxes = buildings.map(({ outline }) => boxOf(outline));
    const order = boxes.map((_, i) => i).toSorted((a, b) => boxes[a].west - boxes[b].west);
    const overlaps: string[] = [];
    order.forEach((i, at) => {
      for (let k = at + 1; k < order.length && boxes[order[k]].west <= boxes[i].east; k++)
        if (meets(boxes[i], boxes[order[k]]) && near(buildings[i].outline, buildings[order[k]].outline, 0.05)) overlaps.push(`${i} and ${order[k]}`);
    });
    expect(overlaps).toEqual([]);
    expect(buildings.filter(({ outline }) => outline.some(([x, y]) => inRiver(...(unbend(x, y) as [number, number]))))).toEqual([]);
    expect(buildings.every(({ outline, holes }) => area(outline) > 20 && holes.every((hole) => area(hole) < area(outline)))).toBe(true);
  });

  it('keeps its streets free', () => {
    const buildings = first.quarters.flatMap((quarter) => quarter.buildings);
    const cells = new Map<string, number[]>();
    buildings.forEach(({ outline }, i) => {
      const key = `${Math.floor(outline[0][0] / 60)},${Math.floor(outline[0][1] / 60)}`;
      cells.set(key, [...(cells.get(key) ?? []), i]);
    });
    let touched = 0;
    for (const road of first.graph.roads)
      for (let s = 0; s + 1 < road.line.length; s++) {
        const [a, b] = [road.line[s], road.line[s + 1]];
        for (const key of new Set([a, b].flatMap(([x, y]) => [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => `${Math.floor(x / 60) + dx},${Math.floor(y / 60) + dy}`)))))
          for (const i of cells.get(key) ?? []) if (buildings[i].outline.some((corner) => toSegment(corner, a, b) < classes[road.class].kerb)) touched++;
      }
    expect(touched).toBe(0);
  });

  it('has a road graph in which every place leads to every other, one-way streets kept', () => {
    const out = first.graph.junctions.map((junction, i) => junction.roads.flatMap((road) => (road.from === i ? [road.to] : road.oneway ? [] : [road.from])));
    const back = first.graph.junctions.map((): number[] => []);
    out.forEach((next, i) => next.forEach((to) => back[to].push(i)));
    const reach = (links: number[][]): number => {
      const seen = new Set([0]);
      const queue = [0];
      for (let i = queue.pop(); i !== undefined; i = queue.pop()) for (const to of links[i].filter((each) => !seen.has(each))) {
        queue.push(to);
        seen.add(to);
      }
      return seen.size;
    };
    const all = first.graph.junctions.length;
    // The outer ring's carriageways end at the map's edge junctions only by design: nearly all of the graph is one piece both ways.
    expect(reach(out) / all).toBeGreaterThan(0.99);
    expect(reach(back) / all).toBeGreaterThan(0.99);
    expect(new Set(first.graph.roads.map((road) => road.class)).size).toBeGreaterThanOrEqual(6);
  });

  it('lies where its plan says: the bend is undone to a centimetre, the river below its banks', () => {
    for (const [u, v] of [[0, 0], [-2500, 1500], [2800, -3500], [1330, -1000]] as const) {
      const back = unbend(...(bend(u, v) as [number, number]));
      expect(Math.hypot(back[0] - u, back[1] - v)).toBeLessThan(0.02);
    }
    const height = (u: number, v: number): number => heightAt(...(bend(u, v) as [number, number]));
    expect(height(600, 0)).toBeLessThan(height(600, -260) - 2);
    expect(height(-2900, -3650)).toBeGreaterThan(90);
  });

  it('writes terrain that another reader reads', async () => {
    const heights = Float32Array.from({ length: 12 }, (_, i) => i * 1.5 - 3);
    const bytes = encodeGeoTiff({ west: 117, north: 31, cell: [0.01, 0.02], width: 4, height: 3 }, heights);
    const image = await (await fromArrayBuffer(bytes.slice().buffer)).getImage();
    expect(image.getBoundingBox().map((value) => Number(value.toFixed(6)))).toEqual([117, 30.94, 117.04, 31]);
    expect(image.getGeoKeys()?.GeographicTypeGeoKey).toBe(4326);
    expect([...((await image.readRasters())[0] as Float32Array)]).toEqual([...heights]);
  });
});
