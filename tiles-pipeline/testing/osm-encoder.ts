import { deflateSync } from 'node:zlib';

/** A small map, as a test writes it down. Coordinates in degrees. */
export interface SmallMap {
  readonly nodes?: readonly { id: number; lon: number; lat: number; tags?: Record<string, string>; visible?: boolean }[];
  readonly ways?: readonly { id: number; refs: readonly number[]; tags?: Record<string, string>; visible?: boolean }[];
  readonly relations?: readonly { id: number; members: readonly { type: 'node' | 'way' | 'relation'; ref: number; role: string }[]; tags?: Record<string, string> }[];
}

export interface PbfWishes {
  /** Nodes one by one, not packed together. */
  readonly plain?: boolean;
  /** Blobs as they are, not deflated. */
  readonly raw?: boolean;
  readonly features?: readonly string[];
  /** Seconds; osmosis_replication_timestamp. */
  readonly time?: number;
  readonly perBlock?: number;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;').replaceAll('\r', '&#13;');
const tagsXml = (tags: Record<string, string> = {}): string => Object.entries(tags).map(([k, v]) => `<tag k="${escaped(k)}" v="${escaped(v)}"/>`).join('');
const seen = (visible: boolean | undefined): string => (visible === false ? ' visible="false"' : '');

export function encodeXml({ nodes = [], ways = [], relations = [] }: SmallMap, root = ''): string {
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6"${root}>`,
    ...nodes.map(({ id, lon, lat, tags, visible }) => `<node id="${id}" lat="${lat}" lon="${lon}"${seen(visible)}>${tagsXml(tags)}</node>`),
    ...ways.map(({ id, refs, tags, visible }) => `<way id="${id}"${seen(visible)}>${refs.map((ref) => `<nd ref="${ref}"/>`).join('')}${tagsXml(tags)}</way>`),
    ...relations.map(({ id, members, tags }) => `<relation id="${id}">${members.map(({ type, ref, role }) => `<member type="${type}" ref="${ref}" role="${escaped(role)}"/>`).join('')}${tagsXml(tags)}</relation>`),
    '</osm>\n',
  ].join('\n');
}

export function varint(value: number | bigint): number[] {
  if (typeof value === 'number' && value >= 0) {
    const out: number[] = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
    return [...out, value];
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}

const zigzag = (value: number): number[] => varint(value >= 0 ? value * 2 : value * -2 - 1);
export const number = (field: number, value: number | bigint): number[] => [...varint(field * 8), ...varint(value)];

export function bytes(field: number, content: readonly number[] | Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(content.length)]), Uint8Array.from(content)]));
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
const deltas = (values: readonly number[]): number[] => values.flatMap((value, i) => zigzag(value - (i === 0 ? 0 : values[i - 1])));

/** One blob with its frame. */
export function blob(type: string, content: Uint8Array, raw = false): Uint8Array {
  const body = raw ? bytes(1, content) : concat(number(2, content.length), bytes(3, deflateSync(content)));
  const header = concat(bytes(1, text(type)), number(3, body.length));
  return concat([0, 0, header.length >> 8, header.length & 255], header, body);
}

export function headerBlock({ features = ['OsmSchema-V0.6', 'DenseNodes'], time }: PbfWishes = {}): Uint8Array {
  return concat(...features.map((feature) => bytes(4, text(feature))), time === undefined ? [] : number(32, time));
}

/** Texts of a block; 0 is kept for none. */
class Texts {
  readonly all: string[] = [''];
  number(value: string): number {
    const known = this.all.indexOf(value, 1);
    return known > 0 ? known : this.all.push(value) - 1;
  }
  encoded(): Uint8Array {
    return bytes(1, concat(...this.all.map((value) => bytes(1, text(value)))));
  }
}

const tagFields = (tags: Record<string, string> = {}, texts: Texts): Uint8Array[] => [bytes(2, Object.keys(tags).flatMap((key) => varint(texts.number(key)))), bytes(3, Object.values(tags).flatMap((value) => varint(texts.number(value))))];
const nano = (degrees: number): number => Math.round(degrees * 1e7);

function nodeGroup(nodes: NonNullable<SmallMap['nodes']>, texts: Texts, plain?: boolean): Uint8Array {
  if (plain) return concat(...nodes.map(({ id, lon, lat, tags, visible }) => bytes(1, concat([...varint(8), ...zigzag(id)], ...tagFields(tags, texts), visible === false ? bytes(4, number(6, 0)) : [], [...varint(64), ...zigzag(nano(lat))], [...varint(72), ...zigzag(nano(lon))]))));
  const tagged = nodes.some(({ tags }) => tags && Object.keys(tags).length > 0);
  const hidden = nodes.some(({ visible }) => visible === false);
  return bytes(2, concat(
    bytes(1, deltas(nodes.map(({ id }) => id))),
    hidden ? bytes(5, bytes(6, nodes.map(({ visible }) => (visible === false ? 0 : 1)))) : [],
    bytes(8, deltas(nodes.map(({ lat }) => nano(lat)))),
    bytes(9, deltas(nodes.map(({ lon }) => nano(lon)))),
    tagged ? bytes(10, nodes.flatMap(({ tags = {} }) => [...Object.entries(tags).flatMap(([k, v]) => [...varint(texts.number(k)), ...varint(texts.number(v))]), 0])) : [],
  ));
}

/** The same map as PBF. */
export function encodePbf({ nodes = [], ways = [], relations = [] }: SmallMap, wishes: PbfWishes = {}): Uint8Array {
  const { perBlock = 8000, raw } = wishes;
  const out = [blob('OSMHeader', headerBlock(wishes), raw)];
  const add = (group: (texts: Texts) => Uint8Array): void => {
    const texts = new Texts();
    const content = group(texts);
    out.push(blob('OSMData', concat(texts.encoded(), bytes(2, content)), raw));
  };
  for (let i = 0; i < nodes.length; i += perBlock) add((texts) => nodeGroup(nodes.slice(i, i + perBlock), texts, wishes.plain));
  for (let i = 0; i < ways.length; i += perBlock)
    add((texts) => concat(...ways.slice(i, i + perBlock).map(({ id, refs, tags, visible }) => bytes(3, concat(number(1, id), ...tagFields(tags, texts), visible === false ? bytes(4, number(6, 0)) : [], bytes(8, deltas(refs)))))));
  for (let i = 0; i < relations.length; i += perBlock)
    add((texts) => concat(...relations.slice(i, i + perBlock).map(({ id, members, tags }) => bytes(4, concat(number(1, id), ...tagFields(tags, texts), bytes(8, members.flatMap(({ role }) => varint(texts.number(role)))), bytes(9, deltas(members.map(({ ref }) => ref))), bytes(10, members.map(({ type }) => ['node', 'way', 'relation'].indexOf(type))))))));
  return concat(...out);
}
