import { capKey, type CapAlert } from './cap.ts';

/** An alert as it stands: until when it holds, with all that came after it in mind. */
export interface StandingAlert {
  readonly alert: CapAlert;
  readonly key: string;
  /** Unix seconds: from … until it is to be shown (Infinity where no end is said). */
  readonly from: number;
  readonly until: number;
  readonly ended: 'cancelled' | 'updated' | null;
}

/** Keys of ended messages kept for alerts that come after their end. */
const MOST = 20_000;

/**
 * Follows the chains of Alert, Update and Cancel in whatever order the messages come: what was updated or cancelled holds until then, also where it is received only afterwards.
 * Messages of one status end only messages of that status: no test ends a real alert.
 * @source OASIS CAP 1.2 §3.2.1 (msgType, references)
 */
export class CapBook {
  private readonly alerts = new Map<string, StandingAlert>();
  /** Ends of messages by status and key. */
  private readonly ends = new Map<string, { readonly at: number; readonly how: 'cancelled' | 'updated' }>();

  /** Takes a message in. @param now unix seconds of receipt: what is cancelled is so from then at the latest @returns the alerts whose standing it changes or begins */
  take(alert: CapAlert, now: number): StandingAlert[] {
    const changed = new Map<string, StandingAlert>();
    const { msgType, status, sent } = alert;
    if (msgType === 'Update' || msgType === 'Cancel') {
      for (const key of alert.references) {
        const name = `${status} ${key}`;
        const known = this.ends.get(name);
        const at = Math.min(sent, now);
        if (!known || at < known.at) this.ends.set(name, { at, how: msgType === 'Cancel' ? 'cancelled' : 'updated' });
        const ended = this.alerts.get(key);
        if (ended && ended.alert.status === status) changed.set(key, this.stand(ended.alert));
      }
      while (this.ends.size > MOST) this.ends.delete(this.ends.keys().next().value ?? '');
    }
    if (msgType === 'Alert' || msgType === 'Update') {
      const standing = this.stand(alert);
      changed.set(standing.key, standing);
    }
    return [...changed.values()];
  }

  private stand(alert: CapAlert): StandingAlert {
    const key = capKey(alert.sender, alert.identifier, alert.sent);
    const end = this.ends.get(`${alert.status} ${key}`);
    const from = Math.min(...alert.infos.map(({ effective }) => (Number.isNaN(effective) ? alert.sent : effective)), alert.infos.length > 0 ? Infinity : alert.sent);
    const expiries = alert.infos.map(({ expires }) => (Number.isNaN(expires) ? Infinity : expires));
    const expires = expiries.length > 0 ? Math.max(...expiries) : Infinity;
    const standing: StandingAlert = { alert, key, from, until: Math.min(expires, end?.at ?? Infinity), ended: end && end.at < expires ? end.how : null };
    this.alerts.delete(key);
    this.alerts.set(key, standing);
    if (this.alerts.size > MOST) this.alerts.delete(this.alerts.keys().next().value ?? '');
    return standing;
  }
}
