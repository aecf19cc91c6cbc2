import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Format, ReadContext, Source } from './format.ts';
import type { IfcOrder } from './ifc/ifc.worker.ts';
import type { IfcResult } from './ifc/read-ifc.ts';
import { entriesOf, readEntry } from './zip.ts';

/** Largest file taken out of an .ifcZIP, and the most it may grow. */
const ZIP_LIMITS = { bytes: 500_000_000, ratio: 200 };

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
    const models = isStep(source.head) ? [{ bytes: await source.bytes(), name: source.name }] : await unzipped(source, context);
    for (const { bytes, name } of models) {
      const result = await readApart({ bytes, name, stem: name.replace(/^.*[/\\]/u, '').replace(/\.[^.]*$/u, '') }, context.signal);
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

async function unzipped(source: Source, { issues }: ReadContext): Promise<{ bytes: Uint8Array; name: string }[]> {
  const archive = await source.bytes();
  const entries = entriesOf(archive);
  const wanted = typeof entries === 'string' ? [] : entries.filter(({ name }) => /\.ifc$/iu.test(name));
  if (typeof entries === 'string' || wanted.length === 0) {
    issues.push({ code: 'bad-archive', severity: 'error', message: typeof entries === 'string' ? `${source.name} is no usable archive: ${entries}.` : `${source.name} holds no .ifc file.`, path: source.name });
    return [];
  }
  return wanted.flatMap((entry) => {
    const bytes = readEntry(archive, entry, ZIP_LIMITS);
    if (typeof bytes !== 'string') return [{ bytes, name: `${source.name}/${entry.name}` }];
    issues.push({ code: 'bad-archive', severity: 'error', message: `${source.name}: ${entry.name} cannot be unpacked: ${bytes}.`, path: source.name });
    return [];
  });
}

/** The worker's file: built beside or above this one, or the sources' own. */
function workerFile(): URL {
  const source = new URL('./ifc/start.mjs', import.meta.url);
  if (existsSync(fileURLToPath(source))) return source;
  const beside = new URL('./ifc-worker.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../ifc-worker.js', import.meta.url);
}

/** Reads one model in a thread of its own, ended after it. A thread that dies is one sentence among the issues. */
async function readApart(order: IfcOrder, signal?: AbortSignal): Promise<IfcResult> {
  signal?.throwIfAborted();
  const bytes = new Uint8Array(order.bytes);
  const worker = new Worker(workerFile(), { workerData: { ...order, bytes } satisfies IfcOrder, transferList: [bytes.buffer] });
  const died = (why: string): IfcResult => ({ table: null, skipped: {}, issues: [{ code: 'geometry-failed', severity: 'error', message: `${order.name} ended the reader (${why}); it was left out.`, path: order.name }] });
  try {
    return await new Promise<IfcResult>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.once('message', resolve);
      worker.once('error', (cause) => resolve(died(cause.message)));
      worker.once('exit', (code) => resolve(died(`exit ${code}`)));
    });
  } finally {
    await worker.terminate();
  }
}
