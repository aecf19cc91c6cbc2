import { placer, toEcef } from '#geo';
import { batchHit, betterHit, ORDER, type Drawn, type InstancesBatch, type PickAsk, type Stage } from '#engine';
import type { TreeColumns } from '#models';
import { cellsOf } from './cells.ts';
import { tree } from './tree.ts';

/** Cells a hundredth of a degree wide, some kilometre: what is far away is left out cell by cell. */
const CELLS_A_DEGREE = 100;
/** Metres from the eye to the middle of a cell up to which its trees are shown: from farther they are a pixel or two. */
const FARTHEST = 3500;
/** Metres of trees whose height nobody states: from, and by how much they differ. */
const USUAL = [6, 6] as const;

/** The trees of a city: each where it stands and as tall as it is, seen from nearby. Size, turn and tint of one are always the same: they follow from its id. */
export class Trees {
  readonly #stage: Stage;
  readonly #columns: TreeColumns;
  readonly #drawn: { readonly batch: InstancesBatch; readonly drawn: Drawn; readonly members: readonly number[] }[] = [];

  constructor(stage: Stage, columns: TreeColumns) {
    this.#stage = stage;
    this.#columns = columns;
    const model = tree();
    for (const { anchor, members } of cellsOf(columns.places, CELLS_A_DEGREE)) {
      const local = placer(anchor);
      const places = new Float32Array(3 * members.length);
      const seeds = members.map((i) => seedOf(columns.ids[i]));
      members.forEach((i, slot) => local.place(columns.places[3 * i], columns.places[3 * i + 1], columns.places[3 * i + 2], places, 3 * slot));
      const batch: InstancesBatch = {
        kind: 'instances', anchor, epoch: 0, order: ORDER.solid, ids: members.map((i) => columns.ids[i]), model, places, motion: null,
        headings: Float32Array.from(seeds, (seed) => (seed & 0xff) * (360 / 256)),
        scale: Float32Array.from(members, (i, slot) => this.#height(i, seeds[slot])),
        colours: Uint8Array.from(seeds.flatMap((seed) => tint(seed >>> 8))),
      };
      this.#drawn.push({ batch, drawn: stage.draw(batch), members });
    }
    this.sift();
  }

  /** Shows what is near enough to be seen as trees. */
  sift(): void {
    const { pose } = this.#stage.backend.view;
    const eye = toEcef(pose.lon, pose.lat, pose.height, [0, 0, 0]);
    for (const { batch: { anchor }, drawn } of this.#drawn) {
      const at = toEcef(anchor.lon, anchor.lat, anchor.height, [0, 0, 0]);
      drawn.visible = Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]) < FARTHEST;
    }
  }

  /** The tree under a pointer: which of the columns it is, and metres to it. */
  pick(ask: PickAsk): { readonly tree: number; readonly depth: number } | null {
    const best = this.#drawn.filter(({ drawn }) => drawn.visible).map(({ batch, members }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, tree: members[hit.slot] };
    }).reduce(betterHit, null);
    return best && { tree: best.tree, depth: best.depth };
  }

  #height(i: number, seed: number): number {
    const stated = this.#columns.heights[i];
    return stated > 0 ? stated : USUAL[0] + (((seed >>> 16) & 0xff) / 255) * USUAL[1];
  }
}

/** FNV-1a over UTF-16 units, mixed once more. */
function seedOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A little lighter or darker, a little yellower or bluer. */
function tint(seed: number): [number, number, number, number] {
  const [light, warm] = [1 - 0.14 * ((seed & 0xf) / 15), 0.05 * (((seed >>> 4) & 0xf) / 15 - 0.5)];
  return [Math.round(255 * Math.min(1, light * (1 + warm))), Math.round(255 * light), Math.round(255 * Math.min(1, light * (1 - warm))), 255];
}
