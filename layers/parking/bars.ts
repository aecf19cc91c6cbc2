import { placer, type Anchor } from '#geo';
import { batchHit, betterHit, ORDER, type BatchHit, type Drawn, type LabelEntry, type PickAsk, type PolygonsBatch, type Stage } from '#engine';
import { parseColour, standLevel, type Stand } from '#models';
import type { StandState, Told } from './stand-state.ts';

const CELL = 0.1;
/** Metres: half the side of a bar by kind, and its height when full. */
const HALF = { parking: 4.5, bikes: 2.2 } as const;
const HEIGHT = { parking: 26, bikes: 15 } as const;
/** A full bar behind the filled part is seen through. */
const GLASS_ALPHA = 70;
export const UNKNOWN_COLOUR = '#8b959c';
const FREE_BAY = '#1a9e54';
const TAKEN_BAY = '#8f2c36';
const TEXTS = { day: '#1c2529', night: '#f2f6f8' } as const;
/** Metres from the eye within which numbers are written. */
const NEAR = { parking: 5000, bikes: 1800 } as const;

interface Cell {
  readonly anchor: Anchor;
  readonly stands: readonly Stand[];
  /** [3n] metres of the anchor. */
  readonly places: Float32Array;
  readonly glass: PolygonsBatch;
  readonly bays: { readonly batch: PolygonsBatch; readonly drawn: Drawn; colours: Uint8Array } | null;
  fill: Drawn | null;
  filled: string;
}

const bytes = (colour: string, alpha: number): number[] => [...(parseColour(colour) ?? [139, 149, 156]).slice(0, 3), alpha];

/** Bars at the stands: glass as high as what they hold, filled as far as they are taken; bays as rectangles on the ground. */
export class Bars {
  readonly #stage: Stage;
  readonly #heights: ReadonlyMap<string, number>;
  readonly #cells: Cell[] = [];
  #said = '';

  constructor(stage: Stage, stands: readonly Stand[], heights: ReadonlyMap<string, number>) {
    this.#stage = stage;
    this.#heights = heights;
    const cells = new Map<string, Stand[]>();
    for (const stand of stands) {
      const key = `${Math.floor(stand.lon / CELL)} ${Math.floor(stand.lat / CELL)}`;
      cells.set(key, [...(cells.get(key) ?? []), stand]);
    }
    for (const members of cells.values()) this.#cells.push(this.#draw(members));
  }

