import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { TwinError } from '../../engine/errors.ts';
import type { FeedSpec } from '../../engine/ports.ts';
import type { Arrival } from '../../workers/feeds/arrivals.ts';
import { frameOf, RECORDING_HEAD } from '../../workers/feeds/recording.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'record',
  operands: '--feed FEED --out FILE',
  what: 'keep what a feed sends in a file, until stopped',
  options: {
    feed: { type: 'string', value: 'FEED', help: 'a feed as JSON, a file of it, or a scene document' },
    layer: { type: 'string', value: 'ID', help: 'which layer of the scene (the first with a feed)' },
    out: { type: 'string', short: 'o', value: 'FILE', help: '.cmrec plays with transport "replay"; .parquet is a feed\'s "past"' },
    for: { type: 'string', value: 'SECONDS', help: 'stop after so long (else Ctrl-C)' },
  },
  notes: ['A .cmrec is whole at any moment: what stands in it when the power fails can be played.'],
  example: 'record --feed \'{"transport":"mqtt","url":"wss://broker/mqtt","topic":"city/#","decode":"readings","staleAfter":60}\' -o air.cmrec',
} as const satisfies CommandSpec;

/** Where messages go. */
interface Store {
  add(arrival: Arrival): void | Promise<void>;
  end(): Promise<string>;
}

/** `record --feed FEED --out FILE [--for SECONDS]`. */
export const record: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values } = parseCommand(spec, args);
    if (!values.feed || !values.out) throw new TwinError('bad-input', 'Name the feed and the file: citymirror record --feed FEED --out FILE');
    const seconds = values.for === undefined ? Infinity : Number(values.for);
    if (!(seconds > 0)) throw new TwinError('bad-input', `--for ${values.for} is no time; give a number of seconds.`);
    const feed = await feedOf(values.feed, values.layer);
    const store = values.out.endsWith('.parquet') ? new (await import('./reading-table.ts')).ReadingTable(feed, values.out) : await openTape(values.out);
    // Sockets and brokers are loaded by those who record alone.
    const [{ tape }, { WebSocket }] = await Promise.all([import('../../workers/feeds/tape.ts'), import('ws')]);
    const end = new AbortController();
    const stop = (): void => end.abort();
    terminal.signal.addEventListener('abort', stop, { once: true });
    if (terminal.signal.aborted) stop();
    const timer = seconds < Infinity ? setTimeout(stop, seconds * 1000) : undefined;
    let [messages, dropped] = [0, 0];
    terminal.err(`recording ${new URL(feed.url).host} to ${values.out}; ${seconds < Infinity ? `${seconds} s` : 'Ctrl-C ends it'}\n`);
    const tell = setInterval(() => terminal.redraw && terminal.err(`\r\x1b[K${messages.toLocaleString('en')} messages`), 500);
    try {
      await tape(feed, { WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, brokers: new Map(), now: () => Date.now() / 1000, load }, {
        async message(arrival) {
          messages++;
          await store.add(arrival);
        },
        open: () => {},
        lost: ({ message }) => terminal.err(`${message} It is tried again; what is sent meanwhile is missing.\n`),
        dropped: (count) => { dropped += count; },
      }, end.signal);
    } finally {
      clearInterval(tell);
      clearTimeout(timer);
      terminal.signal.removeEventListener('abort', stop);
    }
    const kept = await store.end();
    terminal.out(`${terminal.redraw ? '\r\x1b[K' : ''}${messages.toLocaleString('en')} messages, ${kept}${dropped > 0 ? `; ${dropped.toLocaleString('en')} came faster than they could be written and are missing` : ''}\n`);
    return messages === 0 || dropped > 0 ? 1 : 0;
  },
};

/** A feed from JSON, a file of it, or a layer of a scene. @throws TwinError `bad-input`, `not-found` */
export async function feedOf(word: string, layer: string | undefined): Promise<FeedSpec> {
  const text = word.trimStart().startsWith('{') ? word : await readFile(word, 'utf8').catch(() => { throw new TwinError('not-found', `There is no file ${word}. --feed takes a feed as JSON, a file of it, or a scene document.`); });
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new TwinError('bad-input', `--feed is no JSON (${cause instanceof Error ? cause.message : String(cause)}).`, { cause });
  }
  const layers = typeof json.layers === 'object' && json.layers !== null ? (json.layers as Record<string, { feed?: FeedSpec }>) : null;
  if (layers && layer !== undefined && !layers[layer]?.feed) throw new TwinError('bad-input', `The scene has no layer “${layer}” with a feed; with one are: ${Object.keys(layers).filter((id) => layers[id].feed).join(', ') || 'none'}.`);
  const found = layers ? (layer === undefined ? Object.values(layers).find(({ feed }) => feed)?.feed : layers[layer].feed) : (json as unknown as FeedSpec);
  if (!found) throw new TwinError('bad-input', 'The scene has no layer with a feed.');
  if (!URL.canParse(found.url)) throw new TwinError('bad-input', `The feed's address is “${found.url}”; here it must be whole, with its scheme and host: wss://host/path.`);
  if (typeof found.transport !== 'string' || found.decode === undefined) throw new TwinError('bad-input', 'A feed needs transport, url, decode and staleAfter.');
  return found;
}

async function load(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new TwinError('not-found', `${url} answered ${response.status}.`);
  return response.arrayBuffer();
}

/** A recording on disk, written as it comes. */
async function openTape(path: string): Promise<Store> {
  const file: WriteStream = createWriteStream(path);
  await once(file, 'open').catch((cause: unknown) => { throw new TwinError('refused', `${path} cannot be written (${cause instanceof Error ? cause.message : String(cause)}).`, { cause }); });
  let bytes = RECORDING_HEAD.length;
  file.write(RECORDING_HEAD);
  return {
    async add(arrival) {
      const frame = frameOf(arrival);
      bytes += frame.length;
      if (!file.write(frame)) await once(file, 'drain');
    },
    async end() {
      file.end();
      await once(file, 'close');
      return `${(bytes / 2 ** 20).toFixed(2)} MiB in ${path}`;
    },
  };
}
