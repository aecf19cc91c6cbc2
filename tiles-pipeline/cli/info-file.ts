import { TwinError, type Issue } from '../../engine/errors.ts';
import { sniffFormat } from '../formats/index.ts';
import type { Source, Table } from '../formats/format.ts';
import { fileSource } from '../formats/source.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';
import { n, size } from './figures.ts';
import { featureLines, FeatureTally, type FeaturesInfo } from './info-features.ts';
import { modelInfo, modelLines, type ModelInfo } from './info-model.ts';
import { networkLines } from './info-network.ts';
import { noBounds, whereItLies, widen, type Bounds } from './info-place.ts';
import { rasterInfo, rasterLines, type RasterInfo } from './info-raster.ts';

/** What one input file holds. */
export interface FileInfo {
  file: string;
  format: string;
  title: string;
  bytes: number;
  features: FeaturesInfo | null;
  models: ModelInfo[];
  rasters: RasterInfo[];
  /** A paragraph a network. */
  networks: string[][];
  /** Tables of kinds that have no words of their own here: their numbers added up, their words as they are. */
  others: Record<string, Record<string, unknown>>;
  /** Reference systems the file's coordinates were carried from; empty where they are degrees. */
  systems: string[];
  bounds: Bounds | null;
  skipped: Record<string, number>;
  issues: Issue[];
  /** Bytes that were looked at, where that was not the whole. */
  looked?: number;
  /** True where the file was too large to be looked into. */
  unread?: boolean;
}

/** Formats whose features come while the file is still being read. */
const streamed: ReadonlySet<string> = new Set(['geojson', 'flatgeobuf', 'shapefile', 'osm-xml', 'osm-pbf', 'osm', 'cityjsonseq', 'citygml', 'geopackage']);

export interface LookOptions {
  /** Stop after so many features; what follows is not looked at. */
  readonly most?: number;
  /** Largest file, in bytes, of a format that comes in one piece; a larger one is not looked into. */
  readonly wholeUpTo?: number;
  readonly crs?: string;
  readonly signal?: AbortSignal;
}

/** Reads a file as a build would and says what came. A reader that breaks down costs the rest of its file and is an issue. @throws {TwinError} `bad-input`, `not-found` */
export async function lookAt(path: string, options: LookOptions = {}): Promise<FileInfo> {
  const source = await opened(path);
  const format = sniffFormat(source.head, source.size);
  if (!format) throw new TwinError('bad-input', source.size === 0 ? `${path} is empty.` : `${path} is of no kind read here; citymirror tiles --help names them.`);
  const looker = new Looker(path);
  const about = { file: path, format: format.id, title: format.title, bytes: source.size };
  if (source.size > (options.wholeUpTo ?? Infinity) && !streamed.has(format.id)) return { ...about, ...looker.done(), unread: true };
  let partly = 0;
  try {
    for await (const table of format.read(source, looker.context(options))) {
      options.signal?.throwIfAborted();
      looker.take(table);
      if (options.most !== undefined && looker.features.count >= options.most && table.kind === 'features' && table.read < source.size) {
        partly = table.read;
        break;
      }
    }
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    looker.issues.push({ code: 'reader-broke', severity: 'error', message: `${path}: its reader broke down (${cause instanceof Error ? cause.message : String(cause)}). What stands above came before that; check the file, export it again, or report it as a fault of the program.` });
  }
  return { ...about, ...looker.done(), ...(partly > 0 && { looked: partly }) };
}

