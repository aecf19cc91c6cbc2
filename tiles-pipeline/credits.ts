import { TwinError } from '../engine/errors.ts';

/** Whom data are owed to, as it must be written on the map. */
export interface SourceCredit {
  text: string;
  url?: string;
  licence?: string;
  /** Shown in full at all times. */
  always?: boolean;
}

/** @source https://osmfoundation.org/wiki/Licence/Attribution_Guidelines */
export const OPENSTREETMAP: SourceCredit = { text: '© OpenStreetMap contributors', url: 'https://www.openstreetmap.org/copyright', licence: 'ODbL 1.0', always: true };

/** Reads `TEXT|URL|LICENCE` as it is given on the command line; URL and licence may be left out. @throws TwinError `bad-input` */
export function parseCredit(given: string): SourceCredit {
  const [text, url, licence] = given.split('|').map((part) => part.trim());
  if (!text) throw new TwinError('bad-input', `--credit “${given}” has no text; write it as TEXT|URL|LICENCE, the last two as you like.`);
  if (url && !/^https?:\/\//u.test(url)) throw new TwinError('bad-input', `--credit “${given}” leads to ${url}, which is no web address; begin it with https:// or leave it empty.`);
  return { text, ...(url && { url }), ...(licence && { licence }), always: true };
}

/** What is declared, and OpenStreetMap's own line wherever a source names it. */
export function creditsOf(declared: readonly SourceCredit[], sources: readonly string[]): SourceCredit[] {
  const names = [...sources, ...declared.map((credit) => credit.text)];
  const osm = names.some((name) => /open\s?street\s?map|\bosm\b/iu.test(name)) && !declared.some((credit) => /openstreetmap contributors/iu.test(credit.text));
  return [...(osm ? [OPENSTREETMAP] : []), ...declared];
}
