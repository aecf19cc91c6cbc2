import type { Cut } from './draw-page.ts';

/** Which part of its picture a triangle needs. */
export interface Needed {
  readonly triangle: number;
  /** Index into the pictures. */
  readonly image: number;
  /** Whole pictures its coordinates are moved by, so that they lie in 0…1. */
  readonly shift: readonly [number, number];
  readonly cut: Cut;
}

/** A little beyond the edge is still the edge: exporters round. */
const SLACK = 1e-3;
/** Cuts a picture is asked for before they are taken as one. */
const MOST_CUTS = 200;
/** Built share of a picture from which on it is taken whole. */
const WHOLE = 0.7;

/** The part of a picture that a triangle's coordinates reach; undefined where they go on beyond the picture, which then repeats. */
export function neededBy(triangle: number, image: number, uv: readonly number[], size: { width: number; height: number }): Needed | undefined {
  const us = [uv[0], uv[2], uv[4]];
  const vs = [uv[1], uv[3], uv[5]];
  const shift: [number, number] = [0, 0];
  const range: [number, number][] = [];
  for (const [axis, values] of [us, vs].entries()) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (!Number.isFinite(low + high) || high - low > 1 + SLACK) return undefined;
    shift[axis] = low >= -SLACK && high <= 1 + SLACK ? 0 : Math.floor(low + SLACK);
    if (high - shift[axis] > 1 + SLACK) return undefined;
    range.push([Math.max(0, low - shift[axis]), Math.min(1, high - shift[axis])]);
  }
  const [[u0, u1], [v0, v1]] = range;
  const x = Math.min(size.width - 1, Math.floor(u0 * size.width));
  const y = Math.min(size.height - 1, Math.floor(v0 * size.height));
  const cut = { x, y, width: Math.max(1, Math.min(size.width, Math.ceil(u1 * size.width)) - x), height: Math.max(1, Math.min(size.height, Math.ceil(v1 * size.height)) - y) };
  return { triangle, image, shift, cut };
}

/** Cuts of one picture that do not overlap and hold all that is needed; a picture needed for the most part is taken whole. */
export function mergeCuts(needed: Iterable<Cut>, size: { width: number; height: number }): Cut[] {
  let cuts = [...needed];
  const whole = { x: 0, y: 0, width: size.width, height: size.height };
  for (let merged = true; merged; ) {
    merged = false;
    const kept: Cut[] = [];
    for (const cut of cuts) {
      const near = kept.findIndex((other) => overlap(cut, other));
      if (near < 0) kept.push(cut);
      else {
        kept[near] = around(kept[near], cut);
        merged = true;
      }
    }
    cuts = kept;
    if (cuts.length > MOST_CUTS) return [cuts.reduce(around)];
  }
  const area = cuts.reduce((sum, { width, height }) => sum + width * height, 0);
  return area >= WHOLE * size.width * size.height ? [whole] : cuts;
}

function overlap(a: Cut, b: Cut): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

export function around(a: Cut, b: Cut): Cut {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

export function holds(outer: Cut, inner: Cut): boolean {
  return outer.x <= inner.x && outer.y <= inner.y && outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
}
