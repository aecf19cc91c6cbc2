import { TwinError } from '#engine';

/** Work of which only the newest answer counts: at most one run at a time, what is asked meanwhile runs once after it. */
export class LatestRun {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #failed: (cause: unknown) => void;
  readonly #ended: AbortSignal;
  #running: AbortController | null = null;
  #again = false;

  /** @param failed hears what a run throws, unless it was superseded or the layer is gone */
  constructor(work: (signal: AbortSignal) => Promise<void>, failed: (cause: unknown) => void, ended: AbortSignal) {
    this.#work = work;
    this.#failed = failed;
    this.#ended = ended;
    ended.addEventListener('abort', () => this.#running?.abort(ended.reason), { once: true });
  }

  /** @param supersede cuts a run in progress short (the question changed); else it may finish first (only its data are newer) */
  ask(supersede: boolean): void {
    if (this.#ended.aborted) return;
    if (!this.#running) {
      void this.#go();
      return;
    }
    this.#again = true;
    if (supersede) this.#running.abort(new TwinError('aborted', 'A newer question took its place.'));
  }

  async #go(): Promise<void> {
    do {
      this.#again = false;
      const run = new AbortController();
      this.#running = run;
      try {
        await this.#work(run.signal);
      } catch (cause) {
        if (!run.signal.aborted) this.#failed(cause);
      }
    } while (this.#again && !this.#ended.aborted);
    this.#running = null;
  }
}
