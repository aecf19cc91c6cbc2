import { batchHit, betterHit, groundSolidity, ORDER, type BatchHit, type Drawn, type LinesBatch, type PickAsk, type PointsBatch, type Stage } from '#engine';
import { networkKindLook, parseColour, type NetworkCell, type NetworkEntry } from '#models';
import { nodeLook, type NodeLook } from './look.ts';

/** Metres of the eye above or below a cell's anchor up to which single nodes are shown. */
const NEAR = 450;
/** Metres a second that dashes travel where the direction of flow is known. */
const FLOW = 0.8;
/** From afar symbols shrink towards this length, metres. */
const SYMBOL_METRES = 5;

/** What lies under a pixel: an element of a network. */
export interface ElementHit extends BatchHit {
  readonly network: number;
  readonly link: boolean;
  readonly row: number;
}

interface Piece {
  readonly batch: LinesBatch | PointsBatch;
  readonly drawn: Drawn;
  readonly cell: NetworkCell;
  readonly minor: boolean;
  readonly rows: ArrayLike<number>;
  readonly link: ArrayLike<number> | 0 | 1;
}

/** One cell of one network as batches: tubes, shafts up to the ground, symbols of nodes and devices. */
export class DrawnNetwork {
  readonly #stage: Stage;
  readonly #pieces: Piece[] = [];
  readonly cell: NetworkCell;

  constructor(stage: Stage, cell: NetworkCell, entry: NetworkEntry) {
    this.#stage = stage;
    this.cell = cell;
    this.#tubes(entry);
    const looks = new Map<NodeLook, number[]>();
    cell.points.types.forEach((type, i) => {
      const look = nodeLook(type, entry.kind);
      const list = looks.get(look);
      if (list) list.push(i);
      else looks.set(look, [i]);
    });
    for (const [look, members] of looks) {
      if (look.shaft > 0) this.#shafts(look, members, entry.kind);
      this.#symbols(look, members, entry.kind);
    }
    this.sift();
  }

  /** Takes new colours of the links, cell by cell as they were drawn. */
  recolour(colours: Uint8Array): void {
    // A cell that only nodes lie in has no tubes.
    const [first] = this.#pieces;
    if (first?.link !== 1) return;
    first.drawn.write({ kind: 'colours', colours });
    first.batch.colours.set(colours);
  }

  /**
   * Solid ground hides what lies below it; said here and not left to depth, since tubes never thinner than two pixels stand out of the ground from afar. What
   * is one of very many shows from nearby only, while one looks below: covers and valve boxes are not what a street is about.
   */
  sift(): void {
    const document = this.#stage.document();
    const { height } = this.#stage.backend.view.pose;
    const glass = Math.min(groundSolidity(document), this.#stage.backend.groundOpacity) < 1;
    const open = glass || (document.clip?.length ?? 0) > 0;
    for (const { drawn, minor, cell } of this.#pieces) drawn.visible = open && (!minor || (glass && Math.abs(height - cell.anchor.height) < NEAR));
  }

  pick(ask: PickAsk): ElementHit | null {
    const hits = this.#pieces.filter(({ drawn }) => drawn.visible).map(({ batch, rows, link, cell }): ElementHit | null => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, network: cell.network, row: rows[hit.slot], link: (typeof link === 'number' ? link : link[hit.slot]) === 1 };
    });
    // A symbol lies on its pipe: the smaller thing is what was meant.
    const symbols = hits.filter((hit, i) => hit && this.#pieces.filter(({ drawn }) => drawn.visible)[i].batch.kind === 'points');
    return symbols.reduce(betterHit, null) ?? hits.reduce(betterHit, null);
  }

  /** Places of a link's lines as their own columns; null where the cell has none of it. */
  linesOf(row: number): { places: Float32Array; starts: Uint32Array; radius: number } | null {
    const { places, starts, rows, radii } = this.cell.lines;
    const slots = Array.from(rows, (each, slot) => (each === row ? slot : -1)).filter((slot) => slot >= 0);
    if (slots.length === 0) return null;
    const parts = slots.map((slot) => places.subarray(3 * starts[slot], 3 * starts[slot + 1]));
    const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    const ends = [0];
    for (const part of parts) {
      out.set(part, 3 * ends.at(-1)!);
      ends.push(ends.at(-1)! + part.length / 3);
    }
    return { places: out, starts: Uint32Array.from(ends), radius: radii[slots[0]] };
  }

  #tubes({ kind, heights }: NetworkEntry): void {
    const { places, starts, rows, radii, colours } = this.cell.lines;
    if (rows.length === 0) return;
    // Only gravity tells the way: from the higher to the lower end. In pressure networks a solver would have to.
    const flow = kind === 'drainage' && heights !== null ? FLOW : 0;
    const batch: LinesBatch = { kind: 'lines', anchor: this.cell.anchor, epoch: 0, order: ORDER.solid, ids: null, places, starts, colours: colours.slice(), width: radii, metres: true, flow };
    this.#add(batch, false, rows, 1);
  }

  #shafts(look: NodeLook, members: readonly number[], kind: string): void {
    const { places, tops, rows, link } = this.cell.points;
    const out = new Float32Array(6 * members.length);
    members.forEach((i, slot) => {
      out.set(places.subarray(3 * i, 3 * i + 3), 6 * slot);
      out.set(tops.subarray(3 * i, 3 * i + 3), 6 * slot + 3);
      out[6 * slot + 5] += look.above;
    });
    const batch: LinesBatch = {
      kind: 'lines', anchor: this.cell.anchor, epoch: 0, order: ORDER.solid, ids: null, places: out, starts: Uint32Array.from({ length: members.length + 1 }, (_, slot) => 2 * slot),
      colours: painted(members.length, kind, 0.72), width: look.shaft, metres: true, flow: 0,
    };
    this.#add(batch, look.minor, members.map((i) => rows[i]), members.map((i) => link[i]));
  }

  #symbols(look: NodeLook, members: readonly number[], kind: string): void {
    const { places, tops, rows, link } = this.cell.points;
    const at = look.shaft > 0 ? tops : places;
    const own = new Float32Array(3 * members.length);
    members.forEach((i, slot) => own.set(at.subarray(3 * i, 3 * i + 3), 3 * slot));
    if (look.shaft > 0) for (let slot = 0; slot < members.length; slot++) own[3 * slot + 2] += look.above;
    const batch: PointsBatch = {
      kind: 'points', anchor: this.cell.anchor, epoch: 0, order: ORDER.symbol, ids: null, places: own, colours: painted(members.length, kind, 1), size: look.size, metres: SYMBOL_METRES, symbol: look.symbol, stem: 0, motion: null,
    };
    this.#add(batch, look.minor, members.map((i) => rows[i]), members.map((i) => link[i]));
  }

  #add(batch: LinesBatch | PointsBatch, minor: boolean, rows: ArrayLike<number>, link: Piece['link']): void {
    this.#pieces.push({ batch, drawn: this.#stage.draw(batch), cell: this.cell, minor, rows, link });
  }
}

/** The kind's colour for every slot, darkened by a factor. */
function painted(count: number, kind: string, factor: number): Uint8Array {
  const [r, g, b] = parseColour(networkKindLook(kind).colour)!;
  const out = new Uint8Array(4 * count);
  for (let slot = 0; slot < count; slot++) out.set([r * factor, g * factor, b * factor, 255], 4 * slot);
  return out;
}
