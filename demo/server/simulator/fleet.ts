import { placer, type RoadNetwork } from 'citymirror/analysis';

/** One report of one vehicle, as it goes over the wire. Degrees, metres a second, unix seconds. */
export interface VehicleReport {
  id: string;
  t: number;
  lon: number;
  lat: number;
  speed: number;
  heading: number;
  /** 0 car, 1 bus, 2 truck. */
  kind: number;
}

/** Random numbers 0 … 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Vehicle {
  readonly id: string;
  readonly kind: number;
  edges: number[];
  path: ReturnType<RoadNetwork['path']>;
  s: number;
  speed: number;
  /** This driver's share of what the road allows. */
  readonly temper: number;
}

/** Metres a second squared. */
const QUICKEN = 1.6;
const BRAKE = 2.6;
const STEP = 0.5;

/** Vehicles that truly drive the road graph: along lane lines, turning at junctions as chance has it, as fast as the road's mood allows. */
export class Fleet {
  readonly network: RoadNetwork;
  readonly #random: () => number;
  readonly #vehicles: Vehicle[] = [];
  readonly #ground: ReturnType<typeof placer>;
  readonly #drivable: Uint32Array;
  /** Running sum of how much traffic each drivable edge draws: big roads are where the cars are. */
  readonly #draw: Float64Array;
  readonly #place = new Float64Array(3);

  constructor(network: RoadNetwork, count: number, seed: number, letter = 'v') {
    this.network = network;
    this.#random = seeded(seed);
    this.#ground = placer({ ...network.anchor, height: 0 });
    const edges = Array.from({ length: network.edges }, (_, edge) => edge).filter((edge) => network.open(edge) && network.length(edge) >= 12);
    this.#drivable = Uint32Array.from(edges);
    let sum = 0;
    this.#draw = Float64Array.from(edges, (edge) => (sum += network.length(edge) * this.#pull(edge)));
    if (edges.length === 0) return;
    for (let i = 0; i < count; i++) this.#vehicles.push(this.#enter(`${letter}${String(i).padStart(5, '0')}`));
  }

  get size(): number {
    return this.#vehicles.length;
  }

  /** Moves one vehicle on by some seconds and says where it is. */
  report(index: number, seconds: number, time: number): VehicleReport {
    const vehicle = this.#vehicles[index];
    for (let left = seconds; left > 0; left -= STEP) this.#drive(vehicle, Math.min(STEP, left), time - left);
    const [x, y, heading] = vehicle.path.at(vehicle.s, this.#place);
    const degrees = this.#ground.unplace(x, y, 0, new Float64Array(3));
    return {
      id: vehicle.id, kind: vehicle.kind, t: Number(time.toFixed(3)), lon: Number(degrees[0].toFixed(7)), lat: Number(degrees[1].toFixed(7)),
      speed: Number(vehicle.speed.toFixed(2)), heading: Number((((heading % 360) + 360) % 360).toFixed(1)),
    };
  }

  /** How much of its free-flow speed a road allows now, 0.2 … 1.05: slow waves over the city, stronger on the big roads. */
  mood(link: number, time: number): number {
    const hash = Math.imul(link + 1, 2654435761) >>> 0;
    const phase = (hash % 1000) / 1000;
    const wave = Math.sin(time / 95 + phase * 6.28) * 0.5 + Math.sin(time / 410 + phase * 17) * 0.5;
    const busy = this.network.lanes[link] >= 2 ? 0.3 : 0.14;
    return Math.max(0.2, Math.min(1.05, 0.82 - busy * 0.4 + busy * wave - (hash % 11 === 0 ? 0.35 : 0)));
  }

  #drive(vehicle: Vehicle, seconds: number, time: number): void {
    const link = vehicle.edges[Math.min(vehicle.edges.length - 1, Math.floor((vehicle.s / Math.max(1, vehicle.path.length)) * vehicle.edges.length))] >> 1;
    const wanted = this.network.speed[link] * this.mood(link, time) * vehicle.temper;
    vehicle.speed = Math.max(0, vehicle.speed + Math.max(-BRAKE * seconds, Math.min(QUICKEN * seconds, wanted - vehicle.speed)));
    vehicle.s += vehicle.speed * seconds;
    if (vehicle.s < vehicle.path.length) return;
    const last = vehicle.edges.at(-1)!;
    const over = vehicle.s - vehicle.path.length;
    Object.assign(vehicle, this.#way(last, this.network.length(last) / 2, vehicle.path.lane), { s: over });
  }

  /** What a road draws beside others: by its speed and lanes. */
  #pull(edge: number): number {
    return this.network.speed[edge >> 1] ** 2 * Math.max(1, this.network.lanes[edge >> 1]);
  }

  #anywhere(): number {
    const aim = this.#random() * this.#draw[this.#draw.length - 1];
    let [low, high] = [0, this.#draw.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#draw[middle] < aim) low = middle + 1;
      else high = middle;
    }
    return this.#drivable[low];
  }

  #turn(choice: readonly number[]): number {
    let aim = this.#random() * choice.reduce((sum, edge) => sum + this.#pull(edge), 0);
    return choice.find((edge) => (aim -= this.#pull(edge)) <= 0) ?? choice[choice.length - 1];
  }

  #enter(id: string): Vehicle {
    const edge = this.#anywhere();
    const lane = Math.floor(this.#random() * this.network.lanes[edge >> 1]);
    const way = this.#way(edge, this.network.length(edge) * 0.5 * this.#random(), lane);
    const kind = [0, 0, 0, 0, 0, 0, 0, 1, 2, 2][this.#vehicles.length % 10];
    return { id, kind, ...way, s: 0, speed: this.network.speed[edge >> 1] / 2, temper: 0.85 + 0.25 * this.#random() };
  }

  /** A way over the next edges, from an offset on the first to the middle of the last; it turns back only at dead ends. */
  #way(edge: number, from: number, lane: number): Pick<Vehicle, 'edges' | 'path'> {
    const network = this.network;
    const edges = [edge];
    for (let k = 0; k < 6; k++) {
      const last = edges.at(-1)!;
      const node = network.to(last);
      const next = Array.from(network.out.subarray(network.outStart[node], network.outStart[node + 1]));
      const onward = next.filter((one) => one !== (last ^ 1));
      const choice = onward.length > 0 ? onward : next;
      if (choice.length === 0) break;
      edges.push(this.#turn(choice));
    }
    if (edges.length === 1) return this.#elsewhere();
    return { edges, path: network.path({ edges, from, to: network.length(edges.at(-1)!) / 2, fromLane: lane }) };
  }

  /** A oneway road that ends leads out of the city: the vehicle comes in again at another place. */
  #elsewhere(): Pick<Vehicle, 'edges' | 'path'> {
    for (let tries = 0; tries < 50; tries++) {
      const edge = this.#anywhere();
      const node = this.network.to(edge);
      if (this.network.outStart[node + 1] > this.network.outStart[node]) return this.#way(edge, 0, 0);
    }
    const edge = this.#drivable[0];
    return { edges: [edge], path: this.network.path({ edges: [edge], from: 0, to: this.network.length(edge), fromLane: 0 }) };
  }
}
