import type { MappedNumber, Mapping } from '../../../engine/ports.ts';
import type { Decoder } from './draft.ts';
import { isFields } from './fields.ts';
import { guardedJson, JSON_LIMITS } from './json.ts';
import { follow, mapped, read, type Paths } from './mapping.ts';

/** Readings of one message. */
const MOST = 200_000;
/** What other people's services answer is long. */
const LIMITS = { ...JSON_LIMITS, bytes: 32 * 1024 * 1024, keys: 1_500_000 };
const PARTS = ['lon', 'lat', 'height', 'speed', 'heading'] as const;

/** Something in a message, and what held the `*` before it. */
interface Leaf {
  readonly value: unknown;
  readonly up: Leaf | null;
}

/** A path's steps. @param path `\.` is a dot in a name */
function stepsOf(path: string): string[] {
  return path === '' ? [] : path.split(/(?<!\\)\./u).map((step) => step.replaceAll('\\.', '.'));
}

/** A path that may begin with `^`. */
interface Way {
  readonly ups: number;
  readonly steps: readonly string[];
}

function wayOf(path: string): Way {
  const ups = /^\^+/u.exec(path)?.[0].length ?? 0;
  return { ups, steps: stepsOf(path.slice(ups).replace(/^\./u, '')) };
}

function at(leaf: Leaf, { ups, steps }: Way): unknown {
  let from: Leaf | null = leaf;
  for (let i = 0; i < ups && from; i++) from = from.up;
  return from ? follow(from.value, steps) : undefined;
}

/** All that a list's path leads to; a list at its end counts entry by entry. */
function gather(message: unknown, list: readonly string[]): Leaf[] | null {
  let leaves: Leaf[] = [{ value: message, up: null }];
  const each = (leaf: Leaf, value: unknown): Leaf[] => (Array.isArray(value) ? value.map((one) => ({ value: one as unknown, up: leaf })) : []);
  let rest: string[] = [];
  for (const step of list) {
    if (step !== '*') {
      rest.push(step);
      continue;
    }
    const path = rest;
    rest = [];
    leaves = leaves.flatMap((leaf) => each(leaf, follow(leaf.value, path)));
    if (leaves.length > MOST) return null;
  }
  if (rest.length === 0 && list.length > 0) return leaves;
  return leaves.flatMap((leaf) => {
    const value = follow(leaf.value, rest);
    return Array.isArray(value) ? each(leaf, value) : value === undefined ? [] : [{ value, up: leaf }];
  });
}

/** What stands there as the number meant: undefined where nothing does, null where it stands for no value, anything else unchanged for the reader to judge. */
function numberAt(leaf: Leaf, way: Way, { scale = 1, offset = 0, text = false, none }: Omit<MappedNumber, 'path'>): unknown {
  let value = at(leaf, way);
  if (text && typeof value === 'string') value = value.trim() === '' ? null : Number.isNaN(Number(value)) ? value : Number(value);
  if (typeof value !== 'number') return value;
  return value === none ? null : value * scale + offset;
}

/** The end of an interval, with the zone that its times go by. */
function timeAt(value: unknown, zone: string | undefined): unknown {
  if (typeof value !== 'string') return value;
  const end = value.slice(value.lastIndexOf('/') + 1).trim();
  if (/^\d{9,13}$/u.test(end)) return Number(end);
  return zone !== undefined && /T\d{2}:?\d{2}/u.test(end) && !/(?:Z|[+-]\d{2}:?\d{2})$/iu.test(end) ? end + zone : end;
}

type Number_ = { readonly key: string; readonly way: Way; readonly how: Omit<MappedNumber, 'path'> };
const numberWay = (key: string, number: string | MappedNumber): Number_ => (typeof number === 'string' ? { key, way: wayOf(number), how: {} } : { key, way: wayOf(number.path), how: number });

