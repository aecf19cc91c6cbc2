import { OPENSTREETMAP, type SourceCredit } from '../credits.ts';
import type { FeatureTable, Format, ReadContext, Source, SourceFeature } from './format.ts';
import { ElementStore, TooLarge } from './osm/element-store.ts';
import { featuresOf } from './osm/features.ts';
import { isPbf, readPbf } from './osm/pbf.ts';
import type { NoteCode, Tally } from './osm/tally.ts';
import { isOsmXml, readXml } from './osm/xml.ts';

const BATCH = 4096;

/** Every table says whom the data are owed to, and the day they are of: as the file says, else that of its newest edit. */
export type OsmTable = FeatureTable & { readonly credit: SourceCredit };

type Parse = (source: Source, context: ReadContext, store: ElementStore) => AsyncGenerator<number>;

/** OpenStreetMap as XML. A closed way or a multipolygon is an area or a line by its tags; ids are `node/1`, `way/2`, `relation/3`. */
export const osmXml = {
  id: 'osm',
  title: 'OpenStreetMap (XML)',
  extensions: ['.osm'],
  sniff: isOsmXml,
  apart: true,
  read: (source, context) => read(source, context, readXml),
} as const satisfies Format;

/** OpenStreetMap in its binary form. The same map gives the same features as from XML. */
export const osmPbf = {
  id: 'osm-pbf',
  title: 'OpenStreetMap (PBF)',
  extensions: ['.osm.pbf', '.pbf'],
  sniff: isPbf,
  apart: true,
  read: (source, context) => read(source, context, readPbf),
} as const satisfies Format;

async function* read(source: Source, context: ReadContext, parse: Parse): AsyncGenerator<OsmTable> {
  const store = new ElementStore();
  let bytes = 0;
  let told = 0;
  try {
    for await (const at of parse(source, context, store)) {
      bytes = at;
      if (bytes - told > 8e6) yield table([], (told = bytes), store);
    }
  } catch (cause) {
    if (!(cause instanceof TooLarge)) throw cause;
    context.issues.push({ code: 'too-large', severity: 'error', message: `${source.name} is larger than a city: more than 120 million nodes, or as much of ways and texts. Cut your area out first: osmium extract -b WEST,SOUTH,EAST,NORTH IN -o OUT.osm.pbf` });
    return;
  }
  if (!store.places.index()) {
    context.issues.push({ code: 'hostile-ids', severity: 'error', message: `${source.name} is not used: its node ids seem to be chosen to make it slow. Number it anew: osmium renumber IN -o OUT.osm.pbf` });
    return;
  }
  const notes = new Notes(source, context);
  let batch: SourceFeature[] = [];
  let features = 0;
  for (const feature of featuresOf(store, notes)) {
    features++;
    if (batch.push(feature) < BATCH) continue;
    context.signal?.throwIfAborted();
    yield table(batch, bytes, store);
    batch = [];
  }
  if (batch.length > 0) yield table(batch, bytes, store);
  notes.tell();
  const failed = context.issues.some((issue) => issue.severity === 'error' && issue.message.startsWith(source.name));
  if (features === 0 && !failed) context.issues.push({ code: 'no-features', severity: 'warning', message: `${source.name} holds nothing to draw: ${store.places.count.toLocaleString('en')} nodes, ${store.ways.count.toLocaleString('en')} ways, ${store.relations.count.toLocaleString('en')} relations. A way without its nodes cannot be drawn: fetch it with them (Overpass: “out body; >; out skel;”).` });
}

function table(features: readonly SourceFeature[], bytes: number, store: ElementStore): OsmTable {
  const time = store.stated || store.newest;
  const surveyed = time > 0 && time < 4e9 ? new Date(time * 1000).toISOString().slice(0, 10) : undefined;
  return { kind: 'features', features, read: bytes, credit: OPENSTREETMAP, ...(surveyed && { surveyed }) };
}

const SENTENCES: Readonly<Record<NoteCode, { severity: 'info' | 'warning'; say: string }>> = {
  'unknown-roof': { severity: 'info', say: 'a roof shape that is not known here was drawn flat' },
  'roof-not-fitting': { severity: 'info', say: 'a roof shape does not fit its outline (a yard, a ragged or bent outline) and was drawn flat' },
  'floor-above-roof': { severity: 'warning', say: 'a building’s min_height is not below its height; it was drawn from the ground. Mend it in OpenStreetMap' },
  'part-not-drawn': { severity: 'warning', say: 'a part of a building has no sound outline (it crosses itself, or has no width) and is missing in its body' },
  'missing-nodes': { severity: 'info', say: 'a line lacks nodes (cut at the border of the extract) and was drawn as far as it is known' },
  'broken-rings': { severity: 'warning', say: 'a ring of a multipolygon does not close and was left out; the rest of the area is drawn' },
  'astray-rings': { severity: 'warning', say: 'an inner ring lies in no outer ring and was left out' },
  'parts-drawn': { severity: 'info', say: 'building parts are the bodies of the buildings they lie in, and no features of their own' },
};

/** Counts by reason; each becomes one issue with its first example. */
class Notes implements Tally {
  readonly #counts = new Map<NoteCode, { count: number; example: string }>();

  constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {}

  skip(reason: string, count = 1): void {
    this.context.skip(reason, count);
  }

  note(code: NoteCode, example: string): void {
    const known = this.#counts.get(code);
    if (known) known.count++;
    else this.#counts.set(code, { count: 1, example });
  }

  tell(): void {
    for (const [code, { count, example }] of [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const { severity, say } = SENTENCES[code];
      this.context.issues.push({ code, severity, message: `${this.source.name}: ${say} (${count} ×, the first is ${example}).`, path: example, ...(count > 1 && { count }) });
    }
  }
}
