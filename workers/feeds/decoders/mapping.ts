import type { MappedNumber, Mapping } from '../../../engine/ports.ts';
import { NO_VALUE } from '../history.ts';
import { addValue, clearDraft, type Decoder, type DraftSink } from './draft.ts';
import { idOf, isFields, numberOf, timeOf, type FieldFault } from './fields.ts';
import { guardedJson } from './json.ts';

/** What a path may lead to; own properties only. */
export function follow(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

const steps = (path: string | MappedNumber): string[] => (path === '' || typeof path !== 'string' ? [] : path.split('.'));

export interface Count {
  readonly seq: readonly string[];
  readonly source: readonly string[];
  readonly epoch: readonly string[];
}

export interface Paths {
  readonly id: readonly string[];
  readonly time: readonly string[] | null;
  /** How messages are counted; looked for in the reading, then in the message around it. */
  readonly count: Count | null;
  readonly numbers: readonly { readonly part: 'lon' | 'lat' | 'height' | 'speed' | 'heading'; readonly path: readonly string[]; readonly needed: boolean }[];
  readonly values: readonly { readonly name: string; readonly path: readonly string[] }[];
  /** Other numbers beside the known fields become values by their own names. */
  readonly open: ReadonlySet<string> | null;
}

function isFault(value: unknown): value is FieldFault {
  return typeof value === 'object' && value !== null;
}

const word = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 256) : typeof value === 'number' ? String(value) : '');

/** Fills in what counts messages. */
function readCount(item: unknown, around: unknown, { seq, source, epoch }: Count, draft: DraftSink['draft']): void {
  const own = follow(item, seq);
  const number = own === undefined || own === null ? follow(around, seq) : own;
  if (number === undefined || number === null) return;
  draft.seq = typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : -1;
  draft.source = word(follow(item, source) ?? follow(around, source));
  draft.epoch = word(follow(item, epoch) ?? follow(around, epoch));
}

/** What a message's readings are read with. */
export interface Reader {
  readonly paths: Paths;
  /** Time of receipt, unix seconds. */
  readonly at: number;
  /** The whole message, where the readings are a part of it. */
  readonly around: unknown;
}

/** Fills the draft from one object; true when it is whole. */
export function read(item: unknown, { paths, at, around }: Reader, { draft, reject }: DraftSink): boolean {
  clearDraft(draft);
  const refuse = ({ code, message }: FieldFault): false => {
    reject(code, message);
    return false;
  };
  if (!isFields(item)) return refuse({ code: 'wrong-type', message: 'A reading is not an object.' });
  const id = idOf(follow(item, paths.id));
  if (isFault(id)) return refuse(id);
  draft.id = id;
  const said = paths.time ? follow(item, paths.time) : undefined;
  const time = timeOf(said, at);
  if (isFault(time)) return refuse(time);
  draft.time = time;
  draft.timed = said !== undefined && said !== null;
  if (paths.count) readCount(item, around, paths.count, draft);
  for (const { part, path, needed } of paths.numbers) {
    const number = numberOf(follow(item, path), path.join('.'), needed);
    if (isFault(number)) return refuse(number);
    draft[part] = number;
  }
  for (const { name, path } of paths.values) {
    const value = follow(item, path);
    const number = numberOf(value, path.join('.'), false);
    if (isFault(number)) return refuse(number);
    if (value === null) addValue(draft, name, NO_VALUE);
    else if (!Number.isNaN(number)) addValue(draft, name, number);
  }
  if (paths.open) for (const [name, value] of Object.entries(item)) if (typeof value === 'number' && !paths.open.has(name)) addValue(draft, name, value);
  return true;
}

function decoderOf(list: readonly string[], paths: Paths): Decoder {
  return (bytes, at, sink) => {
    const parsed = guardedJson(bytes);
    if ('code' in parsed) return sink.reject(parsed.code, parsed.message);
    const found = follow(parsed.value, list);
    if (found === undefined) return sink.reject('missing-field', `The message has nothing at ${list.join('.')}.`);
    for (const item of Array.isArray(found) ? found : [found]) if (read(item, { paths, at, around: parsed.value }, sink)) sink.accept();
  };
}

/** A decoder for any JSON, by plain paths to its parts (mapping-tree.ts has the others). Lists are lists of readings, anything else is one. A named value that is `null` is said to be missing; one left out says nothing. */
export function mapped(mapping: Mapping): Decoder {
  const numbers = (['lon', 'lat', 'height', 'speed', 'heading'] as const).flatMap((part) => {
    const path = mapping[part];
    return path === undefined ? [] : [{ part, path: steps(path), needed: part === 'lon' || part === 'lat' }];
  });
  return decoderOf(steps(mapping.list ?? ''), {
    id: steps(mapping.id),
    time: mapping.time === undefined ? null : steps(mapping.time),
    count: mapping.seq === undefined ? null : { seq: steps(mapping.seq), source: steps(mapping.source ?? 'source'), epoch: steps(mapping.epoch ?? 'epoch') },
    numbers,
    values: Object.entries(mapping.values ?? {}).map(([name, path]) => ({ name, path: steps(path) })),
    open: null,
  });
}

/** `{ id, t, lon, lat, speed, heading, kind, seq?, source?, epoch? }` (m/s, degrees; kind 0 car, 1 bus, 2 truck, where it is known), or a list of them. */
export const vehicles: Decoder = /* @__PURE__ */ mapped({ id: 'id', time: 't', lon: 'lon', lat: 'lat', height: 'height', speed: 'speed', heading: 'heading', values: { kind: 'kind' }, seq: 'seq' });

/** `{ id, t, speed, flow }`: a road's id, its speed in km/h and, where it is counted, the vehicles an hour of both directions; or a list of them. */
export const roadSpeeds: Decoder = /* @__PURE__ */ mapped({ id: 'id', time: 't', values: { speed: 'speed', flow: 'flow' }, seq: 'seq' });
