import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Format, ReadContext, Source } from './format.ts';
import type { Geometry } from './ifc/geometry.ts';
import type { ShapesAnswer } from './ifc/ifc.worker.ts';
import { readIfc } from './ifc/read-ifc.ts';
import { entriesOf, readEntry } from './zip.ts';

/** Largest file taken out of an .ifcZIP, and the most it may grow. */
const ZIP_LIMITS = { bytes: 500_000_000, ratio: 200 };
/** Bytes all files of one .ifcZIP may have together. */
const ZIP_TOTAL = 2_000_000_000;

/**
 * Building models: IFC2x3, IFC4 and IFC4x3 as STEP files, plain or in an .ifcZIP. Every product with a body becomes a feature of one
 * {@link ModelTable} a file; a model that breaks its reader takes only its own thread with it.
 */
export const ifc = {
  id: 'ifc',
  title: 'IFC (building model)',
  extensions: ['.ifc', '.ifczip'],
  sniff: (head) => isStep(head) || isZippedIfc(head),
  async *read(source, context) {
    for await (const { bytes, name } of isStep(source.head) ? alone(source) : unzipped(source, context)) {
      const stem = name.replace(/^.*[/\\]/u, '').replace(/\.[^.]*$/u, '');
      const result = await readIfc(bytes, name, stem, (whole) => shapesApart(whole, context.signal));
      context.signal?.throwIfAborted();
      context.issues.push(...result.issues);
      for (const [reason, count] of Object.entries(result.skipped)) context.skip(reason, count);
      if (result.table) yield result.table;
    }
  },
} as const satisfies Format;

function latin(head: Uint8Array): string {
  return new TextDecoder('latin1').decode(head.subarray(0, 512));
}

function isStep(head: Uint8Array): boolean {
  return /^(?:\u00EF\u00BB\u00BF)?\s*ISO-10303-21/u.test(latin(head));
}

function isZippedIfc(head: Uint8Array): boolean {
  return latin(head).startsWith('PK\u0003\u0004') && /\.ifc/iu.test(latin(head));
}

interface Unpacked {
  readonly bytes: Uint8Array;
  readonly name: string;
}

async function* alone(source: Source): AsyncGenerator<Unpacked> {
  yield { bytes: await source.bytes(), name: source.name };
}

/** One file after another, so that only one is unpacked at a time. */
async function* unzipped(source: Source, { issues }: ReadContext): AsyncGenerator<Unpacked> {
  const refuse = (why: string): void => void issues.push({ code: 'bad-archive', severity: 'error', message: `${source.name} ${why}.`, path: source.name });
  if (source.size > ZIP_TOTAL) return refuse(`has ${(source.size / 1e9).toFixed(1)} GB, more than ${ZIP_TOTAL / 1e9} GB`);
  const archive = await source.bytes();
  const entries = entriesOf(archive);
  if (typeof entries === 'string') return refuse(`is no usable archive: ${entries}`);
  const wanted = entries.filter(({ name }) => /\.ifc$/iu.test(name));
  if (wanted.length === 0) return refuse('holds no .ifc file');
  if (wanted.reduce((sum, { size }) => sum + size, 0) > ZIP_TOTAL) return refuse(`would be more than ${ZIP_TOTAL / 1e9} GB`);
  for (const entry of wanted) {
    const bytes = readEntry(archive, entry, ZIP_LIMITS);
    if (typeof bytes === 'string') issues.push({ code: 'bad-archive', severity: 'error', message: `${source.name}: ${entry.name} cannot be unpacked: ${bytes}.`, path: source.name });
    else yield { bytes, name: `${source.name}/${entry.name}` };
  }
}

/** The worker's file: built beside or above this one, or the sources' own. */
function workerFile(): URL {
  const source = new URL('./ifc/start.mjs', import.meta.url);
  if (existsSync(fileURLToPath(source))) return source;
  const beside = new URL('./ifc-worker.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../ifc-worker.js', import.meta.url);
}

/** Seconds that web-ifc may take, and more for each megabyte: fifty times what it takes. Damaged files can keep it busy for ever. */
const PATIENCE = { seconds: 25, each: 10 };

/** Makes the shapes of one model in a thread of its own, ended after it. @throws where the thread died or came to no end, or the signal's reason */
async function shapesApart(bytes: Uint8Array, signal?: AbortSignal): Promise<Geometry | { unreadable: true }> {
  signal?.throwIfAborted();
  const own = new Uint8Array(bytes);
  const patience = PATIENCE.seconds + (PATIENCE.each * bytes.length) / 1e6;
  const worker = new Worker(workerFile(), { workerData: own, transferList: [own.buffer] });
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      watch = setTimeout(() => reject(new Error(`it came to no end within ${Math.round(patience)} s`)), patience * 1000);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.once('message', (answer: ShapesAnswer) => ('broke' in answer ? reject(new Error(answer.broke)) : resolve(answer)));
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`its thread ended with ${code}`)));
    });
  } finally {
    clearTimeout(watch);
    await worker.terminate();
  }
}
