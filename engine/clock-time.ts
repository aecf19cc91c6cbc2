import type { ClockState } from './ports.ts';

/** Speeds that a replay may have, forwards and backwards: below the first nothing is seen to happen, past the last no eye follows. */
export const SLOWEST_RATE = 0.1;
export const FASTEST_RATE = 1000;

/**
 * The moment a clock shows at a moment of the machine's clock; unix seconds (UTC) all of them. Page, worker and layers ask this one function.
 * A replay that has caught up with the present goes on at the present's pace.
 */
export function clockTime({ mode, time, at, rate }: ClockState, machine: number): number {
  if (mode === 'live') return machine;
  return mode === 'paused' ? time : Math.min(time + (machine - at) * rate, machine);
}

/** The clock states that controls lead to, as they stand in the document under `/clock`. Unix seconds. */
export const clockStates = {
  live: (): ClockState => ({ mode: 'live', time: 0, at: 0, rate: 1 }),
  paused: (time: number, machine: number, rate = 1): ClockState => ({ mode: 'paused', time: Math.min(time, machine), at: machine, rate: rateWithin(rate) }),
  /** @param rate seconds shown a second, negative for backwards; brought within ±0.1 … ±1000 */
  replay: (time: number, machine: number, rate: number): ClockState => ({ mode: 'replay', time: Math.min(time, machine), at: machine, rate: rateWithin(rate) }),
  /** Stands still `seconds` further on, or back where negative; a step past the present stops at it. */
  stepped: (state: ClockState, machine: number, seconds: number): ClockState => clockStates.paused(clockTime(state, machine) + seconds, machine, state.rate),
  /** Goes to a moment (an event, a mark) and goes on as it did: a replay goes on playing from there, everything else stands still. */
  jumped: (state: ClockState, machine: number, time: number): ClockState => (state.mode === 'replay' ? clockStates.replay(time, machine, state.rate) : clockStates.paused(time, machine, state.rate)),
};

function rateWithin(rate: number): number {
  if (!Number.isFinite(rate) || rate === 0) return 1;
  return Math.sign(rate) * Math.min(FASTEST_RATE, Math.max(SLOWEST_RATE, Math.abs(rate)));
}
