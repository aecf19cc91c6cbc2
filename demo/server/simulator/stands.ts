import { placer, type RoadNetwork, type Stand } from 'citymirror/analysis';
import { seeded } from './fleet.ts';
import type { NamedPlace } from './named-places.ts';

/** One reading of a stand or a bay, as it goes over the wire. */
export interface StandReading {
  readonly id: string;
  readonly t: number;
  readonly values: Readonly<Record<string, number>>;
  readonly quality: 'simulated';
}

const MOST = { parks: 30, bikes: 60 } as const;
/** Car parks that tell of every bay, and bays in a row of one. */
const WITH_BAYS = 6;
const ROW = 12;
/** Shares of spaces taken by hour: where people live, and where they work. */
const HOME = Array.from({ length: 24 }, (_, hour) => (hour < 7 || hour >= 21 ? 0.92 : hour < 9 || hour >= 18 ? 0.7 : 0.38));
const WORK = Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 18 ? 0.9 : hour === 8 || hour === 18 ? 0.6 : 0.12));

/** Made-up car parks beside the streets at a city's landmarks, and bike stations at its bus stops. */
export function standsOf(network: RoadNetwork, places: readonly NamedPlace[], seed: number): Stand[] {
  const random = seeded(seed);
  const ground = placer({ ...network.anchor, height: 0 });
  const degrees = (x: number, y: number): { lon: number; lat: number } => {
    const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3));
    return { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) };
  };
  const kerb = ({ lon, lat }: NamedPlace, off: number): { x: number; y: number; heading: number } | null => {
    const [x, y] = ground.place(lon, lat, 0, new Float64Array(3));
    const snap = network.snap(x, y, Number.NaN, 250);
    if (!snap) return null;
    const length = network.length(snap.edge);
    const [px, py, heading] = network.path({ edges: [snap.edge], from: 0, to: length, fromLane: network.lanes[snap.edge >> 1] - 1 }).at(Math.min(length - 25, Math.max(25, snap.offset)), new Float64Array(3));
    const radians = (heading * Math.PI) / 180;
    return { x: px + Math.cos(radians) * off, y: py - Math.sin(radians) * off, heading };
  };
  const parks = places.filter(({ kind }) => kind !== 'bus-stop').slice(0, MOST.parks).flatMap((place, i): Stand[] => {
    const at = kerb(place, 13);
    if (!at) return [];
    const bays = i < WITH_BAYS ? Array.from({ length: ROW * 2 }, (_, k) => {
      const radians = (at.heading * Math.PI) / 180;
      const [along, across] = [((k % ROW) - (ROW - 1) / 2) * 2.7, k < ROW ? -2.9 : 2.9];
      return { id: String(k + 1), ...degrees(at.x + Math.sin(radians) * along + Math.cos(radians) * across, at.y + Math.cos(radians) * along - Math.sin(radians) * across), heading: Math.round(at.heading + 90) % 360, length: 5.3, width: 2.5 };
    }) : [];
    const capacity = bays.length || 60 + Math.round(random() * 18) * 20;
    const demand = (shape: readonly number[], share: number): number[] => shape.map((each) => Math.round(each * capacity * share));
    const users = i % 2 === 0 ? [{ name: '居民', demand: demand(HOME, 0.55) }, { name: '办公', demand: demand(WORK, 0.6) }] : [];
    return [{ id: `P${i + 1}`, name: `${place.name}停车场`, kind: 'parking', ...degrees(at.x, at.y), capacity, bays, users }];
  });
  const bikes = places.filter(({ kind }) => kind === 'bus-stop').filter((_, i) => i % 2 === 0).slice(0, MOST.bikes).flatMap((place, i): Stand[] => {
    const at = kerb(place, 6);
    return at ? [{ id: `B${i + 1}`, name: `${place.name}单车`, kind: 'bikes', ...degrees(at.x, at.y), capacity: 14 + Math.round(random() * 5) * 4, bays: [], users: [] }] : [];
  });
  return [...parks, ...bikes];
}

/** What stands say: counts that go with the hour, bays that are taken and left one by one. The same for the same seed and moments in order. */
export class StandVoice {
  readonly #stands: readonly { readonly stand: Stand; readonly key: number; taken: number; bays: boolean[] }[];
  readonly #random: () => number;

  constructor(stands: readonly Stand[], seed: number) {
    this.#random = seeded(seed);
    this.#stands = stands.map((stand, i) => ({ stand, key: i, taken: Number.NaN, bays: stand.bays.map(() => false) }));
  }

  /** @param all everything, also what did not change */
  speak(time: number, all: boolean): StandReading[] {
    const t = Number(time.toFixed(3));
    const hour = (time / 3600 + 8) % 24;
    return this.#stands.flatMap((each): StandReading[] => {
      const { stand, key } = each;
      const capacity = stand.capacity!;
      const shape = key % 2 === 0 ? WORK : HOME;
      const wave = 0.14 * Math.sin(time / 700 + key) + 0.08 * Math.sin(time / 130 + 3 * key);
      const share = stand.kind === 'bikes' ? 0.5 + 0.48 * Math.sin(time / 1800 + 2.4 * key) : shape[Math.floor(hour)] + wave;
      const wanted = Math.round(Math.min(1, Math.max(0, share)) * capacity);
      const reading = (values: StandReading['values'], id = stand.id): StandReading => ({ id, t, values, quality: 'simulated' });
      if (each.bays.length > 0) return this.#bays(each, wanted, all).map((k) => reading({ occupied: each.bays[k] ? 1 : 0 }, `${stand.id}/${stand.bays[k].id}`));
      const next = Number.isNaN(each.taken) ? wanted : each.taken + Math.sign(wanted - each.taken);
      if (next === each.taken && !all) return [];
      each.taken = next;
      return [reading(stand.kind === 'bikes' ? { bikes: next, docks: capacity - next } : { occupied: next })];
    });
  }

  /** Bays that changed: towards the wanted count, and now and then one for another. */
  #bays(each: { bays: boolean[]; taken: number }, wanted: number, all: boolean): number[] {
    const { bays } = each;
    const pick = (state: boolean): number => {
      const of = bays.flatMap((taken, k) => (taken === state ? [k] : []));
      return of.length === 0 ? -1 : of[Math.floor(this.#random() * of.length)];
    };
    const changed: number[] = [];
    const flip = (state: boolean): void => {
      const k = pick(state);
      if (k < 0) return;
      bays[k] = !state;
      changed.push(k);
    };
    if (Number.isNaN(each.taken)) {
      for (let k = 0; k < wanted; k++) flip(false);
      each.taken = wanted;
      return bays.map((_, k) => k);
    }
    const taken = bays.filter(Boolean).length;
    if (taken !== wanted) flip(taken > wanted);
    else if (this.#random() < 0.15) {
      flip(true);
      flip(false);
    }
    return all ? bays.map((_, k) => k) : changed;
  }
}
