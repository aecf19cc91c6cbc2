/** Seconds of the buckets that older readings are thinned to: each divides the next, so that thinning again only joins whole buckets. */
const STEPS: readonly number[] = Array.from({ length: 18 }, (_, k) => 2 ** k);

/** A span of which only some readings are kept: of each `step` seconds an id's first place, or the least and the greatest of each of its values. Unix seconds. */
export interface Thinned {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * What is thinned how far: nothing since `whole`, before it to buckets of about an age's `share`-th, so that a moment is known the better the nearer it is.
 * @param newest unix seconds that ages count back from @param oldest nothing is older
 */
export function bandsOf(newest: number, whole: number, oldest: number, share: number): Thinned[] {
  return STEPS.flatMap((step, k): Thinned[] => {
    const to = k === 0 ? whole : Math.min(whole, newest - step * share);
    const from = k + 1 < STEPS.length ? Math.max(oldest, newest - STEPS[k + 1] * share) : oldest;
    return from < to ? [{ from, to, step }] : [];
  }).toReversed();
}

/** Two lists of bands as one: where both speak, the coarser holds. */
export function joinedBands(a: readonly Thinned[], b: readonly Thinned[]): Thinned[] {
  const edges = [...new Set([...a, ...b].flatMap(({ from, to }) => [from, to]))].toSorted((x, y) => x - y);
  const out: Thinned[] = [];
  for (let k = 0; k + 1 < edges.length; k++) {
    const [from, to] = [edges[k], edges[k + 1]];
    const step = Math.max(stepAt(a, (from + to) / 2), stepAt(b, (from + to) / 2));
    const last = out.at(-1);
    if (step === 0) continue;
    if (last && last.step === step && last.to === from) out[out.length - 1] = { from: last.from, to, step };
    else out.push({ from, to, step });
  }
  return out;
}

/** Seconds of the bucket that a moment was thinned to; 0 where everything is kept. */
export function stepAt(bands: readonly Thinned[], time: number): number {
  for (const { from, to, step } of bands) if (time >= from && time < to) return step;
  return 0;
}
