import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import { diskError } from '../sinks/disk-error.ts';
import { fileSource } from '../formats/source.ts';
import type { Ground } from '../stages/ground.ts';
import { innerNode, type MadeNode, type Node, type TileOptions } from '../tileset/tileset.ts';
import type { Compression } from '../tileset/glb.ts';
import type { Pictures, TextureFormat } from '../tileset/pictures.ts';
import type { Blocks } from '../tileset/blocks.ts';
import type { AttributeColumn } from './attributes.ts';
import type { ReadResult } from './read.ts';
import type { Renaming } from './renaming.ts';
import { recordsOf, Spill, type Extents } from './spill.ts';
import { buildUnit, type UnitResult } from './unit.ts';
import { store, WorkFolder } from './work-folder.ts';

/** What all units of a build have in common; it lies in the work folder as a piece of its own. */
export interface Scheme {
  readonly wide: boolean;
  readonly foundation: number;
  readonly attributes: readonly AttributeColumn[];
  /** The ground without its samples, which lie beside as `ground.bin`. */
  readonly ground: Ground['frame'] | null;
  readonly models: readonly Float64Array[];
  readonly compression: Compression;
  readonly textures: TextureFormat;
  readonly implicit: boolean;
  readonly normals: boolean;
}

/** A piece of work for whoever takes it: all it needs lies in the work folder and in the inputs. */
export type Task =
  | { readonly kind: 'read'; readonly key: string; readonly work: string; readonly path: string; readonly name: string; readonly format: string; readonly size?: number; readonly range?: { start: number; end: number; line: number }; readonly crs?: string; readonly crsNamed?: boolean }
  | { readonly kind: 'unit'; readonly key: string; readonly work: string; readonly scheme: string; readonly level: number; readonly run: number; readonly first: number; readonly reads: readonly string[]; readonly renaming: string }
  | { readonly kind: 'join'; readonly key: string; readonly work: string; readonly scheme: string; readonly level: number; readonly run: number; readonly children: readonly string[] };

/** Does one task; what it makes appears in the work folder under its key. Doing it twice does nothing the second time. */
export async function perform(task: Task, signal?: AbortSignal): Promise<void> {
  const work = new WorkFolder(task.work);
  try {
    await work.make(task.key, async (folder) => {
      if (task.kind === 'read') await read(task, folder, signal);
      else if (task.kind === 'unit') await unit(task, work, folder, signal);
      else await joined(task, work, folder);
    });
  } catch (cause) {
    throw DISK.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '') ? await diskError(cause, { where: task.work, folder: task.work }) : cause;
  }
}

/** What a disk says that takes no more. */
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EIO', 'EMFILE', 'ENFILE']);

async function read(task: Extract<Task, { kind: 'read' }>, folder: string, signal?: AbortSignal): Promise<void> {
  // Units never read: the readers, some of them large, come when something is to be read.
  const { formats } = await import('../formats/index.ts');
  const { readInput } = await import('./read.ts');
  const format = formats.find(({ id }) => id === task.format);
  if (!format) throw new TwinError('bad-input', `No format ${task.format} is known here; the workers are of another version.`);
  const spill = new Spill(join(folder, 'records'));
  try {
    const { ids, keys, ...result } = await readInput(await fileSource(task.path, task.name, task.range), format, spill, { crs: task.crs, crsNamed: task.crsNamed, signal });
    store(folder, 'result', { ...result, count: ids.length });
    store(folder, 'ids', { ids, keys });
  } catch (cause) {
    spill.abandon();
    throw cause;
  }
}

/** What a reading left, without its ids. */
export type ReadSummary = Omit<ReadResult, 'ids' | 'keys'> & { readonly count: number };

/** What a unit or a join left, without what only assembling needs. */
export interface CellSummary {
  readonly node: Node;
  readonly twice: number;
  readonly twiceFrom: { given: number; storeys: number; default: number };
  readonly repeated: number;
  readonly heights: { min: number; max: number };
  readonly replaced: number[][];
  readonly lods: string[];
  /** Files of tiles under `tiles/` in the piece. */
  readonly tiles: string[];
  readonly rows: number;
  /** Bytes of each column of its share of features.bin. */
  readonly columns: number[];
  /** Bytes of its share of buildings.fgb. */
  readonly companion: number;
}

/** Extents and names of readings, and the scheme: read once a process, for every unit asks for them. */
const known = new Map<string, unknown>();

function remembered<T>(key: string, read: () => T): T {
  if (!known.has(key)) {
    if (known.size > 4000) known.clear();
    known.set(key, read());
  }
  return known.get(key) as T;
}