/** Whether a mapping asks for more than plain paths. */
function isTree({ list = '', id, time = '', zone, values = {}, pair, ...parts }: Mapping): boolean {
  const paths: unknown[] = [list, id, time, ...Object.values(values), ...PARTS.map((part) => parts[part] ?? '')];
  return zone !== undefined || pair !== undefined || paths.some((path) => typeof path !== 'string' || /[*^\\]/u.test(path));
}

/** A decoder that goes through lists in lists, back to what holds them, and makes numbers ready. */
function tree(mapping: Mapping): Decoder {
  const [list, id] = [stepsOf(mapping.list ?? ''), wayOf(mapping.id)];
  const time = mapping.time === undefined ? null : wayOf(mapping.time);
  const numbers = PARTS.flatMap((part) => (mapping[part] === undefined ? [] : [{ part, ...numberWay(part, mapping[part]) }]));
  const values = Object.entries(mapping.values ?? {}).map(([name, number]) => numberWay(`value ${name}`, number));
  const pair = mapping.pair && { name: wayOf(mapping.pair.name), number: numberWay('value', mapping.pair.value), names: mapping.pair.names };
  const counted = mapping.seq === undefined ? null : { seq: wayOf(mapping.seq), source: wayOf(mapping.source ?? 'source'), epoch: wayOf(mapping.epoch ?? 'epoch') };
  const fixed: Paths = {
    id: ['id'], time: time ? ['time'] : null, open: null, count: counted ? { seq: ['seq'], source: ['source'], epoch: ['epoch'] } : null,
    numbers: numbers.map(({ part }) => ({ part, path: [part], needed: part === 'lon' || part === 'lat' })),
    values: Object.keys(mapping.values ?? {}).map((name) => ({ name, path: [`value ${name}`] })),
  };
  return (bytes, received, sink) => {
    const parsed = guardedJson(bytes, LIMITS);
    if ('code' in parsed) return sink.reject(parsed.code, parsed.message);
    const leaves = gather(parsed.value, list);
    if (!leaves) return sink.reject('too-many-readings', `The message has more than ${MOST} readings.`);
    if (leaves.length === 0 && !Array.isArray(parsed.value)) return sink.reject('missing-field', `The message has nothing at ${mapping.list ?? 'its root'}.`);
    for (const leaf of leaves) {
      if (!isFields(leaf.value)) {
        sink.reject('wrong-type', 'A reading is not an object.');
        continue;
      }
      const flat: Record<string, unknown> = { id: at(leaf, id), ...(time && { time: timeAt(at(leaf, time), mapping.zone) }) };
      for (const { key, way, how } of [...numbers, ...values]) flat[key] = numberAt(leaf, way, how);
      if (counted) for (const [key, way] of Object.entries(counted)) flat[key] = at(leaf, way) ?? follow(parsed.value, way.steps);
      const paths = pair ? withPair(leaf, pair, fixed, flat) : fixed;
      if (paths && read(flat, { paths, at: received, around: parsed.value }, sink)) sink.accept();
    }
  };
}

/** The paths with the value whose name stands in the message; null where that name is not wanted. */
function withPair(leaf: Leaf, pair: { readonly name: Way; readonly number: Number_; readonly names: Readonly<Record<string, string>> | undefined }, fixed: Paths, flat: Record<string, unknown>): Paths | null {
  const said = at(leaf, pair.name);
  const word = typeof said === 'number' ? String(said) : typeof said === 'string' ? said : '';
  const name = pair.names ? (Object.hasOwn(pair.names, word) ? pair.names[word] : '') : word;
  if (name === '') return null;
  flat.value = numberAt(leaf, pair.number.way, pair.number.how);
  return { ...fixed, values: [...fixed.values, { name, path: ['value'] }] };
}

/** A decoder for any JSON, by paths to its parts. */
export function mappingDecoder(mapping: Mapping): Decoder {
  return isTree(mapping) ? tree(mapping) : mapped(mapping);
}
