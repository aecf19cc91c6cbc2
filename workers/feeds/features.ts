import type { FeedFeature } from '../../engine/ports.ts';

/** Features kept; further ones push out those that were told longest ago. */
const MOST = 20_000;

/** What a feed told in words and outlines, the latest of each id. */
export class FeatureBook {
  private readonly known = new Map<string, { readonly feature: FeedFeature; readonly text: string }>();
  private readonly untold = new Set<string>();

  get size(): number {
    return this.known.size;
  }

  /** Keeps a feature. @returns how the ledger counts it: `duplicate` where the same is known, `coalesced` where the one before was not told yet */
  take(feature: FeedFeature): 'applied' | 'coalesced' | 'duplicate' {
    const text = JSON.stringify([feature, String(feature.from), String(feature.until)]);
    if (this.known.get(feature.id)?.text === text) return 'duplicate';
    const waiting = this.untold.has(feature.id);
    this.known.delete(feature.id);
    this.known.set(feature.id, { feature, text });
    this.untold.add(feature.id);
    if (this.known.size > MOST) {
      const oldest = this.known.keys().next().value;
      if (oldest !== undefined) this.known.delete(oldest);
    }
    return waiting ? 'coalesced' : 'applied';
  }

  /** What changed since the last call. */
  changed(): FeedFeature[] {
    if (this.untold.size === 0) return [];
    const changed = [...this.untold].flatMap((id) => this.known.get(id)?.feature ?? []);
    this.untold.clear();
    return changed;
  }

  /** Everything counts as changed. */
  retell(): void {
    for (const id of this.known.keys()) this.untold.add(id);
  }
}
