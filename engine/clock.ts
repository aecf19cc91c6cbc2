import type { ClockState } from './ports.ts';
import { Emitter } from './signal.ts';

/** The part of the clock that stands in the document; how it is kept is here. */
export const LIVE: ClockState = { mode: 'live', time: 0, at: 0, rate: 1 };

/**
 * One clock a twin: live, paused at a moment, or replaying at a rate. All times in unix seconds (UTC).
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
    const { mode, time, at, rate } = this.#state;
    if (mode === 'live') return this.#machine();
    if (mode === 'paused') return time;
    // A replay that has caught up with the present goes on at the present's pace.
    return Math.min(time + (this.#machine() - at) * rate, this.#machine());
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
