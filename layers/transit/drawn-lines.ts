import { placer } from '#geo';
import { batchHit, betterHit, ORDER, type Hit, type LinesBatch, type PickAsk, type PointsBatch, type Stage } from '#engine';
import { parseColour, type TransitOutput } from '#models';
import { routeColour } from './route-look.ts';

/** CSS pixels: a line on rails, a line on roads, a stop. */
const WIDTH = { rail: 5, road: 3.4, stop: 9 } as const;
const CELL = 0.1;
const STOP_COLOUR = [252, 252, 251, 255] as const;

/** Lines in their colours and stops as white discs; both can be picked. */
export class DrawnLines {
  readonly #stage: Stage;
  readonly #output: TransitOutput;
  readonly #lines: { readonly batch: LinesBatch; readonly route: Uint32Array }[] = [];
  readonly #stops: PointsBatch[] = [];

  /** @param shown routes by index */
  constructor(stage: Stage, output: TransitOutput, shown: ReadonlySet<number>) {
    this.#stage = stage;
    this.#output = output;
    for (const cell of output.lines) this.#drawLines(cell, shown);
    this.#drawStops(output.stops.ids.map((_, i) => i).filter((i) => output.stops.routes[i].some((route) => shown.has(route))));
  }

  pick(ask: PickAsk): Hit | null {
    const { stops, routes } = this.#output;
    const stop = this.#stops.map((batch) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, id: batch.ids![hit.slot] };
    }).reduce(betterHit, null);
    const base = { layer: this.#stage.id };
    if (stop) return { ...base, id: `stop ${stop.id}`, lon: stop.lon, lat: stop.lat, height: stop.height, depth: stop.depth, properties: { kind: 'stop', name: stops.names[stops.ids.indexOf(stop.id)] } };
    const line = this.#lines.map(({ batch, route }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, route: route[hit.slot] };
    }).reduce(betterHit, null);
    return line && { ...base, id: `route ${routes[line.route].id}`, lon: line.lon, lat: line.lat, height: line.height, depth: line.depth, properties: { kind: 'route', name: routes[line.route].name } };
  }

  #drawLines({ anchor, places, starts, route }: TransitOutput['lines'][number], shown: ReadonlySet<number>): void {
    const { routes } = this.#output;
    const colours = new Uint8Array(4 * route.length);
    const width = new Float32Array(route.length);
    route.forEach((which, i) => {
      const [r, g, b] = parseColour(routeColour(routes[which], which)) ?? [85, 98, 106];
      colours.set([r, g, b, shown.has(which) ? 235 : 0], 4 * i);
      width[i] = routes[which].type === 3 ? WIDTH.road : WIDTH.rail;
    });
    const batch: LinesBatch = { kind: 'lines', anchor, epoch: 0, order: ORDER.groundLine + 1, ids: Array.from(route, (which) => routes[which].id), places, starts, colours, width, metres: false, flow: 0 };
    this.#stage.draw(batch);
    this.#lines.push({ batch, route });
  }

  #drawStops(indices: readonly number[]): void {
    const { ids, places } = this.#output.stops;
    const cells = new Map<string, number[]>();
    for (const i of indices) {
      const key = `${Math.floor(places[3 * i] / CELL)} ${Math.floor(places[3 * i + 1] / CELL)}`;
      cells.set(key, [...(cells.get(key) ?? []), i]);
    }
    for (const members of cells.values()) {
      const [first] = members;
      const anchor = { lon: places[3 * first], lat: places[3 * first + 1], height: places[3 * first + 2] };
      const local = placer(anchor);
      const out = new Float32Array(3 * members.length);
      members.forEach((i, slot) => local.place(places[3 * i], places[3 * i + 1], places[3 * i + 2] + 1.5, out, 3 * slot));
      const batch: PointsBatch = { kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: members.map((i) => ids[i]), places: out, colours: Uint8Array.from(members.flatMap(() => STOP_COLOUR)), size: WIDTH.stop, metres: 14, symbol: 'dot', stem: 0, motion: null };
      this.#stage.draw(batch);
      this.#stops.push(batch);
    }
  }
}
