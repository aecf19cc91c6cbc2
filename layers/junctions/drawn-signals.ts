import { placer } from '#geo';
import { batchHit, betterHit, ORDER, type BatchHit, type Drawn, type LabelEntry, type LinesBatch, type PickAsk, type PointsBatch, type Stage } from '#engine';
import { parseColour, serviceColour, type GroupState, type Junction, type JunctionState, type LonLat } from '#models';
import { LIGHT_COLOURS, UNKNOWN_COLOUR } from './lights.ts';

/** Degrees of a cell: a batch spans at most 20 km. */
const CELL = 0.1;
/** Metres above the ground: bars, ways, and the junction's own symbol. */
const LIFT = { way: 0.75, bar: 0.85, head: 3.2, symbol: 14 } as const;
const WIDTH = { bar: 5, way: 2.6 } as const;
const ALPHA = { green: 210, other: 0, stale: 90 } as const;
/** Metres from the eye within which seconds are written. */
const NEAR = 420;

interface Cell {
  readonly junctions: readonly Junction[];
  readonly bars: { readonly batch: LinesBatch; readonly drawn: Drawn; colours: Uint8Array };
  readonly ways: { readonly batch: LinesBatch; readonly drawn: Drawn; colours: Uint8Array } | null;
  readonly symbols: { readonly batch: PointsBatch; readonly drawn: Drawn; colours: Uint8Array };
}

const bytes = (colour: string): readonly number[] => parseColour(colour) ?? [139, 149, 156, 255];
const lightColour = ({ light, stale }: GroupState): string => (light === null || stale ? UNKNOWN_COLOUR : LIGHT_COLOURS[light]);

/** Stop bars and the ways through junctions in the colours of their signals, and one symbol a junction in the colour of its level of service. */
export class DrawnSignals {
  readonly #stage: Stage;
  readonly #cells: Cell[] = [];
  readonly #heights: ReadonlyMap<string, number>;
  #said = '';

  /** @param heights of the ground at each junction by id, metres */
  constructor(stage: Stage, junctions: readonly Junction[], heights: ReadonlyMap<string, number>) {
    this.#stage = stage;
    this.#heights = heights;
    const cells = new Map<string, Junction[]>();
    for (const junction of junctions) {
      const key = `${Math.floor(junction.lon / CELL)} ${Math.floor(junction.lat / CELL)}`;
      cells.set(key, [...(cells.get(key) ?? []), junction]);
    }
    for (const members of cells.values()) this.#cells.push(this.#draw(members));
  }

  show(states: ReadonlyMap<string, JunctionState>, visible: boolean): void {
    for (const cell of this.#cells) {
      const groups = cell.junctions.flatMap(({ id }) => states.get(id)?.groups ?? []);
      write(cell.bars, groups.map((state) => [...bytes(lightColour(state)).slice(0, 3), state.light === null ? ALPHA.stale : 255]));
      if (cell.ways) write(cell.ways, groups.flatMap((state) => state.group.paths.map(() => [...bytes(lightColour(state)).slice(0, 3), state.light === 'green' ? ALPHA.green : ALPHA.other])));
      write(cell.symbols, cell.junctions.map(({ id }) => {
        const state = states.get(id);
        return [...bytes(state?.level && !state.stale ? serviceColour(state.level) : UNKNOWN_COLOUR).slice(0, 3), 255];
      }));
    }
    const labels = visible ? this.#labels(states) : [];
    const said = JSON.stringify(labels);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.labels(labels);
  }

