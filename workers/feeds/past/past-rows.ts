/** Readings of a window of the past in columns, in any order: what a source hands over. */
export interface PastRows {
  readonly count: number;
  readonly ids: ArrayLike<string | number>;
  /** Unix seconds. */
  readonly times: Float64Array;
  /** Unix seconds of receipt where the source knows them; else a reading counts as received when it was measured. */
  readonly received?: Float64Array;
  /** Degrees and metres; NaN or absent where not given. */
  readonly lon?: Float64Array;
  readonly lat?: Float64Array;
  readonly height?: Float64Array;
  readonly heading?: Float64Array;
  readonly speed?: Float64Array;
  /** Named numbers; NaN where a reading does not speak of one. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** Unix seconds: from … up to, without, to. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * Where older time comes from. Yields rows as they come; nothing where the source has nothing of the window.
 * @throws TwinError `network`, `not-found`, `bad-input`
 */
export type PastSource = (window: Window, signal: AbortSignal) => AsyncIterable<PastRows>;
