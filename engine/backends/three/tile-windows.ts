import type { Vector4 } from 'three';
import { DEGREE, placer, type Anchor, type Pose } from '#geo';
import type { ImagerySource, View } from '../../backend.ts';

/** Longitude in degrees → 0 … 1 across the Web Mercator map (EPSG:3857). */
export function mercatorX(lon: number): number {
  return lon / 360 + 0.5;
}

/** Latitude in degrees → 0 … 1 down the Web Mercator map. */
export function mercatorY(lat: number): number {
  return 0.5 - Math.asinh(Math.tan(Math.max(-85.06, Math.min(85.06, lat)) * DEGREE)) / (2 * Math.PI);
}

export interface WantedTile {
  readonly key: string;
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/** Where a tile's texels go. */
export interface Slot {
  readonly layer: number;
  readonly column: number;
  readonly row: number;
}

const EARTH = 40_075_016.686;
/** By how many tiles from the middle a level goes before the next finer one. */
const AHEAD = 0.3;
const READY = 255;
const EMPTY = 128;

/** Which tiles of a picture are held: for each level a square window of tiles, in a torus, so that a step to the side replaces one column. */
export class TileWindows {
  readonly across: number;
  /** What the shader asks: 255 a picture, 128 nothing to show, 0 not here; rows of the torus, the levels' layers beside one another. */
  readonly ready: Uint8Array;
  finest = 0;
  /** Levels held, finest first. */
  count = 0;
  readonly #source: ImagerySource;
  readonly #layers: number;
  /** Key of the tile each slot is for. */
  readonly #slots: string[];
  readonly #starts = new Map<number, [number, number]>();

  constructor(options: { source: ImagerySource; across: number; levels: number }) {
    this.#source = options.source;
    this.across = options.across;
    this.#layers = options.levels;
    const slots = options.across * options.across * options.levels;
    this.ready = new Uint8Array(slots);
    this.#slots = Array.from({ length: slots }, () => '');
  }

  /** Moves the windows for a pose. @returns the tiles missing, from the middle outwards on all levels together, coarser ones a little ahead */
  follow(pose: Pose, view: View): { wanted: WantedTile[]; changed: boolean } {
    const { minLevel, maxLevel, tileSize } = this.#source;
    const height = Math.max(Math.abs(pose.height), 20);
    // The nearest ground in sight is where the lower edge of the picture meets it.
    const steepest = Math.min(90, Math.max(12, -pose.pitch + view.frustum.fov / 2));
    const nearest = height / Math.sin(steepest * DEGREE);
    const pixel = (2 * nearest * Math.tan((view.frustum.fov * DEGREE) / 2)) / Math.max(view.height, 1);
    const exact = Math.log2((EARTH * Math.cos(pose.lat * DEGREE)) / (tileSize * pixel));
    this.finest = Math.max(minLevel, Math.min(maxLevel, Math.ceil(exact - 0.4)));
    this.count = Math.min(this.#layers, this.finest - minLevel + 1);
    let changed = false;
    const wanted: (WantedTile & { rank: number })[] = [];
    for (let k = this.count - 1; k >= 0; k--) {
      const level = this.finest - k;
      const [x, y] = this.#middle(pose, level, height);
      changed = this.#frame(level, x, y, wanted) || changed;
    }
    wanted.sort((a, b) => a.rank - b.rank);
    return { wanted, changed };
  }

  /** Middle of a level's window in its tiles: ahead of the eye as far as the window allows. */
  #middle(pose: Pose, level: number, height: number): [number, number] {
    const tiles = 2 ** level;
    const tile = (EARTH * Math.cos(pose.lat * DEGREE)) / tiles;
    const toMiddle = height / Math.tan(Math.max(8, -pose.pitch) * DEGREE);
    const ahead = Math.min(toMiddle, tile * this.across * 0.36);
    const [lon, lat] = placer({ lon: pose.lon, lat: pose.lat, height: 0 }).unplace(Math.sin(pose.heading * DEGREE) * ahead, Math.cos(pose.heading * DEGREE) * ahead, 0, new Float64Array(3));
    return [mercatorX(lon) * tiles, mercatorY(lat) * tiles];
  }

