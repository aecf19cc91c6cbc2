import { capCircle, capPolygon, circleRing, crossesItself, type CapRing } from './cap-area.ts';
import { allNamed, childText, readElements, type XmlElement } from './xml-elements.ts';

export const CAP_WORDS = {
  status: ['Actual', 'Exercise', 'System', 'Test', 'Draft'],
  msgType: ['Alert', 'Update', 'Cancel', 'Ack', 'Error'],
  scope: ['Public', 'Restricted', 'Private'],
  urgency: ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'],
  severity: ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'],
  certainty: ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'],
} as const;

/** One `<info>` of an alert: what is said in one language. Times in unix seconds, NaN where not given. */
export interface CapInfo {
  readonly language: string;
  readonly event: string;
  readonly headline: string;
  readonly description: string;
  readonly instruction: string;
  readonly senderName: string;
  readonly web: string;
  readonly categories: readonly string[];
  readonly urgency: string;
  readonly severity: string;
  readonly certainty: string;
  readonly effective: number;
  readonly onset: number;
  readonly expires: number;
  readonly areas: readonly { readonly name: string; readonly rings: readonly CapRing[]; readonly point: readonly [number, number] | null }[];
}

export interface CapAlert {
  readonly identifier: string;
  readonly sender: string;
  /** Unix seconds. */
  readonly sent: number;
  readonly status: string;
  readonly msgType: string;
  readonly scope: string;
  /** Keys ({@link capKey}) of the messages that this one changes or ends. */
  readonly references: readonly string[];
  readonly infos: readonly CapInfo[];
  /** What is not as the standard has it and was mended or left out. */
  readonly faults: readonly string[];
}

/** An alert, or why it is none: every fault in a sentence. */
export type CapReading = { readonly alert: CapAlert } | { readonly identifier: string; readonly faults: readonly string[] };

/** What names a message: sender and identifier together with when it was sent, as references do. */
export function capKey(sender: string, identifier: string, sent: number): string {
  return `${sender},${identifier},${sent}`;
}

/** Unix seconds of a CAP time; NaN where it is none. @source OASIS CAP 1.2 §3.3.2: with seconds and a numeric offset, never Z */
export function capTime(text: string): number {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$/u.test(text) ? Date.parse(text) / 1000 : NaN;
}

/** A time that is not as the standard has it but leaves no doubt: with Z. */
function laxTime(text: string, what: string, faults: string[]): number {
  const strict = capTime(text);
  if (!Number.isNaN(strict) || text === '') return strict;
  const lax = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u.test(text) ? Date.parse(text) / 1000 : NaN;
  faults.push(Number.isNaN(lax) ? `${what} “${text.slice(0, 40)}” is no time.` : `${what} “${text.slice(0, 40)}” is not written as CAP wants it (seconds and a numeric offset, no Z).`);
  return lax;
}

/** The required fields of a message by name, judged alone. @returns the faults @source OASIS CAP 1.2 §3.2.1 */
export function capMessageFaults(fields: Readonly<Record<string, string | undefined>>): string[] {
  const faults: string[] = [];
  for (const name of ['identifier', 'sender', 'sent', 'status', 'msgType', 'scope']) if (!fields[name]) faults.push(`It has no ${name}.`);
  for (const name of ['identifier', 'sender']) if (/[\s,<&]/u.test(fields[name] ?? '')) faults.push(`Its ${name} has a blank, a comma, < or & in it.`);
  if (fields.sent && Number.isNaN(capTime(fields.sent))) faults.push(`sent “${fields.sent.slice(0, 40)}” is not written as CAP wants it (seconds and a numeric offset, no Z).`);
  for (const name of ['status', 'msgType', 'scope'] as const) {
    const word = fields[name];
    if (word && !(CAP_WORDS[name] as readonly string[]).includes(word)) faults.push(`${name} “${word.slice(0, 40)}” is none of ${CAP_WORDS[name].join(', ')}.`);
  }
  if (['Update', 'Cancel', 'Ack', 'Error'].includes(fields.msgType ?? '') && !fields.references) faults.push(`A message of the kind ${fields.msgType} names no message it is about (references).`);
  if (fields.scope === 'Restricted' && !fields.restriction) faults.push('Its scope is Restricted, without saying to whom (restriction).');
  return faults;
}

