import { clockStates, clockTime } from './clock-time.ts';
import type { ClockState } from './ports.ts';
import { Emitter } from './signal.ts';

/** The part of the clock that stands in the document; how it is kept is here. */
export const LIVE: ClockState = clockStates.live();

/**
 * One clock a twin: live, paused at a moment, or replaying at a rate, forwards or backwards. All times in unix seconds (UTC).
 * It follows the document and never ticks by itself: `now()` is computed when asked.
 */
export class Clock {
  #state: ClockState = LIVE;
  readonly #machine: () => number;
  readonly #events = new Emitter<{ change: ClockState }>();

  /** @param machine the machine's clock in unix seconds; replaced in tests */
  constructor(machine: () => number = () => Date.now() / 1000) {
    this.#machine = machine;
  }

  get state(): ClockState {
    return this.#state;
  }

  /** The machine's clock, whatever the mode. */
  machine(): number {
    return this.#machine();
  }

  /** The moment the twin shows. */
  now(): number {
    return clockTime(this.#state, this.#machine());
  }

  set(state: ClockState): void {
    const same = state.mode === this.#state.mode && state.time === this.#state.time && state.at === this.#state.at && state.rate === this.#state.rate;
    if (same) return;
    this.#state = state;
    this.#events.emit('change', state);
  }

  onChange(listener: (state: ClockState) => void, signal?: AbortSignal): () => void {
    return this.#events.on('change', listener, { signal });
  }
}
