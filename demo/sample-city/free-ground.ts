import type { Building } from './plots.ts';
import type { Road } from './roads.ts';
import { boxOf, inside, toSegment, type Point, type Ring } from './shape.ts';
import { classes } from './streets.ts';
import { inCanal, inRiver, lakeAt, unbend } from './terrain.ts';

const CELL = 40;
/** Metres between a thing on the pavement and what it must not stand in. */
const CLEAR = 0.6;

interface Stretch { readonly a: Point; readonly b: Point; readonly kerb: number }

/** Where something may stand: on no carriageway, in no building, not in the water. */
export class FreeGround {
  readonly #stretches = new Map<string, Stretch[]>();
  readonly #outlines = new Map<string, Ring[]>();

  constructor(roads: readonly Road[], buildings: readonly Pick<Building, 'outline'>[]) {
    for (const road of roads) for (let i = 0; i + 1 < road.line.length; i++) this.#road({ a: road.line[i], b: road.line[i + 1], kerb: classes[road.class].kerb });
    for (const { outline } of buildings) {
      const box = boxOf(outline, CLEAR);
      for (const key of cells(box.west, box.south, box.east, box.north)) put(this.#outlines, key, outline);
    }
  }

  #road(stretch: Stretch): void {
    const { a, b, kerb } = stretch;
    const reach = kerb + CLEAR;
    for (const key of cells(Math.min(a[0], b[0]) - reach, Math.min(a[1], b[1]) - reach, Math.max(a[0], b[0]) + reach, Math.max(a[1], b[1]) + reach)) put(this.#stretches, key, stretch);
  }

  /** Whether a place is free, `margin` metres about it included. */
  free(at: Point, margin = CLEAR): boolean {
    const key = keyOf(at);
    if ((this.#stretches.get(key) ?? []).some(({ a, b, kerb }) => toSegment(at, a, b) < kerb + margin)) return false;
    if ((this.#outlines.get(key) ?? []).some((outline) => inside(at[0], at[1], outline) || outline.some((corner, i) => toSegment(at, corner, outline[(i + 1) % outline.length]) < margin))) return false;
    const [u, v] = unbend(at[0], at[1]);
    return !inRiver(u, v) && !inCanal(u, v) && lakeAt(u, v) < 0;
  }

  /** The free place nearest to a wished one, felt for in rings three metres apart; null where none lies within 150 m. */
  nearest(at: Point): Point | null {
    if (this.free(at)) return at;
    for (let reach = 3; reach <= 150; reach += 3) {
      const count = Math.max(8, Math.ceil((2 * Math.PI * reach) / 5));
      for (let i = 0; i < count; i++) {
        const angle = (i / count) * 2 * Math.PI;
        const there: Point = [at[0] + reach * Math.cos(angle), at[1] + reach * Math.sin(angle)];
        if (this.free(there)) return there;
      }
    }
    return null;
  }
}

const keyOf = ([x, y]: Point): string => `${Math.floor(x / CELL)},${Math.floor(y / CELL)}`;

function cells(west: number, south: number, east: number, north: number): string[] {
  const keys: string[] = [];
  for (let x = Math.floor(west / CELL); x <= Math.floor(east / CELL); x++) for (let y = Math.floor(south / CELL); y <= Math.floor(north / CELL); y++) keys.push(`${x},${y}`);
  return keys;
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