  /** The junction at a pixel: its symbol, or one of its bars. */
  pick(ask: PickAsk): { junction: Junction; hit: BatchHit } | null {
    const hits = this.#cells.flatMap(({ junctions, bars, symbols }) => {
      const symbol = batchHit(symbols.batch, ask);
      const bar = batchHit(bars.batch, ask);
      const owner = bar ? junctions.find(({ id }) => bars.batch.ids![bar.slot].startsWith(`${id}/`)) : undefined;
      return [symbol && { ...symbol, junction: junctions[symbol.slot] }, bar && owner ? { ...bar, junction: owner } : null];
    });
    const best = hits.reduce(betterHit, null);
    return best && { junction: best.junction, hit: best };
  }

  /** Seconds to the next change over the bars near the eye; beyond, nothing is written. */
  #labels(states: ReadonlyMap<string, JunctionState>): LabelEntry[] {
    const { pose } = this.#stage.backend.view;
    const metres = 111_320;
    const wide = Math.cos((pose.lat * Math.PI) / 180);
    return [...states.values()].flatMap(({ junction, groups }) => {
      // A coarse look first, so that a city's other junctions cost nothing; the label's own distance decides.
      if (pose.height - (this.#heights.get(junction.id) ?? 0) > NEAR || Math.hypot((junction.lon - pose.lon) * wide, junction.lat - pose.lat) * metres > NEAR + 200) return [];
      const height = (this.#heights.get(junction.id) ?? 0) + LIFT.head;
      return groups.flatMap((state): LabelEntry[] => {
        if (state.light === null || state.left === null || state.stale) return [];
        const [[west, south], [east, north]] = state.group.stop;
        return [{ text: String(Math.ceil(state.left)), lon: (west + east) / 2, lat: (south + north) / 2, height, rank: state.light === 'green' ? 30 : 26, colour: LIGHT_COLOURS[state.light], size: 14, farthest: NEAR }];
      });
    });
  }

  #draw(junctions: readonly Junction[]): Cell {
    const [{ lon, lat, id }] = junctions;
    const anchor = { lon, lat, height: this.#heights.get(id) ?? 0 };
    const local = placer(anchor);
    const lines = (list: readonly { readonly id: string; readonly line: readonly LonLat[]; readonly height: number }[], width: number, order: number, alpha: number): LinesBatch => {
      const places = new Float32Array(3 * list.reduce((sum, { line }) => sum + line.length, 0));
      const starts = new Uint32Array(list.length + 1);
      let vertex = 0;
      list.forEach(({ line, height }, i) => {
        for (const [east, north] of line) local.place(east, north, height, places, 3 * vertex++);
        starts[i + 1] = vertex;
      });
      return { kind: 'lines', anchor, epoch: 0, order, ids: list.map((each) => each.id), places, starts, colours: unknown(list.length, alpha), width, metres: false, flow: 0 };
    };
    const ground = (junction: Junction): number => this.#heights.get(junction.id) ?? 0;
    const groups = junctions.flatMap((junction) => junction.groups.map((group) => ({ junction, group })));
    const bars = lines(groups.map(({ junction, group }) => ({ id: `${junction.id}/${group.id}`, line: group.stop, height: ground(junction) + LIFT.bar })), WIDTH.bar, ORDER.groundLine + 2, ALPHA.stale);
    const ways = lines(groups.flatMap(({ junction, group }) => group.paths.map((line) => ({ id: `${junction.id}/${group.id}`, line, height: ground(junction) + LIFT.way }))), WIDTH.way, ORDER.groundLine + 1, ALPHA.other);
    const places = new Float32Array(3 * junctions.length);
    junctions.forEach((junction, i) => local.place(junction.lon, junction.lat, ground(junction), places, 3 * i));
    const symbols: PointsBatch = { kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: junctions.map((junction) => junction.id), places, colours: unknown(junctions.length, 255), size: 19, symbol: 'signals', stem: LIFT.symbol, motion: null };
    const drawn = <B extends LinesBatch | PointsBatch>(batch: B): { batch: B; drawn: Drawn; colours: Uint8Array } => ({ batch, drawn: this.#stage.draw(batch), colours: batch.colours });
    return { junctions, bars: drawn(bars), ways: ways.ids!.length > 0 ? drawn(ways) : null, symbols: drawn(symbols) };
  }
}

/** The look before anything was said; picks go by it too. */
function unknown(count: number, alpha: number): Uint8Array {
  const [r, g, b] = bytes(UNKNOWN_COLOUR);
  return Uint8Array.from({ length: 4 * count }, (_, i) => [r, g, b, alpha][i % 4]);
}

function write(part: { readonly drawn: Drawn; colours: Uint8Array }, colours: readonly (readonly number[])[]): void {
  const next = Uint8Array.from(colours.flat());
  if (next.length !== part.colours.length || next.every((byte, i) => byte === part.colours[i])) return;
  part.colours = next;
  part.drawn.write({ kind: 'colours', colours: next });
}
