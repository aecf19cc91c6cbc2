import { clipMatrix, placer, project, type Anchor } from '#geo';
import type { Backend, SurfaceHit } from '../../engine/backend.ts';
import { ORDER } from '../../engine/drawing/batch.ts';
import type { ClipPolygon, ClipRegion } from '../../engine/drawing/clip.ts';
import { above, HERE, type Finding, type Rgb } from './case.ts';
import type { Reader } from './ground-cases.ts';
import { BLUE, GREEN, lines, points, polygons, RED, rgb, sheets, square, YELLOW } from './shapes.ts';

type Place = readonly [number, number, number];
type Seen = (place: Place, anchor?: Anchor) => Rgb;

const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

/** Corners in metres east and north of a place as a ring of degrees. */
function ring(anchor: Anchor, corners: readonly (readonly [number, number])[]): ClipPolygon['ring'] {
  const local = placer(anchor);
  return corners.map(([east, north]) => {
    const [lon, lat] = local.unplace(east, north, 0, new Float64Array(3));
    return [lon, lat] as const;
  });
}

/** A place in metres of an anchor as degrees and height. */
function at(anchor: Anchor, east: number, north: number, up: number): { lon: number; lat: number; height: number } {
  const [lon, lat, height] = placer(anchor).unplace(east, north, up, new Float64Array(3));
  return { lon, lat, height };
}

/** Middles of roofs of the small city. */
const LOW: Place = [35, 30, 9];
const HIGH: Place = [115, -50, 29];
const WEST: Place = [-45, 30, 16];

class Bench {
  readonly findings: Finding[] = [];
  constructor(readonly backend: Backend, readonly reader: Reader) {}

  say(probe: string, ok: boolean, got: Rgb = [0, 0, 0], wanted: Rgb | null = null): void {
    this.findings.push({ case: 'clip', probe, got, wanted, ok });
  }
  same(probe: string, got: Rgb, wanted: Rgb): void { this.say(probe, differ(got, wanted) <= 4, got, wanted); }
  dark(probe: string, got: Rgb): void { this.say(probe, Math.max(...got) < 75, got, [20, 20, 25]); }
  bright(probe: string, got: Rgb): void { this.say(probe, Math.min(...got) > 110, got, [210, 210, 205]); }

  pixel([east, north, up]: Place, anchor: Anchor): [number, number] {
    const { size } = this.reader;
    const { pose, frustum } = this.backend.view;
    const [x, y] = project(clipMatrix(anchor, pose, frustum, size, size), size, size, east, north, up, new Float64Array(3));
    return [Math.floor(x), Math.floor(y)];
  }
  async seen(regions?: readonly ClipRegion[]): Promise<Seen> {
    if (regions) await this.backend.clip(regions);
    const read = await this.reader.picture();
    return (place, anchor = HERE) => read(...this.pixel(place, anchor));
  }
  under(place: Place): Promise<SurfaceHit | null> {
    const [x, y] = this.pixel(place, HERE);
    return this.backend.surfaceAt(x + 0.5, y + 0.5);
  }
}

/** Planes, boxes and rings cut tiles and ground, picks go through, and without regions every pixel is as it was. */
async function cutCity(bench: Bench, plain: Seen, empty: Seen): Promise<void> {
  const plane = await bench.seen([{ kind: 'plane', ...at(HERE, 75, 0, 0), heading: 90, pitch: 0, of: 'tiles' }]);
  bench.same('east of the plane the building is gone', plane(HIGH), empty(HIGH));
  bench.same('west of it one stands', plane(LOW), plain(LOW));
  const through = await bench.under(HIGH);
  bench.say('what the plane took away is not hit', through?.feature === null && Math.abs(through.height) < 0.5);
  bench.say('what it left is hit', (await bench.under(LOW))?.feature?.properties.id === 'b0_0');

  const box = await bench.seen([{ kind: 'box', ...at(HERE, HIGH[0], HIGH[1], 26.5), size: [40, 60, 25], heading: 90, keep: 'outside', of: 'tiles' }]);
  bench.say('the box takes the roof off', differ(box(HIGH), plain(HIGH)) > 12, box(HIGH), plain(HIGH));
  bench.same('not that of the next house', box(LOW), plain(LOW));
  bench.say('and the pick goes through the roof', ((await bench.under(HIGH))?.height ?? 99) < 14.5);

  const kept = await bench.seen([{ kind: 'polygon', ring: ring(HERE, [[4, 4], [66, 4], [66, 56], [4, 56]]), keep: 'inside' }]);
  bench.same('inside the ring all stays', kept(LOW), plain(LOW));
  bench.dark('outside it the building is gone with its ground', kept(WEST));
  bench.say('and nothing is hit there', (await bench.under(WEST)) === null);
}

