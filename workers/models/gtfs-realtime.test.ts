import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasShared, shared } from '../../tests/shared.ts';
import { gtfsRealtimeFromJson, readGtfsRealtime } from './gtfs-realtime.ts';
import { judgeGtfs } from './gtfs-rules.ts';
import { readMessage, WireFault, type MessageShape } from './protobuf.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(shared(path), 'utf8'));

/** The JSON form writes 64-bit numbers as text. */
function numbered(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => numbered(one));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, numbered(one, name)]));
  return typeof value === 'string' && ['time', 'timestamp', 'start', 'end'].includes(key) ? Number(value) : value;
}

/** Its fields one by one; the numbers are those of protobuf.dev's guide to the encoding. */
const ALL: MessageShape = {
  1: ['a', 'int32'], 2: ['b', 'string'], 3: ['c', () => ALL], 4: ['d', 'int64'], 5: ['e', 'uint64'], 6: ['f', 'float'], 7: ['g', 'double'], 8: ['h', 'bool'], 9: ['i', { 0: 'ZERO', 1: 'ONE' }], 10: ['j', 'uint32', 'list'],
};
const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/[0-9a-f]{2}/gu) ?? [], (pair) => Number.parseInt(pair, 16));

describe('the wire format', () => {
  it.each([
    ['08 96 01', { a: 150 }],
    ['12 07 74 65 73 74 69 6e 67', { b: 'testing' }],
    ['1a 03 08 96 01', { c: { a: 150 } }],
    ['08 fe ff ff ff ff ff ff ff ff 01', { a: -2 }],
    ['20 fe ff ff ff ff ff ff ff ff 01', { d: -2 }],
    ['28 ff ff ff ff ff ff ff ff ff 01', { e: 2 ** 64 - 1 }],
    ['28 80 80 80 80 20', { e: 2 ** 33 }],
    ['35 00 00 20 41 39 00 00 00 00 00 00 f8 3f', { f: 10, g: 1.5 }],
    ['40 01 48 01 48 05', { h: true, i: '5' }],
    ['50 01 50 02 08 01 08 03', { j: [1, 2], a: 3 }],
    // A field that the shape does not know, of every wire type.
    ['78 01 79 00 00 00 00 00 00 00 00 7a 02 00 00 7d 00 00 00 00 08 07', { a: 7 }],
    ['', {}],
  ])('%s', (bytes, expected) => expect(readMessage(hex(bytes), ALL)).toEqual(expected));

  it.each([
    ['08', 'cut off'], ['08 96', 'cut off'], ['12 07 74', 'it says 7 bytes where 1 are left'], ['1a 80 94 eb dc 03 08', 'it says 1000000000 bytes'], ['12 ff ff ff ff ff ff ff ff ff 01', 'it says Infinity bytes'],
    ['00 01', 'without a number'], ['0b', 'another way'], ['7b', 'wire type 3'], ['08 ff ff ff ff ff ff ff ff ff ff 01', 'more than ten bytes'], ['0a 01 00', 'another way'], ['35 00 00', 'it says 4 bytes'],
  ])('%s is refused: %s', (bytes, words) => expect(() => readMessage(hex(bytes), ALL)).toThrow(words));

  it('refuses what is nested without end', () => {
    let inner: number[] = [];
    for (let depth = 0; depth < 40; depth++) inner = [0x1a, inner.length, ...inner].slice(0, 120);
    expect(() => readMessage(Uint8Array.from(inner), ALL)).toThrow(WireFault);
  });

  it('whatever the bytes, it ends, and either reads or says why', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readMessage(bytes, ALL);
      } catch (cause) {
        expect(cause).toBeInstanceOf(WireFault);
      }
    }), { numRuns: 2000, seed: 5 });
  });
});

describe.skipIf(!hasShared)('real feeds', () => {
  it.each(['bart-trip-updates', 'bart-alerts', 'example'])('%s is read as its twin in JSON has it', (name) => {
    const read = readGtfsRealtime(readFileSync(shared(`data/traffic/gtfs-rt/${name}.pb`)));
    const twin = numbered(json(`data/traffic/gtfs-rt/${name}.pb.json`));
    expect(read).toEqual(twin);
    expect(gtfsRealtimeFromJson(json(`data/traffic/gtfs-rt/${name}.pb.json`))).toEqual(twin);
    expect(judgeGtfs(read, read.header?.timestamp ?? 0, NaN)).toMatchObject({ refused: null });
  });

  it('cut off anywhere it is refused or is a shorter feed, never more', () => {
    const bytes = readFileSync(shared('data/traffic/gtfs-rt/example.pb'));
    const whole = readGtfsRealtime(bytes).entity?.length ?? 0;
    let refused = 0;
    for (let end = 0; end < bytes.length; end += 7) {
      try {
        expect(readGtfsRealtime(bytes.subarray(0, end)).entity?.length ?? 0).toBeLessThan(whole);
      } catch (cause) {
        expect(cause).toBeInstanceOf(WireFault);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(() => readGtfsRealtime(readFileSync(shared('data/traffic/gtfs-rt/invalid.pb')))).toThrow(WireFault);
  });

  const folder = 'data/traffic/gtfs-rt/errors';
  // E004 asks whether a route is in the timetable, which is not here.
  const cases = hasShared ? readdirSync(shared(folder)).filter((name) => !name.startsWith('E004')) : [];
  it.each(cases)('errors/%s breaks that rule', (name) => {
    const message = gtfsRealtimeFromJson(json(`${folder}/${name}`));
    const verdict = judgeGtfs(message, 1_699_405_900, NaN);
    expect(verdict.refused?.rule ?? [...verdict.entities.values()].map(({ rule }) => rule).join()).toBe(name.slice(0, 4));
  });
});
