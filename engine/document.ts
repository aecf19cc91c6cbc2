import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { applyPatch, createPatch, type Operation } from 'rfc6902';
import { FASTEST_RATE } from './clock-time.ts';
import { clipSchema } from './clipping.ts';
import { TwinError } from './errors.ts';
import type { Rule, Condition } from './drawing/rule.ts';
import type { FeedSpec } from './ports.ts';

const finite = v.pipe(v.number(), v.finite());
const longitude = v.pipe(finite, v.minValue(-180), v.maxValue(180));
const latitude = v.pipe(finite, v.minValue(-90), v.maxValue(90));
const text = v.object({ zh: v.string(), en: v.string() });
const plainObject = v.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'an object is expected here');

const credit = v.object({ text: v.union([v.string(), text]), url: v.optional(v.string()), licence: v.optional(v.string()), always: v.optional(v.boolean()) });

const layerSchema = v.strictObject({
  type: v.pipe(v.string(), v.minLength(1)),
  title: text,
  visible: v.boolean(),
  opacity: v.pipe(finite, v.minValue(0), v.maxValue(1)),
  /** Place among the layers, 0 … 99; higher lies on top. */
  order: v.pipe(finite, v.minValue(0), v.maxValue(99)),
  /** What the layer reads: a tileset.json, a city.json, a companion; relative to the page. */
  url: v.optional(v.string()),
  feed: v.optional(v.custom<FeedSpec>((value) => typeof value === 'object' && value !== null && 'transport' in value, 'a feed needs at least a transport')),
  rule: v.optional(v.nullable(v.custom<Rule>((value) => typeof value === 'object' && value !== null && 'key' in value, 'a rule needs a key'))),
  filter: v.optional(v.array(v.custom<Condition>((value) => typeof value === 'object' && value !== null && 'is' in value, 'a condition needs key, is and value'))),
  /** What only this type of layer knows. */
  options: v.optional(plainObject),
  /** Date of the data (ISO), CIM level and origin, as its catalogue states them. */
  date: v.optional(v.nullable(v.string())),
  cimLevel: v.optional(v.string()),
  source: v.optional(v.string()),
  /** Whom its data are owed to, as it must be written on the map. */
  credits: v.optional(v.array(credit)),
  /** 审图号, where the data carry one. */
  reviewNumber: v.optional(v.string()),
});

const documentSchema = v.strictObject({
  version: v.literal(1),
  title: text,
  /** The twin's anchor. */
  at: v.tuple([longitude, latitude]),
  camera: v.object({ lon: longitude, lat: latitude, height: finite, heading: finite, pitch: v.pipe(finite, v.minValue(-90), v.maxValue(90)), roll: finite }),
  clock: v.object({ mode: v.picklist(['live', 'paused', 'replay']), time: finite, at: finite, rate: v.pipe(finite, v.minValue(-FASTEST_RATE), v.maxValue(FASTEST_RATE)) }),
  /** A preset, or 'clock': the sun stands where it stands at the moment shown. */
  light: v.picklist(['dawn', 'day', 'dusk', 'night', 'clock']),
  /** What is cut away of tiles and ground, in every view of the scene. */
  clip: v.optional(clipSchema),
  layers: v.record(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/u, 'a layer id has letters, digits, - and _ only')), layerSchema),
  selection: v.nullable(v.object({ layer: v.string(), id: v.string() })),
  /** 审图号 (map review number) of the scene as a whole. */
  reviewNumber: v.optional(v.string()),
  /** Inputs of tools by the tool's name. */
  tools: v.record(v.string(), plainObject),
});

export type LayerDocument = v.InferOutput<typeof layerSchema>;
/** The whole state of a twin; JSON, versioned. The same document opens in every backend, on a wall, in a portal. */
export type SceneDocument = v.InferOutput<typeof documentSchema>;
export type Patch = readonly Operation[];

const FORBIDDEN = /(^|\/)(__proto__|constructor|prototype)(\/|$)/u;

/** Reads a document from anywhere. @throws TwinError `bad-document` naming the place and what was expected */
export function parseDocument(input: unknown): SceneDocument {
  const result = v.safeParse(documentSchema, input);
  if (result.success) return freeze(result.output);
  const issue = result.issues[0];
  const where = '/' + (issue.path ?? []).map((part) => String(part.key)).join('/');
  throw new TwinError('bad-document', `The scene document is wrong at ${where}: ${issue.message}. Nothing was changed.`, { where });
}

/** An empty scene at a place. */
export function emptyDocument(at: readonly [number, number], title = { zh: '未命名场景', en: 'Untitled scene' }): SceneDocument {
  return parseDocument({
    version: 1, title, at: [...at],
    camera: { lon: at[0], lat: at[1] - 0.018, height: 1600, heading: 0, pitch: -38, roll: 0 },
    clock: { mode: 'live', time: 0, at: 0, rate: 1 }, light: 'day', layers: {}, selection: null, tools: {},
  });
}

/** The document a twin starts with: the given one, or an empty scene at a place. @throws TwinError `bad-document` */
export function startDocument(input: unknown, at: readonly [number, number] | undefined): SceneDocument {
  if (input !== undefined) return parseDocument(input);
  if (!at) throw new TwinError('bad-input', 'A twin needs a place: give `at: [lon, lat]` in degrees, or a scene document.');
  return emptyDocument(at);
}

/** Canonical JSON: keys sorted, no spaces; the same document is the same bytes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

export function digestOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/**
 * Applies a JSON Patch (RFC 6902) as one transaction: all of it, checked against the schema, or nothing.
 * @returns the new document (frozen; the old one is untouched) and the patch that leads back
 * @throws TwinError `bad-document`
 */
export function patched(document: SceneDocument, patch: Patch): { document: SceneDocument; inverse: Patch } {
  for (const operation of patch) {
    const paths = [operation.path, 'from' in operation ? operation.from : ''];
    if (paths.some((path) => FORBIDDEN.test(path))) throw new TwinError('bad-document', `A patch must not touch ${paths.join(' ')}. Nothing was changed.`, { where: operation.path });
  }
  // The library cannot replace the whole document; everything before such an operation is of no account.
  const whole = patch.findLastIndex((operation) => operation.path === '' && operation.op === 'replace');
  if (whole >= 0) {
    const next = parseDocument(structuredClone((patch[whole] as { value: unknown }).value));
    const rest = patched(next, patch.slice(whole + 1));
    return { document: rest.document, inverse: [{ op: 'replace', path: '', value: document }] };
  }
  const draft = structuredClone(document) as SceneDocument;
  const failures = applyPatch(draft, structuredClone(patch) as Operation[]);
  const failed = failures.findIndex((failure) => failure !== null);
  if (failed >= 0) throw new TwinError('bad-document', `The change at ${patch[failed].path} does not fit the document (${failures[failed]?.message}). Nothing was changed.`, { where: patch[failed].path });
  const next = parseDocument(draft);
  return { document: next, inverse: createPatch(next, document) };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}