function areaOf(element: XmlElement, faults: string[]): CapInfo['areas'][number] {
  const name = childText(element, 'areaDesc');
  const rings: CapRing[] = [];
  let point: readonly [number, number] | null = null;
  for (const { name: kind, text } of element.children) {
    if (kind === 'polygon' && text !== '') {
      const shape = capPolygon(text);
      if (typeof shape === 'string') faults.push(`A polygon of “${name.slice(0, 40)}” is left out: ${shape}`);
      else {
        for (const what of shape.mended) if (what !== 'clockwise') faults.push(`A polygon of “${name.slice(0, 40)}” was mended: ${what}.`);
        if (crossesItself(shape.ring)) faults.push(`A polygon of “${name.slice(0, 40)}” crosses itself; it is shown as it is.`);
        rings.push(shape.ring);
      }
    } else if (kind === 'circle' && text !== '') {
      const circle = capCircle(text);
      if (typeof circle === 'string') faults.push(`A circle of “${name.slice(0, 40)}” is left out: ${circle}`);
      else if (circle.radius > 0) rings.push(circleRing(circle.lon, circle.lat, circle.radius));
      else point = [circle.lon, circle.lat];
    }
  }
  return { name, rings, point };
}

function infoOf(element: XmlElement, faults: string[]): CapInfo {
  const text = (name: string): string => childText(element, name);
  const word = (name: 'urgency' | 'severity' | 'certainty'): string => {
    const said = text(name);
    // Very Likely is CAP 1.0's Likely.
    const known = said === 'Very Likely' ? 'Likely' : said;
    if ((CAP_WORDS[name] as readonly string[]).includes(known)) return known;
    faults.push(`${name} ${said === '' ? 'is missing' : `“${said.slice(0, 40)}” is none of the standard's`}; Unknown is taken.`);
    return 'Unknown';
  };
  const time = (name: string): number => laxTime(text(name), name, faults);
  return {
    language: text('language') || 'en-US', event: text('event'), headline: text('headline'), description: text('description'), instruction: text('instruction'),
    senderName: text('senderName'), web: text('web'), categories: element.children.filter(({ name }) => name === 'category').map(({ text: category }) => category),
    urgency: word('urgency'), severity: word('severity'), certainty: word('certainty'), effective: time('effective'), onset: time('onset'), expires: time('expires'),
    areas: element.children.filter(({ name }) => name === 'area').map((area) => areaOf(area, faults)),
  };
}

/** The messages that `references` names: "sender,identifier,sent" parted by blanks. */
function referencesOf(text: string, faults: string[]): string[] {
  return text.split(/\s+/u).filter((word) => word !== '').flatMap((word) => {
    const [sender, identifier, sent] = word.split(',');
    const time = laxTime(sent ?? '', 'a reference', faults);
    if (sender && identifier && !Number.isNaN(time)) return [capKey(sender, identifier, time)];
    faults.push(`The reference “${word.slice(0, 60)}” names no message.`);
    return [];
  });
}

function alertOf(element: XmlElement): CapReading {
  const fields = Object.fromEntries(['identifier', 'sender', 'sent', 'status', 'msgType', 'scope', 'references', 'restriction'].map((name) => [name, childText(element, name)]));
  const faults: string[] = [];
  const sent = laxTime(fields.sent, 'sent', faults);
  const judged = capMessageFaults(fields).filter((fault) => !fault.startsWith('sent “'));
  // An Update without references is an alert all the same; a Cancel without them ends nothing. A message without status might be a test.
  const fatal = judged.filter((fault) => !fault.includes('(references)') && !fault.includes('(restriction)'));
  if (fatal.length > 0 || Number.isNaN(sent)) return { identifier: fields.identifier, faults: [...fatal, ...faults] };
  faults.push(...judged);
  const references = referencesOf(fields.references, faults);
  const infos = element.children.filter(({ name }) => name === 'info').map((info) => infoOf(info, faults));
  return { alert: { identifier: fields.identifier, sender: fields.sender, sent, status: fields.status, msgType: fields.msgType, scope: fields.scope, references, infos, faults } };
}

/**
 * All alerts of a document: one alert, an Atom feed or an EDXL-DE envelope with alerts in it. CAP 1.0 to 1.2.
 * @returns `links`: entries of an Atom or RSS index that only point to their alert
 * @throws Error with the reason where it is no well-formed XML, or has a document type
 */
export function readCap(text: string): { readonly alerts: readonly CapReading[]; readonly links: readonly string[]; readonly isIndex: boolean } {
  const root = readElements(text);
  const alerts = allNamed(root, 'alert').map(alertOf);
  const entries = root.name === 'feed' ? allNamed(root, 'entry') : root.name === 'rss' ? allNamed(root, 'item') : [];
  const links = entries.filter((entry) => allNamed(entry, 'alert').length === 0).flatMap((entry) => {
    const found = entry.children.filter(({ name, attributes }) => name === 'link' && !['self', 'related'].includes(attributes.rel ?? ''));
    const best = found.find(({ attributes }) => /cap\+xml/iu.test(attributes.type ?? '')) ?? found[0];
    const link = best?.attributes.href ?? best?.text ?? '';
    return link === '' ? [] : [link];
  });
  return { alerts, links, isIndex: root.name === 'feed' || root.name === 'rss' };
}
