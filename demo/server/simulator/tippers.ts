import { placer, type RoadNetwork } from 'citymirror/analysis';
import { seeded, type VehicleReport } from './fleet.ts';

type Degrees = readonly [number, number];
interface Area { readonly id: string; readonly name: string; readonly rings: readonly (readonly Degrees[])[] }

/** What the simulated tippers should keep to; a fleet layer takes it as its rules. */
export interface TipperRules {
  readonly forbidden: readonly Area[];
  readonly sites: readonly Area[];
  readonly routes: readonly (readonly Degrees[])[];
  readonly stay: { readonly radius: number; readonly least: number };
  readonly speed: { readonly limit: number; readonly least: number };
  readonly utcOffset: number;
}

type Path = ReturnType<RoadNetwork['path']>;
interface Stop { readonly at: number; readonly seconds: number }
interface Trip { readonly path: Path; readonly stops: readonly Stop[]; readonly fast: boolean }
interface Tipper { readonly id: string; readonly habit: number; trips: number; trip: Trip; s: number; speed: number; standing: number; passed: number }

const USUAL = 13;
const FAST = 21;
/** Seconds it stands to load and unload, and where it must not. */
const LOADING = 45;
const DUMPING = 110;

/** Tippers between a building site and a tip: most keep to their route; some cut through where they must not, dump on the way, or drive too fast. */
export class Tippers {
  readonly rules: TipperRules;
  readonly #network: RoadNetwork;
  readonly #ground: ReturnType<typeof placer>;
  readonly #tippers: Tipper[] = [];
  readonly #ways: { out: number[]; back: number[]; cut: number[] };

