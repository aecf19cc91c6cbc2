import { writeFile } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { FeedSpec } from '../../engine/ports.ts';
import type { Arrival } from '../../workers/feeds/arrivals.ts';
import { decoderFor } from '../../workers/feeds/decoders/decoders.ts';
import { emptyDraft, type Decoder, type DraftSink } from '../../workers/feeds/decoders/draft.ts';

const NUMBERS = ['lon', 'lat', 'height', 'heading', 'speed'] as const;
/** Rows a group: what a window is read by. */
const GROUP = 20_000;

/** What a feed's messages say, as a table of readings by time that a feed's `past` can be: id, time, received, place and values by their names. */
export class ReadingTable {
  private readonly decode: Decoder;
  private readonly path: string;
  private readonly ids: string[] = [];
  private readonly times: number[] = [];
  private readonly received: number[] = [];
  private readonly places = Object.fromEntries(NUMBERS.map((name) => [name, [] as number[]])) as Record<(typeof NUMBERS)[number], number[]>;
  private readonly values = new Map<string, number[]>();
  private refused = 0;
  private at = NaN;
  private readonly sink: DraftSink = { draft: emptyDraft(), accept: () => this.accept(), feature: () => undefined, reject: () => { this.refused++; }, note: () => undefined };

  constructor(feed: FeedSpec, path: string) {
    this.decode = decoderFor(feed.decode);
    this.path = path;
  }

  add({ bytes, at, topic }: Arrival): void {
    this.at = at;
    this.decode(bytes, at, this.sink, topic);
  }

  async end(): Promise<string> {
    const order = [...this.ids.keys()].toSorted((a, b) => this.times[a] - this.times[b]);
    const sorted = (column: ArrayLike<number>): (number | null)[] => order.map((row) => (Number.isFinite(column[row]) ? column[row] : null));
    const used = NUMBERS.filter((name) => this.places[name].some((value) => !Number.isNaN(value)));
    const bytes = parquetWriteBuffer({
      rowGroupSize: GROUP,
      columnData: [
        { name: 'id', data: order.map((row) => this.ids[row]), type: 'STRING' },
        { name: 'time', data: order.map((row) => this.times[row]), type: 'DOUBLE' },
        { name: 'received', data: order.map((row) => this.received[row]), type: 'DOUBLE' },
        ...used.map((name) => ({ name, data: sorted(this.places[name]), type: 'DOUBLE' as const })),
        ...[...this.values].map(([name, column]) => ({ name, data: sorted(column), type: 'DOUBLE' as const })),
      ],
    });
    await writeFile(this.path, new Uint8Array(bytes));
    return `${this.ids.length.toLocaleString('en')} readings in ${this.path}${this.refused > 0 ? `; ${this.refused.toLocaleString('en')} could not be read` : ''}`;
  }

  private accept(): void {
    const { draft } = this.sink;
    const row = this.ids.push(String(draft.id)) - 1;
    this.times.push(Number.isNaN(draft.time) ? this.at : draft.time);
    this.received.push(this.at);
    for (const name of NUMBERS) this.places[name].push(draft[name]);
    for (let i = 0; i < draft.values; i++) {
      const column = this.values.get(draft.names[i]) ?? [];
      this.values.set(draft.names[i], column);
      column[row] = draft.numbers[i];
    }
  }
}
