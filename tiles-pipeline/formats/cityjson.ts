import { objectsOf, verticesOf, type JsonHead, type JsonReading } from './city-model/cityjson-objects.ts';
import type { CityObject, Face } from './city-model/city-object.ts';
import { record } from './city-model/cityjson-geometry.ts';
import { CityReading } from './city-model/city-reading.ts';
import type { Frame } from './city-model/frame.ts';
import { jsonLines, TextFault } from './city-model/json-lines.ts';
import type { FeatureTable, Format, RasterTable, ReadContext, Source } from './format.ts';

/** Largest document read at once; JavaScript's longest text is little more. */
const MOST_BYTES = 500_000_000;

/** CityJSON 1.0, 1.1 and 2.0 as one document, and CityJSONSeq (a feature a line), streamed. */
export const cityjson = {
  id: 'cityjson',
  title: 'CityJSON and CityJSON text sequences',
  extensions: ['json', 'city.json', 'jsonl', 'city.jsonl'],
  sniff(head: Uint8Array): boolean {
    const text = new TextDecoder().decode(head).replace(/^\uFEFF/u, '').trimStart();
    return text.startsWith('{') && (/"type"\s*:\s*"CityJSON(Feature)?"/u.test(text) || /^\{\s*("[^"]*"\s*:\s*("[^"]*"|[-\d.]+)\s*,\s*)*"(CityObjects"\s*:\s*\{|vertices"\s*:\s*\[\s*\[\s*-?\d)/u.test(text));
  },
  apart: true,
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable | RasterTable> {
  const reader = new JsonReader(source, context);
  try {
    for await (const { text, read, line } of jsonLines(source, MOST_BYTES)) {
      context.signal?.throwIfAborted();
      const objects = reader.take(text, line);
      if (reader.failed) break;
      yield* reader.city.add(objects, reader.frame, read);
    }
  } catch (cause) {
    if (!(cause instanceof TextFault)) throw cause;
    reader.fail(cause.code, cause.what, `line ${cause.line}`);
  }
  yield* reader.city.end();
  reader.close();
}

/** The state of one CityJSON file being read. */
class JsonReader {
  readonly city: CityReading;
  failed = false;
  frame: Frame | undefined;
  #head: (Omit<JsonHead, 'frame'> & { system: string | undefined }) | undefined;

  constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {
    this.city = new CityReading(source, context);
  }

  fail(code: string, what: string, path: string): void {
    if (this.failed) return;
    this.failed = true;
    const kept = this.city.seen > 0 ? ` The ${this.city.seen} objects before it were used.` : '';
    this.context.issues.push({ code, severity: 'error', message: `${this.source.name} ${what}.${kept}`, path });
  }

  close(): void {
    if (this.city.seen > 0 || this.failed) return;
    this.context.issues.push({ code: 'no-features', severity: 'warning', message: `${this.source.name} holds no city object: nothing to read in it.`, path: this.source.name });
  }

  /** One document, or one line of a sequence. */
  take(text: string, line: number): Iterable<CityObject> {
    const document = record(this.#parse(text, line));
    if (!document || this.failed) return [];
    if (document.type === 'CityJSON') return this.#open(document, line) ? this.#objects(document) : [];
    if (document.type === 'CityJSONFeature' && this.#head) return this.#objects(document);
    if (document.type === 'CityJSONFeature') this.fail('no-transform', 'begins with a feature; a sequence needs a first line of the type CityJSON with the transform', `line ${line}`);
    else if (this.#head) this.context.skip('no CityJSON feature');
    else this.fail('no-cityjson', 'is JSON but no CityJSON document: its member "type" says nothing of it', `line ${line}`);
    return [];
  }

  #parse(text: string, line: number): unknown {
    try {
      return JSON.parse(text.replace(/^\uFEFF/u, ''));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : '';
      const position = Number(/position (\d+)/u.exec(reason)?.[1] ?? text.length);
      const before = text.slice(0, position).split('\n');
      const place = `line ${line + before.length - 1}, byte ${new TextEncoder().encode(before.at(-1)).length + 1}`;
      if (this.#head) {
        this.context.skip('broken JSON');
        this.city.problem('broken-feature', 'this feature is no valid JSON', place);
      } else this.fail('broken-json', `is no valid JSON at ${place} (${reason.replace(/,? (in JSON )?at position.*$/su, '').slice(0, 120)}). Export the file again, or mend it there`, place);
      return undefined;
    }
  }

  /** Version and transform; false where nothing can be made of the file. */
  #open(document: Readonly<Record<string, unknown>>, line: number): boolean {
    const version = String(document.version ?? '');
    if (!/^[12]\.\d/u.test(version)) {
      this.fail('unknown-version', `says it is CityJSON ${version.slice(0, 40) || 'without a version'}; 1.0, 1.1 and 2.0 are read. Bring it to 2.0 first, for instance with cjio upgrade`, `line ${line}`);
      return false;
    }
    const transform = record(document.transform);
    const scale = triple(transform?.scale);
    const translate = triple(transform?.translate);
    if ((!scale || !translate) && (document.transform !== undefined || !version.startsWith('1.0'))) {
      this.fail('no-transform', 'has no transform with scale and translate of three numbers each, without which its vertices lie nowhere. Export the file again', `line ${line}`);
      return false;
    }
    const templates = record(document['geometry-templates']);
    this.#head = { scale: scale ?? [1, 1, 1], translate: translate ?? [0, 0, 0], templates, templateVertices: verticesOf(templates?.['vertices-templates'], { scale: [1, 1, 1], translate: [0, 0, 0] }), system: systemOf(record(document.metadata)) };
    return true;
  }

  #objects(document: Readonly<Record<string, unknown>>): Iterable<CityObject> {
    const count = Object.keys(record(document.CityObjects) ?? {}).length;
    const head = this.#head!;
    if (count === 0) return [];
    const frame = (this.frame ??= this.city.frameOf(head.system));
    if (!frame) {
      this.city.seen += count;
      this.context.skip('reference system not known', count);
      return [];
    }
    const reading: JsonReading = { head: { ...head, frame }, tally: this.city.tally, context: this.context, problem: (code, what, where) => this.city.problem(code, what, where) };
    return objectsOf(document, reading, (faces: readonly Face[]) => {
      this.city.seen++;
      this.city.terrain(faces, frame);
    });
  }
}

function systemOf(metadata: Record<string, unknown> | undefined): string | undefined {
  const named = metadata?.referenceSystem;
  if (typeof named === 'string' && named !== '') return named;
  const epsg = record(metadata?.crs)?.epsg;
  return typeof epsg === 'number' ? `EPSG:${epsg}` : undefined;
}

function triple(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every((each) => typeof each === 'number' && Number.isFinite(each)) ? (value as number[]) : undefined;
}