async function unit(task: Extract<Task, { kind: 'unit' }>, work: WorkFolder, folder: string, signal?: AbortSignal): Promise<void> {
  const scheme = remembered(`${task.work} ${task.scheme}`, () => work.read<Scheme>(task.scheme, 'scheme'));
  const stretches = task.reads.flatMap((key) => {
    const { extents, names } = remembered(`${task.work} ${key}`, () => {
      const { extents: runs, attributes } = work.read<ReadSummary>(key, 'result');
      return { extents: runs as Extents, names: attributes.map(({ name }) => name) };
    });
    const bytes = recordsOf(work.file(key, 'records'), extents, [task.run, task.run + 1], task.level);
    return bytes.length > 0 ? [{ bytes, names }] : [];
  });
  const renaming = work.read<Renaming>(task.renaming, 'renaming');
  const tiles: string[] = [];
  const ground = scheme.ground ? fileGround(scheme.ground, work.file(task.scheme, 'ground.bin')) : undefined;
  const result = await buildUnit({ level: task.level, run: task.run, first: task.first, stretches, renaming, ground, models: scheme.models }, optionsOf(scheme, folder, tiles), signal);
  keep(folder, result, tiles);
}

async function joined(task: Extract<Task, { kind: 'join' }>, work: WorkFolder, folder: string): Promise<void> {
  const scheme = remembered(`${task.work} ${task.scheme}`, () => work.read<Scheme>(task.scheme, 'scheme'));
  const children = task.children.map((key): MadeNode => ({ node: work.read<CellSummary>(key, 'result').node, blocks: work.read<Blocks>(key, 'blocks') }));
  const tiles: string[] = [];
  const { node, blocks } = await innerNode({ level: task.level, run: task.run }, children, optionsOf(scheme, folder, tiles));
  const summary: CellSummary = { node, twice: 0, twiceFrom: { given: 0, storeys: 0, default: 0 }, repeated: 0, heights: { min: Infinity, max: -Infinity }, replaced: [], lods: [], tiles, rows: 0, columns: [], companion: 0 };
  store(folder, 'result', summary);
  store(folder, 'blocks', blocks);
}

function keep(folder: string, { node, blocks, features, companion, ...rest }: UnitResult, tiles: string[]): void {
  const summary: CellSummary = { node, ...rest, tiles, rows: features.count, columns: features.columns.map(({ bytes }) => bytes.length), companion: companion.bytes.length };
  store(folder, 'result', summary);
  store(folder, 'blocks', blocks);
  store(folder, 'features', features);
  store(folder, 'companion', { sizes: companion.sizes, boxes: companion.boxes });
  writeFileSync(join(folder, 'companion.bin'), companion.bytes);
}

export function optionsOf(scheme: Scheme, folder: string, tiles: string[]): TileOptions {
  return {
    foundation: scheme.foundation,
    total: scheme.wide ? Infinity : 0,
    attributes: scheme.attributes,
    compression: scheme.compression,
    implicit: scheme.implicit,
    normals: scheme.normals,
    dress: dresser(scheme.textures),
    async write(path, bytes) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      await writeFile(file, bytes);
      tiles.push(path);
    },
  };
}

/** Pictures are read and packed when a body has any; a picture that cannot be used leaves its faces their colours. */
function dresser(format: TextureFormat): TileOptions['dress'] {
  let pictures: Pictures | undefined;
  return async (mesh, { uv, image, images }) => {
    const { Pictures: Made } = await import('../tileset/pictures.ts');
    const { withTexture } = await import('../tileset/atlas.ts');
    pictures ??= new Made(format);
    const files = images.map((path) => new Uint8Array(readFileSync(path)));
    return withTexture(mesh, { uv, image, images: files }, pictures);
  };
}

function fileGround(frame: Ground['frame'], path: string): Ground {
  return {
    frame,
    window(column, row, width, height) {
      const out = new Float32Array(width * height);
      const bytes = new Uint8Array(out.buffer);
      const file = openSync(path, 'r');
      try {
        for (let y = 0; y < height; y++) {
          const at = ((row + y) * frame.width + column) * 4;
          for (let done = 0; done < width * 4; ) {
            const n = readSync(file, bytes, y * width * 4 + done, width * 4 - done, at + done);
            if (n === 0) throw new TwinError('refused', `${path} is cut short; take the work folder away and build again.`);
            done += n;
          }
        }
      } finally {
        closeSync(file);
      }
      return out;
    },
  };
}

/** Puts the ground where units find it. */
export function writeGround(folder: string, samples: Float32Array): void {
  writeFileSync(join(folder, 'ground.bin'), new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
}

/** @param room what its bytes are read into, made larger where they need it */
export function readCompanion(work: WorkFolder, key: string, room: { bytes: Uint8Array }): { sizes: Uint32Array; boxes: Float64Array; bytes: Uint8Array } {
  const file = openSync(work.file(key, 'companion.bin'), 'r');
  try {
    const { size } = fstatSync(file);
    if (room.bytes.length < size) room.bytes = new Uint8Array(size);
    for (let done = 0, read = 1; done < size && read > 0; done += read) read = readSync(file, room.bytes, done, size - done, done);
    return { ...work.read<{ sizes: Uint32Array; boxes: Float64Array }>(key, 'companion'), bytes: room.bytes.subarray(0, size) };
  } finally {
    closeSync(file);
  }
}
