import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasShared, shared } from '../../tests/shared.ts';
import { capCircle, capPolygon, circleRing, crossesItself, type CapRing } from './cap-area.ts';
import { CapBook } from './cap-book.ts';
import { CAP_WORDS, capMessageFaults, readCap, type CapAlert } from './cap.ts';
import { xmlText } from './xml-elements.ts';

interface Cases {
  readonly enums: Record<string, string[]>;
  readonly cases: readonly { id: string; group: 'polygon' | 'circle' | 'message'; text: string; valid: boolean; fields: Record<string, string>; tests: { lat: number; lon: number; inside: boolean }[] }[];
}

const cases: Cases | null = hasShared ? (JSON.parse(readFileSync(shared('domain/cap-cases.json'), 'utf8')) as Cases) : null;
const of = (group: string): Cases['cases'] => cases?.cases.filter((one) => one.group === group) ?? [];

/** The slow, obvious way: how often a ray to the east crosses the ring. */
function inside(ring: CapRing, lon: number, lat: number): boolean {
  let odd = false;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i], ring[i + 1]];
    if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd;
  }
  return odd;
}

describe.skipIf(!cases)('worked cases', () => {
  it('knows the words of the standard', () => {
    const { category: _, ...words } = cases!.enums;
    expect(CAP_WORDS).toEqual(words);
  });

  it.each(of('polygon').map((one) => [one.id, one] as const))('%s', (_id, { text, valid, tests }) => {
    const shape = capPolygon(text);
    expect(typeof shape !== 'string' && shape.mended.every((what) => what === 'clockwise')).toBe(valid);
    for (const { lat, lon, inside: wanted } of tests) expect(inside((shape as { ring: CapRing }).ring, lon, lat)).toBe(wanted);
  });

  it.each(of('circle').map((one) => [one.id, one] as const))('%s', (_id, { text, tests }) => {
    const circle = capCircle(text);
    if (typeof circle === 'string') throw new Error(circle);
    for (const { lat, lon, inside: wanted } of tests) expect(inside(circleRing(circle.lon, circle.lat, circle.radius), lon, lat)).toBe(wanted);
  });

  it.each(of('message').map((one) => [one.id, one] as const))('%s', (_id, { fields, valid }) => expect(capMessageFaults(fields).length === 0).toBe(valid));
});

describe('areas', () => {
  it('whichever way round, open or closed: one ring, anticlockwise, closed', () => {
    const corners = fc.uniqueArray(fc.integer({ min: 0, max: 359 }), { minLength: 3, maxLength: 12 });
    fc.assert(fc.property(corners, fc.boolean(), fc.boolean(), (angles, reversed, closed) => {
      const sorted = angles.toSorted((a, b) => a - b).map((angle) => [117 + Math.cos((angle * Math.PI) / 180), 31 + Math.sin((angle * Math.PI) / 180)]);
      const given = reversed ? sorted.toReversed() : sorted;
      const text = (closed ? [...given, given[0]] : given).map(([lon, lat]) => `${lat.toFixed(6)},${lon.toFixed(6)}`).join(' ');
      const shape = capPolygon(text);
      if (typeof shape === 'string') throw new Error(shape);
      expect(shape.ring[0]).toEqual(shape.ring.at(-1));
      expect(shape.ring).toHaveLength(given.length + 1);
      let area = 0;
      for (let i = 0; i + 1 < shape.ring.length; i++) area += (shape.ring[i][0] - 117) * (shape.ring[i + 1][1] - 31) - (shape.ring[i + 1][0] - 117) * (shape.ring[i][1] - 31);
      expect(area).toBeGreaterThan(0);
      expect(shape.mended.includes('open')).toBe(!closed);
      expect(crossesItself(shape.ring)).toBe(false);
    }), { seed: 7 });
  });

  it.each([['', 'fewer than three'], ['1,2 3,4', 'fewer than three'], ['a,b c,d', 'no pair'], ['91,181 91,182 92,181', 'not on Earth'], ['1,2;3,4', 'no pair']])('“%s” is no polygon: %s', (text, words) => expect(capPolygon(text)).toContain(words));
  it('a bow tie is found', () => expect(crossesItself((capPolygon('0,0 1,1 1,0 0,1 0,0') as { ring: CapRing }).ring)).toBe(true));
});

const SENT = Date.parse('2026-07-21T08:30:00+08:00') / 1000;
function message(identifier: string, msgType: string, minutes: number, more: { status?: string; references?: string[]; expires?: number } = {}): CapAlert {
  const info = { ...Object.fromEntries(['language', 'event', 'headline', 'description', 'instruction', 'senderName', 'web'].map((name) => [name, ''])), categories: [], urgency: 'Immediate', severity: 'Severe', certainty: 'Likely', effective: NaN, onset: NaN, expires: SENT + (more.expires ?? 600) * 60, areas: [] } as unknown as CapAlert['infos'][number];
  return { identifier, sender: 's', sent: SENT + minutes * 60, status: more.status ?? 'Actual', msgType, scope: 'Public', references: (more.references ?? []).map((name) => { const [id, at] = name.split('@'); return `s,${id},${SENT + Number(at) * 60}`; }), infos: [info], faults: [] };
}

