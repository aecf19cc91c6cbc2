import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Issue } from '../../../engine/errors.ts';
import type { ReadContext, Source } from '../format.ts';
import { LONGEST_TEXT, type ElementStore, type Member } from './element-store.ts';
import { DELETED, OUTSIDE } from './primitive-block.ts';

/** Elements stand three deep in OSM XML. */
const DEEPEST = 8;
/** A text or attribute longer than this is no map: OSM's own limit is 255 characters. */
const MOST_PENDING = 4 << 20;
/** OSM's own limit is 2,000 nodes a way and 32,000 members a relation. */
const MOST_REFS = 1_000_000;

class Broken extends Error {}
class History extends Error {}

/** The root of an OSM file or of a file of changes to one, in the first bytes. */
export function isOsmXml(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).replace(/^\uFEFF/u, '');
  return /^\s*(<\?xml[^>]*>\s*)?(<!--(?:[^-]|-(?!->))*-->\s*)*<(osm|osmChange)[\s>/]/u.test(text);
}

export function historyFile(source: Source): Issue {
  return { code: 'history-file', severity: 'error', message: `${source.name} is a history file: it holds older versions of its elements. Take one state out of it first: osmium time-filter IN -o OUT.osm.pbf` };
}

/** Reads .osm XML into the store; yields the bytes read. What is no XML ends the file with one issue, and what stood before it is kept. */
export async function* readXml(source: Source, context: ReadContext, store: ElementStore): AsyncGenerator<number> {
  const reader = new XmlReader(store, context);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let read = 0;
  try {
    for await (const chunk of source.stream()) {
      context.signal?.throwIfAborted();
      reader.write(decoder.decode(chunk, { stream: true }));
      read += chunk.length;
      yield read;
    }
    reader.close(decoder.decode());
  } catch (cause) {
    if (cause instanceof History) context.issues.push(historyFile(source));
    else if (cause instanceof TypeError && (cause as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') report('bad-encoding', 'some bytes are no UTF-8; save the file as UTF-8');
    else if (cause instanceof Broken) report('broken-xml', cause.message);
    else throw cause;
  }
  function report(code: string, what: string): void {
    context.issues.push({ code, severity: 'error', message: `${source.name}, line ${reader.line}, column ${reader.column}: ${what}. Fetch the file again, or mend it there; what stood before it was used.`, path: `line ${reader.line}, column ${reader.column}` });
  }
}

/** The element being read. */
interface Open {
  readonly kind: 'node' | 'way' | 'relation';
  readonly id: number;
  readonly lon: number;
  readonly lat: number;
  readonly visible: boolean;
  readonly tags: string[];
  readonly refs: number[];
  readonly members: Member[];
  fault: string;
}

class XmlReader {
  readonly #parser = new SaxesParser();
  #depth = 0;
  #open: Open | undefined;
  /** Characters since anything was met. */
  #pending = 0;
  #last = { kind: '', id: Number.NaN, version: '' };

  constructor(
    private readonly store: ElementStore,
    private readonly context: ReadContext,
  ) {
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw new Broken(`this is no valid XML (${error.message.replace(/^[\d:]+\s*/u, '').replace(/\.$/u, '')})`);
    });
    parser.on('doctype', () => {
      throw new Broken('it has a DOCTYPE, which no OSM file has and which may hide what is read from elsewhere; take it out');
    });
    parser.on('opentag', (tag) => this.#start(tag));
    parser.on('closetag', () => this.#end());
  }

  get line(): number {
    return this.#parser.line;
  }

  get column(): number {
    return this.#parser.column;
  }

  write(text: string): void {
    this.#pending += text.length;
    this.#parser.write(text);
    if (this.#pending > MOST_PENDING + text.length) throw new Broken('a text of more than 4 MiB without an element');
  }

  close(text: string): void {
    this.#parser.write(text).close();
  }

  #start({ name, attributes }: SaxesTagPlain): void {
    this.#pending = 0;
    if (++this.#depth > DEEPEST) throw new Broken(`elements stand more than ${DEEPEST} deep in one another`);
    if (this.#depth === 1) this.#root(name, attributes);
    else if (name === 'node' || name === 'way' || name === 'relation') this.#element(name, attributes);
    else if (name === 'meta' && attributes.osm_base) this.store.stated = seconds(attributes.osm_base);
    else if (this.#open) this.#inner(this.#open, name, attributes);
  }

  #root(name: string, attributes: Record<string, string>): void {
    if (name === 'osmChange') throw new Broken('this is a file of changes (.osc), no map; apply it first: osmium apply-changes MAP.osm.pbf CHANGES.osc -o OUT.osm.pbf');
    if (name !== 'osm') throw new Broken(`its root is <${name.slice(0, 60)}>, not <osm>`);
    this.store.stated = seconds(attributes.timestamp ?? attributes.osmosis_replication_timestamp ?? '');
  }

  #element(kind: Open['kind'], attributes: Record<string, string>): void {
    const id = attributes.id === undefined ? Number.NaN : Number(attributes.id);
    const { version = '' } = attributes;
    if (kind === this.#last.kind && id === this.#last.id && version !== this.#last.version) throw new History();
    this.#last = { kind, id, version };
    const visible = attributes.visible !== 'false' && attributes.action !== 'delete';
    const lon = Number(attributes.lon || Number.NaN);
    const lat = Number(attributes.lat || Number.NaN);
    let fault = Number.isSafeInteger(id) ? '' : 'an element without an id';
    if (!visible) fault = DELETED;
    else if (kind === 'node' && !fault && !Number.isFinite(lon + lat)) fault = 'coordinates are missing or no numbers';
    else if (kind === 'node' && !fault && (Math.abs(lon) > 180 || Math.abs(lat) > 90)) fault = OUTSIDE;
    if (attributes.timestamp) this.store.newest = Math.max(this.store.newest, seconds(attributes.timestamp));
    this.#open = { kind, id, lon, lat, visible, tags: [], refs: [], members: [], fault };
  }

  #inner(open: Open, name: string, attributes: Record<string, string>): void {
    if (open.refs.length + open.members.length + open.tags.length > MOST_REFS) throw new Broken(`${open.kind} ${open.id} has more than 1,000,000 parts`);
    if (name === 'tag' && attributes.k !== undefined && attributes.v !== undefined) {
      if (attributes.k.length + attributes.v.length > LONGEST_TEXT) open.fault ||= 'a text of more than 16 KiB';
      else open.tags.push(attributes.k, attributes.v);
    } else if (name === 'nd' && open.kind === 'way') open.refs.push(idOf(attributes.ref));
    else if (name === 'member' && open.kind === 'relation') {
      const { type, role = '' } = attributes;
      if (type === 'node' || type === 'way' || type === 'relation') open.members.push({ type, ref: idOf(attributes.ref), role });
    }
  }

  #end(): void {
    this.#pending = 0;
    this.#depth--;
    const open = this.#open;
    if (this.#depth !== 1 || !open) return;
    this.#open = undefined;
    if (open.fault) this.context.skip(open.fault);
    else if (open.kind === 'node') this.store.addNode(open.id, open.lon, open.lat, open.tags);
    else if (open.kind === 'way') this.store.addWay(open.id, open.refs, open.tags);
    else this.store.addRelation(open.id, open.members, open.tags);
  }
}

function idOf(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

function seconds(text: string): number {
  const time = Date.parse(text);
  return Number.isFinite(time) ? Math.floor(time / 1000) : 0;
}
