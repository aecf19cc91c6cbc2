import type { Cells, CellInput } from '../cells/cells.ts';
import { foldIssues, whileReadable } from '../cells/read.ts';
import type { ReadSummary } from '../cells/task.ts';
import { saidOf, type ForFile, type Placement } from '../cli/place.ts';
import type { SourceCredit } from '../credits.ts';
import { mainFilesOf } from '../formats/belongs.ts';
import type { FeatureTable, Format, RasterTable, ReadContext, Source, Table } from '../formats/format.ts';
import { formats, sniffFormat } from '../formats/index.ts';
import { fileSource } from '../formats/source.ts';
import { addAccount, countSkipped, newAccount, type Account } from './account.ts';
import { Gatherer } from './gather.ts';
import type { GatheredModel } from './models.ts';
import { hold } from './mosaic.ts';
import type { Part } from './part.ts';
import { fromDegrees, toDegrees } from './projection.ts';
import { sayStrays } from './strays.ts';

/** All that inputs hold, sorted by what becomes of it. */
export interface Gathered {
  readonly gatherer: Gatherer;
  readonly rasters: RasterTable[];
  readonly models: GatheredModel[];
  /** What was read of buildings, in the order of the inputs. */
  readonly readings: readonly ReadSummary[];
  /** Whom inputs are owed to by their kind, and the newest day they say they are of. */
  readonly credits: readonly SourceCredit[];
  readonly surveyed: string | null;
}

export interface InputOptions {
  readonly crs?: readonly ForFile<string>[];
  readonly places?: readonly ForFile<Placement>[];
  readonly signal?: AbortSignal;
  /** Called with the bytes read so far and all there are. */
  progress(read: number, total: number): void;
}

/** An input that could be opened, and its kind where it has one. */
export interface OpenInput {
  readonly source: Source;
  readonly format: Format | undefined;
}

/** Opens inputs and finds out their kinds by their content. Those that cannot be opened are said. */
export async function openInputs(paths: readonly string[], account: Account): Promise<OpenInput[]> {
  const sides = mainFilesOf(paths);
  const sources = await Promise.all(paths.filter((path) => !sides.has(path)).map((path) => openSource(path, account)));
  return sources.flatMap((source) => (source ? [{ source, format: sniffFormat(source.head, source.size) }] : []));
}

/** Bytes of the inputs whose features go through cells. */
export function cellBytes(inputs: readonly OpenInput[]): number {
  return inputs.reduce((sum, { source, format }) => sum + (format?.apart ? source.size : 0), 0);
}

/** Reads every input: features through the cells, all else here. What comes out does not depend on who was quicker. */
export async function readInputs(inputs: readonly OpenInput[], cells: Cells, { account, parts }: { account: Account; parts: readonly Part[] }, options: InputOptions): Promise<Gathered> {
  const { crs, places = [], signal } = options;
  const gathered = { gatherer: new Gatherer(account), rasters: [] as RasterTable[], models: [] as GatheredModel[], parts };
  const total = inputs.reduce((sum, { source }) => sum + source.size, 0) || 1;
  const apart = inputs.filter(({ format }) => format?.apart);
  const found = await cells.read(apart.map(({ source, format }): CellInput => ({ source, format: format!, crs: saidOf(crs ?? [], source.name), crsNamed: namedFor(crs, source.name) })), (bytes) => options.progress(bytes, total));
  let read = cellBytes(inputs);
  for (const input of inputs) {
    signal?.throwIfAborted();
    const own = newAccount();
    // Parts count in the city's own account.
    const before = { in: account.in, out: account.out };
    if (!input.format) own.issues.push(unknown(input.source));
    else if (input.format.apart) for (const { summary } of found.filter((each) => apart[each.input] === input)) await takeSummary(summary, input.source, { ...gathered, own });
    else {
      const said = { crs: saidOf(crs ?? [], input.source.name), crsNamed: namedFor(crs, input.source.name), place: saidOf(places.filter(({ file }) => file !== null), input.source.name) };
      await readHere(input as { source: Source; format: Format }, { ...gathered, own }, said, signal);
      options.progress((read += input.source.size), total);
    }
    own.inputs.push({ name: baseName(input.source.name), format: input.format?.id ?? 'unknown', in: own.in + account.in - before.in, out: own.out + account.out - before.out });
    addAccount(account, { ...own, issues: foldIssues(own.issues) });
  }
  sayStrays(found.map(({ input, summary }) => ({ extents: summary.extents, name: apart[input].source.name })), account.issues);
  const summaries = found.map(({ summary }) => summary);
  const credits = new Map(summaries.flatMap(({ credit }) => (credit ? [[credit.text, credit] as const] : [])));
  const days = summaries.flatMap(({ surveyed }) => surveyed ?? []).toSorted();
  return { ...gathered, readings: summaries, credits: [...credits.values()], surveyed: days.at(-1) ?? null };
}

/** Whether a system was said of this very file, and not of all. */
function namedFor(crs: InputOptions['crs'], name: string): boolean {
  return saidOf((crs ?? []).filter(({ file }) => file !== null), name) !== undefined;
}

interface Taking {
  readonly gatherer: Gatherer;
  readonly rasters: RasterTable[];
  readonly models: GatheredModel[];
  readonly parts: readonly Part[];
  readonly own: Account;
}

async function takeSummary(summary: ReadSummary, source: Source, taking: Taking): Promise<void> {
  addAccount(taking.own, summary.account);
  for (const { part, feature } of summary.others) taking.gatherer.add(part, feature, source.name, taking.own);
  for (const table of summary.tables) await take(table, source, taking);
}

async function readHere({ source, format }: { source: Source; format: Format }, taking: Taking, said: Pick<ReadContext, 'crs' | 'crsNamed' | 'place'>, signal?: AbortSignal): Promise<void> {
  const { own } = taking;
  const context = { issues: own.issues, skip: (reason: string, count = 1) => countSkipped(own, reason, count), ...said, toDegrees, fromDegrees, signal };
  for await (const table of whileReadable(format.read(source, context), source, own.issues)) {
    signal?.throwIfAborted();
    if (table.kind !== 'features') await take(table, source, taking);
  }
}

async function take(table: Exclude<Table, FeatureTable>, source: Source, { rasters, models, gatherer, parts, own }: Taking): Promise<void> {
  if (table.kind === 'raster') hold(rasters, table, own.issues);
  else if (table.kind === 'network') gatherer.networks.push(table.network);
  else if (table.kind === 'model') models.push({ table, file: source.name });
  else await parts.find((part) => part.kind === (table as Table).kind)?.take(table, source);
}

function unknown({ name, size }: Source): Account['issues'][number] {
  const kinds = formats.map((format) => format.title).join('; ');
  return { code: 'unknown-format', severity: 'error', message: size === 0 ? `${name} is empty.` : `${name} is of no kind read here. What is read: ${kinds}.` };
}

async function openSource(input: string, account: Account): Promise<Source | undefined> {
  try {
    return await fileSource(input);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why: Record<string, string> = { ENOENT: 'is not there; check the path', EISDIR: 'is a folder; name the files in it', EACCES: 'may not be read: no permission', ENOTFILE: 'is no file (a pipe or a device)' };
    account.issues.push({ code: 'unreadable', severity: 'error', message: `${input} ${why[code ?? ''] ?? `cannot be opened (${message})`}.` });
    return undefined;
  }
}

/** The report is served beside the city: it tells no paths of the machine that made it. */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}
