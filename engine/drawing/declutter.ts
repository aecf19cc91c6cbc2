import { project, type Matrix } from '#geo';

/** Boxes on the screen in CSS pixels, one a label or symbol. */
export interface ScreenBoxes {
  /** [2n] middle. */
  readonly middles: Float32Array;
  /** [2n] half width and half height; negative: not on the screen, never shown. */
  readonly halves: Float32Array;
  /** [n] higher is kept; ties go to the one shown before, then to the lower number. */
  readonly priorities: Float32Array | Float64Array;
}

/** All labels of a screen as columns, and the camera: what a worker needs for a verdict. */
export interface LabelAsk {
  /** [16s] clip matrices of the anchors of the sets that the labels come in. */
  readonly clips: Float64Array;
  /** [s + 1] first label of each set. */
  readonly starts: Uint32Array;
  /** [3n] metres of its set's anchor. */
  readonly places: Float32Array;
  /** [2n] half width and half height in CSS pixels. */
  readonly halves: Float32Array;
  /** [n] CSS pixels that the middle stands above the place. */
  readonly lifts: Float32Array;
  /** [n] not shown from farther than this many metres. */
  readonly farthest: Float32Array;
  /** [n] alarm before selection before the layers' order before rank. */
  readonly priorities: Float64Array;
  /** [n] 0 or 1: the last verdict. */
  readonly previous: Uint8Array;
  /** [n] 1 where a label went out of sight a moment ago and waits before it may come back. */
  readonly resting: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Most labels shown. */
  readonly limit: number;
}

/** Side of a grid cell in CSS pixels. */
const CELL = 64;
/** Cells that lie off the screen on every side and still count. */
const BORDER = 2;

/** Which labels are seen from a camera, none over another: [n] 1 where shown. */
export function judgeLabels(ask: LabelAsk): Uint8Array {
  const { starts, places, lifts, farthest, width, height, resting } = ask;
  const count = lifts.length;
  const middles = new Float32Array(2 * count);
  const halves = new Float32Array(2 * count).fill(-1);
  const point = new Float64Array(3);
  for (let set = 0; set + 1 < starts.length; set++) {
    const clip: Matrix = ask.clips.subarray(16 * set, 16 * set + 16);
    for (let i = starts[set]; i < starts[set + 1]; i++) {
      if (resting[i]) continue;
      project(clip, width, height, places[3 * i], places[3 * i + 1], places[3 * i + 2], point);
      if (!(point[2] > 0 && point[2] <= farthest[i] && point[0] >= 0 && point[1] >= 0 && point[0] <= width && point[1] <= height)) continue;
      middles[2 * i] = point[0];
      middles[2 * i + 1] = point[1] - lifts[i];
      halves[2 * i] = ask.halves[2 * i];
      halves[2 * i + 1] = ask.halves[2 * i + 1];
    }
  }
  return declutter({ middles, halves, priorities: ask.priorities }, ask.previous, ask.limit);
}

/**
 * Which boxes are shown so that none lies over another. Stable: what was shown stays unless something of higher priority needs its room.
 * @param previous the last verdict ([n] 0 or 1), null for none
 * @param limit most boxes shown
 * @returns [n] 1 where shown
 */
export function declutter(boxes: ScreenBoxes, previous: Uint8Array | null, limit = Infinity): Uint8Array {
  const { middles, halves, priorities } = boxes;
  const count = priorities.length;
  const order = seen(halves, count);
  order.sort((a, b) => priorities[b] - priorities[a] || (previous ? previous[b] - previous[a] : 0) || a - b);
  const shown = new Uint8Array(count);
  const grid = new Grid(middles, halves, order);
  let kept = 0;
  for (const i of order) {
    if (kept >= limit) break;
    if (!grid.take(i)) continue;
    shown[i] = 1;
    kept++;
  }
  return shown;
}

function seen(halves: Float32Array, count: number): Uint32Array {
  const order = new Uint32Array(count);
  let used = 0;
  for (let i = 0; i < count; i++) if (halves[2 * i] >= 0) order[used++] = i;
  return order.subarray(0, used);
}

/** The boxes taken so far by the cells that they lie in: a list a cell, in two flat arrays. */
class Grid {
  readonly #middles: Float32Array;
  readonly #halves: Float32Array;
  readonly #west: number;
  readonly #south: number;
  readonly #columns: number;
  readonly #rows: number;
  /** [cells] first entry of each cell's list, −1 for none; entries are box and next. */
  readonly #first: Int32Array;
  readonly #entries: number[] = [];

  constructor(middles: Float32Array, halves: Float32Array, boxes: Uint32Array) {
    this.#middles = middles;
    this.#halves = halves;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const i of boxes) {
      west = Math.min(west, middles[2 * i]);
      east = Math.max(east, middles[2 * i]);
      south = Math.min(south, middles[2 * i + 1]);
      north = Math.max(north, middles[2 * i + 1]);
    }
    this.#west = Math.floor(west / CELL) - BORDER;
    this.#south = Math.floor(south / CELL) - BORDER;
    this.#columns = boxes.length === 0 ? 0 : Math.floor(east / CELL) + BORDER + 1 - this.#west;
    this.#rows = boxes.length === 0 ? 0 : Math.floor(north / CELL) + BORDER + 1 - this.#south;
    this.#first = new Int32Array(this.#columns * this.#rows).fill(-1);
  }

  /** Takes a box's room; false where another lies there. */
  take(i: number): boolean {
    const [x, y, w, h] = [this.#middles[2 * i], this.#middles[2 * i + 1], this.#halves[2 * i], this.#halves[2 * i + 1]];
    const left = this.#column(x - w);
    const right = this.#column(x + w);
    const low = this.#row(y - h);
    const high = this.#row(y + h);
    for (let row = low; row <= high; row++)
      for (let column = left; column <= right; column++)
        for (let entry = this.#first[row * this.#columns + column]; entry >= 0; entry = this.#entries[entry + 1]) if (this.#overlap(i, this.#entries[entry])) return false;
    for (let row = low; row <= high; row++)
      for (let column = left; column <= right; column++) {
        const cell = row * this.#columns + column;
        this.#entries.push(i, this.#first[cell]);
        this.#first[cell] = this.#entries.length - 2;
      }
    return true;
  }

  /** What reaches beyond the border is kept in the outermost cell: still found by its neighbours there. */
  #column(x: number): number {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor(x / CELL) - this.#west));
  }

  #row(y: number): number {
    return Math.min(this.#rows - 1, Math.max(0, Math.floor(y / CELL) - this.#south));
  }

  #overlap(a: number, b: number): boolean {
    const m = this.#middles;
    const h = this.#halves;
    return Math.abs(m[2 * a] - m[2 * b]) < h[2 * a] + h[2 * b] && Math.abs(m[2 * a + 1] - m[2 * b + 1]) < h[2 * a + 1] + h[2 * b + 1];
  }
}
