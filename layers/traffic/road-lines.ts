import { placer, project, toEcef } from '#geo';
import { ORDER, type Drawn, type Hit, type PickAsk, type Stage } from '#engine';
import type { RoadCell, RoadsInput, RoadsOutput } from '#models';
import { writeRoadColour } from './levels.ts';

/** Widths in CSS pixels by class; roads that no car drives on are left to the map. */
const WIDTHS: Readonly<Record<string, number>> = { motorway: 5, trunk: 4.5, primary: 4, secondary: 3.2, tertiary: 2.4, residential: 1.6, service: 1.1 };
const REACH = 6;
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
}

interface CellState {
  readonly cell: RoadCell;
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

  /** Forgets every value: the feed starts over. */
  clear(): void {
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
    return { id, name: cell.names[line], class: cell.classes[line], speed: speeds[line], freeFlow: cell.speeds[line], time: times[line], fresh: this.#fresh(times[line], now) };
  }

  /** The road nearest to a pixel, within six. */
  pick(ask: PickAsk): Hit | null {
    let best: { cell: number; line: number; vertex: number } | null = null;
    let reach = REACH;
    this.#cells.forEach((state, cell) => {
      const { cell: columns } = state;
      const screen = projected(columns, ask);
      for (let line = 0; line < columns.ids.length; line++) {
        for (let vertex = columns.starts[line]; vertex + 1 < columns.starts[line + 1]; vertex++) {
          const distance = distanceTo(screen, vertex, ask.x, ask.y);
          if (distance >= reach) continue;
          reach = distance;
          best = { cell, line, vertex };
        }
      }
    });
    return best ? this.#hit(best) : null;
  }

  #hit({ cell, line, vertex }: { cell: number; line: number; vertex: number }): Hit {
    const { cell: columns } = this.#cells[cell];
    const middle = [0, 1, 2].map((axis) => (columns.places[3 * vertex + axis] + columns.places[3 * vertex + 3 + axis]) / 2);
    const [lon, lat, height] = placer(columns.anchor).unplace(middle[0], middle[1], middle[2], [0, 0, 0]);
    return { layer: this.#stage.id, id: columns.ids[line], lon, lat, height, depth: eyeDistance(this.#stage, lon, lat, height), properties: { kind: 'road', name: columns.names[line], class: columns.classes[line] } };
  }

  #fresh(time: number, now: number): boolean {
    return now - time <= this.staleAfter;
  }

  #draw(cell: RoadCell): void {
    const count = cell.ids.length;
    const colours = new Uint8Array(4 * count);
    for (let line = 0; line < count; line++) writeRoadColour(Number.NaN, cell.speeds[line], colours, 4 * line);
    const width = Float32Array.from(cell.classes, (name) => WIDTHS[name] ?? 1.6);
    const drawn = this.#stage.draw({ kind: 'lines', anchor: cell.anchor, epoch: 0, order: ORDER.groundLine, ids: cell.ids, places: cell.places, starts: cell.starts, colours, width, metres: false, flow: 0 });
    const index = this.#cells.push({ cell, drawn, colours, speeds: new Float32Array(count).fill(Number.NaN), times: new Float64Array(count).fill(Number.NaN) }) - 1;
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

/** Pixels of every vertex, [2m]; NaN behind the eye. */
function projected(cell: RoadCell, ask: PickAsk): Float64Array {
  const clip = ask.clip(cell.anchor);
  const point = new Float64Array(3);
  const out = new Float64Array((cell.places.length / 3) * 2);
  for (let vertex = 0; vertex < cell.places.length / 3; vertex++) {
    project(clip, ask.width, ask.height, cell.places[3 * vertex], cell.places[3 * vertex + 1], cell.places[3 * vertex + 2], point);
    out[2 * vertex] = point[2] > 0 ? point[0] : Number.NaN;
    out[2 * vertex + 1] = point[1];
  }
  return out;
}

/** Pixels from a point to the segment that starts at a vertex; NaN (never nearer) where an end is behind the eye. */
function distanceTo(screen: Float64Array, vertex: number, x: number, y: number): number {
  const ax = screen[2 * vertex];
  const ay = screen[2 * vertex + 1];
  const dx = screen[2 * vertex + 2] - ax;
  const dy = screen[2 * vertex + 3] - ay;
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  const distance = Math.hypot(ax + along * dx - x, ay + along * dy - y);
  return Number.isNaN(distance) ? Infinity : distance;
}
