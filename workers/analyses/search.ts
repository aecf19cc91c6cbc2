import type { SearchHit, SearchInput, SearchOutput, SearchSource } from '#models';
import { companionNumbers, companionTexts, readCompanion } from '../models/network/companion.ts';
import type { AnalysisContext } from './context.ts';
import { featureTable, type Column } from './geometry/feature-table.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';

/** What can be found in one source, in columns; texts as they stand and folded for comparing. */
interface Index {
  readonly count: number;
  /** The texts that are compared, the strongest first: name, id, address. */
  readonly fields: readonly { readonly name: 'name' | 'id' | 'address'; readonly shown: (row: number) => string; readonly folded: readonly string[] }[];
  readonly kind: (row: number) => string;
  /** lon, lat, height of a row; null where it has none. */
  readonly place: (row: number) => readonly [number, number, number] | null;
}

/** Weights of how a text matches, and of which text it is: an id typed whole is what was meant. */
const WHOLE = 400;
const START = 200;
const WORD = 100;
const FIELD = { name: 30, id: 20, address: 10 } as const;

/** Small letters, half-width, one space: what is compared. Chinese stays as it is. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/**
 * Finds features, places, roads and pipes by name, id or address, best first: the whole before its start, its start before a word, a word before the middle
 * of one; names before ids before addresses. Every word typed must be found somewhere in the row. Each source is read once a worker.
 */
export async function search({ sources, text, limit = 12 }: SearchInput, context: AnalysisContext): Promise<SearchOutput> {
  const words = folded(text).split(' ').filter((word) => word !== '');
  if (words.length === 0) return { hits: [], matched: 0 };
  const hits: SearchHit[] = [];
  let matched = 0;
  for (const [source, each] of sources.entries()) {
    const index = await context.cache.keep(`search ${each.kind} ${each.url}`, () => read(each, context));
    for (let row = 0; row < index.count; row++) {
      if (row % 8192 === 8191) {
        await context.turn();
        context.signal.throwIfAborted();
      }
      const score = scoreOf(index, row, words);
      if (score === 0) continue;
      matched++;
      if (hits.length < limit || score > hits.at(-1)!.score) keep(hits, hitOf(index, row, source, score), limit);
    }
  }
  return { hits, matched };
}

function scoreOf({ fields }: Index, row: number, words: readonly string[]): number {
  let total = 0;
  for (const word of words) {
    let best = 0;
    for (const { name, folded: texts } of fields) {
      const text = texts[row];
      const at = text.indexOf(word);
      if (at < 0) continue;
      const how = text.length === word.length ? WHOLE : at === 0 ? START : text[at - 1] === ' ' || text[at - 1] === '-' || text[at - 1] === '_' ? WORD : 50;
      best = Math.max(best, how + FIELD[name] - Math.min(9, text.length / 16));
    }
    if (best === 0) return 0;
    total += best;
  }
  return total;
}

/** Puts a hit in its place; of equals the earlier stays before. */
function keep(hits: SearchHit[], hit: SearchHit, limit: number): void {
  const at = hits.findIndex((other) => other.score < hit.score);
  hits.splice(at < 0 ? hits.length : at, 0, hit);
  if (hits.length > limit) hits.pop();
}

function hitOf({ fields, kind, place }: Index, row: number, source: number, score: number): SearchHit {
  const text = (name: string): string => fields.find((field) => field.name === name)?.shown(row) ?? '';
  const at = place(row);
  return { source, id: text('id'), name: text('name'), address: text('address'), kind: kind(row), place: at, score };
}

function read(source: SearchSource, context: AnalysisContext): Promise<Index> {
  switch (source.kind) {
    case 'features': return readFeatures(source.url, context);
    case 'network': return readNetwork(source.url, context);
    default: return readCompanionFile(source.url, source.kind, context);
  }
}

