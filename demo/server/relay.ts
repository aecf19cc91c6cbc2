import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the ring keeps for those who come back: events and their bytes. */
const RING = { events: 4096, bytes: 8 << 20 };
/** Bytes that may wait for one client; further events are left out for it, and counted. */
const WAITING = 1 << 20;
/** Milliseconds that a client may take nothing in before it is cut. */
const STUCK = 20_000;
/** Milliseconds between two signs of life, and that a long poll is held back. */
const ALIVE = 10_000;
const HOLD = 25_000;
/** Milliseconds to wait before the next connection, as told to clients. */
const RETRY = 1000;

interface Event {
  readonly sequence: number;
  readonly topic: string;
  /** As it goes out, without its end. */
  readonly text: string;
}

interface Client {
  readonly response: ServerResponse;
  readonly matches: (topic: string) => boolean;
  /** Events left out since the last that was taken in. */
  dropped: number;
  /** When it last took everything in, milliseconds. */
  free: number;
}

/** Clients and what they cost, for whoever watches the server. */
export interface RelayFigures {
  readonly clients: number;
  readonly dropped: number;
  readonly cut: number;
  readonly ringBytes: number;
  /** Most bytes that ever waited for one client. */
  readonly waiting: number;
}

/** Whether a topic is one of an MQTT filter's. Topics of the broker itself ($…) are none of a page's business. */
function matcher(filter: string): (topic: string) => boolean {
  const pattern = filter.split('/').map((part) => (part === '+' ? '[^/]+' : part === '#' ? '.*' : part.replaceAll(/[^\w-]/gu, String.raw`\$&`))).join('/');
  const whole = new RegExp(`^${pattern.replace(/\/\.\*$/u, '(?:/.*)?')}$`, 'u');
  return (topic) => !topic.startsWith('$') && whole.test(topic);
}

/** A payload as the fields of an event. Bytes that a line of text would not carry whole go as base64. */
function fieldsOf(payload: Uint8Array): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = bytes.toString('utf8');
  if (text.includes('\r') || text.includes('\uFFFD')) return `encoding: base64\ndata: ${bytes.toString('base64')}\n`;
  return `${text.split('\n').map((line) => `data: ${line}`).join('\n')}\n`;
}

/**
 * Hands a broker's messages to pages that cannot open a WebSocket: `GET PATH/events?topic=FILTER` is an event stream, `GET PATH/poll?topic=FILTER` a long poll in the same words.
 * Who comes back with Last-Event-ID gets what was sent meanwhile, as far as the ring reaches. A client that is too slow gets fewer events and is told how many it missed;
 * one that takes in nothing is cut. Neither costs the others anything.
 */
export class Relay {
  private readonly ring: Event[] = [];
  private ringBytes = 0;
  private sequence = 0;
  private readonly clients = new Set<Client>();
  /** A relay that was started anew knows nothing of older ids. */
  private readonly epoch = Date.now().toString(36);
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly waiting = new Set<() => void>();
  private dropped = 0;
  private cut = 0;
  private most = 0;

  constructor(private readonly path: string, private readonly now: () => number = Date.now) {
    this.timer = setInterval(() => this.look(), ALIVE / 10);
  }

  figures(): RelayFigures {
    return { clients: this.clients.size, dropped: this.dropped, cut: this.cut, ringBytes: this.ringBytes, waiting: this.most };
  }

  publish(topic: string, payload: Uint8Array): void {
    if (topic.startsWith('$') || /[\r\n]/u.test(topic)) return;
    const sequence = ++this.sequence;
    const event = { sequence, topic, text: `id: ${this.epoch}-${sequence}\ntopic: ${topic}\n${fieldsOf(payload)}\n` };
    this.ring.push(event);
    this.ringBytes += event.text.length;
    while (this.ring.length > RING.events || this.ringBytes > RING.bytes) this.ringBytes -= this.ring.shift()?.text.length ?? 0;
    for (const client of this.clients) if (client.matches(topic)) this.send(client, event.text);
    for (const wake of this.waiting) wake();
  }