  #frame(level: number, middleX: number, middleY: number, wanted: (WantedTile & { rank: number })[]): boolean {
    const { across } = this;
    const startX = Math.round(middleX - across / 2);
    const startY = Math.round(middleY - across / 2);
    this.#starts.set(level, [startX, startY]);
    let changed = false;
    for (let y = startY; y < startY + across; y++) {
      for (let x = startX; x < startX + across; x++) {
        const key = `${level}/${x}/${y}`;
        const slot = this.#index(level, x, y);
        if (this.#slots[slot] !== key) {
          this.#slots[slot] = key;
          changed ||= this.ready[slot] !== 0;
          this.ready[slot] = 0;
        }
        if (this.ready[slot] !== 0) continue;
        if (this.#outside(level, x, y)) {
          this.ready[slot] = EMPTY;
          changed = true;
        } else wanted.push({ key, level, x, y, rank: Math.hypot(x + 0.5 - middleX, y + 0.5 - middleY) + AHEAD * (level - this.finest) });
      }
    }
    return changed;
  }

  #outside(level: number, x: number, y: number): boolean {
    const tiles = 2 ** level;
    if (x < 0 || y < 0 || x >= tiles || y >= tiles) return true;
    const { bounds } = this.#source;
    if (!bounds) return false;
    const [west, south, east, north] = bounds;
    return x + 1 <= mercatorX(west) * tiles || x >= mercatorX(east) * tiles || y + 1 <= mercatorY(north) * tiles || y >= mercatorY(south) * tiles;
  }

  #layer(level: number): number {
    return level % this.#layers;
  }

  #index(level: number, x: number, y: number): number {
    const { across } = this;
    const column = ((x % across) + across) % across;
    const row = ((y % across) + across) % across;
    return row * across * this.#layers + this.#layer(level) * across + column;
  }

  #where(key: string): { slot: number; at: Slot } {
    const [level, x, y] = key.split('/').map(Number);
    const { across } = this;
    return { slot: this.#index(level, x, y), at: { layer: this.#layer(level), column: ((x % across) + across) % across, row: ((y % across) + across) % across } };
  }

  /** Whether a tile's place is still kept for it. */
  holds(key: string): boolean {
    return this.#slots[this.#where(key).slot] === key;
  }

  /** A tile came. @returns where it goes, null when its place was given away meanwhile */
  arrived(key: string, picture: boolean): Slot | null {
    const { slot, at } = this.#where(key);
    if (this.#slots[slot] !== key) return null;
    this.ready[slot] = picture ? READY : EMPTY;
    return at;
  }

  /** A tile cannot be had: the coarser one shows. Asked for again after a refresh or when it comes into the window anew. */
  failed(key: string): void {
    const { slot } = this.#where(key);
    if (this.#slots[slot] === key) this.ready[slot] = 1;
  }

  /** Every tile counts as missing. */
  forget(): void {
    this.ready.fill(0);
    this.#slots.fill('');
  }

  /** For the shader: each level's anchor counted from its window's start (x, y), and the window's start in the torus (z, w). */
  place(anchor: Anchor, out: readonly Vector4[]): void {
    for (let k = 0; k < this.count; k++) {
      const level = this.finest - k;
      const [startX, startY] = this.#starts.get(level) ?? [0, 0];
      const tiles = 2 ** level;
      const wrap = (value: number): number => ((value % this.across) + this.across) % this.across;
      out[k].set(mercatorX(anchor.lon) * tiles - startX, mercatorY(anchor.lat) * tiles - startY, wrap(startX), wrap(startY));
    }
  }
}
