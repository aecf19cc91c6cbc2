import { ArrivalQueue, type Transport } from '../arrivals.ts';
import { EVERY, repeat } from '../ask.ts';
import { EventStreamReader } from '../event-stream.ts';
import { RemoteDocument } from '../remote-document.ts';
import { takeEvent } from './sse.ts';

/** Seconds that a server may hold an answer back in a long poll. */
const HELD_BACK = 60;
/** Seconds until the next question of a long poll that was answered at once and with nothing. */
const IDLE = 1;

/**
 * Asks by HTTP every `every` seconds; each answer that differs from the last is one message. With `every: 0` the server holds its answer back until there is news.
 * An answer that is an event stream (our relay's long poll) is read as its events, and the next question names the last id.
 */
export const poll: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const document = new RemoteDocument(spec.url);
  const every = spec.every ?? EVERY;
  let lastId = '';
  void repeat(spec, signal, link, async () => {
    const begun = context.now();
    const answer = await document.fetch(signal, lastId === '' ? {} : { 'Last-Event-ID': lastId }, every === 0 ? HELD_BACK : undefined);
    let count = 0;
    if (answer && /^text\/event-stream\b/iu.test(answer.type)) {
      document.forget();
      const reader = Object.assign(new EventStreamReader(), { lastId });
      const events = reader.read(answer.bytes);
      for (const event of events) takeEvent(event, queue, link, context.now());
      count = events.length;
      lastId = reader.lastId;
    } else if (answer) {
      count = 1;
      queue.push({ bytes: answer.bytes, topic: '', at: context.now() });
    }
    if (every > 0) return every;
    return count === 0 && context.now() - begun < IDLE ? IDLE : 0;
  });
  return queue;
};
