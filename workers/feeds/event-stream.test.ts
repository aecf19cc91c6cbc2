import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventStreamReader } from './event-stream.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

// The examples of WHATWG HTML §9.2.6, with the events that the standard says they make.
it.each([
  ['two lines of one event', 'data: YHOO\ndata: +2\ndata: 10\n\n', [['message', 'YHOO\n+2\n10']]],
  ['a comment, an id, and data without one', ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n', [['message', 'first event'], ['message', 'second event'], ['message', ' third event']]],
  ['two empty events, the last one cut off', 'data\n\ndata\ndata\n\ndata:', [['message', ''], ['message', '\n']]],
  ['a blank after the colon is passed over once', 'data:test\n\ndata: test\n\n', [['message', 'test'], ['message', 'test']]],
  ['named events', 'event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n', [['add', '73857293'], ['remove', '2153']]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [['message', 'a']]],
])('%s', (_name, text, expected) => {
  const events = new EventStreamReader().read(bytes(text));
  expect(events.map(({ type, data }) => [type, data])).toEqual(expected);
});

it('reads the same in whatever pieces it comes, with every kind of line end', () => {
  const line = fc.constantFrom('data: a', 'data: 城', 'data:', ': note', 'id: 7', 'id: 8', 'event: x', 'retry: 40', 'unknown: 1', '');
  fc.assert(
    fc.property(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 40 }), fc.array(fc.nat(300), { maxLength: 12 }), (lines, cuts) => {
      // CR followed by a line that begins with LF would be one line end in any reading.
      const text = bytes(lines.map(([words, end]) => words + (end === '\r' ? '\n' : end)).join(''));
      const whole = new EventStreamReader();
      const expected = whole.read(text);
      const reader = new EventStreamReader();
      const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
      const got = places.slice(1).flatMap((to, i) => reader.read(text.subarray(places[i], to)));
      expect(got).toEqual(expected);
      expect([reader.lastId, reader.retry]).toEqual([whole.lastId, whole.retry]);
    }),
    { numRuns: 300, seed: 3 },
  );
});

it('CR alone ends a line too', () => expect(new EventStreamReader().read(bytes('data: a\rdata: b\r\r')).map(({ data }) => data)).toEqual(['a\nb']));

it('an event without end takes no more memory than its limit, and the next one is read', () => {
  const reader = new EventStreamReader();
  reader.read(bytes('data: '));
  for (let i = 0; i < 12; i++) reader.read(new Uint8Array(1 << 20).fill(0x61));
  expect(reader.read(bytes('\n\ndata: b\n\n')).map(({ data }) => data)).toEqual(['b']);
  expect(reader.overlong).toBe(1);
});