  show(states: ReadonlyMap<string, StandState>, told: (id: string) => Told | undefined, visible: boolean): void {
    for (const cell of this.#cells) {
      this.#fill(cell, cell.stands.map(({ id }) => states.get(id)!));
      if (cell.bays) this.#paintBays(cell, told);
    }
    const night = this.#stage.light().night > 0.5;
    const labels = visible ? [...states.values()].flatMap((state) => this.#label(state, night)) : [];
    const said = JSON.stringify(labels);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.labels(labels);
  }

  pick(ask: PickAsk): { readonly stand: Stand; readonly hit: BatchHit } | null {
    return this.#cells.map(({ glass, stands }) => {
      const hit = batchHit(glass, ask);
      return hit && { ...hit, hit, stand: stands[hit.slot] };
    }).reduce(betterHit, null);
  }

  #draw(stands: readonly Stand[]): Cell {
    const [{ lon, lat, id }] = stands;
    const anchor = { lon, lat, height: this.#heights.get(id) ?? 0 };
    const local = placer(anchor);
    const places = new Float32Array(3 * stands.length);
    stands.forEach((stand, i) => local.place(stand.lon, stand.lat, this.#heights.get(stand.id) ?? 0, places, 3 * i));
    const all = stands.map((_, i) => i);
    const glass = boxes({ anchor, places, order: ORDER.translucent, ids: stands.map((stand) => stand.id) }, all.map((i) => ({ at: i, half: HALF[stands[i].kind], base: 0, height: HEIGHT[stands[i].kind], colour: bytes('#e4eaec', GLASS_ALPHA) })));
    this.#stage.draw(glass);
    return { anchor, stands, places, glass, bays: this.#bays(stands, anchor), fill: null, filled: '' };
  }

  /** The filled parts, anew where one of them changed by a hundredth. */
  #fill(cell: Cell, states: readonly StandState[]): void {
    const parts = states.flatMap(({ stand: { kind }, taken, capacity, stale }, at) => {
      if (taken === null || capacity === null || capacity <= 0) return [];
      const share = Math.min(1, Math.max(0.02, taken / capacity));
      // A little wider than the glass, so that no two faces lie in one another.
      return [{ at, half: HALF[kind] + 0.15, base: 0, height: Math.round(share * 100) / 100 * HEIGHT[kind], colour: bytes(stale ? UNKNOWN_COLOUR : standLevel(kind, taken, capacity).colour, stale ? 150 : 245) }];
    });
    const filled = JSON.stringify(parts);
    if (filled === cell.filled) return;
    cell.filled = filled;
    const old = cell.fill;
    cell.fill = parts.length === 0 ? null : this.#stage.draw(boxes({ anchor: cell.anchor, places: cell.places, order: ORDER.solid + 0.5, ids: parts.map(({ at }) => cell.stands[at].id) }, parts));
    old?.dispose();
  }

  #bays(stands: readonly Stand[], anchor: Anchor): Cell['bays'] {
    const all = stands.flatMap((stand) => stand.bays.map((bay) => ({ stand, bay })));
    if (all.length === 0) return null;
    const local = placer(anchor);
    const places = new Float32Array(12 * all.length);
    const at = new Float32Array(3);
    all.forEach(({ stand, bay }, i) => {
      local.place(bay.lon, bay.lat, (this.#heights.get(stand.id) ?? 0) + 0.35, at);
      const angle = (bay.heading * Math.PI) / 180;
      [[-1, -1], [1, -1], [1, 1], [-1, 1]].forEach(([side, end], k) => {
        const [across, along] = [(side * (bay.width - 0.3)) / 2, (end * (bay.length - 0.3)) / 2];
        places.set([at[0] + across * Math.cos(angle) + along * Math.sin(angle), at[1] - across * Math.sin(angle) + along * Math.cos(angle), at[2]], 12 * i + 3 * k);
      });
    });
    const batch: PolygonsBatch = {
      kind: 'polygons', anchor, epoch: 0, order: ORDER.groundDrape, ids: all.map(({ stand, bay }) => `${stand.id}/${bay.id}`), places, rings: Uint32Array.from({ length: all.length + 1 }, (_, i) => 4 * i), starts: Uint32Array.from({ length: all.length + 1 }, (_, i) => i),
      colours: Uint8Array.from(all.flatMap(() => bytes(UNKNOWN_COLOUR, 150))), heights: null,
    };
    return { batch, drawn: this.#stage.draw(batch), colours: batch.colours };
  }

  #paintBays({ bays }: Cell, told: (id: string) => Told | undefined): void {
    const colours = Uint8Array.from(bays!.batch.ids!.flatMap((id) => {
      const value = told(id)?.get('occupied')?.value ?? Number.NaN;
      return Number.isNaN(value) ? bytes(UNKNOWN_COLOUR, 150) : bytes(value >= 0.5 ? TAKEN_BAY : FREE_BAY, 225);
    }));
    if (colours.every((byte, i) => byte === bays!.colours[i])) return;
    bays!.colours = colours;
    bays!.drawn.write({ kind: 'colours', colours });
  }

  #label({ stand, taken, free, capacity, stale }: StandState, night: boolean): LabelEntry[] {
    if (taken === null) return [];
    const level = capacity === null ? null : standLevel(stand.kind, taken, capacity);
    const old = stale ? { zh: '（过期）', en: ' (old)' } : { zh: '', en: '' };
    const text = stand.kind === 'bikes'
      ? { zh: `车 ${taken}${free === null ? '' : ` · 位 ${free}`}${old.zh}`, en: `${taken} bikes${free === null ? '' : ` · ${free} docks`}${old.en}` }
      : { zh: `余 ${free ?? '?'}${capacity === null ? '' : ` / ${capacity}`}${old.zh}`, en: `${free ?? '?'}${capacity === null ? '' : ` of ${capacity}`} free${old.en}` };
    const scarce = capacity !== null && level !== null && (stand.kind === 'parking' ? taken / capacity : Math.abs(taken / capacity - 0.5) * 2);
    return [{ text, lon: stand.lon, lat: stand.lat, height: (this.#heights.get(stand.id) ?? 0) + HEIGHT[stand.kind] + 3, rank: 11 + 8 * (scarce === false ? 0 : scarce), colour: night ? TEXTS.night : TEXTS.day, size: stand.kind === 'parking' ? 14 : 12, farthest: NEAR[stand.kind] }];
  }
}

/** Square boxes on the ground at places. */
function boxes(head: { readonly anchor: Anchor; readonly places: Float32Array; readonly order: number; readonly ids: readonly string[] }, parts: readonly { readonly at: number; readonly half: number; readonly base: number; readonly height: number; readonly colour: readonly number[] }[]): PolygonsBatch {
  const places = new Float32Array(12 * parts.length);
  parts.forEach(({ at, half, base }, i) => {
    const [x, y, z] = head.places.subarray(3 * at, 3 * at + 3);
    [[-1, -1], [1, -1], [1, 1], [-1, 1]].forEach(([a, b], k) => places.set([x + a * half, y + b * half, z + base], 12 * i + 3 * k));
  });
  return {
    kind: 'polygons', anchor: head.anchor, epoch: 0, order: head.order, ids: head.ids, places, rings: Uint32Array.from({ length: parts.length + 1 }, (_, i) => 4 * i), starts: Uint32Array.from({ length: parts.length + 1 }, (_, i) => i),
    colours: Uint8Array.from(parts.flatMap(({ colour }) => colour)), heights: Float32Array.from(parts, ({ height }) => height),
  };
}
