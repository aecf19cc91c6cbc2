import { LONGEST_TEXT, type ElementStore, type Member } from './element-store.ts';
import { BadMessage, Message, numbers, unsigned, zigzag } from './protobuf.ts';

/** What is counted and not kept. */
export type Skip = (reason: string, count?: number) => void;

export const DELETED = 'a deleted element';
export const OUTSIDE = 'coordinates are outside the degrees of the earth';

interface Block {
  readonly texts: string[];
  granularity: number;
  latOffset: number;
  lonOffset: number;
  /** Milliseconds. */
  dateGranularity: number;
}

const MEMBERS = ['node', 'way', 'relation'] as const;

/**
 * Reads one block of elements into the store. A block is read as a whole before any of it is kept.
 * @throws BadMessage @source OSM PBF format, osmformat.proto, PrimitiveBlock
 */
export function readBlock(bytes: Uint8Array, store: ElementStore, skip: Skip): void {
  const block: Block = { texts: [], granularity: 100, latOffset: 0, lonOffset: 0, dateGranularity: 1000 };
  const groups: Message[] = [];
  const message = new Message(bytes);
  while (message.next()) {
    if (message.field === 1) readTexts(message.message(), block.texts);
    else if (message.field === 2) groups.push(message.message());
    else if (message.field === 17) block.granularity = message.varint();
    else if (message.field === 18) block.dateGranularity = message.varint();
    else if (message.field === 19) block.latOffset = message.int64();
    else if (message.field === 20) block.lonOffset = message.int64();
    else message.skip();
  }
  const keep = new Pending(block, store, skip);
  for (const group of groups) {
    while (group.next()) {
      if (group.field === 1) keep.node(group.message());
      else if (group.field === 2) keep.dense(group.message());
      else if (group.field === 3) keep.way(group.message());
      else if (group.field === 4) keep.relation(group.message());
      else group.skip();
    }
  }
  keep.done();
}

function readTexts(message: Message, into: string[]): void {
  const decoder = new TextDecoder();
  while (message.next()) {
    if (message.field === 1) {
      const text = message.view();
      if (text.length > LONGEST_TEXT) throw new BadMessage('a text of more than 16 KiB');
      into.push(decoder.decode(text));
    } else message.skip();
  }
}

/** What a block brings, kept back until all of it was read. */
class Pending {
  readonly #kept: (() => void)[] = [];
  #newest = 0;

  constructor(
    private readonly block: Block,
    private readonly store: ElementStore,
    private readonly skip: Skip,
  ) {}