async function opened(path: string): Promise<Source> {
  try {
    return await fileSource(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new TwinError('not-found', `${path} is not there; check the path.`, { cause });
    throw new TwinError('bad-input', code === 'EACCES' ? `${path} may not be read: no permission.` : code === 'ENOTFILE' ? `${path} is no file (a pipe, a device); copy it into one.` : `${path} cannot be opened (${message}).`, { cause });
  }
}

class Looker {
  readonly features = new FeatureTally();
  readonly issues: Issue[] = [];
  readonly #models: ModelInfo[] = [];
  readonly #rasters: RasterInfo[] = [];
  readonly #networks: string[][] = [];
  readonly #others = new Map<string, Record<string, unknown>>();
  readonly #systems = new Set<string>();
  readonly #skipped = new Map<string, number>();

  constructor(private readonly path: string) {}

  context({ crs, signal }: LookOptions): Parameters<NonNullable<ReturnType<typeof sniffFormat>>['read']>[1] {
    return {
      issues: this.issues,
      skip: (reason, count = 1) => void this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count),
      toDegrees: (system) => {
        this.#systems.add(system);
        return toDegrees(system);
      },
      fromDegrees,
      crs,
      signal,
    };
  }

  take(table: Table): void {
    if (table.kind === 'features') for (const feature of table.features) this.features.add(feature, this.path);
    else if (table.kind === 'model') this.#models.push(modelInfo(table, this.path));
    else if (table.kind === 'raster') this.#rasters.push(rasterInfo(table));
    else if (table.kind === 'network') this.#networks.push(networkLines(table.network));
    else this.#other(table);
  }

  /** A kind that is told by its own members: numbers are added, words and short lists kept. */
  #other(table: Table): void {
    const kind: string = table.kind;
    const own = this.#others.get(kind) ?? { tables: 0 };
    own.tables = (own.tables as number) + 1;
    for (const [name, value] of Object.entries(table) as [string, unknown][]) {
      if (name === 'read' || name === 'kind') continue;
      if (typeof value === 'number') own[name] = ((own[name] as number | undefined) ?? 0) + value;
      else if (typeof value === 'string' || typeof value === 'boolean' || value === null) own[name] = value;
      else if (Array.isArray(value) && value.length <= 16 && value.every((each) => typeof each !== 'object')) own[name] = value;
    }
    this.#others.set(kind, own);
  }

  done(): Omit<FileInfo, 'file' | 'format' | 'title' | 'bytes'> {
    const features = this.features.count > 0 ? this.features.done() : null;
    const bounds = noBounds();
    for (const box of [features?.bounds, ...this.#rasters.map((raster) => raster.bounds)]) if (box) for (const k of [0, 2]) widen(bounds, box[k], box[k + 1]);
    for (const { stands } of this.#models) if (stands) widen(bounds, stands.lon, stands.lat);
    return {
      features, models: this.#models, rasters: this.#rasters, networks: this.#networks, others: Object.fromEntries(this.#others), systems: [...this.#systems],
      bounds: bounds[0] <= bounds[2] ? bounds : null, skipped: Object.fromEntries(this.#skipped), issues: this.issues,
    };
  }
}

/** The same for people. */
export function fileLines(info: FileInfo): string[] {
  const where = info.bounds && (info.features || info.rasters.length > 0) ? [`it ${whereItLies(info.bounds).replace(/^its coordinates/u, 'has coordinates that')}`, `bounds: ${info.bounds.map((value) => value.toFixed(5)).join(', ')} (west, south, east, north)`] : [];
  return [
    `${info.file}: ${info.title}, ${size(info.bytes)}`,
    ...(info.features ? featureLines(info.features) : []),
    ...info.rasters.flatMap(rasterLines),
    ...info.models.flatMap(modelLines),
    ...info.networks.flat(),
    ...Object.entries(info.others).map(([kind, members]) => `${kind}: ${Object.entries(members).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : typeof value === 'number' ? n(value) : String(value)}`).join('; ')}`),
    ...where,
    ...(info.systems.length > 0 ? [`coordinates in ${info.systems.map((system) => (system.length > 80 ? `${system.slice(0, 79)}…` : system)).join(', ')}, carried to degrees`] : []),
    ...(info.looked === undefined ? [] : [`only the first ${size(info.looked)} were looked at`]),
    ...Object.entries(info.skipped).map(([reason, count]) => `not usable: ${n(count)} × ${reason}`),
  ];
}
