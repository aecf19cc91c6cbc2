import { codeGrid, type CodeGrid } from '#geo';
import type { FeedInterest } from '../../engine/ports.ts';
import { topicMatches } from './topic.ts';

const USUAL = { margin: 0.1, linger: 5, most: 512 };

/** What a transport asks for, and hears of its changes. */
export interface Wanted {
  readonly interest: FeedInterest;
  /** Codes of the cells asked for now. */
  codes(): string[];
  /** Called with every change until the signal aborts. */
  onChange(listener: (change: InterestChange) => void, signal: AbortSignal): void;
}

export interface InterestChange {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

interface Cell {
  readonly code: string;
  readonly column: number;
  readonly row: number;
  /** Unix seconds since when nobody sees it, NaN while somebody does. */
  unseen: number;
}

/**
 * The cells of a grid that views see, with a margin around; one that is seen no more lingers, and one within twice the margin stays, so that small movements change nothing.
 */
export class InterestArea implements Wanted {
  private readonly grid: CodeGrid;
  private readonly cells = new Map<string, Cell>();
  private readonly listeners = new Set<(change: InterestChange) => void>();
  /** Cells that were seen and did not fit. */
  over = 0;

  /** @param left told of cells let go, before those who listen */
  constructor(
    readonly interest: FeedInterest,
    private readonly left: (codes: readonly string[]) => void = () => {},
  ) {
    this.grid = codeGrid(interest.grid, interest.level);
  }

  codes(): string[] {
    return [...this.cells.values()].map(({ code }) => code);
  }

  get size(): number {
    return this.cells.size;
  }

  onChange(listener: (change: InterestChange) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.listeners.add(listener);
    signal.addEventListener('abort', () => this.listeners.delete(listener), { once: true });
  }

  /** Whether a place lies in a cell asked for. */
  holds(lon: number, lat: number): boolean {
    return this.cells.has(`${this.grid.column(lon)} ${this.grid.row(lat)}`);
  }

  /** @param seen outlines of ground, convex: [2n] longitude, latitude each @param now unix seconds */
  see(seen: readonly Float64Array[], now: number): void {
    const margin = this.interest.margin ?? USUAL.margin;
    const most = this.interest.most ?? USUAL.most;
    const wanted = seen.flatMap((outline) => this.under(grown(outline, 1 + margin), most));
    const kept = seen.map((outline) => grown(outline, 1 + 2 * margin));
    const add: string[] = [];
    this.over = 0;
    for (const cell of wanted.slice(0, most)) {
      const key = `${cell.column} ${cell.row}`;
      const known = this.cells.get(key);
      if (known) known.unseen = NaN;
      else if (cell.code !== '') {
        this.cells.set(key, cell);
        add.push(cell.code);
      }
    }
    this.over = Math.max(0, wanted.length - most);
    const asked = new Set(wanted.slice(0, most).map(({ column, row }) => `${column} ${row}`));
    for (const [key, cell] of this.cells) {
      if (asked.has(key)) continue;
      const near = kept.some((outline) => meets(outline, this.grid.bounds(cell.column, cell.row)));
      if (near && this.over === 0) cell.unseen = NaN;
      else if (Number.isNaN(cell.unseen)) cell.unseen = now;
    }
    this.change(add, this.leaving(now));
  }

  /** Lets go what nobody has seen for a while. */
  tick(now: number): void {
    this.change([], this.leaving(now));
  }

  /** Lets go at once of everything unseen: there is no room for it any more. */
  release(): void {
    this.change([], this.leaving(Infinity));
  }

  /** Whether a topic is one of some cells'. */
  matches(topic: string, codes: readonly string[]): boolean {
    return codes.some((code) => topicMatches(topicOf(this.interest, code), topic));
  }

