import { placer } from '#geo';
import { TwinError } from '../../engine/errors.ts';
import { congestionPoints, type CongestionPoint, type SectionGraph } from '../models/congestion-points.ts';
import { capacityOf, congestionMethod, networkState, roadRank } from '../models/congestion.ts';
import { insideRings } from '../models/fleet/fence.ts';
import type { RoadNetwork } from '../models/road-network.ts';
import type { CongestedStretch, CongestionInput, CongestionOutput } from '../models/traffic-analyses.ts';
import type { AnalysisContext } from './context.ts';
import { roadGraphAt } from './road-graph.ts';

/** Share of its capacity that a road is taken to carry where nobody counts. Project convention; it is said beside what is computed with it. */
const ASSUMED = 0.6;
/** Stretches told at most. */
const MOST = 200;

/** State of an area over time and its congested stretches. @throws TwinError `bad-input` where columns do not fit one another, or the method is none */
export async function congestion(input: CongestionInput, context: AnalysisContext): Promise<CongestionOutput> {
  const { ids, times, speeds } = input;
  if (speeds.length !== ids.length * times.length || (input.flows && input.flows.length !== ids.length)) throw new TwinError('bad-input', `Congestion: ${times.length} moments of ${ids.length} roads need ${ids.length * times.length} speeds; there are ${speeds.length}.`);
  const method = congestionMethod(input.method);
  const { network, names } = await roadGraphAt(input.roads, context);
  const column = new Map(ids.map((id, i) => [id, i]));
  const ground = placer(network.anchor);
  const at = new Float64Array(3);
  const links: number[] = [];
  for (let link = 0; link < network.count; link++) {
    if (!column.has(network.road(2 * link).id)) continue;
    if (input.area && !insideDegrees(input.area, ground.unplace(...middleOf(network, link), 0, at))) continue;
    links.push(link);
  }
  const graph = sectionsOf(network, links, input, column);
  const count = links.length;
  const columns = Int32Array.from(links, (link) => column.get(network.road(2 * link).id)!);
  const spread = new Float32Array(count * times.length);
  const out = { index: new Float32Array(times.length), speed: new Float32Array(times.length), ratio: new Float32Array(times.length), severe: new Float32Array(times.length), known: new Float32Array(times.length) };
  let total = 0;
  for (let t = 0; t < times.length; t++) {
    for (let i = 0; i < count; i++) spread[t * count + i] = speeds[t * ids.length + columns[i]];
    const state = networkState(graph, spread.subarray(t * count, (t + 1) * count), null, method);
    total = state.total;
    [out.index[t], out.speed[t], out.ratio[t], out.severe[t]] = [state.index, state.speed, state.ratio, state.severe];
    out.known[t] = state.total > 0 ? (100 * state.known) / state.total : NaN;
    if (t % 32 === 31) {
      context.progress(t / times.length);
      await context.turn();
      context.signal.throwIfAborted();
    }
  }
  const found = congestionPoints(graph, { times, speeds: spread }, { level: input.level, shortest: input.shortest, method });
  const last = times.length > 0 ? times[times.length - 1] : NaN;
  const points = found.slice(0, MOST).map((point): CongestedStretch => {
    const [lon, lat] = ground.unplace(...placeOf(network, links, point), 0, at);
    return { ...wordsOf(network, names, links, point), lon, lat, length: point.length, longest: point.longest, start: point.start, end: point.end, going: point.end === last, lost: point.lost, queue: point.queue };
  });
  return { times, ...out, total, points, assumedFlow: !input.flows || columns.some((i) => !(input.flows![i] >= 0)) };
}

function sectionsOf(network: RoadNetwork, links: readonly number[], input: CongestionInput, column: ReadonlyMap<string, number>): SectionGraph {
  const ranks = links.map((link) => roadRank(network.road(2 * link).class ?? ''));
  const free = Float32Array.from(links, (link) => network.speed[link] * 3.6);
  const nodes = new Float64Array(2 * network.nodeX.length);
  for (let node = 0; node < network.nodeX.length; node++) nodes.set([network.nodeX[node], network.nodeY[node]], 2 * node);
  const ways = (link: number): number => (network.oneway[link] ? 1 : 2);
  return {
    lengths: Float64Array.from(links, (link) => network.length(2 * link)), ranks, free, nodes,
    from: Uint32Array.from(links, (link) => network.linkFrom[link]), to: Uint32Array.from(links, (link) => network.linkTo[link]), oneway: Uint8Array.from(links, (link) => network.oneway[link]),
    flows: Float32Array.from(links, (link, i) => {
      const counted = input.flows?.[column.get(network.road(2 * link).id)!] ?? NaN;
      return counted >= 0 ? counted : ASSUMED * ways(link) * capacityOf(ranks[i], free[i], network.lanes[link]);
    }),
  };
}

function middleOf(network: RoadNetwork, link: number): [number, number] {
  const [first, last] = [network.linkStart[link], network.linkStart[link + 1] - 1];
  const half = network.s[last] / 2;
  let i = first;
  while (i + 1 < last && network.s[i + 1] < half) i++;
  const share = (half - network.s[i]) / (network.s[i + 1] - network.s[i] || 1);
  return [network.x[i] + share * (network.x[i + 1] - network.x[i]), network.y[i] + share * (network.y[i + 1] - network.y[i])];
}

function insideDegrees(area: NonNullable<CongestionInput['area']>, place: Float64Array): boolean {
  return insideRings(area, place[0], place[1]);
}

/** Where a stretch is pointed at: the end its queue begins at, else the middle of its longest link. */
function placeOf(network: RoadNetwork, links: readonly number[], point: CongestionPoint): [number, number] {
  if (point.head >= 0) {
    const node = network.linkTo[links[point.head]];
    return [network.nodeX[node], network.nodeY[node]];
  }
  return middleOf(network, longestOf(network, links, point));
}

function longestOf(network: RoadNetwork, links: readonly number[], { latest }: CongestionPoint): number {
  return latest.map((i) => links[i]).reduce((best, link) => (network.length(2 * link) > network.length(2 * best) ? link : best));
}

function wordsOf(network: RoadNetwork, names: ReadonlyMap<string, string>, links: readonly number[], point: CongestionPoint): { roads: string[]; name: string } {
  const metres = new Map<string, number>();
  for (const i of point.latest) {
    const name = names.get(network.road(2 * links[i]).id) ?? '';
    if (name) metres.set(name, (metres.get(name) ?? 0) + network.length(2 * links[i]));
  }
  const [first] = [...metres].toSorted((a, b) => b[1] - a[1]);
  return { roads: [...new Set(point.latest.map((i) => network.road(2 * links[i]).id))].toSorted(), name: first?.[0] ?? '' };
}
