import { TwinError, type Issue } from '../../engine/errors.ts';
import type { SourceCredit } from '../credits.ts';
import type { Format, FeatureTable, ReadContext, Source, SourceFeature, Table } from '../formats/format.ts';
import { countOut, countSkipped, newAccount, type Account } from '../stages/account.ts';
import { buildingOf } from '../stages/buildings.ts';
import { addressOf, nameOf } from '../stages/classify.ts';
import { idOf, sortedParts, type SortedPart } from '../stages/gather.ts';
import { float64, uint32 } from '../stages/grow.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';
import { cleanRing, squareMetres } from '../stages/rings.ts';
import { Attributes, type AttributeTally } from './attributes.ts';
import { placeKey } from './grid.ts';
import { hashOf, type AttributeValue, type BuildingRow } from './record.ts';
import { Spill, type Extents } from './spill.ts';

/** A part that is no building: it goes to the city's other layers, in the order of the file. */
export interface OtherPart {
  readonly part: SortedPart;
  readonly feature: SourceFeature;
}

/** What one reader made of one input, or of one stretch of it. */
export interface ReadResult {
  readonly account: Account;
  readonly extents: Extents;
  readonly attributes: AttributeTally[];
  /** West, south, east, north of the buildings' outlines; Infinity first where there are none. */
  readonly bounds: [number, number, number, number];
  readonly others: OtherPart[];
  /** Rasters, networks, models and whatever else is no feature. */
  readonly tables: Exclude<Table, FeatureTable>[];
  /** Whom the data are owed to, and the day they are of, where the file says so. */
  readonly credit?: SourceCredit;
  readonly surveyed?: string;
  /** [buildings] hash of each id, and its place on the curve. */
  readonly ids: BigUint64Array;
  readonly keys: Float64Array;
}

export interface ReadOptions {
  readonly crs?: string;
  /** That was said of this very file. */
  readonly crsNamed?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the bytes read so far. */
  progress?(read: number): void;
}

/** Reads one input to its end: buildings go to the spill, all else into the result. Problems are collected. */
export async function readInput(source: Source, format: Format, spill: Spill, { crs, crsNamed, signal, progress }: ReadOptions): Promise<ReadResult> {
  const reader = new Reader(source.name, spill);
  const { account } = reader;
  const context: ReadContext = { issues: account.issues, skip: (reason, count = 1) => countSkipped(account, reason, count), crs, crsNamed, toDegrees, fromDegrees, signal };
  for await (const table of whileReadable(format.read(source, context), source, account.issues)) {
    signal?.throwIfAborted();
    if (table.kind !== 'features') {
      reader.tables.push(table);
      continue;
    }
    for (const feature of table.features) reader.take(feature);
    if (table.credit) reader.credit = table.credit;
    if (table.surveyed) reader.surveyed = table.surveyed;
    progress?.(table.read);
  }
  return reader.done();
}

/** What came before a file turned out to be unreadable counts; why it did is said. */
export async function* whileReadable(tables: AsyncIterable<Table>, source: Source, issues: Issue[]): AsyncGenerator<Table> {
  let fault: TwinError | undefined;
  try {
    yield* tables;
    fault = source.fault?.();
  } catch (cause) {
    if (!(cause instanceof TwinError) || cause.code !== 'bad-input') throw cause;
    fault = cause;
  }
  if (fault) issues.push({ code: 'unreadable', severity: 'error', message: fault.message, path: source.name });
}

class Reader {
  readonly account = newAccount();
  credit: SourceCredit | undefined;
  surveyed: string | undefined;
  readonly tables: Exclude<Table, FeatureTable>[] = [];
  readonly #others: OtherPart[] = [];
  readonly #attributes = new Attributes();
  readonly #bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  /** Of each building the two halves of its id's hash, and its place on the curve. */
  readonly #halves = uint32();
  readonly #keys = float64();

  constructor(
    private readonly file: string,
    private readonly spill: Spill,
  ) {}

  take(feature: SourceFeature): void {
    const parts = sortedParts(feature, this.file);
    if (parts.length === 0) return countSkipped(this.account, feature.geometry === null ? 'no geometry' : 'empty geometry');
    // A body stands for its whole feature: the largest part of its outline is enough.
    if (feature.solid) return void this.#building(largestOf(parts), feature, 0);
    let taken = 0;
    for (const part of parts) {
      if (part.verdict.layer === 'building') taken += this.#building(part, feature, taken);
      else this.#others.push({ part, feature: { geometry: null, properties: feature.properties, id: feature.id } });
    }
  }