  /** Answers a request for it; false where it is none. */
  handle(request: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>>): boolean {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const what = pathname === `${this.path}/events` ? 'events' : pathname === `${this.path}/poll` ? 'poll' : null;
    if (!what || request.method !== 'GET') return false;
    const matches = matcher(searchParams.get('topic') ?? '#');
    const lastId = String(request.headers['last-event-id'] ?? '');
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    if (what === 'events') this.stream(response, matches, lastId);
    else this.poll(response, matches, lastId);
    return true;
  }

  close(): void {
    clearInterval(this.timer);
    for (const { response } of this.clients) response.destroy();
    for (const wake of this.waiting) wake();
    this.clients.clear();
  }

  private stream(response: ServerResponse, matches: Client['matches'], lastId: string): void {
    const client: Client = { response, matches, dropped: 0, free: this.now() };
    response.on('close', () => this.clients.delete(client));
    response.on('drain', () => (client.free = this.now()));
    response.write(`retry: ${RETRY}\n: ${this.path}\n\n`);
    const missed = this.since(lastId, matches);
    if (missed === null) response.write('event: relay-gap\ndata: 1\n\n');
    for (const { text } of missed ?? []) this.send(client, text);
    // The id stands before the first event too, so that whoever is cut off at once misses nothing.
    if (!missed?.length) response.write(`id: ${this.epoch}-${this.sequence}\n\n`);
    this.clients.add(client);
  }

  private poll(response: ServerResponse, matches: Client['matches'], lastId: string): void {
    const answer = (gap: boolean, events: readonly Event[]): void => {
      clearTimeout(timer);
      this.waiting.delete(wake);
      response.end(`${gap ? 'event: relay-gap\ndata: 1\n\n' : ''}${events.map(({ text }) => text).join('')}id: ${this.epoch}-${this.sequence}\n\n`);
    };
    const wake = (): void => {
      const events = this.since(lastId, matches);
      if (events === null || events.length > 0) answer(events === null, events ?? []);
    };
    const timer = setTimeout(() => answer(false, []), HOLD);
    response.on('close', () => {
      clearTimeout(timer);
      this.waiting.delete(wake);
    });
    if (lastId === '') return answer(false, []);
    this.waiting.add(wake);
    wake();
  }

  /** Events of a filter after an id; null where the ring no longer reaches back to it, or never knew it. */
  private since(lastId: string, matches: Client['matches']): Event[] | null {
    if (lastId === '') return [];
    const [epoch, sequence] = lastId.split('-');
    const after = Number(sequence);
    const oldest = this.ring[0]?.sequence ?? this.sequence + 1;
    if (epoch !== this.epoch || !Number.isInteger(after) || after < oldest - 1 || after > this.sequence) return null;
    return this.ring.slice(after - oldest + 1).filter(({ topic }) => matches(topic));
  }

  private send(client: Client, text: string): void {
    const { response } = client;
    if (response.writableLength > WAITING) {
      client.dropped++;
      this.dropped++;
      return;
    }
    if (client.dropped > 0) response.write(`event: relay-dropped\ndata: ${client.dropped}\n\n`);
    client.dropped = 0;
    if (response.write(text)) client.free = this.now();
    this.most = Math.max(this.most, response.writableLength);
  }

  /** Cuts who takes nothing in, and keeps proxies from ending who hears nothing. */
  private look(): void {
    const now = this.now();
    for (const client of this.clients) {
      if (client.response.writableLength > WAITING && now - client.free > STUCK) {
        this.cut++;
        client.response.destroy();
      } else if (client.response.writableLength === 0 && now - client.free > ALIVE) {
        client.free = now;
        client.response.write(': alive\n\n');
      }
    }
  }
}
