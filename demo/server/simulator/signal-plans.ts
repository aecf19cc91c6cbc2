import { placer, searchOffsets, webster, type Junction, type JunctionFile, type LonLat, type Movement, type RoadNetwork, type SignalGroup } from 'citymirror/analysis';
import { seeded } from './fleet.ts';

/** Seconds of amber after each green, and of lost time a stage: amber and a second of all red. */
export const AMBER = 3;
const LOST = AMBER + 1;
const CYCLES = [60, 120] as const;
/** Saturation flow of a lane, pcu/h, and the share of it that comes by class of road. */
const LANE = { left: 1500, through: 1650, right: 1450 } as const;
const LOAD: Readonly<Record<string, number>> = { trunk: 0.34, primary: 0.3, secondary: 0.24, tertiary: 0.18 };
/** Metres from a place of signals to the node of the roads that it stands at. */
const REACH = 25;
const LANE_WIDTH = 3.25;
/** Signals of a corridor at most: of more, a band both ways is seldom left. Offsets are tried in steps of so many seconds. */
const MOST = 6;
const STEP = 2;

interface Approach {
  readonly edge: number;
  readonly heading: number;
  readonly axis: number;
  readonly lanes: number;
  readonly turns: Map<Movement, number[]>;
}

const angle = (a: number, b: number): number => ((((a - b + 180) % 360) + 360) % 360) - 180;

/** Movements by how far a way turns; null for one that goes back. */
function movementOf(turn: number): Movement | null {
  if (Math.abs(turn) <= 40) return 'through';
  return Math.abs(turn) > 155 ? null : turn < 0 ? 'left' : 'right';
}

const MAIN = new Set(['trunk', 'primary', 'secondary', 'tertiary']);
/** Metres between signals: nearer ones are one junction's. */
const APART = 90;

/** Name of the street an edge belongs to; '' where it has none. */
function streetOf(network: RoadNetwork, edge: number): string {
  return (network.road(edge) as { readonly name?: string }).name ?? '';
}

/** Whether streets of two names meet at a node, main ones all: signals of a driveway have no plan worth showing. */
function isCrossing(network: RoadNetwork, node: number): boolean {
  const main = [...network.into(node)].filter((edge) => MAIN.has(network.road(edge).class ?? ''));
  return main.length >= 3 && new Set(main.map((edge) => streetOf(network, edge)).filter(Boolean)).size >= 2;
}

/** Nodes where signals stand: the nearest crossing of streets to each place, if there is one within reach. */
export function signalNodes(network: RoadNetwork, places: readonly { readonly name: string; readonly lon: number; readonly lat: number }[]): { node: number; name: string }[] {
  const ground = placer({ ...network.anchor, height: 0 });
  const at = new Float64Array(3);
  const crossings = Array.from({ length: network.nodeX.length }, (_, node) => node).filter((node) => isCrossing(network, node));
  const found = new Map<number, string>();
  for (const { name, lon, lat } of places) {
    ground.place(lon, lat, 0, at);
    const away = (node: number): number => Math.hypot(network.nodeX[node] - at[0], network.nodeY[node] - at[1]);
    const nearest = crossings.reduce((best, node) => (best < 0 || away(node) < away(best) ? node : best), -1);
    const crowded = [...found.keys()].some((other) => Math.hypot(network.nodeX[other] - network.nodeX[nearest], network.nodeY[other] - network.nodeY[nearest]) < APART);
    if (nearest >= 0 && away(nearest) <= REACH && !crowded) found.set(nearest, name);
  }
  return [...found].map(([node, name]) => ({ node, name }));
}

/** Plans of a made-up signal control on real geometry: groups, stop lines and ways from the roads, flows by chance, timing by Webster, corridors by the search for green waves. */
export class SignalPlans {
  readonly #network: RoadNetwork;
  readonly #random: () => number;
  readonly #ground: ReturnType<typeof placer>;

  constructor(network: RoadNetwork, seed: number) {
    this.#network = network;
    this.#random = seeded(seed);
    this.#ground = placer({ ...network.anchor, height: 0 });
  }

