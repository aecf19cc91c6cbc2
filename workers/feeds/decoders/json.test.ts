import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingFeed } from '../testing/standing-feed.ts';
import { guardedJson, JSON_LIMITS } from './json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const code = (text: string | Uint8Array): string => {
  const result = guardedJson(typeof text === 'string' ? bytes(text) : text);
  return 'code' in result ? result.code : 'fine';
};

describe('guarded JSON', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        const expected: unknown = JSON.parse(text);
        const result = guardedJson(bytes(text));
        if ('value' in result) expect(result.value).toEqual(expected);
        else expect(['duplicate-key', 'forbidden-key']).toContain(result.code);
      }),
      { numRuns: 400, seed: 2 },
    );
  });

  it.each([
    ['depth 100,000', '['.repeat(100_000) + ']'.repeat(100_000), 'too-deep'],
    ['depth 100,000 of objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), 'too-deep'],
    ['a million keys', `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',')}}`, 'too-large'],
    ['300,000 keys', `[${Array.from({ length: 150_000 }, () => '{"a":1,"b":2}').join(',')}]`, 'too-many-keys'],
    ['__proto__', '{"__proto__":{"polluted":1}}', 'forbidden-key'],
    ['__proto__ written with escapes', String.raw`{"\u005f_proto__":1}`, 'forbidden-key'],
    ['constructor, deep', '[{"a":{"constructor":{"prototype":1}}}]', 'forbidden-key'],
    ['prototype', '{"prototype":1}', 'forbidden-key'],
    ['a key twice', '{"id":"a","t":1,"id":"b"}', 'duplicate-key'],
    ['a late key twice', `{${Array.from({ length: 200 }, (_, i) => `"k${i}":1`).join(',')},"k150":2}`, 'duplicate-key'],
    ['10 MB', `"${'x'.repeat(10_000_000)}"`, 'too-large'],
    ['nothing', '', 'empty'],
    ['cut off', '{"id":"a"', 'not-json'],
    ['an open string', '{"id":"a', 'not-json'],
    ['rubbish', '<html>login</html>', 'not-json'],
    ['the same key in two objects', '[{"id":1},{"id":2}]', 'fine'],
    ['forbidden words as values', '{"a":"__proto__","b":["constructor"]}', 'fine'],
  ])('%s', (_name, text, expected) => expect(code(text)).toBe(expected));

  it('refuses what is not UTF-8', () => expect(code(Uint8Array.of(0x22, 0xff, 0xfe, 0x22))).toBe('not-utf8'));

  it('is quick to refuse the largest message', () => {
    const bomb = bytes('['.repeat(JSON_LIMITS.bytes));
    const started = performance.now();
    expect(code(bomb)).toBe('too-deep');
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('pollutes nothing through a feed, which goes on', () => {
    const { feed, sendBytes, send } = standingFeed();
    for (const text of ['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '['.repeat(100_000), '\u0000\u0001', '{']) sendBytes(bytes(text));
    send({ id: 'a', t: 1_800_000_000, lon: 117.49, lat: 30.66 });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(feed.ledger.counts).toMatchObject({ received: 6, rejected: 5, applied: 1 });
  });
});
