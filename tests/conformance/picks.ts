import type { Anchor, Pose } from '#geo';
import { ORDER, type LinesBatch, type MeshBatch, type PointsBatch, type PolygonsBatch } from '../../engine/drawing/batch.ts';
import { HERE } from './case.ts';
import { lines, points, polygons, sheets, square, type Rgba } from './shapes.ts';

export type PickBatch = PointsBatch | LinesBatch | PolygonsBatch | MeshBatch;

/** Seeded numbers 0 … 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const PICK_POSE: Pose = { lon: HERE.lon + 0.001, lat: HERE.lat - 0.0025, height: 420, heading: -12, pitch: -52, roll: 4 };

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Every slot of every batch in a colour of its own, so that a pixel says who is there. */
export function pickScene(anchor: Anchor): PickBatch[] {
  const random = seeded(7);
  let next = 0;
  const colour = (): Rgba => {
    next++;
    return [40 + ((next * 67) % 200), 20 + ((next * 41) % 220), 30 + ((next * 97) % 210), 255];
  };
  const spot = (up: number): [number, number, number] => [(random() - 0.5) * 340, (random() - 0.5) * 340, up];
  return [
    polygons(anchor, many(8, () => { const [east, north] = spot(0); return [square(east, north, 0, 30)]; }), many(8, colour), { order: ORDER.groundDrape }),
    lines(anchor, many(6, () => [spot(0.5), spot(0.5)]), many(6, colour), { width: 14, order: ORDER.groundLine }),
    sheets(anchor, many(8, () => ({ at: spot(20 + random() * 60), half: 22, colour: colour() }))),
    points(anchor, many(14, () => spot(4)), many(14, colour), { size: 26, symbol: 'square' }),
  ];
}

/** Where in a batch's colours a slot's begins. */
export function colourAt(batch: PickBatch, slot: number): number {
  return batch.kind === 'mesh' ? 16 * slot : 4 * slot;
}

/** Fifty seeded pixels that `fits` lets pass. */
export function pickPlaces(size: number, fits: (x: number, y: number) => boolean): [number, number][] {
  const random = seeded(11);
  const found: [number, number][] = [];
  while (found.length < 50) {
    const place: [number, number] = [4 + Math.floor(random() * (size - 8)), 4 + Math.floor(random() * (size - 8))];
    if (fits(...place)) found.push(place);
  }
  return found;
}