  file(nodes: readonly { readonly node: number; readonly name: string }[], prefix = 'J'): JunctionFile {
    const junctions = nodes.map(({ node, name }, i) => this.#junction(node, name, `${prefix}${i + 1}`)).filter((junction) => junction !== null);
    const byNode = new Map(nodes.map(({ node }, i) => [node, junctions.find(({ id }) => id === `${prefix}${i + 1}`)]));
    return { junctions: [...this.#waves(junctions, byNode)], corridors: this.#corridors, synthetic: true, skipped: {} };
  }

  #corridors: JunctionFile['corridors'] = [];

  #degrees(x: number, y: number): LonLat {
    const [lon, lat] = this.#ground.unplace(x, y, 0, new Float64Array(3));
    return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
  }

  #junction(node: number, name: string, id: string): Junction | null {
    const approaches = this.#approaches(node);
    const main = approaches.toSorted((a, b) => b.lanes - a.lanes)[0];
    if (!main || approaches.length < 3) return null;
    const stages = new Map<number, { draft: SignalGroup; critical: number }[]>();
    let number = 0;
    for (const approach of approaches) {
      const first = Math.abs(angle(approach.heading * 2, main.heading * 2)) < 90 ? 0 : 2;
      const own = approach.lanes >= 2 && approach.turns.has('left') && approach.turns.has('through');
      for (const [movement, outs] of [...approach.turns].toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))) {
        const draft = this.#group(approach, movement, outs, String(++number));
        const stage = first + (movement === 'left' && own ? 1 : 0);
        stages.set(stage, [...(stages.get(stage) ?? []), { draft, critical: draft.flow! / draft.saturation }]);
      }
    }
    return this.#timed(id, name, node, [...stages].toSorted(([a], [b]) => a - b).map(([, groups]) => groups));
  }

  /** Greens by Webster within practical cycles. */
  #timed(id: string, name: string, node: number, stages: readonly (readonly { readonly draft: SignalGroup; readonly critical: number }[])[]): Junction {
    const critical = stages.map((groups) => groups.reduce((a, b) => (b.critical > a.critical ? b : a)).draft);
    const lost = LOST * stages.length;
    const { cycle: best, ratios, sum } = webster({ flows: critical.map(({ flow }) => flow!), saturations: critical.map(({ saturation }) => saturation), lost });
    const cycle = Math.min(CYCLES[1], Math.max(CYCLES[0], Math.round(best ?? CYCLES[1])));
    let start = 0;
    const groups = stages.flatMap((members, i) => {
      const green = Math.max(8, Math.round(((cycle - lost) * ratios[i]) / sum));
      const timed = members.map(({ draft }): SignalGroup => ({ ...draft, green: [start, green] }));
      start += green + LOST;
      return timed;
    });
    const [lon, lat] = this.#degrees(this.#network.nodeX[node], this.#network.nodeY[node]);
    return { id, name, lon, lat, plan: { cycle: Math.max(cycle, start), offset: Math.floor(this.#random() * cycle), lost }, groups };
  }

  #approaches(node: number): Approach[] {
    const network = this.#network;
    const at = new Float64Array(3);
    return [...network.into(node)].filter((edge) => network.length(edge) > 25).map((edge) => {
      const length = network.length(edge);
      const heading = network.path({ edges: [edge], from: length - 12, to: length, fromLane: 0 }).at(6, at)[2];
      const turns = new Map<Movement, number[]>();
      for (const out of network.out.subarray(network.outStart[node], network.outStart[node + 1])) {
        if (out === (edge ^ 1) || network.length(out) < 15) continue;
        const leaves = network.path({ edges: [out], from: 0, to: 12, fromLane: 0 }).at(6, at)[2];
        const movement = movementOf(angle(leaves, heading));
        if (movement) turns.set(movement, [...(turns.get(movement) ?? []), out]);
      }
      return { edge, heading: Math.round(((heading % 360) + 360) % 360), axis: heading % 180, lanes: network.lanes[edge >> 1], turns };
    }).filter(({ turns }) => turns.size > 0);
  }

  /** A movement's part of the approach: lanes side by side from the left, a bar over them, its ways from the bar on. */
  #group({ edge, heading, lanes, turns }: Approach, movement: Movement, outs: readonly number[], id: string): SignalGroup {
    const network = this.#network;
    const at = new Float64Array(3);
    const order = [...turns.keys()].toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
    const width = lanes * LANE_WIDTH;
    const index = order.indexOf(movement);
    const [left, right] = lanes > order.length && movement === 'through' ? [index, index + 1 + lanes - order.length] : [index + (lanes > order.length && movement === 'right' ? lanes - order.length : 0), index + 1 + (lanes > order.length && movement === 'right' ? lanes - order.length : 0)];
    const share = Math.max(lanes, order.length);
    const back = this.#setBack(edge);
    const length = network.length(edge);
    const [x, y, degrees] = network.path({ edges: [edge], from: Math.max(1, length - back - 4), to: Math.max(3, length - back), fromLane: 0 }).at(1000, at);
    const radians = (degrees * Math.PI) / 180;
    const side = (offset: number): LonLat => this.#degrees(x + Math.cos(radians) * (offset - LANE_WIDTH / 2), y - Math.sin(radians) * (offset - LANE_WIDTH / 2));
    const bar = [side((left / share) * width + 0.25), side((right / share) * width - 0.25)] as const;
    const lane = Math.min(lanes - 1, Math.floor(((left + right) / 2 / share) * lanes));
    const load = (LOAD[network.road(edge).class ?? ''] ?? 0.12) * (0.8 + 0.4 * this.#random());
    const many = movement === 'through' ? Math.max(1, lanes - (lanes >= 3 ? 2 : 1)) : 1;
    const saturation = LANE[movement as keyof typeof LANE] * many;
    return {
      id, movement, heading, stop: bar, saturation, green: null, flow: Math.round(saturation * load * (movement === 'through' ? 1 : 0.55)),
      paths: outs.map((out) => this.#way(edge, out, length - back, lane)),
    };
  }

  /** Metres from the stop line to the node: half of the widest road that crosses, and a crosswalk. */
  #setBack(edge: number): number {
    const network = this.#network;
    const node = network.to(edge);
    const others = [...network.into(node)].filter((each) => each >> 1 !== edge >> 1);
    const lanes = Math.max(1, ...others.map((each) => network.lanes[each >> 1]));
    return Math.min(network.length(edge) * 0.4, lanes * LANE_WIDTH + 6);
  }

  #way(edge: number, out: number, from: number, lane: number): LonLat[] {
    const network = this.#network;
    const at = new Float64Array(3);
    const path = network.path({ edges: [edge, out], from, to: Math.min(network.length(out) * 0.4, this.#setBack(out ^ 1)), fromLane: lane });
    const steps = Math.max(2, Math.min(24, Math.ceil(path.length / 3)));
    return Array.from({ length: steps + 1 }, (_, k) => {
      const [x, y] = path.at((k / steps) * path.length, at);
      return this.#degrees(x, y);
    });
  }

  /** Junctions with the offsets of their corridors: named streets with most signals first, none in two corridors. */
  *#waves(junctions: readonly Junction[], byNode: ReadonlyMap<number, Junction | undefined>): Generator<Junction> {
    const planned = new Map(junctions.map((junction) => [junction.id, junction]));
    const streets = new Map<string, { node: number; junction: Junction }[]>();
    for (const [node, junction] of byNode) {
      if (!junction) continue;
      for (const name of new Set([...this.#network.into(node)].map((edge) => streetOf(this.#network, edge)))) if (name) streets.set(name, [...(streets.get(name) ?? []), { node, junction }]);
    }
    const used = new Set<string>();
    const corridors: JunctionFile['corridors'][number][] = [];
    for (const [name, members] of [...streets].toSorted((a, b) => b[1].length - a[1].length)) {
      const free = this.#inOrder(members.filter(({ junction }) => !used.has(junction.id))).slice(0, MOST);
      const signals = free.map((member) => this.#along(member, free)).filter((signal) => signal !== null);
      if (signals.length < 3 || corridors.length >= 6) continue;
      const corridor = this.#wave(`W${corridors.length + 1}`, name, signals, planned);
      corridors.push(corridor);
      for (const { junction } of signals) used.add(junction);
    }
    this.#corridors = corridors;
    yield* planned.values();
  }

  /** Along the longer side of what the places span. */
  #inOrder<Member extends { readonly node: number }>(members: readonly Member[]): Member[] {
    const { nodeX, nodeY } = this.#network;
    const spread = (of: Float64Array): number => Math.max(...members.map(({ node }) => of[node])) - Math.min(...members.map(({ node }) => of[node]));
    const axis = members.length > 0 && spread(nodeX) >= spread(nodeY) ? nodeX : nodeY;
    return members.toSorted((a, b) => axis[a.node] - axis[b.node]);
  }

  #along(member: { readonly node: number; readonly junction: Junction }, all: readonly { readonly node: number }[]): { junction: string; group: string; back: string; position: number } | null {
    const { nodeX, nodeY } = this.#network;
    const [first, last] = [all[0], all[all.length - 1]];
    const heading = (Math.atan2(nodeX[last.node] - nodeX[first.node], nodeY[last.node] - nodeY[first.node]) * 180) / Math.PI;
    const through = (wanted: number): SignalGroup | undefined => member.junction.groups.filter(({ movement }) => movement === 'through').toSorted((a, b) => Math.abs(angle(a.heading, wanted)) - Math.abs(angle(b.heading, wanted)))[0];
    const [there, back] = [through(heading), through(heading + 180)];
    if (!there || !back || Math.abs(angle(there.heading, heading)) > 50 || Math.abs(angle(back.heading, heading + 180)) > 50) return null;
    let position = 0;
    for (let i = 1; all[i - 1] && all[i - 1].node !== member.node; i++) position += Math.hypot(nodeX[all[i].node] - nodeX[all[i - 1].node], nodeY[all[i].node] - nodeY[all[i - 1].node]);
    return { junction: member.junction.id, group: there.id, back: back.id, position: Math.round(position) };
  }

  /** One cycle for all, the greens stretched to it, and the offsets that the search finds. */
  #wave(id: string, name: string, signals: JunctionFile['corridors'][number]['signals'], planned: Map<string, Junction>): JunctionFile['corridors'][number] {
    const cycle = Math.max(...signals.map(({ junction }) => planned.get(junction)!.plan!.cycle));
    for (const { junction } of signals) planned.set(junction, stretched(planned.get(junction)!, cycle));
    const greens = signals.map(({ junction, group }) => planned.get(junction)!.groups.find((each) => each.id === group)!.green!);
    const speed = 12.5;
    const { offsets } = searchOffsets({ positions: signals.map(({ position }) => position), speed, cycle, greens: greens.map(([, green]) => green) }, { step: STEP });
    signals.forEach(({ junction }, i) => {
      const known = planned.get(junction)!;
      planned.set(junction, { ...known, plan: { ...known.plan!, offset: (((offsets[i] - greens[i][0]) % cycle) + cycle) % cycle } });
    });
    return { id, name, speed, signals };
  }
}

const ORDER: readonly Movement[] = ['left', 'through', 'right'];

/** A junction's greens over a longer cycle, each as much longer. */
function stretched(junction: Junction, cycle: number): Junction {
  const plan = junction.plan!;
  const starts = [...new Set(junction.groups.map(({ green }) => green![0]))].toSorted((a, b) => a - b);
  const greens = starts.map((start) => junction.groups.find(({ green }) => green![0] === start)!.green![1]);
  const factor = (cycle - LOST * starts.length) / greens.reduce((a, b) => a + b, 0);
  let at = 0;
  const moved = new Map(starts.map((start, i) => {
    const length = i === starts.length - 1 ? cycle - LOST - at : Math.round(greens[i] * factor);
    const green = [at, length] as const;
    at += length + LOST;
    return [start, green];
  }));
  return { ...junction, plan: { ...plan, cycle }, groups: junction.groups.map((group) => ({ ...group, green: moved.get(group.green![0])! })) };
}