  /** @param before parts of the same feature taken so far: each after the first is numbered */
  #building(part: SortedPart, feature: SourceFeature, before: number): number {
    const { properties } = feature;
    const facts = buildingOf(Array.isArray(part.coordinates) ? part.coordinates : [], properties);
    if ('reason' in facts) {
      countSkipped(this.account, facts.reason);
      return 0;
    }
    const own = idOf(feature);
    const placed = own === '' ? placeId(facts.inside) : own;
    if (own === '') this.account.ids.made++;
    else if (before > 0) this.account.ids.repeated++;
    const id = before === 0 ? placed : `${placed}#${before + 1}`;
    const row: BuildingRow = { ...facts, id, name: nameOf(properties), address: addressOf(properties), attributes: this.#own(properties), ...(feature.solid && { solid: feature.solid }) };
    this.spill.add(row);
    countOut(this.account, 'buildings');
    this.account.heights[facts.heightSource]++;
    this.account.holesDropped += facts.holesDropped;
    const [low, high] = hashOf(id);
    this.#halves.push(low);
    this.#halves.push(high);
    this.#keys.push(placeKey(facts.inside[0], facts.inside[1]));
    this.#widen(facts.rings[0]);
    return 1;
  }

  #widen(ring: Float64Array): void {
    const bounds = this.#bounds;
    for (let i = 0; i < ring.length; i += 2) {
      if (ring[i] < bounds[0]) bounds[0] = ring[i];
      if (ring[i] > bounds[2]) bounds[2] = ring[i];
      if (ring[i + 1] < bounds[1]) bounds[1] = ring[i + 1];
      if (ring[i + 1] > bounds[3]) bounds[3] = ring[i + 1];
    }
  }

  #own(properties: Readonly<Record<string, unknown>>): [number, AttributeValue][] {
    const out: [number, AttributeValue][] = [];
    for (const name in properties) {
      if (consumed.has(name)) continue;
      const value = plain(properties[name]);
      if (value === undefined) continue;
      const number = this.#attributes.of(name);
      this.#attributes.take(number, value);
      out.push([number, value]);
    }
    return out;
  }

  done(): ReadResult {
    const ids = new BigUint64Array(this.#halves.done().buffer);
    return { account: this.account, extents: this.spill.finish(), attributes: this.#attributes.tallies, bounds: this.#bounds, others: this.#others, tables: this.tables, credit: this.credit, surveyed: this.surveyed, ids, keys: this.#keys.done() };
  }
}

function largestOf(parts: readonly SortedPart[]): SortedPart {
  const area = ({ coordinates }: SortedPart): number => {
    const ring = cleanRing(Array.isArray(coordinates) ? coordinates[0] : undefined);
    return typeof ring === 'string' ? 0 : squareMetres(ring);
  };
  return parts.map((part) => ({ part, size: area(part) })).reduce((best, each) => (each.size > best.size ? each : best)).part;
}

/** What columns of their own hold already. */
const consumed = new Set(['id', 'ID', '@id', 'osm_id', 'gml_id', 'fid', 'name', 'NAME', 'Name', '名称', 'height', 'HEIGHT', 'Height', 'building:height', 'storeys', 'address', 'addr:full', 'use']);

function plain(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return value;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}

/** An id for what has none: its place to the centimetre. It stays when the file is sorted anew or something is added. */
function placeId([lon, lat]: readonly [number, number]): string {
  return `${lon.toFixed(7)},${lat.toFixed(7)}`;
}

/** Issues of one input read in stretches, as one: the same thing said twice is one line with a count. */
export function foldIssues(issues: readonly Issue[]): Issue[] {
  const folded = new Map<string, Issue>();
  for (const issue of issues) {
    const same = folded.get(`${issue.code} ${issue.message}`);
    if (same) same.count = (same.count ?? 1) + (issue.count ?? 1);
    else folded.set(`${issue.code} ${issue.message}`, { ...issue });
  }
  return [...folded.values()];
}
