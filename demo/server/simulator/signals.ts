import type { Junction, SignalGroup } from 'citymirror/analysis';
import { AMBER } from './signal-plans.ts';

/** One reading of a signal group, as it goes over the wire: numbers of MovementPhaseState, seconds to the next state, vehicles standing, pcu/h. */
export interface SignalReading {
  readonly id: string;
  readonly t: number;
  readonly values: { readonly state: number; readonly left?: number; readonly queue?: number; readonly flow?: number };
  readonly quality: 'simulated';
}

/** @source SAE J2735-2016, DE_MovementPhaseState */
const STATE = { red: 3, redAmber: 4, permissive: 5, protected: 6, clearance: 8 } as const;

const wrap = (value: number, cycle: number): number => ((value % cycle) + cycle) % cycle;

/** Where a group stands in its plan at a moment (unix seconds). */
export function signalAt(junction: Junction, group: SignalGroup, time: number): { state: number; left: number } {
  const { cycle, offset } = junction.plan!;
  const [start, green] = group.green!;
  const phase = wrap(time - offset - start, cycle);
  // A left turn that has its own stage meets nobody; one that goes with the others gives way.
  const alone = group.movement !== 'left' || !junction.groups.some((other) => other.movement === 'through' && other.green![0] === start);
  if (phase < green) return { state: alone ? STATE.protected : STATE.permissive, left: green - phase };
  if (phase < green + AMBER) return { state: STATE.clearance, left: green + AMBER - phase };
  return { state: STATE.red, left: cycle - phase };
}

/** How much of its usual flow a group has at a moment: slow waves, each group its own. */
function mood(key: number, time: number): number {
  return 1 + 0.25 * Math.sin(time / 240 + key) + 0.12 * Math.sin(time / 57 + 3 * key);
}

/** Vehicles standing by D/D/1: they gather while it is not green and leave with the saturation flow. */
export function queueAt(junction: Junction, group: SignalGroup, flow: number, time: number): number {
  const { cycle, offset } = junction.plan!;
  const [start, green] = group.green!;
  const phase = wrap(time - offset - start, cycle);
  const red = cycle - green;
  const q = flow / 3600;
  return phase < green ? Math.max(0, q * red - (group.saturation / 3600 - q) * phase) : q * (phase - green);
}

/** What the groups of junctions say; asked once a second, each speaks when its state changes, and every five seconds. */
export class SignalVoice {
  readonly #groups: readonly { junction: Junction; group: SignalGroup; key: number; said: number }[];

  constructor(junctions: readonly Junction[]) {
    this.#groups = junctions.flatMap((junction, i) => junction.groups.map((group, k) => ({ junction, group, key: i * 7 + k, said: -1 })));
  }

  speak(time: number): SignalReading[] {
    const second = Math.floor(time);
    return this.#groups.flatMap((each): SignalReading[] => {
      const { junction, group, key } = each;
      const { state, left } = signalAt(junction, group, time);
      if (state === each.said && (second + key) % 5 !== 0) return [];
      each.said = state;
      const flow = Math.round(group.flow! * mood(key, time));
      return [{ id: `${junction.id}/${group.id}`, t: Number(time.toFixed(3)), values: { state, left: Number(left.toFixed(1)), queue: Math.round(queueAt(junction, group, flow, time)), flow }, quality: 'simulated' }];
    });
  }
}
