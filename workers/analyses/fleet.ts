import { placer, type Anchor } from '#geo';
import { watchTrack, type WatchedFix } from '../models/fleet/fleet-watch.ts';
import { fleetRules } from '../models/fleet/rules.ts';
import { matchGraph, matchTrack, type MatchGraph } from '../models/map-match.ts';
import type { RoadNetwork } from '../models/road-network.ts';
import type { FleetEventRow, FleetInput, FleetOutput, FleetTrack } from '../models/traffic-analyses.ts';
import type { AnalysisContext } from './context.ts';
import { roadGraphAt } from './road-graph.ts';

/** Receivers of a fleet in a street between high buildings: a little worse than the paper's. Roads farther than the radius are not where it was. */
const MATCH = { sigma: 8, beta: 6, radius: 40, most: 5, detour: 600, silence: 300 } as const;

/** Judges tracks by a fleet's rules. @throws TwinError `bad-input` for rules that are none */
export async function fleet(input: FleetInput, context: AnalysisContext): Promise<FleetOutput> {
  const graph = input.roads === null ? null : (await roadGraphAt(input.roads, context)).network;
  const anchor: Anchor = graph?.anchor ?? anchorOf(input);
  const rules = fleetRules(input.rules, anchor);
  const ground = placer(anchor);
  const roads = graph && { network: graph, matching: matchGraph(graph) };
  const events: FleetEventRow[] = [];
  const at = new Float64Array(3);
  for (const [done, track] of input.tracks.entries()) {
    for (const event of watchTrack(track.id, fixesOf(track, ground, roads), rules)) {
      const [lon, lat] = ground.unplace(event.x, event.y, 0, at);
      const { x: _x, y: _y, ...rest } = event;
      events.push({ ...rest, id: `${event.vehicle} ${event.kind} ${event.fence} ${Math.round(event.start)}`, lon, lat });
    }
    context.progress((done + 1) / input.tracks.length);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return { events: events.toSorted((a, b) => a.start - b.start || a.vehicle.localeCompare(b.vehicle)) };
}

function anchorOf({ tracks, rules }: FleetInput): Anchor {
  const [first] = tracks.filter(({ times }) => times.length > 0);
  const [lon, lat] = first ? [first.places[0], first.places[1]] : (rules.routes?.[0]?.[0] ?? rules.forbidden?.[0]?.rings?.[0]?.[0] ?? [0, 0]);
  return { lon, lat, height: 0 };
}

function fixesOf(track: FleetTrack, ground: ReturnType<typeof placer>, roads: { network: RoadNetwork; matching: MatchGraph } | null): WatchedFix[] {
  const fixes = Array.from(track.times, (time, i): WatchedFix => {
    const [x, y] = ground.place(track.places[3 * i], track.places[3 * i + 1], 0, new Float64Array(3));
    return { time, x, y, speed: track.speeds[i], matched: null };
  });
  if (!roads) return fixes;
  const { fixes: matched } = matchTrack(roads.matching, fixes, MATCH);
  let last: WatchedFix['matched'] = null;
  return fixes.map((fix, i) => {
    const { place, skipped } = matched[i];
    // A fix that was passed over stands where the one before it stood.
    if (!skipped) last = place && { x: place.x, y: place.y, limit: roads.network.speed[place.edge >> 1] * 3.6 };
    return { ...fix, matched: last };
  });
}
