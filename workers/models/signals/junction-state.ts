import { greenWave, type Bands, type Corridor } from './green-wave.ts';
import { lightOf, type CorridorEntry, type Junction, type Light, type SignalGroup } from './junctions.ts';
import { deterministicQueue, hcmDelay, serviceLevel, webster, type ServiceLevel, type Timing } from './timing.ts';

/** What a feed said of a signal group: values by name, and when. */
export interface GroupReading {
  /** Unix seconds. */
  readonly time: number;
  /** Number of a state; undefined where it was not said. */
  readonly state?: number;
  /** Seconds from `time` to the next state. */
  readonly left?: number;
  /** Vehicles standing. */
  readonly queue?: number;
  /** Measured mean delay, s a vehicle. */
  readonly delay?: number;
  /** Measured flow, pcu/h. */
  readonly flow?: number;
}

export interface GroupState {
  readonly group: SignalGroup;
  /** Null where nothing was said, or too long ago. */
  readonly light: Light | null;
  /** Seconds to the next state; null where unknown. Holds at 0 until the change is said. */
  readonly left: number | null;
  readonly queue: number | null;
  /** Vehicles that the plan makes wait at most, by D/D/1; null without plan or flow. */
  readonly planned: ReturnType<typeof deterministicQueue> | null;
  readonly delay: number | null;
  /** Whether the delay was measured, or is what the plan gives (HCM). */
  readonly measured: boolean;
  readonly level: ServiceLevel | null;
  readonly flow: number | null;
  readonly asOf: number | null;
  readonly stale: boolean;
}

export interface JunctionState {
  readonly junction: Junction;
  readonly groups: readonly GroupState[];
  /** Mean delay over the groups, weighed by flow; null where no group has both. */
  readonly delay: number | null;
  readonly level: ServiceLevel | null;
  /** Longest queue that was said; null where none was. */
  readonly queue: number | null;
  readonly asOf: number | null;
  readonly stale: boolean;
}

function groupState(group: SignalGroup, junction: Junction, reading: GroupReading | undefined, now: number, staleAfter: number): GroupState {
  const stale = reading !== undefined && now - reading.time > staleAfter;
  const fresh = reading !== undefined && !stale ? reading : undefined;
  const flow = fresh?.flow ?? group.flow;
  const movement = junction.plan && group.green && flow !== null ? { cycle: junction.plan.cycle, green: group.green[1], flow, saturation: group.saturation } : null;
  const planned = movement && movement.green > 0 ? hcmDelay(movement) : null;
  const delay = fresh?.delay ?? planned?.delay ?? null;
  return {
    group, stale, flow, asOf: reading?.time ?? null,
    light: fresh?.state === undefined ? null : lightOf(fresh.state), left: fresh?.left === undefined ? null : Math.max(0, fresh.left - (now - fresh.time)),
    queue: fresh?.queue ?? null, planned: movement ? deterministicQueue(movement) : null,
    delay, measured: fresh?.delay !== undefined, level: delay === null ? null : serviceLevel(delay, planned?.x ?? 0),
  };
}

/** A junction at a moment (unix seconds), from what its groups said last and from its plan. */
export function junctionState(junction: Junction, readings: (group: string) => GroupReading | undefined, now: number, staleAfter: number): JunctionState {
  const groups = junction.groups.map((group) => groupState(group, junction, readings(`${junction.id}/${group.id}`), now, staleAfter));
  const weighed = groups.filter(({ delay, flow }) => delay !== null && flow !== null && flow > 0);
  const flows = weighed.reduce((sum, { flow }) => sum + flow!, 0);
  const delay = flows > 0 ? weighed.reduce((sum, each) => sum + each.delay! * each.flow!, 0) / flows : null;
  const queues = groups.map(({ queue }) => queue).filter((queue) => queue !== null);
  const times = groups.map(({ asOf }) => asOf).filter((time) => time !== null);
  const asOf = times.length > 0 ? Math.max(...times) : null;
  return { junction, groups, delay, level: delay === null ? null : serviceLevel(delay, 0), queue: queues.length > 0 ? Math.max(...queues) : null, asOf, stale: asOf !== null && now - asOf > staleAfter };
}

/** What Webster's method would give a junction for its flows: groups whose greens begin together are one stage, its critical one counts. Null without plan or flows. */
export function websterOf({ junction, groups }: JunctionState): Timing | null {
  if (!junction.plan) return null;
  const stages = new Map<number, { flow: number; saturation: number }>();
  for (const { group, flow } of groups) {
    if (!group.green || flow === null || group.movement === 'pedestrian') continue;
    const known = stages.get(group.green[0]);
    if (!known || flow / group.saturation > known.flow / known.saturation) stages.set(group.green[0], { flow, saturation: group.saturation });
  }
  if (stages.size === 0) return null;
  const critical = [...stages].toSorted(([a], [b]) => a - b).map(([, stage]) => stage);
  return webster({ flows: critical.map(({ flow }) => flow), saturations: critical.map(({ saturation }) => saturation), lost: junction.plan.lost });
}

export interface CorridorBands {
  readonly entry: CorridorEntry;
  readonly cycle: number;
  /** Of the way there, in the order of the signals. */
  readonly corridor: Corridor;
  readonly back: Corridor;
  readonly bands: Bands;
}

/** The green wave of a corridor as its junctions' plans are; null where a junction has no plan, or they do not share a cycle. */
export function corridorBands(entry: CorridorEntry, junctions: ReadonlyMap<string, Junction>): CorridorBands | null {
  const of = (which: 'group' | 'back'): { cycle: number; offset: number; green: number }[] | null => {
    const found = entry.signals.map((signal) => {
      const junction = junctions.get(signal.junction);
      const green = junction?.groups.find(({ id }) => id === signal[which])?.green;
      return junction?.plan && green ? { cycle: junction.plan.cycle, offset: (((junction.plan.offset + green[0]) % junction.plan.cycle) + junction.plan.cycle) % junction.plan.cycle, green: green[1] } : null;
    });
    const known = found.filter((each) => each !== null);
    return known.length === found.length ? known : null;
  };
  const [there, back] = [of('group'), of('back')];
  if (!there || !back) return null;
  const [{ cycle }] = there;
  if ([...there, ...back].some((each) => Math.abs(each.cycle - cycle) > 1e-6)) return null;
  const corridor = (list: typeof there): Corridor => ({ positions: entry.signals.map(({ position }) => position), speed: entry.speed, cycle, offsets: list.map(({ offset }) => offset), greens: list.map(({ green }) => green) });
  const [ahead, behind] = [corridor(there), corridor(back)];
  const forward = greenWave(ahead).forward;
  const reverse = greenWave(behind).reverse;
  return { entry, cycle, corridor: ahead, back: behind, bands: { forward, reverse, efficiency: (forward.width + reverse.width) / (2 * cycle) } };
}