/** What lies on the ground goes with it, what stands or floats stays. */
async function cutBatches(bench: Bench): Promise<void> {
  const drawn = [
    polygons(HERE, [[square(-80, -80, 0, 25)]], [GREEN], { order: ORDER.groundDrape }), lines(HERE, [[[-120, -120, 0], [-40, -120, 0]]], [BLUE], { order: ORDER.groundLine }),
    points(HERE, [[-80, -40, 2]], [RED]), sheets(HERE, [{ at: [-90, -100, 70], half: 8, colour: YELLOW }]),
  ].map((batch) => bench.backend.draw(batch));
  const hole: ClipRegion = { kind: 'box', ...at(HERE, -117, -80, 0), size: [110, 160, 40], heading: 0, keep: 'outside', of: 'ground' };
  const seen = await bench.seen([hole]);
  bench.dark('a drape goes with its ground', seen([-80, -80, 0]));
  bench.dark('a ground line too', seen([-80, -120, 0]));
  bench.same('beside the hole the drape stays', seen([-57, -80, 0]), rgb(GREEN));
  bench.same('a symbol stays', seen([-80, -40, 2]), rgb(RED));
  bench.same('a solid stays', seen([-90, -100, 70]), rgb(YELLOW));
  for (const each of drawn) each.dispose();
}

/** Edges of a ring with a bay, of a turned box and of a plane, seen from 20 m: right to 0.25 m, however far the twin's own anchor is. */
async function cutEdges(bench: Bench, far: string, anchor: Anchor): Promise<void> {
  const { backend } = bench;
  await backend.look(above(anchor, 20));
  await backend.clip([
    { kind: 'polygon', ring: ring(anchor, [[-7, -5], [-1, -5], [-1, 1], [-4, 1], [-4, 5], [-7, 5]]), keep: 'outside' },
    { kind: 'box', ...at(anchor, 4, -2, 0), size: [2, 6, 40], heading: 60, keep: 'outside' },
    { kind: 'plane', ...at(anchor, 0, 6.5, 0), heading: 0, pitch: 0 },
  ]);
  let seen = await bench.seen();
  // The globe of an engine that has one is still to come where it was never looked at.
  for (let tries = 0; tries < 60 && Math.min(...seen([1, 3, 0], anchor)) <= 110; tries++) {
    await bench.reader.settle(() => true);
    seen = await bench.seen();
  }
  const inside: Place[] = [[-6.75, 0, 0], [-1.25, -2, 0], [-3, 0.75, 0], [-4.25, 3, 0], [-5, 4.75, 0], [4, -2, 0], [4.39, -2.65, 0], [1.6, -3.39, 0], [0, 6.75, 0]];
  const outside: Place[] = [[-7.25, 0, 0], [-0.75, -2, 0], [-3, 1.25, 0], [-3.75, 3, 0], [-5, 5.25, 0], [4.62, -3.08, 0], [1.2, -3.6, 0], [0, 6.25, 0]];
  for (const place of inside) bench.dark(`${far} away, inside at ${place.join(' ')}`, seen(place, anchor));
  for (const place of outside) bench.bright(`${far} away, outside at ${place.join(' ')}`, seen(place, anchor));
}

/** Every other eighth pixel of a picture. */
function grid(read: (x: number, y: number) => Rgb, size: number): Rgb[] {
  return Array.from({ length: (size / 8) ** 2 }, (_, i) => read((i % (size / 8)) * 8, Math.floor(i / (size / 8)) * 8));
}

export async function clipFindings(backend: Backend, reader: Reader, url: string, features: number): Promise<Finding[]> {
  const bench = new Bench(backend, reader);
  await backend.look(above(HERE));
  const empty = await bench.seen();
  const tiles = await backend.tiles({ url, features, order: 300, onIssue: (error) => bench.say(error.message, false) });
  await reader.settle(() => tiles.progress.complete);
  const before = await reader.picture();
  const plain: Seen = (place, anchor = HERE) => before(...bench.pixel(place, anchor));
  await cutCity(bench, plain, empty);
  await cutBatches(bench);
  await backend.clip([]);
  const after = grid(await reader.picture(), reader.size);
  const wrong = grid(before, reader.size).filter((colour, i) => differ(colour, after[i]) > 0).length;
  bench.say(`without regions all is as before, but for ${wrong} of ${after.length} pixels`, wrong === 0);
  bench.say('and hit again', (await bench.under(HIGH))?.feature?.properties.id === 'b1_-1');
  tiles.dispose();
  await cutEdges(bench, '0 km', HERE);
  await cutEdges(bench, '45 km', { lon: 117.9602, lat: HERE.lat, height: 0 });
  await cutEdges(bench, '1,200 km', { lon: 113.93, lat: 22.53, height: 0 });
  await backend.clip([]);
  return bench.findings;
}
