import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { belongsTo, mainFilesOf } from '../formats/belongs.ts';
import { sniffFormat } from '../formats/index.ts';
import { fileSource } from '../formats/source.ts';

/** Why something in a folder is not read as an input of its own. */
export type WhyLeft = 'hidden' | 'belongs' | 'paper' | 'unknown' | 'empty' | 'link' | 'special' | 'city' | 'output' | 'unreadable' | 'deep' | 'twice';

export interface LeftOut {
  readonly path: string;
  readonly why: WhyLeft;
}

export interface FoundInputs {
  /** Files to read: those named, and those of a known kind in the folders named; sorted, each once. */
  readonly files: readonly string[];
  /** What else stands in the folders. */
  readonly left: readonly LeftOut[];
}

export interface FindOptions {
  /** The output: neither it nor what is being written beside it is an input. */
  readonly out?: string;
  /** Whether links in folders are followed; those that lead out of the folder never are. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** Folders within folders; deeper ones are left out. */
const DEEPEST = 64;

/** Looks through the inputs a person named: a file stands for itself, a folder for every file of a known kind in it. Nothing but the first bytes of files is read. */
export async function findInputs(given: readonly string[], options: FindOptions = {}): Promise<FoundInputs> {
  const walk = new Walk(options);
  for (const path of given) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) await walk.root(path);
    else await walk.meet(path, true);
  }
  await walk.judge();
  return { files: walk.files.toSorted(byText), left: walk.left.toSorted((a, b) => byText(a.path, b.path)) };
}

/** Sentences about what was left out that a person should know of; hidden files, papers and files that belong to others are as expected. */
export function wordsOn(left: readonly LeftOut[], most = 20): string[] {
  const sentences: Partial<Record<WhyLeft, string>> = {
    unknown: 'is of no kind read here and was left out',
    empty: 'is empty and was left out',
    link: 'is a link and was not followed; --follow follows those that stay in the folder',
    special: 'is no file (a pipe, a device) and was left out',
    city: 'is a city folder built before and was left out',
    unreadable: 'may not be read and was left out',
    deep: `lies more than ${DEEPEST} folders deep and was left out`,
    twice: 'is named twice and read once',
  };
  const told = left.filter(({ why }) => sentences[why] !== undefined);
  const lines = told.slice(0, most).map(({ path, why }) => `${path} ${sentences[why]}.`);
  return told.length > most ? [...lines, `${told.length - most} more files were left out; --dry-run lists them all.`] : lines;
}

class Walk {
  readonly files: string[] = [];
  readonly left: LeftOut[] = [];
  /** By real path. */
  readonly #met = new Map<string, { path: string; named: boolean }>();
  readonly #folders = new Set<string>();
  readonly #out: string | undefined;
  #root = '';

  constructor(private readonly options: FindOptions) {
    this.#out = options.out === undefined ? undefined : resolve(options.out);
  }

  leave(path: string, why: WhyLeft): void {
    this.left.push({ path, why });
  }

  async root(path: string): Promise<void> {
    this.#root = await realpath(path);
    this.#folders.clear();
    await this.#folder(path, 0);
  }

  async #folder(path: string, depth: number): Promise<void> {
    this.options.signal?.throwIfAborted();
    if (depth > DEEPEST) return this.leave(path, 'deep');
    const real = await realpath(path);
    if (this.#folders.has(real)) return this.leave(path, 'link');
    this.#folders.add(real);
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    if (!entries) return this.leave(path, 'unreadable');
    const names = new Set(entries.map(({ name }) => name.toLowerCase()));
    if (depth > 0 && names.has('city.json') && names.has('report.json') && (await isCity(join(path, 'city.json')))) return this.leave(path, 'city');
    for (const entry of entries.toSorted((a, b) => byText(a.name, b.name))) await this.#entry(entry, join(path, entry.name), depth);
  }

  async #entry(entry: Dirent, path: string, depth: number): Promise<void> {
    const { name } = entry;
    if (/^\.|^(thumbs\.db|desktop\.ini|__macosx|\$recycle\.bin)$/iu.test(name)) return this.leave(path, 'hidden');
    if (this.#isOutput(path)) return this.leave(path, 'output');
    const followed = entry.isSymbolicLink() ? await this.#followed(path) : entry;
    if (!followed) return this.leave(path, 'link');
    if (followed.isDirectory()) return this.#folder(path, depth + 1);
    if (!followed.isFile()) return this.leave(path, 'special');
    return this.meet(path, false);
  }