  private constructor(network: RoadNetwork, ways: { out: number[]; back: number[]; cut: number[]; middle: number }, count: number) {
    this.#network = network;
    this.#ground = placer({ ...network.anchor, height: 0 });
    this.#ways = ways;
    const place = (edge: number): [number, number] => [network.nodeX[network.to(edge)], network.nodeY[network.to(edge)]];
    this.rules = {
      forbidden: [{ id: 'quiet', name: '禁行区', rings: [this.#ring(place(ways.middle), 170)] }],
      sites: [{ id: 'site', name: '工地', rings: [this.#ring(place(ways.out[0]), 130)] }, { id: 'tip', name: '消纳场', rings: [this.#ring(place(ways.out[ways.out.length - 1]), 130)] }],
      routes: [ways.out, ways.back].map((edges) => this.#line(edges)),
      stay: { radius: 50, least: 90 }, speed: { limit: 60, least: 10 }, utcOffset: 8,
    };
    for (let i = 0; i < count; i++) {
      const tipper: Tipper = { id: `渣土${String(i + 1).padStart(2, '0')}`, habit: i % 6, trips: i, trip: this.#trip(i % 6, i), s: 0, speed: 0, standing: 0, passed: 0 };
      // Spread over their ways from the start.
      tipper.s = (tipper.trip.path.length * ((i * 0.37) % 1)) * 0.9;
      this.#tippers.push(tipper);
    }
  }

  /** Finds a site and a tip some kilometres apart, and a way through streets beside it; null where the roads have none. */
  static on(network: RoadNetwork, count: number, seed: number): Tippers | null {
    const random = seeded(seed);
    const open = Array.from({ length: network.edges }, (_, edge) => edge).filter((edge) => network.open(edge) && network.length(edge) > 40);
    const route = (from: number, to: number, limit: number): number[] | null => network.route({ edge: from, offset: 0 }, { edge: to, offset: network.length(to) }, limit)?.edges.slice() ?? null;
    const away = (a: number, b: number): number => Math.hypot(network.nodeX[network.to(a)] - network.nodeX[network.to(b)], network.nodeY[network.to(a)] - network.nodeY[network.to(b)]);
    for (let tries = 0; tries < 400 && open.length > 0; tries++) {
      const [site, tip] = [open[Math.floor(random() * open.length)], open[Math.floor(random() * open.length)]];
      if (!(away(site, tip) > 1400 && away(site, tip) < 3200)) continue;
      const [out, back] = [route(site, tip, 6000), route(tip, site, 6000)];
      if (!out || !back || out.length < 6) continue;
      const half = out[Math.floor(out.length / 2)];
      for (const middle of open) {
        const beside = Math.min(...[...out, ...back].map((edge) => away(edge, middle)));
        if (beside < 330 || beside > 600 || away(middle, half) > 900) continue;
        const [first, second] = [route(site, middle, 5000), route(middle, tip, 5000)];
        if (first && second) return new Tippers(network, { out, back, cut: [...first, ...second.slice(1)], middle }, count);
      }
    }
    return null;
  }

  get size(): number {
    return this.#tippers.length;
  }

  /** Moves a tipper on by some seconds and says where it is. */
  report(index: number, seconds: number, time: number): VehicleReport {
    const tipper = this.#tippers[index];
    for (let left = seconds; left > 0; left -= 0.5) this.#drive(tipper, Math.min(0.5, left));
    const [x, y, heading] = tipper.trip.path.at(tipper.s, new Float64Array(3));
    const [lon, lat] = this.#ground.unplace(x, y, 0, new Float64Array(3));
    return { id: tipper.id, kind: 2, t: Number(time.toFixed(3)), lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)), speed: Number(tipper.speed.toFixed(2)), heading: Number((((heading % 360) + 360) % 360).toFixed(1)) };
  }

  #drive(tipper: Tipper, seconds: number): void {
    if (tipper.standing > 0) {
      tipper.standing -= seconds;
      tipper.speed = 0;
      return;
    }
    const { trip } = tipper;
    const next = trip.stops.find(({ at }, i) => i >= tipper.passed && at >= tipper.s);
    const left = (next?.at ?? trip.path.length) - tipper.s;
    const wanted = Math.min(trip.fast ? FAST : USUAL, Math.sqrt(2 * 1.4 * Math.max(0.2, left)));
    tipper.speed += Math.max(-2 * seconds, Math.min(1.2 * seconds, wanted - tipper.speed));
    tipper.s = Math.min(trip.path.length, tipper.s + tipper.speed * seconds);
    if (next && tipper.s >= next.at - 0.5) {
      tipper.standing = next.seconds;
      tipper.passed++;
      tipper.s = next.at + 0.6;
    } else if (tipper.s >= trip.path.length - 0.5) {
      tipper.trips++;
      Object.assign(tipper, { trip: this.#trip(tipper.habit, tipper.trips), s: 0, passed: 0, standing: LOADING });
    }
  }

  /** Habits: 1 cuts through on each way out, 2 dumps half way, 3 drives too fast; the others do as they should. */
  #trip(habit: number, number: number): Trip {
    const outward = number % 2 === 0;
    const edges = outward ? (habit === 1 ? this.#ways.cut : this.#ways.out) : this.#ways.back;
    const network = this.#network;
    const path = network.path({ edges, from: 0, to: network.length(edges[edges.length - 1]), fromLane: 0 });
    return { path, stops: outward && habit === 2 ? [{ at: path.length / 2, seconds: DUMPING }] : [], fast: habit === 3 };
  }

  #ring([x, y]: readonly [number, number], radius: number): Degrees[] {
    return Array.from({ length: 25 }, (_, i) => {
      const turn = (i / 24) * 2 * Math.PI;
      const [lon, lat] = this.#ground.unplace(x + radius * Math.cos(turn), y + radius * Math.sin(turn), 0, new Float64Array(3));
      return [lon, lat];
    });
  }

  #line(edges: readonly number[]): Degrees[] {
    const { x, y, linkStart } = this.#network;
    const out: Degrees[] = [];
    for (const edge of edges) {
      const [first, last] = [linkStart[edge >> 1], linkStart[(edge >> 1) + 1] - 1];
      for (let k = first; k <= last; k++) {
        const i = edge & 1 ? last - (k - first) : k;
        const [lon, lat] = this.#ground.unplace(x[i], y[i], 0, new Float64Array(3));
        out.push([lon, lat]);
      }
    }
    return out;
  }
}
