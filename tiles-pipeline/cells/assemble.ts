import { closeSync, openSync, writeSync } from 'node:fs';
import type { FeatureColumn, FeatureIndex } from '../sinks/feature-columns.ts';
import { encodeFgbHead, FgbIndex, indexBytes } from '../sinks/flatgeobuf.ts';
import { BUILDING_COLUMNS } from '../sinks/flatgeobuf-rows.ts';
import type { Cells } from './cells.ts';
import { blankRows, widthOf, type ColumnLayout } from './columns.ts';
import type { Plan } from './plan.ts';
import type { CellSummary } from './task.ts';

/** Where a large file is put together: in memory, or on the disk where it is too large for that. */
export interface Draft {
  write(bytes: Uint8Array, at: number): void;
  /** Hands the file over. */
  done(): Promise<void>;
}

export interface AssembleOptions {
  /** Opens a file of the output of a known size. */
  open(path: string, size: number): Draft;
  readonly signal?: AbortSignal;
}

/** Puts features.bin together from the units' shares, number by number; numbers that stand for nothing are blank. @returns what features.json lists */
export async function assembleFeatures(cells: Cells, units: readonly CellSummary[], plan: Plan, layout: readonly ColumnLayout[], { open, signal }: AssembleOptions): Promise<FeatureIndex> {
  const columns: FeatureColumn[] = [];
  let at = 0;
  for (const [k, { name, type, dictionary, noData }] of layout.entries()) {
    const texts = type === 'string' ? units.reduce((sum, unit) => sum + (unit.columns[k] ?? 0), 0) : 0;
    const byteLength = type === 'string' ? (plan.total + 1) * 4 + texts : plan.total * widthOf(type);
    columns.push({ name, type, offset: at, byteLength, ...(dictionary && { dictionary }), ...(noData !== undefined && { noData }) });
    at += (byteLength + 7) & ~7;
  }
  const draft = open('features.bin', at);
  const ranges = layout.map(() => ({ min: Infinity, max: -Infinity }));
  const textsSoFar = layout.map(() => 0);
  for (const [u, unit] of plan.units.entries()) {
    signal?.throwIfAborted();
    const segment = cells.features(u);
    const capacity = (plan.units[u + 1]?.first ?? plan.total) - unit.first;
    for (const [k, column] of layout.entries()) {
      const share = segment.columns[k];
      if (share?.min !== undefined) ranges[k] = { min: Math.min(ranges[k].min, share.min), max: Math.max(ranges[k].max, share.max!) };
      if (column.type === 'string') {
        draft.write(offsetsOf(share?.lengths, capacity, textsSoFar[k]), columns[k].offset + unit.first * 4);
        if (share) draft.write(share.bytes, columns[k].offset + (plan.total + 1) * 4 + textsSoFar[k]);
        textsSoFar[k] += share?.bytes.length ?? 0;
      } else {
        const width = widthOf(column.type);
        draft.write(share.bytes, columns[k].offset + unit.first * width);
        if (capacity > segment.count) draft.write(blankRows(column, capacity - segment.count), columns[k].offset + (unit.first + segment.count) * width);
      }
    }
  }
  for (const [k, { type }] of layout.entries()) if (type === 'string') draft.write(new Uint8Array(Uint32Array.of(textsSoFar[k]).buffer), columns[k].offset + plan.total * 4);
  await draft.done();
  return { count: plan.total, columns: columns.map((column, k) => (column.type === 'string' || column.type === 'category' || ranges[k].min > ranges[k].max ? column : { ...column, ...ranges[k] })) };
}

/** Where each text of a unit begins; those of blank rows where the last one ends. */
function offsetsOf(lengths: Uint32Array | undefined, capacity: number, start: number): Uint8Array {
  const offsets = new Uint32Array(capacity);
  let at = start;
  for (let n = 0; n < capacity; n++) {
    offsets[n] = at;
    at += lengths?.[n] ?? 0;
  }
  return new Uint8Array(offsets.buffer);
}

/** Puts buildings.fgb together: header, index, then the units' features in the order of their numbers. */
export async function assembleCompanion(cells: Cells, units: readonly CellSummary[], bounds: readonly number[], { open, signal }: AssembleOptions): Promise<void> {
  const count = units.reduce((sum, { rows }) => sum + rows, 0);
  const bytes = units.reduce((sum, { companion }) => sum + companion, 0);
  const head = encodeFgbHead({ name: 'buildings', geometry: 'Polygon', columns: BUILDING_COLUMNS, count, bounds });
  const start = head.length + indexBytes(count);
  const draft = open('buildings.fgb', start + bytes);
  draft.write(head, 0);
  const index = new FgbIndex(count);
  let at = start;
  for (const u of units.keys()) {
    signal?.throwIfAborted();
    const segment = cells.companion(u);
    const leaves = index.leaves(segment);
    draft.write(leaves.bytes, head.length + leaves.at);
    draft.write(segment.bytes, at);
    at += segment.bytes.length;
  }
  draft.write(index.above(), head.length);
  await draft.done();
}

/** Largest file that is put together in memory. */
const IN_MEMORY = 8 * 2 ** 20;

/** Drafts that become files of an output. @param scratch a file beside the output to put a large one together in @param take takes such a file over */
export function draftsOf({ write, scratch, take }: { write(path: string, bytes: Uint8Array): Promise<void>; scratch(path: string): string; take(path: string, file: string): Promise<void> }): (path: string, size: number) => Draft {
  return (path, size) => {
    if (size <= IN_MEMORY) {
      const whole = new Uint8Array(size);
      return { write: (bytes, at) => whole.set(bytes, at), done: () => write(path, whole) };
    }
    const name = scratch(path);
    const file = openSync(name, 'w');
    return {
      write(bytes, at) {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
      },
      async done() {
        closeSync(file);
        await take(path, name);
      },
    };
  };
}
