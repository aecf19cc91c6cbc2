/** Seconds a request may wait for its first byte while others stand in line behind it, before anything is known of its server. */
const FIRST_PATIENCE = 2.5;

interface Waiting {
  readonly again: boolean;
  start(): void;
}

/** A place in a lane, held while a request runs. */
export interface Place {
  /** Tells how long the first byte took, so that patience fits the server. */
  firstByte(seconds: number): void;
  release(): void;
}

/**
 * Requests to one origin: at most `width` at a time, first come first served. Second tries take at most a third of the places while others
 * wait and never all, and a request without a first byte gives its place up when others wait: one that hangs delays itself, not the rest.
 */
export class Lane {
  readonly #width: number;
  #running = 0;
  #again = 0;
  readonly #fresh: Waiting[] = [];
  readonly #second: Waiting[] = [];
  #slowest = 0;
  #users = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Nobody runs or waits here. */
  get idle(): boolean {
    return this.#users === 0;
  }

  /** Others wait for a place. */
  get crowded(): boolean {
    return this.#fresh.length > 0;
  }

  /** Seconds after which a request without a first byte should step aside when the lane is crowded. */
  get patience(): number {
    return Math.max(FIRST_PATIENCE, this.#slowest * 3);
  }

  async enter(again: boolean, signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    this.#users++;
    try {
      await this.#turn(again, signal);
    } catch (cause) {
      this.#users--;
      throw cause;
    }
    let held = true;
    return {
      firstByte: (seconds) => { this.#slowest = Math.max(this.#slowest * 0.9, seconds); },
      release: () => {
        if (!held) return;
        held = false;
        this.#users--;
        this.#running--;
        if (again) this.#again--;
        this.#next();
      },
    };
  }

  #turn(again: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = again ? this.#second : this.#fresh;
      const waiting: Waiting = {
        again,
        start: () => {
          signal.removeEventListener('abort', leave);
          this.#running++;
          if (again) this.#again++;
          resolve();
        },
      };
      const leave = (): void => {
        line.splice(line.indexOf(waiting), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      line.push(waiting);
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < this.#width) {
      const share = this.#fresh.length > 0 ? Math.floor(this.#width / 3) : this.#width - 2;
      const second = this.#second.length > 0 && this.#again < Math.max(1, share);
      const next = this.#fresh.length > 0 && !(second && this.#again === 0) ? this.#fresh.shift() : second ? this.#second.shift() : undefined;
      if (!next) return;
      next.start();
    }
  }
}

export class Lanes {
  readonly #width: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(width: number) {
    this.#width = width;
  }

  of(origin: string): Lane {
    for (const [known, lane] of this.#lanes) if (lane.idle && known !== origin && this.#lanes.size > 64) this.#lanes.delete(known);
    const lane = this.#lanes.get(origin) ?? new Lane(this.#width);
    this.#lanes.set(origin, lane);
    return lane;
  }
}
