import { batchHit, betterHit, ORDER, type Drawn, type Hit, type PickAsk, type PointsBatch, type Stage } from '#engine';
import { parseColour, punctuality, type TransitAtInput, type TransitAtOutput, type TransitRoute } from '#models';
import { onRails, routeColour } from './route-look.ts';

const SIZE = 17;
const LENGTH = 26;

/** What is asked of the timetable beside the two moments. */
export type TimetableAsk = Omit<TransitAtInput, 'from' | 'to'>;

/** Vehicles where the timetable has them: rings in the colour of their line; discs in the colour of their delay where one was told. They move between keyframes a few seconds apart. */
export class TimetableVehicles {
  readonly #stage: Stage;
  readonly #routes: readonly TransitRoute[];
  readonly #shown: ReadonlySet<number>;
  #drawn: { readonly batch: PointsBatch; readonly drawn: Drawn }[] = [];
  /** Vehicles drawn now. */
  count = 0;

  constructor(stage: Stage, routes: readonly TransitRoute[], shown: ReadonlySet<number>) {
    this.#stage = stage;
    this.#routes = routes;
    this.#shown = shown;
  }

  /** Draws the vehicles of the span from `from` to `to` (unix seconds), but for those that are seen themselves. */
  async show(ask: TimetableAsk, from: number, to: number, seen: ReadonlySet<string>): Promise<void> {
    const stage = this.#stage;
    const output = await stage.analysis.run<TransitAtInput, TransitAtOutput>('transit-at', { ...ask, from, to }, { signal: stage.signal, affinity: ask.url });
    if (stage.signal.aborted) return;
    const late = new Map(ask.delays?.trips.map((trip, i) => [trip, ask.delays!.seconds[i]] as const) ?? []);
    const old = this.#drawn;
    this.#drawn = [];
    this.count = 0;
    for (const cell of output.cells) {
      for (const told of [false, true]) {
        const members = cell.trips.map((_, i) => i).filter((i) => this.#shown.has(cell.route[i]) && !seen.has(cell.trips[i]) && late.has(cell.trips[i]) === told);
        if (members.length > 0) this.#draw(cell, members, { from, to, told, late });
      }
    }
    for (const { drawn } of old) drawn.dispose();
  }

  pick(ask: PickAsk): Hit | null {
    const best = this.#drawn.map(({ batch }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, id: batch.ids![hit.slot] };
    }).reduce(betterHit, null);
    return best && { layer: this.#stage.id, id: `trip ${best.id}`, lon: best.lon, lat: best.lat, height: best.height, depth: best.depth, properties: { kind: 'trip' } };
  }

  #draw(cell: TransitAtOutput['cells'][number], members: readonly number[], { from, to, told, late }: { readonly from: number; readonly to: number; readonly told: boolean; readonly late: ReadonlyMap<string, number> }): void {
    const pick = (array: Float32Array): Float32Array => Float32Array.from(members.flatMap((i) => [...array.subarray(3 * i, 3 * i + 3)]));
    const colours = Uint8Array.from(members.flatMap((i) => {
      const [r, g, b] = parseColour(told ? punctuality(late.get(cell.trips[i])!).colour : routeColour(this.#routes[cell.route[i]], cell.route[i])) ?? [85, 98, 106];
      return [r, g, b, told ? 245 : 225];
    }));
    const rails = members.every((i) => onRails(this.#routes[cell.route[i]]));
    const batch: PointsBatch = {
      kind: 'points', anchor: cell.anchor, epoch: from, order: ORDER.symbol + (told ? 0.3 : 0.2), ids: members.map((i) => cell.trips[i]), places: pick(cell.places), colours,
      size: told ? SIZE : SIZE - 2, metres: LENGTH, symbol: told ? (rails ? 'train' : 'bus') : 'ring', stem: 0,
      motion: { to: pick(cell.next), times: Float32Array.from(members.flatMap(() => [0, to - from])), staleAfter: Infinity },
    };
    this.count += members.length;
    this.#drawn.push({ batch, drawn: this.#stage.draw(batch) });
  }
}
