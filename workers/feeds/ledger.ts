import type { Ledger, Quarantine, Quarantined } from '../../engine/ports.ts';
import type { Issue } from '../../engine/errors.ts';

/** Codes of issues kept; rarer ones than the latest go first. */
const MOST_ISSUES = 24;
const MOST_QUARANTINED = 50;
const EXCERPT = 160;
/** Reasons counted apart; own decoders may have any, the rest goes under 'other'. */
const MOST_REASONS = 64;

/**
 * Accounts for everything a feed receives: received = applied + coalesced + duplicate + late + rejected + dropped, at every moment.
 *
 * - applied: the newest of its id; told at the next flush.
 * - coalesced: the newest when it came, but overtaken by a newer one of the same id before a flush told it.
 * - duplicate: its id has a reading of the same time already.
 * - late: older than the newest of its id; it takes its place in the history.
 * - rejected: refused, with a reason (see issues). A message that cannot be read at all counts as one.
 * - dropped: thrown away unread because messages came faster than they were read. A message counts as one.
 */
export class FeedLedger {
  readonly counts: Ledger = { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
  readonly quarantine: Quarantined[] = [];
  private readonly reasons = new Map<string, number>();
  private readonly folded = new Map<string, Issue>();

  count(kind: Exclude<keyof Ledger, 'received'>, many = 1): void {
    this.counts.received += many;
    this.counts[kind] += many;
  }

  /** A newest reading for an id whose last one no flush has told yet: that one becomes coalesced. */
  overtake(): void {
    this.counts.received++;
    this.counts.coalesced++;
  }

  reject(code: string, message: string, source: { topic: string; at: number; bytes: Uint8Array | null }): void {
    this.count('rejected');
    const reason = this.reasons.has(code) || this.reasons.size < MOST_REASONS ? code : 'other';
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    this.issue({ code, severity: 'warning', message, path: source.topic });
    const excerpt = source.bytes ? printable(source.bytes.subarray(0, EXCERPT)) : '';
    this.quarantine.push({ code, message, topic: source.topic, at: source.at, excerpt });
    if (this.quarantine.length > MOST_QUARANTINED) this.quarantine.shift();
  }

  /** What was refused, to be looked at. */
  refused(): Quarantine {
    return { counts: Object.fromEntries(this.reasons), last: [...this.quarantine] };
  }

  /** Folds an issue with those of its code; the latest sentence stands. */
  issue(issue: Issue): void {
    const count = (this.folded.get(issue.code)?.count ?? 0) + (issue.count ?? 1);
    this.folded.delete(issue.code);
    this.folded.set(issue.code, { ...issue, count });
    if (this.folded.size > MOST_ISSUES) {
      const oldest = this.folded.keys().next().value;
      if (oldest !== undefined) this.folded.delete(oldest);
    }
  }

  issues(): Issue[] {
    return [...this.folded.values()];
  }
}

function printable(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll(/[^\P{C}\n]/gu, '·');
}
