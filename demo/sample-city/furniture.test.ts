import { beforeAll, describe, expect, it } from 'vitest';
import { fillBlocks } from './fill.ts';
import { hydrantClasses, HYDRANT_REACH } from './furniture.ts';
import { lengthOf, onRoad } from './kerb.ts';
import { streetNames } from './names.ts';
import type { Place } from './place.ts';
import { buildPlaces } from './places.ts';
import { seeded } from './random.ts';
import { buildRoads, type RoadGraph } from './roads.ts';
import { boxOf, distance, inside, toSegment } from './shape.ts';
import { classes } from './streets.ts';
import { buildable, inCanal, inRiver, unbend } from './terrain.ts';
import { layOut } from './zoning.ts';

let graph: RoadGraph;
let quarters: ReturnType<typeof fillBlocks>;
let places: Place[];

beforeAll(() => {
  const random = seeded('city 1');
  const { streets, blocks } = layOut(random.fork('streets'));
  graph = buildRoads(streets, streetNames());
  quarters = fillBlocks(blocks, random.fork('blocks'), buildable);
  places = buildPlaces(graph, quarters);
}, 60_000);

const of = (kind: string): Place[] => places.filter((place) => place.kind === kind);

describe('the furniture of the sample city', () => {
  it('has what a city has, each with a name of its own number', () => {
    expect(Object.fromEntries(['air-station', 'water-station', 'noise-station', 'fire-station', 'police', 'clinic'].map((kind) => [kind, of(kind).length]))).toEqual({
      'air-station': 16, 'water-station': 10, 'noise-station': 12, 'fire-station': 6, police: 9, clinic: 12,
    });
    expect(of('hospital').length).toBeGreaterThanOrEqual(3);
    expect(of('school').length).toBeGreaterThanOrEqual(9);
    expect(of('camera').length).toBeGreaterThan(80);
    expect(new Set(places.map(({ id }) => id)).size).toBe(places.length);
    expect(buildPlaces(graph, quarters)).toEqual(places);
  });

  it('stands on no carriageway, in no building and not in the water', () => {
    const standing = places.filter(({ kind }) => kind !== 'district' && kind !== 'signal');
    const buildings = quarters.flatMap((quarter) => quarter.buildings).map(({ outline }) => ({ outline, box: boxOf(outline) }));
    const indoors = standing.filter(({ at: [x, y] }) => buildings.some(({ outline, box }) => x > box.west && x < box.east && y > box.south && y < box.north && inside(x, y, outline)));
    expect(indoors.map(({ id }) => id)).toEqual([]);
    const onRoads = standing.filter(({ at }) => graph.roads.some((road) => road.line.some((point, i) => i > 0 && toSegment(at, road.line[i - 1], point) < classes[road.class].kerb)));
    expect(onRoads.map(({ id }) => id)).toEqual([]);
    expect(standing.filter(({ at }) => inRiver(...unbend(...at)) || inCanal(...unbend(...at))).map(({ id }) => id)).toEqual([]);
  });

  it('leaves no point of a street further than its reach from a hydrant', () => {
    const hydrants = of('hydrant').map(({ at }) => at);
    let points = 0;
    const far: string[] = [];
    for (const road of graph.roads) {
      if (!hydrantClasses.has(road.class) || road.bridge) continue;
      for (let along = 0; along < lengthOf(road); along += 15) {
        points++;
        const { at } = onRoad(road, along);
        if (!hydrants.some((hydrant) => distance(hydrant, at) <= HYDRANT_REACH)) far.push(`${road.id} at ${along}`);
      }
    }
    expect(points).toBeGreaterThan(5000);
    expect(far).toEqual([]);
  });

  it('calls at stops on the right-hand side, every line in both directions', () => {
    const calls = new Map<string, number>();
    for (const { attributes } of of('bus-stop')) for (const line of String(attributes!.lines).split('、')) calls.set(line, (calls.get(line) ?? 0) + 1);
    expect([...calls.keys()].length).toBe(12);
    expect(Math.min(...calls.values())).toBeGreaterThanOrEqual(8);
    expect(of('bus-stop').every(({ name }) => name.endsWith('站'))).toBe(true);
  });
});
