import { insideRing } from '../../stages/rings.ts';
import { boxOf } from './assemble.ts';
import type { Tags } from './element-store.ts';

/** An outline on the ground with its tags. */
export interface Outline {
  readonly id: string;
  readonly tags: Tags;
  /** lon, lat in turn, open: the outer ring counter-clockwise first, holes clockwise. */
  readonly rings: readonly Float64Array[];
}

/** Share of an outline its parts must cover to stand for it. */
const COVERED = 0.85;
/** Places asked along each side of an outline's box. */
const SAMPLES = 24;
/** Corners of parts in one outline beyond which nobody draws a building. */
const MOST_CORNERS = 100_000;
/** Degrees: parts are looked up in cells of some 100 m. */
const CELL = 1e-3;
/** What lies in more cells than this (some 2 km across) is no building. */
const MOST_CELLS = 400;
/** Parts around one outline beyond which nobody draws a building. */
const MOST_NEAR = 20_000;

/** Parts of buildings, found by the outlines they lie in. A part belongs to one outline only. */
export class BuildingParts {
  readonly #cells = new Map<string, number[]>();
  readonly #taken: Uint8Array;
  readonly #boxes: (readonly [number, number, number, number])[];

  constructor(readonly parts: readonly Outline[]) {
    this.#taken = new Uint8Array(parts.length);
    this.#boxes = parts.map((part) => boxOf(part.rings[0]));
    for (const [n, box] of this.#boxes.entries()) {
      for (const cell of cellsOf(box)) {
        const there = this.#cells.get(cell);
        if (there) there.push(n);
        else this.#cells.set(cell, [n]);
      }
    }
  }

  /**
   * The parts that stand for an outline and are taken with it; none where they cover too little of it.
   * @param named parts a relation says are of this building: they need not cover it
   */
  take(outline: Outline, named?: ReadonlySet<string>): readonly Outline[] {
    if (this.parts.length === 0) return [];
    const box = boxOf(outline.rings[0]);
    const near = new Set<number>();
    for (const cell of cellsOf(box)) for (const n of this.#cells.get(cell) ?? []) near.add(n);
    if (near.size > MOST_NEAR) return [];
    const inside = [...near].filter((n) => !this.#taken[n] && overlap(this.#boxes[n], box) && (named?.has(this.parts[n].id) || liesIn(this.parts[n], outline))).toSorted((a, b) => a - b);
    if (inside.length === 0 || inside.reduce((sum, n) => sum + this.parts[n].rings[0].length / 2, 0) > MOST_CORNERS) return [];
    if (!(inside.some((n) => named?.has(this.parts[n].id)) || this.#share(outline, box, inside) >= COVERED)) return [];
    for (const n of inside) this.#taken[n] = 1;
    return inside.map((n) => this.parts[n]);
  }

  /** Parts that no outline took. */
  rest(): Outline[] {
    return this.parts.filter((_, n) => !this.#taken[n]);
  }

  /** Covered share of an outline, by places on a grid. */
  #share(outline: Outline, [west, south, east, north]: readonly [number, number, number, number], parts: readonly number[]): number {
    let [asked, covered] = [0, 0];
    for (let i = 0; i < SAMPLES; i++)
      for (let j = 0; j < SAMPLES; j++) {
        const lon = west + ((i + 0.5) / SAMPLES) * (east - west);
        const lat = south + ((j + 0.5) / SAMPLES) * (north - south);
        if (!within(outline.rings, lon, lat)) continue;
        asked++;
        if (parts.some((n) => lon >= this.#boxes[n][0] && lon <= this.#boxes[n][2] && lat >= this.#boxes[n][1] && lat <= this.#boxes[n][3] && within(this.parts[n].rings, lon, lat))) covered++;
      }
    return asked === 0 ? 0 : covered / asked;
  }
}

function cellsOf([west, south, east, north]: readonly [number, number, number, number]): string[] {
  const [x0, y0, x1, y1] = [west, south, east, north].map((value) => Math.floor(value / CELL));
  if ((x1 - x0 + 1) * (y1 - y0 + 1) > MOST_CELLS) return [];
  const cells: string[] = [];
  for (let x = x0; x <= x1; x++) for (let y = y0; y <= y1; y++) cells.push(`${x} ${y}`);
  return cells;
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

export function within([outer, ...holes]: readonly Float64Array[], lon: number, lat: number): boolean {
  return insideRing(outer, lon, lat) && !holes.some((hole) => insideRing(hole, lon, lat));
}

/** Most corners, drawn a little towards the middle, lie in the outline: parts share corners and walls with it. */
function liesIn(part: Outline, outline: Outline): boolean {
  const [ring] = part.rings;
  const corners = ring.length / 2;
  let [mx, my] = [0, 0];
  for (let i = 0; i < ring.length; i += 2) [mx, my] = [mx + ring[i] / corners, my + ring[i + 1] / corners];
  let inside = 0;
  for (let i = 0; i < ring.length; i += 2) if (within([outline.rings[0]], ring[i] + (mx - ring[i]) * 0.02, ring[i + 1] + (my - ring[i + 1]) * 0.02)) inside++;
  return inside * 10 >= corners * 7;
}
