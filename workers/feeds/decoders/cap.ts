import type { FeedFeature } from '../../../engine/ports.ts';
import { readCap, type CapInfo } from '../../models/cap.ts';
import { CapBook, type StandingAlert } from '../../models/cap-book.ts';
import { xmlText } from '../../models/xml-elements.ts';
import type { Decoder, DraftSink } from './draft.ts';

const LARGEST = 16 * 1024 * 1024;

/** The words in the language that is wanted first: Chinese, else English, else whatever comes. */
function inWords(infos: readonly CapInfo[], language: 'zh' | 'en'): CapInfo | undefined {
  return infos.find((info) => info.language.toLowerCase().startsWith(language)) ?? infos[0];
}

function featureOf({ alert, key, from, until, ended }: StandingAlert): FeedFeature {
  const [zh, en] = [inWords(alert.infos, 'zh'), inWords(alert.infos, 'en')];
  const rings = alert.infos.flatMap(({ areas }) => areas.flatMap(({ rings: own }) => own));
  const names = [...new Set((zh ?? en)?.areas.map(({ name }) => name) ?? [])].join('; ');
  return {
    id: key, from, until,
    properties: {
      kind: 'cap-alert', identifier: alert.identifier, sender: alert.sender, sent: alert.sent, status: alert.status, msgType: alert.msgType, scope: alert.scope, ended,
      event: zh?.event ?? '', headline: zh?.headline ?? '', description: zh?.description ?? '', instruction: zh?.instruction ?? '', senderName: zh?.senderName ?? '', web: zh?.web ?? '',
      headlineEn: en?.headline ?? '', eventEn: en?.event ?? '', area: names, category: zh?.categories.join(', ') ?? '',
      urgency: zh?.urgency ?? 'Unknown', severity: zh?.severity ?? 'Unknown', certainty: zh?.certainty ?? 'Unknown',
    },
    // The same area stands in every language.
    rings: [...new Map(rings.map((ring) => [JSON.stringify(ring), ring])).values()],
    point: alert.infos.flatMap(({ areas }) => areas.flatMap(({ point }) => (point ? [point] : [])))[0] ?? null,
  };
}

class Reader {
  private readonly book = new CapBook();

  read(bytes: Uint8Array, at: number, sink: DraftSink): void {
    if (bytes.length > LARGEST) return sink.reject('too-large', `The message has ${bytes.length} bytes; ${LARGEST} are the most.`);
    let document: ReturnType<typeof readCap>;
    try {
      document = readCap(xmlText(bytes));
    } catch (cause) {
      return sink.reject('cap-unreadable', `The message is no CAP alert: ${cause instanceof Error ? cause.message : String(cause)}.`);
    }
    if (document.alerts.length === 0 && !document.isIndex) {
      return sink.reject('cap-unreadable', 'The message is XML, but no CAP alert.');
    }
    for (const reading of document.alerts) {
      if ('faults' in reading) sink.reject('cap-invalid', `The alert “${reading.identifier.slice(0, 60)}” is not shown: ${reading.faults.join(' ')}`);
      else {
        const { alert } = reading;
        for (const fault of alert.faults) sink.note('cap-mended', `The alert “${alert.identifier.slice(0, 60)}”: ${fault}`);
        for (const standing of this.book.take(alert, at)) sink.feature(featureOf(standing));
      }
    }
  }
}

/**
 * Alerts of the Common Alerting Protocol 1.0 to 1.2, alone or in an Atom feed or EDXL envelope, as features: from `effective` until `expires`, or until an Update or Cancel
 * ended them. `status` says whether it is Actual; whoever draws must say what is not.
 */
export function capAlerts(): Decoder {
  const reader = new Reader();
  return (bytes, at, sink) => reader.read(bytes, at, sink);
}