describe('chains', () => {
  const chain = [message('a', 'Alert', 0), message('b', 'Update', 10, { references: ['a@0'] }), message('c', 'Update', 20, { references: ['a@0', 'b@10'] }), message('d', 'Cancel', 30, { references: ['c@20'] })];

  it('in any order and any number of times: one alert stands at a time, none after the Cancel', () => {
    fc.assert(fc.property(fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 }), (order) => {
      const book = new CapBook();
      const standing = new Map<string, { from: number; until: number; id: string }>();
      for (const i of order) for (const { key, from, until, alert } of book.take(chain[i], SENT + 3600)) standing.set(key, { from, until, id: alert.identifier });
      const at = (minutes: number): string => [...standing.values()].filter(({ from, until }) => SENT + minutes * 60 >= from && SENT + minutes * 60 < until).map(({ id }) => id).join();
      expect([at(5), at(15), at(25), at(35), at(500)]).toEqual(['a', 'b', 'c', '', '']);
    }), { seed: 11, numRuns: 60 });
  });

  it('a test ends nothing real; a Cancel from a clock that is ahead ends at once', () => {
    const book = new CapBook();
    book.take(message('a', 'Alert', 0), SENT);
    expect(book.take(message('t', 'Cancel', 5, { status: 'Test', references: ['a@0'] }), SENT + 300)).toEqual([]);
    expect(book.take(message('z', 'Cancel', 60, { references: ['a@0'] }), SENT + 300)[0]).toMatchObject({ until: SENT + 300, ended: 'cancelled' });
  });

  it('what expires has its end without anybody saying so', () => {
    expect(new CapBook().take(message('a', 'Alert', 0, { expires: 30 }), SENT)[0]).toMatchObject({ from: SENT, until: SENT + 1800, ended: null });
  });
});

describe('documents', () => {
  it.each([
    ['an entity that names a file', '<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert><identifier>&x;</identifier></alert>'],
    ['entities that grow', `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><alert>&b;</alert>`],
    ['a document type alone', '<!DOCTYPE alert SYSTEM "http://example.test/x.dtd"><alert/>'],
  ])('%s is refused', (_name, text) => expect(() => readCap(text)).toThrow('DOCTYPE'));
  it.each([['nothing', ''], ['text', 'hello'], ['an open element', '<alert><identifier>'], ['an unknown entity', '<alert>&x;</alert>'], ['levels without end', '<a>'.repeat(100) + '</a>'.repeat(100)]])('%s is refused', (_name, text) => expect(() => readCap(text)).toThrow());

  it('text in GB18030 is read as it is declared', () => {
    const gb = Uint8Array.of(0xb1, 0xa9, 0xd3, 0xea);
    const [head, tail] = ['<?xml version="1.0" encoding="GB2312"?><a>', '</a>'].map((text) => new TextEncoder().encode(text));
    expect(xmlText(Uint8Array.of(...head, ...gb, ...tail))).toContain('暴雨');
  });
});

describe.skipIf(!hasShared)('real alerts', () => {
  const read = (name: string): ReturnType<typeof readCap> => readCap(xmlText(readFileSync(shared(`data/emergency/cap/${name}`))));
  const alert = (name: string): CapAlert => {
    const [reading] = read(name).alerts;
    if (!('alert' in reading)) throw new Error(reading.faults.join());
    return reading.alert;
  };

  it.each([
    ['weather.cap', 1, 'Severe', 0], ['canada.cap', 2, 'Minor', 4], ['earthquake.cap', 1, 'Unknown', 0], ['thunderstorm.cap', 1, 'Severe', 1], ['cap_amber_alert_example.xml', 2, 'Severe', 0], ['no_optional_fields.cap', 0, undefined, 0],
  ])('%s', (name, infos, severity, rings) => {
    const read = alert(name);
    expect([read.infos.length, read.infos[0]?.severity, read.infos.flatMap(({ areas }) => areas.flatMap(({ rings: own }) => own)).length]).toEqual([infos, severity, rings]);
  });

  it('an earthquake is at its place', () => expect(alert('earthquake.cap').infos[0].areas[0].point).toEqual([-173.274, -16.053]));
  it('an envelope and a feed give the alerts in them', () => {
    expect(read('bushfire_valid.edxlde').alerts.every((one) => 'alert' in one)).toBe(true);
    expect(read('bushfire_valid.edxlde').alerts).toHaveLength(7);
    expect(read('weather.atom').alerts).toHaveLength(1);
  });
  it('an index gives where its alerts are', () => {
    expect(read('weather_index.atom').links.every((link) => link.startsWith('http://www.weather.gov/alerts-beta/wwacapget.php?x='))).toBe(true);
    expect(read('ny_index.rss').links).toHaveLength(2);
  });
  it('what lacks a required field is not shown, and why is said', () => expect(read('invalid.cap').alerts).toEqual([{ identifier: '12345', faults: ['It has no scope.'] }]));
  it('what can be mended is shown and said', () => {
    const { faults, infos } = alert('noaa_errors.cap');
    expect(infos[0]).toMatchObject({ severity: 'Unknown', urgency: 'Unknown' });
    expect(infos[0].areas[0].rings[0]).toHaveLength(9);
    expect(faults.join(' ')).toMatch(/severity is missing.*stray-comma/u);
  });
});