  done(): void {
    for (const keep of this.#kept) keep();
    this.store.newest = Math.max(this.store.newest, Math.floor((this.#newest * this.block.dateGranularity) / 1000));
  }

  node(message: Message): void {
    const head = new Head();
    let [lat, lon] = [0, 0];
    while (message.next()) {
      if (message.field === 1) head.id = message.signed();
      else if (message.field === 8) lat = message.signed();
      else if (message.field === 9) lon = message.signed();
      else head.read(message);
    }
    const tags = this.#tags(head);
    this.#kept.push(() => this.#place(head.id, lat, lon, tags, head.visible));
    this.#newest = Math.max(this.#newest, head.timestamp);
  }

  dense(message: Message): void {
    const [ids, lats, lons, texts]: number[][] = [[], [], [], []];
    let info: DenseInfo | undefined;
    while (message.next()) {
      if (message.field === 1) numbers(message, ids, zigzag);
      else if (message.field === 5) info = denseInfo(message.message());
      else if (message.field === 8) numbers(message, lats, zigzag);
      else if (message.field === 9) numbers(message, lons, zigzag);
      else if (message.field === 10) numbers(message, texts, unsigned);
      else message.skip();
    }
    if (lats.length !== ids.length || lons.length !== ids.length) throw new BadMessage('nodes without places');
    this.#newest = Math.max(this.#newest, info?.newest ?? 0);
    const all = denseTags(texts, ids.length, this.block.texts);
    this.#kept.push(() => {
      let [id, lat, lon] = [0, 0, 0];
      for (let i = 0; i < ids.length; i++) {
        id += ids[i];
        lat += lats[i];
        lon += lons[i];
        this.#place(id, lat, lon, all[i] ?? [], info?.visible[i] !== 0);
      }
    });
  }

  way(message: Message): void {
    const head = new Head();
    const refs: number[] = [];
    while (message.next()) {
      if (message.field === 1) head.id = message.int64();
      else if (message.field === 8) numbers(message, refs, zigzag);
      else head.read(message);
    }
    for (let i = 1; i < refs.length; i++) refs[i] += refs[i - 1];
    const tags = this.#tags(head);
    this.#newest = Math.max(this.#newest, head.timestamp);
    this.#kept.push(() => (head.visible ? this.store.addWay(head.id, refs, tags) : this.skip(DELETED)));
  }

  relation(message: Message): void {
    const head = new Head();
    const [roles, refs, types]: number[][] = [[], [], []];
    while (message.next()) {
      if (message.field === 1) head.id = message.int64();
      else if (message.field === 8) numbers(message, roles, unsigned);
      else if (message.field === 9) numbers(message, refs, zigzag);
      else if (message.field === 10) numbers(message, types, unsigned);
      else head.read(message);
    }
    if (roles.length !== refs.length || types.length !== refs.length) throw new BadMessage('members without roles or kinds');
    let ref = 0;
    const members = refs.map((step, i): Member => {
      const type = MEMBERS[types[i]];
      if (!type) throw new BadMessage('a member of no kind');
      return { type, ref: (ref += step), role: this.#text(roles[i]) };
    });
    const tags = this.#tags(head);
    this.#newest = Math.max(this.#newest, head.timestamp);
    this.#kept.push(() => (head.visible ? this.store.addRelation(head.id, members, tags) : this.skip(DELETED)));
  }

  #place(id: number, lat: number, lon: number, tags: readonly string[], visible: boolean): void {
    const { granularity, latOffset, lonOffset } = this.block;
    // Nanodegrees first: whole numbers as long as the file is sane.
    const north = (latOffset + granularity * lat) / 1e9;
    const east = (lonOffset + granularity * lon) / 1e9;
    if (!visible) this.skip(DELETED);
    else if (!(Math.abs(north) <= 90 && Math.abs(east) <= 180)) this.skip(OUTSIDE);
    else this.store.addNode(id, east, north, tags);
  }

  #text(index: number): string {
    const text = this.block.texts[index];
    if (text === undefined) throw new BadMessage('a text that is not in the table');
    return text;
  }

  #tags({ keys, values }: Head): string[] {
    if (keys.length !== values.length) throw new BadMessage('keys without values');
    return keys.flatMap((key, i) => [this.#text(key), this.#text(values[i])]);
  }
}

/** The fields all elements have under the same numbers. */
class Head {
  id = 0;
  visible = true;
  timestamp = 0;
  readonly keys: number[] = [];
  readonly values: number[] = [];

  read(message: Message): void {
    if (message.field === 2) numbers(message, this.keys, unsigned);
    else if (message.field === 3) numbers(message, this.values, unsigned);
    else if (message.field === 4) this.#info(message.message());
    else message.skip();
  }

  #info(info: Message): void {
    while (info.next()) {
      if (info.field === 2) this.timestamp = info.varint();
      else if (info.field === 6) this.visible = info.varint() !== 0;
      else info.skip();
    }
  }
}

interface DenseInfo {
  /** Of each node where the file says it: 0 = deleted. */
  readonly visible: number[];
  readonly newest: number;
}

function denseInfo(message: Message): DenseInfo {
  const visible: number[] = [];
  let newest = 0;
  while (message.next()) {
    if (message.field === 6) numbers(message, visible, unsigned);
    else if (message.field === 2 && message.wire === 2) {
      const times = message.message();
      for (let time = 0; times.more; newest = Math.max(newest, time)) time += times.signed();
    } else message.skip();
  }
  return { visible, newest };
}

/** Tags of dense nodes: key and value in turn, 0 after each node; nothing at all where no node has any. */
function denseTags(texts: readonly number[], count: number, table: readonly string[]): Record<number, string[]> {
  const all: Record<number, string[]> = {};
  let node = 0;
  for (let i = 0; i < texts.length; i++) {
    if (texts[i] === 0) {
      node++;
      continue;
    }
    const [key, value] = [table[texts[i]], table[texts[++i]]];
    if (key === undefined || value === undefined || node >= count) throw new BadMessage('a text that is not in the table');
    (all[node] ??= []).push(key, value);
  }
  return all;
}
