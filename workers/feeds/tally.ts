/** Seconds of the smallest bucket, and buckets kept: three days. */
const FINEST = 5;
const MOST = 52_000;

/** How many readings there were when: kept of everything that came, also where the readings themselves were thinned since. */
export class Tally {
  private readonly counts = new Map<number, number>();

  add(time: number, count = 1): void {
    const bucket = Math.floor(time / FINEST);
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
    if (this.counts.size > MOST) this.prune();
  }

  /** Readings in each of `buckets` equal parts between two moments (unix seconds). */
  over(from: number, to: number, buckets: number): Uint32Array {
    const out = new Uint32Array(buckets);
    const width = (to - from) / buckets;
    for (const [bucket, count] of this.counts) {
      const at = Math.floor(((bucket + 0.5) * FINEST - from) / width);
      if (at >= 0 && at < buckets) out[at] += count;
    }
    // Parts narrower than a bucket of ours share what it counted.
    if (width < FINEST) for (let k = 0; k < buckets; k++) out[k] = Math.ceil(((this.counts.get(Math.floor((from + (k + 0.5) * width) / FINEST)) ?? 0) * width) / FINEST);
    return out;
  }

  private prune(): void {
    for (const bucket of [...this.counts.keys()].toSorted((a, b) => a - b).slice(0, MOST >> 3)) this.counts.delete(bucket);
  }
}