  /** Cells to let go: those that lingered long enough, and the longest unseen where there are too many. */
  private leaving(now: number): string[] {
    const linger = this.interest.linger ?? USUAL.linger;
    const most = this.interest.most ?? USUAL.most;
    const unseen = [...this.cells].filter(([, cell]) => !Number.isNaN(cell.unseen)).toSorted(([, a], [, b]) => a.unseen - b.unseen);
    const drop: string[] = [];
    for (const [key, cell] of unseen) {
      if (now - cell.unseen < linger && now >= cell.unseen && this.cells.size <= most) continue;
      this.cells.delete(key);
      drop.push(cell.code);
    }
    return drop;
  }

  private change(add: readonly string[], drop: readonly string[]): void {
    if (add.length + drop.length === 0) return;
    if (drop.length > 0) this.left(drop);
    for (const listener of this.listeners) listener({ add, drop });
  }

  /** Cells that an outline meets, nearest to its middle first; not many more than `most` are looked at. */
  private under(outline: Float64Array, most: number): Cell[] {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < outline.length; i += 2) {
      west = Math.min(west, outline[i]);
      east = Math.max(east, outline[i]);
      south = Math.min(south, outline[i + 1]);
      north = Math.max(north, outline[i + 1]);
    }
    const { grid } = this;
    let columns = [grid.column(west), grid.column(east)];
    let rows = [grid.row(south), grid.row(north)];
    const middle = [(columns[0] + columns[1]) / 2, (rows[0] + rows[1]) / 2];
    const reach = Math.ceil(Math.sqrt(most)) * 2;
    columns = [Math.max(columns[0], Math.floor(middle[0]) - reach), Math.min(columns[1], Math.ceil(middle[0]) + reach)];
    rows = [Math.max(rows[0], Math.floor(middle[1]) - reach), Math.min(rows[1], Math.ceil(middle[1]) + reach)];
    const found: Cell[] = [];
    for (let column = columns[0]; column <= columns[1]; column++) {
      for (let row = rows[0]; row <= rows[1]; row++) if (meets(outline, grid.bounds(column, row))) found.push({ code: grid.code(column, row), column, row, unseen: NaN });
    }
    const far = ({ column, row }: Cell): number => Math.hypot(column - middle[0], row - middle[1]);
    return found.toSorted((a, b) => far(a) - far(b));
  }
}

/** The topic filter of a cell. */
export function topicOf({ topic }: FeedInterest, code: string): string {
  return (topic ?? '{cell}/#').replaceAll('{cell}', code);
}

/** An outline grown around its middle. */
function grown(outline: Float64Array, times: number): Float64Array {
  const out = outline.slice();
  const points = outline.length / 2;
  for (let axis = 0; axis < 2; axis++) {
    let middle = 0;
    for (let i = 0; i < points; i++) middle += outline[2 * i + axis] / points;
    for (let i = 0; i < points; i++) out[2 * i + axis] = middle + (outline[2 * i + axis] - middle) * times;
  }
  return out;
}

/** Whether a convex outline and a rectangle meet: no line along a side of either keeps them apart. */
function meets(outline: Float64Array, [west, south, east, north]: readonly [number, number, number, number]): boolean {
  const corners = [west, south, east, south, east, north, west, north];
  const points = outline.length / 2;
  if (points === 0) return false;
  const apart = (nx: number, ny: number): boolean => {
    let [low, high, lowest, highest] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < points; i++) {
      const along = outline[2 * i] * nx + outline[2 * i + 1] * ny;
      low = Math.min(low, along);
      high = Math.max(high, along);
    }
    for (let i = 0; i < 8; i += 2) {
      const along = corners[i] * nx + corners[i + 1] * ny;
      lowest = Math.min(lowest, along);
      highest = Math.max(highest, along);
    }
    return high < lowest || highest < low;
  };
  if (apart(1, 0) || apart(0, 1)) return false;
  for (let i = 0; i < points; i++) {
    const j = (i + 1) % points;
    const [nx, ny] = [outline[2 * i + 1] - outline[2 * j + 1], outline[2 * j] - outline[2 * i]];
    if ((nx !== 0 || ny !== 0) && apart(nx, ny)) return false;
  }
  return true;
}
