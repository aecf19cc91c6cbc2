import { toEcef, type Anchor } from '#geo';
import { batchHit, betterHit, ORDER, type Drawn, type Hit, type LinesBatch, type PickAsk, type Stage } from '#engine';
import type { RoadCell, RoadsInput, RoadsOutput } from '#models';
import { writeRoadColour } from './levels.ts';

/** Widths in CSS pixels by class; roads that no car drives on are left to the map. */
const WIDTHS: Readonly<Record<string, number>> = { motorway: 5, trunk: 4.5, primary: 4, secondary: 3.2, tertiary: 2.4, residential: 1.6, service: 1.1 };
/** Metres above the ground: over the painted road, under what drives on it. */
const LIFT = 0.6;

/** A road as a card shows it. Speeds in km/h, NaN when unknown; time in unix seconds, NaN without a value. */
export interface RoadState {
  readonly id: string;
  readonly name: string;
  readonly class: string;
  readonly speed: number;
  readonly freeFlow: number;
  readonly time: number;
  readonly fresh: boolean;
  /** Vehicles an hour, NaN where nobody counts; and metres across all lanes. */
  readonly flow: number;
  readonly width: number;
}

interface CellState {
  readonly cell: RoadCell;
  readonly batch: LinesBatch;
  readonly drawn: Drawn;
  readonly speeds: Float32Array;
  readonly times: Float64Array;
  colours: Uint8Array;
}

/** The roads of a city as lines on the ground, coloured by the speeds that came for them. */
export class RoadLines {
  readonly #stage: Stage;
  readonly #cells: CellState[] = [];
  readonly #places = new Map<string, (readonly [cell: number, line: number])[]>();
  /** Vehicles an hour as last counted. */
  readonly #flows = new Map<string, number>();
  /** Distinct roads by id. */
  #ids: readonly string[] = [];
  /** Seconds after which a value no longer colours its road. */
  staleAfter = Infinity;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Anchors of the cells the roads were split into. */
  get anchors(): readonly Anchor[] {
    return this.#cells.map(({ cell }) => cell.anchor);
  }

  async load(roads: string, dem: string | null): Promise<void> {
    const input: RoadsInput = { roads, dem, lift: LIFT, classes: Object.keys(WIDTHS) };
    const output = await this.#stage.analysis.run<RoadsInput, RoadsOutput>('roads', input, { signal: this.#stage.signal, affinity: dem ?? roads });
    if (this.#stage.signal.aborted) return;
    for (const cell of output.cells) this.#draw(cell);
    this.#ids = [...this.#places.keys()];
  }

  /** Takes values that came: speeds in km/h by road id, with their times. Ids that are no road here are let go. */
  set(ids: readonly string[], speeds: Float32Array, times: Float64Array): void {
    ids.forEach((id, i) => {
      for (const [cell, line] of this.#places.get(id) ?? []) {
        this.#cells[cell].speeds[line] = speeds[i];
        this.#cells[cell].times[line] = times[i];
      }
    });
  }

  /** Takes counts that came: vehicles an hour by road id. */
  setFlows(ids: readonly string[], flows: Float32Array): void {
    ids.forEach((id, i) => this.#flows.set(id, flows[i]));
  }

  /** Every road's count in the order of `ids`, NaN where there is none; null where nobody counts at all. */
  flows(): Float32Array | null {
    return this.#flows.size > 0 ? Float32Array.from(this.#ids, (id) => this.#flows.get(id) ?? Number.NaN) : null;
  }

  /** Forgets every value: the feed starts over. */
  clear(): void {
    this.#flows.clear();
    for (const { speeds, times } of this.#cells) {
      speeds.fill(Number.NaN);
      times.fill(Number.NaN);
    }
  }

  /** Colours all roads for a moment; writes only the cells whose colours changed. @returns roads with a fresh value */
  recolour(now: number): number {
    const fresh = new Set<string>();
    for (const state of this.#cells) {
      const { cell, speeds, times } = state;
      const colours = new Uint8Array(state.colours.length);
      for (let line = 0; line < cell.ids.length; line++) {
        const known = this.#fresh(times[line], now) && Number.isFinite(speeds[line]);
        if (known) fresh.add(cell.ids[line]);
        writeRoadColour(known ? speeds[line] : Number.NaN, cell.speeds[line], colours, 4 * line);
      }
      if (colours.every((byte, i) => byte === state.colours[i])) continue;
      state.colours = colours;
      state.drawn.write({ kind: 'colours', colours });
    }
    return fresh.size;
  }

  /** Every road's value at a moment in the order of `ids`, NaN where it has none or an old one. */
  values(now: number): Float32Array {
    return Float32Array.from(this.#ids, (id) => {
      const [cell, line] = this.#places.get(id)![0];
      const { speeds, times } = this.#cells[cell];
      return this.#fresh(times[line], now) ? speeds[line] : Number.NaN;
    });
  }

  state(id: string, now: number): RoadState | null {
    const place = this.#places.get(id)?.[0];
    if (!place) return null;
    const [index, line] = place;
    const { cell, speeds, times } = this.#cells[index];
    return { id, name: cell.names[line], class: cell.classes[line], speed: speeds[line], freeFlow: cell.speeds[line], time: times[line], fresh: this.#fresh(times[line], now), flow: this.#flows.get(id) ?? Number.NaN, width: cell.widths[line] };
  }

  /** The road nearest to a pixel, within six. */
  pick(ask: PickAsk): Hit | null {
    const hits = this.#cells.map(({ cell, batch }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, cell };
    });
    const best = hits.reduce(betterHit, null);
    if (!best) return null;
    const { cell, slot, lon, lat, height, depth } = best;
    return { layer: this.#stage.id, id: cell.ids[slot], lon, lat, height, depth, properties: { kind: 'road', name: cell.names[slot], class: cell.classes[slot] } };
  }

  #fresh(time: number, now: number): boolean {
    return Math.abs(now - time) <= this.staleAfter;
  }

  #draw(cell: RoadCell): void {
    const count = cell.ids.length;
    const colours = new Uint8Array(4 * count);
    for (let line = 0; line < count; line++) writeRoadColour(Number.NaN, cell.speeds[line], colours, 4 * line);
    const width = Float32Array.from(cell.classes, (name) => WIDTHS[name] ?? 1.6);
    // After the solid decks, which would hide lines that are drawn before them and have no depth of their own.
    const batch: LinesBatch = { kind: 'lines', anchor: cell.anchor, epoch: 0, order: cell.bridges ? ORDER.translucent : ORDER.groundLine, lying: cell.bridges, ids: cell.ids, places: cell.places, starts: cell.starts, colours, width, metres: false, flow: 0 };
    const index = this.#cells.push({ cell, batch, drawn: this.#stage.draw(batch), colours, speeds: new Float32Array(count).fill(Number.NaN), times: new Float64Array(count).fill(Number.NaN) }) - 1;
    cell.ids.forEach((id, line) => {
      const list = this.#places.get(id);
      if (list) list.push([index, line]);
      else this.#places.set(id, [[index, line]]);
    });
  }
}

/** Metres from the eye to a place. */
export function eyeDistance(stage: Stage, lon: number, lat: number, height: number): number {
  const { pose } = stage.backend.view;
  const eye = toEcef(pose.lon, pose.lat, pose.height, [0, 0, 0]);
  const at = toEcef(lon, lat, height, [0, 0, 0]);
  return Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]);
}
