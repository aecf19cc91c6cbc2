import { toTwinError, type TwinError } from '../../../engine/errors.ts';
import type { PastStatus } from '../../../engine/ports.ts';
import type { History } from '../history.ts';
import type { PastRows, PastSource, Window } from './past-rows.ts';

/** Seconds of a window, and how far before it reading begins: what held at its beginning was said earlier. */
const WIDE = 3600;
const LEAD = 600;
/** Seconds until a window that could not be had is asked for again. */
const AGAIN = 20;
/** Readings put in between two turns of the event loop. */
const AT_ONCE = 4000;

export interface PastParts {
  readonly source: PastSource;
  readonly history: History;
  /** Unix seconds since when everything that came is held. */
  heldSince(): number;
  /** Puts in the rows from … up to, without, to. @returns how many were new */
  put(rows: PastRows, from: number, to: number): number;
  /** A window came: what is shown may be another. */
  came(): void;
  /** What is loaded, loading or missing is another than before. */
  changed(): void;
  failed(error: TwinError): void;
  readonly signal: AbortSignal;
  /** The machine's clock, unix seconds. */
  now(): number;
}

/** Brings the hour that is being looked at from where older time is kept, when the history does not have it, and knows what there is and what not. */
export class PastLoader {
  private readonly loaded = new Map<number, { empty: boolean; thinnings: number }>();
  private readonly refused = new Map<number, number>();
  private loading: { window: number; end: AbortController } | null = null;

  constructor(private readonly parts: PastParts) {}

  /** Says which moment (unix seconds) is shown; live where null. */
  look(moment: number | null): void {
    const { history, now } = this.parts;
    if (moment === null || moment >= this.parts.heldSince()) {
      history.looked = null;
      this.loading?.end.abort();
      return;
    }
    const window = Math.floor(moment / WIDE);
    const { from, to } = spanOf(window);
    history.looked = { from: from - LEAD, to };
    const known = this.loaded.get(window);
    // Thinned since, while another hour was looked at: read again.
    if (known && (known.empty || known.thinnings === history.thinnings)) return;
    if (this.loading?.window === window || (this.refused.get(window) ?? -Infinity) > now() - AGAIN || from > now()) return;
    this.loading?.end.abort();
    void this.load(window);
  }

  get status(): PastStatus {
    const spans = (empty: boolean): Window[] => [...this.loaded].filter(([, each]) => each.empty === empty && (empty || each.thinnings === this.parts.history.thinnings)).map(([window]) => spanOf(window)).toSorted((a, b) => a.from - b.from);
    return { loading: this.loading ? spanOf(this.loading.window) : null, loaded: spans(false), holes: spans(true) };
  }

  private async load(window: number): Promise<void> {
    const { source, history, put, came, changed, failed, signal, now } = this.parts;
    const end = new AbortController();
    const stop = (): void => end.abort();
    signal.addEventListener('abort', stop, { once: true });
    const loading = { window, end };
    this.loading = loading;
    changed();
    const { from, to } = spanOf(window);
    let rowsSeen = 0;
    try {
      for await (const rows of source({ from: from - LEAD, to: Math.min(to, now()) }, end.signal)) {
        for (let at = 0; at < rows.count && !end.signal.aborted; at += AT_ONCE) {
          put(rows, at, Math.min(rows.count, at + AT_ONCE));
          await new Promise((resolve) => setTimeout(resolve));
        }
        rowsSeen += rows.times.reduce((sum, time) => sum + (time >= from && time < to ? 1 : 0), 0);
        if (end.signal.aborted) return;
        came();
      }
      if (end.signal.aborted) return;
      history.index();
      this.loaded.set(window, { empty: rowsSeen === 0, thinnings: history.thinnings });
      came();
    } catch (cause) {
      if (end.signal.aborted) return;
      this.refused.set(window, now());
      failed(toTwinError(cause, 'not-found', 'past'));
    } finally {
      signal.removeEventListener('abort', stop);
      if (this.loading === loading) this.loading = null;
      changed();
    }
  }
}

function spanOf(window: number): Window {
  return { from: window * WIDE, to: (window + 1) * WIDE };
}