  /** What a link leads to, where it may be followed. */
  async #followed(path: string): Promise<{ isDirectory(): boolean; isFile(): boolean } | undefined> {
    if (!this.options.follow) return undefined;
    const real = await realpath(path).catch(() => undefined);
    const way = real === undefined ? '..' : relative(this.#root, real);
    if (real === undefined || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
    return lstat(real);
  }

  #isOutput(path: string): boolean {
    if (this.#out === undefined) return false;
    const own = resolve(path);
    return own === this.#out || BESIDE.some((ending) => own.startsWith(`${this.#out}${ending}`));
  }

  /** A file, named or found; each is met once. */
  async meet(path: string, named: boolean): Promise<void> {
    const real = await realpath(path).catch(() => path);
    if (this.#met.has(real)) return this.leave(path, 'twice');
    this.#met.set(real, { path, named });
  }

  /** Which of all that were met are inputs: what one belongs to may stand in another folder. */
  async judge(): Promise<void> {
    const all = [...this.#met.values()];
    const names = new Set(all.map(({ path }) => path.toLowerCase()));
    const mains = mainFilesOf(all.map(({ path }) => path));
    for (const { path, named } of all) {
      this.options.signal?.throwIfAborted();
      const owned = mains.has(path) && !hasWorldFile(path, names);
      // Any file may be called .bin, not only the buffers of a glTF.
      if (owned && !/\.bin$/iu.test(path)) this.leave(path, 'belongs');
      else if (named && !owned) this.files.push(path);
      else {
        const why = await kindOf(path);
        if (why === 'known') this.files.push(path);
        else this.leave(path, owned || side.test(path) || (belongsTo(path) !== undefined && !picture.test(path)) ? 'belongs' : why);
      }
    }
  }
}

/** What a build puts beside its output. */
const BESIDE = ['.tmp-', '.work', '.lock'] as const;
const picture = /\.(jpe?g|png|webp|ktx2|tga|bmp|dds)$/iu;
/** Files about others that a lone one of is still no input. */
const side = /\.(aux\.xml|shp\.xml|tiff?\.xml|md5|sha256|qmd|sld|lyr|msk)$/iu;

/** A picture that a world file puts somewhere is an input, and no texture of the model beside it. */
function hasWorldFile(path: string, names: ReadonlySet<string>): boolean {
  const stem = path.toLowerCase().replace(/\.[^./\\]*$/u, '');
  return picture.test(path) && ['.jgw', '.jpgw', '.jpegw', '.pgw', '.pngw', '.wld'].some((ending) => names.has(stem + ending));
}

/** Something to read for people, by its name. */
function isPaper(name: string): boolean {
  return /^(readme|licen[cs]e|copying|notice|authors|changelog|metadata|manifest|说明|使用说明|许可)|\.(txt|md|pdf|docx?|odt|rtf|html?|url|log)$/iu.test(name);
}

async function kindOf(path: string): Promise<'known' | 'unknown' | 'empty' | 'paper' | 'unreadable'> {
  const source = await fileSource(path).catch(() => undefined);
  if (!source) return 'unreadable';
  if (source.size === 0) return 'empty';
  const format = sniffFormat(source.head, source.size);
  if (format && (format.id !== 'geojson' || mayBeFeatures(source.head))) return 'known';
  return isPaper(basename(path)) ? 'paper' : 'unknown';
}

/** Any JSON looks like GeoJSON at first sight; in a folder only what says a geometry, a feature or a member of one is taken for it. */
function mayBeFeatures(head: Uint8Array): boolean {
  return /"(features|geometry|geometries|coordinates)"|"type"\s*:\s*"(Feature|FeatureCollection|GeometryCollection|(Multi)?(Point|LineString|Polygon))"/u.test(new TextDecoder().decode(head)) || head[1] === 0 || head[0] === 0xfe || head[0] === 0xff;
}

async function isCity(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.includes('"heightDatum"');
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
