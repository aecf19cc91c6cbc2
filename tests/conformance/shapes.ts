import type { Anchor } from '#geo';
import { ORDER, type LabelsBatch, type LinesBatch, type MeshBatch, type PointsBatch, type PolygonsBatch } from '../../engine/drawing/batch.ts';

export type Rgba = readonly [number, number, number, number];
type Place = readonly [number, number, number];

export const RED: Rgba = [222, 45, 38, 255];
export const GREEN: Rgba = [35, 139, 69, 255];
export const BLUE: Rgba = [33, 87, 201, 255];
export const YELLOW: Rgba = [250, 200, 20, 255];

export const bytes = (...colours: Rgba[]): Uint8Array => Uint8Array.from(colours.flat());
export const rgb = ([r, g, b]: Rgba): readonly [number, number, number] => [r, g, b];

export function points(anchor: Anchor, places: Place[], colours: Rgba[], more: Partial<PointsBatch> = {}): PointsBatch {
  return { kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: null, places: Float32Array.from(places.flat()), colours: bytes(...colours), size: 24, symbol: 'dot', stem: 0, motion: null, ...more };
}

/** Points that go from one place to another. */
export function moving(anchor: Anchor, ways: { from: Place; to: Place; times: readonly [number, number] }[], colours: Rgba[], more: { epoch?: number; staleAfter?: number; symbol?: string; size?: number } = {}): PointsBatch {
  const { staleAfter = Infinity, ...rest } = more;
  const motion = { to: Float32Array.from(ways.flatMap((way) => [...way.to])), times: Float32Array.from(ways.flatMap((way) => [...way.times])), staleAfter };
  return points(anchor, ways.map((way) => way.from), colours, { motion, ...rest });
}

export function lines(anchor: Anchor, ways: Place[][], colours: Rgba[], more: Partial<LinesBatch> = {}): LinesBatch {
  const starts = [0];
  for (const way of ways) starts.push(starts.at(-1)! + way.length);
  return { kind: 'lines', anchor, epoch: 0, order: ORDER.groundLine, ids: null, places: Float32Array.from(ways.flat(2)), starts: Uint32Array.from(starts), colours: bytes(...colours), width: 10, metres: false, flow: 0, ...more };
}

/** Each polygon is its outline, then its holes. */
export function polygons(anchor: Anchor, shapes: Place[][][], colours: Rgba[], more: Partial<PolygonsBatch> = {}): PolygonsBatch {
  const rings = [0];
  const starts = [0];
  for (const shape of shapes) {
    for (const ring of shape) rings.push(rings.at(-1)! + ring.length);
    starts.push(starts.at(-1)! + shape.length);
  }
  return { kind: 'polygons', anchor, epoch: 0, order: ORDER.groundDrape, ids: null, places: Float32Array.from(shapes.flat(3)), rings: Uint32Array.from(rings), starts: Uint32Array.from(starts), colours: bytes(...colours), heights: null, ...more };
}

/** An axis-parallel square ring around a place. */
export function square(east: number, north: number, up: number, half: number): Place[] {
  return [[east - half, north - half, up], [east + half, north - half, up], [east + half, north + half, up], [east - half, north + half, up]];
}

/** Level squares, one slot each. */
export function sheets(anchor: Anchor, places: { at: Place; half: number; colour: Rgba }[], more: Partial<MeshBatch> = {}): MeshBatch {
  return {
    kind: 'mesh', anchor, epoch: 0, order: ORDER.solid, ids: null, lit: false,
    places: Float32Array.from(places.flatMap(({ at, half }) => square(at[0], at[1], at[2], half).flat())),
    indices: Uint32Array.from(places.flatMap((_, i) => [0, 1, 2, 0, 2, 3].map((k) => 4 * i + k))),
    colours: bytes(...places.flatMap(({ colour }) => [colour, colour, colour, colour])),
    slots: Uint32Array.from(places.flatMap((_, i) => [i, i, i, i])), ...more,
  };
}

export function labels(anchor: Anchor, texts: { at: Place; text: string; colour: Rgba }[], more: Partial<LabelsBatch> = {}): LabelsBatch {
  return { kind: 'labels', anchor, epoch: 0, order: ORDER.label, ids: null, places: Float32Array.from(texts.flatMap(({ at }) => [...at])), texts: texts.map(({ text }) => text), colours: bytes(...texts.map(({ colour }) => colour)), size: 32, offset: [0, 0], ...more };
}