async function readFeatures(url: string, context: AnalysisContext): Promise<Index> {
  const table = await featureTable(url, context);
  const column = async (name: string): Promise<Column | null> => (table.has(name) ? table.column(name) : null);
  const [id, name, address, lon, lat, base, height, kind] = await Promise.all([column('id'), column('name'), column('address'), column('lon'), column('lat'), column('base'), column('height'), column(table.has('use') ? 'use' : 'class')]);
  const texts = (from: Column | null): string[] => Array.from({ length: table.count }, (_, row) => from?.text(row) ?? '');
  const number = (from: Column | null, row: number): number => { const value = from?.number(row) ?? NaN; return Number.isNaN(value) ? 0 : value; };
  return {
    count: table.count, fields: fieldsOf({ name: texts(name), id: texts(id), address: texts(address) }),
    kind: (row) => kind?.text(row) ?? '',
    place: (row) => (lon && lat ? [lon.number(row), lat.number(row), number(base, row) + number(height, row)] : null),
  };
}

/** Points of places.fgb, and roads by their names: the pieces of one road are one thing to look for. */
async function readCompanionFile(url: string, kind: 'places' | 'roads', context: AnalysisContext): Promise<Index> {
  const file = await openFlatGeobuf(url, (each, range) => context.load(each, range));
  const all = await file.all();
  const names = all.text('name');
  const ids = all.text('id');
  const kinds = all.text(kind === 'roads' ? 'class' : 'kind');
  const rows: number[] = [];
  const known = new Set<string>();
  for (let row = 0; row < all.count; row++) {
    if (kind === 'roads' && (names[row] === '' || known.has(names[row]))) continue;
    known.add(names[row]);
    rows.push(row);
  }
  return {
    count: rows.length,
    fields: fieldsOf({ name: rows.map((row) => names[row]), id: rows.map((row) => ids[row] || String(row)) }),
    kind: (i) => kinds[rows[i]],
    place: (i) => {
      const ring = all.parts[all.starts[rows[i]]];
      const middle = Math.floor((all.rings[ring] + all.rings[ring + 1] - 1) / 2);
      return [all.xy[2 * middle], all.xy[2 * middle + 1], 0];
    },
  };
}

/** Pipes and nodes of all networks; a pipe is found where it begins. */
async function readNetwork(url: string, context: AnalysisContext): Promise<Index> {
  const [json, bin] = await Promise.all([context.load(url), context.load(url.replace(/\.json(?=$|[?#])/u, '.bin'))]);
  const { networks } = readCompanion(JSON.parse(new TextDecoder().decode(json.bytes)), url);
  const rows: { id: string; name: string; kind: string; place: readonly [number, number, number] | null }[] = [];
  for (const { name, kind, nodeTable, linkTable } of networks) {
    const [lon, lat, height] = ['lon', 'lat', 'place'].map((each) => companionNumbers(nodeTable, each, bin.bytes));
    const at = (node: number): readonly [number, number, number] | null => (lon && lat && node < lon.length ? [lon[node], lat[node], height?.[node] || 0] : null);
    const from = companionNumbers(linkTable, 'from', bin.bytes);
    for (const [row, id] of (companionTexts(linkTable, 'id', bin.bytes) ?? []).entries()) rows.push({ id: `${name}/link/${id}`, name: id, kind, place: at(from?.[row] ?? Infinity) });
    for (const [row, id] of (companionTexts(nodeTable, 'id', bin.bytes) ?? []).entries()) rows.push({ id: `${name}/node/${id}`, name: id, kind, place: at(row) });
  }
  const fields = fieldsOf({ name: rows.map((row) => row.name) });
  return { count: rows.length, fields: [...fields, { name: 'id', shown: (row) => rows[row].id, folded: rows.map(() => '') }], kind: (row) => rows[row].kind, place: (row) => rows[row].place };
}

function fieldsOf(columns: Partial<Record<'name' | 'id' | 'address', readonly string[]>>): Index['fields'] {
  return (['name', 'id', 'address'] as const).flatMap((name) => {
    const texts = columns[name];
    return texts ? [{ name, shown: (row: number) => texts[row], folded: texts.map(folded) }] : [];
  });
}
