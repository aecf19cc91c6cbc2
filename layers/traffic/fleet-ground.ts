import { placer, type Anchor } from '#geo';
import { ORDER, toTwinError, type Drawn, type Stage } from '#engine';
import { parseColour, type DrapeInput, type DrapeOutput, type FenceDocument, type FleetRulesDocument, type HeightsInput, type HeightsOutput } from '#models';

/** Metres between two heights along a route, and above the ground. */
const STEP = 25;
const LIFT = 0.9;
const FILL = 62;
const COLOURS = { forbidden: '#c62828', sites: '#2e7d32', route: '#14587f' } as const;

/** Fences and approved routes, laid on the ground. */
export class FleetGround {
  #drawn: Drawn[] = [];
  #turn = 0;

  constructor(private readonly stage: Stage, private readonly dem: string | null) {}

  /** Shows other rules; what cannot be laid is said and left out. */
  async show(rules: FleetRulesDocument): Promise<void> {
    const turn = ++this.#turn;
    for (const drawn of this.#drawn.splice(0)) drawn.dispose();
    const work = [
      ...(rules.forbidden ?? []).map((fence) => this.#fence(fence, COLOURS.forbidden, turn)),
      ...(rules.sites ?? []).map((fence) => this.#fence(fence, COLOURS.sites, turn)),
      ...(rules.routes ?? []).map((route) => this.#route(route, turn)),
    ];
    for (const outcome of await Promise.allSettled(work)) {
      if (outcome.status === 'rejected' && !this.stage.signal.aborted) this.stage.report(toTwinError(outcome.reason, 'analysis-failed', this.stage.id));
    }
  }

  async #fence({ rings }: FenceDocument, colour: string, turn: number): Promise<void> {
    const { stage, dem } = this;
    const drape = await stage.analysis.run<DrapeInput, DrapeOutput>('drape', { dem, rings, lift: LIFT }, { signal: stage.signal, affinity: dem ?? 'drape' });
    if (turn !== this.#turn || stage.signal.aborted) return;
    const [r, g, b] = parseColour(colour) ?? [0, 0, 0];
    const count = drape.places.length / 3;
    const lines = drape.outline.starts.length - 1;
    const paint = (n: number, alpha: number): Uint8Array => Uint8Array.from({ length: 4 * n }, (_, i) => [r, g, b, alpha][i % 4]);
    const head = { anchor: drape.anchor, epoch: 0, ids: null } as const;
    this.#drawn.push(
      stage.draw({ ...head, kind: 'mesh', order: ORDER.groundDrape, places: drape.places, indices: drape.indices, colours: paint(count, FILL), slots: null, lit: false }),
      stage.draw({ ...head, kind: 'lines', order: ORDER.groundLine, places: drape.outline.places, starts: drape.outline.starts, colours: paint(lines, 235), width: 2.5, metres: false, flow: 0 }),
    );
  }

  async #route(route: readonly (readonly [number, number])[], turn: number): Promise<void> {
    const { stage, dem } = this;
    const places = densified(route);
    const heights = dem ? (await stage.analysis.run<HeightsInput, HeightsOutput>('heights', { dem, places: places.flat() }, { signal: stage.signal, affinity: dem })).heights : new Float32Array(places.length);
    if (turn !== this.#turn || stage.signal.aborted) return;
    const anchor: Anchor = { lon: places[0][0], lat: places[0][1], height: heights[0] || 0 };
    const ground = placer(anchor);
    const at = new Float64Array(3);
    const points = places.flatMap(([lon, lat], i) => [...ground.place(lon, lat, (heights[i] || anchor.height) + LIFT, at)]);
    const [r, g, b] = parseColour(COLOURS.route) ?? [0, 0, 0];
    this.#drawn.push(stage.draw({ kind: 'lines', anchor, epoch: 0, order: ORDER.groundLine, ids: null, places: Float32Array.from(points), starts: Uint32Array.of(0, places.length), colours: Uint8Array.of(r, g, b, 210), width: 6, metres: false, flow: 0 }));
  }
}

/** The line with places between, so that it follows the ground. */
function densified(route: readonly (readonly [number, number])[]): [number, number][] {
  const ground = placer({ lon: route[0][0], lat: route[0][1], height: 0 });
  const metres = route.map(([lon, lat]) => { const [x, y] = ground.place(lon, lat, 0, new Float64Array(3)); return [x, y] as const; });
  const out: [number, number][] = [[route[0][0], route[0][1]]];
  for (let i = 1; i < route.length; i++) {
    const pieces = Math.max(1, Math.ceil(Math.hypot(metres[i][0] - metres[i - 1][0], metres[i][1] - metres[i - 1][1]) / STEP));
    for (let k = 1; k <= pieces; k++) out.push([route[i - 1][0] + ((route[i][0] - route[i - 1][0]) * k) / pieces, route[i - 1][1] + ((route[i][1] - route[i - 1][1]) * k) / pieces]);
  }
  return out;
}
