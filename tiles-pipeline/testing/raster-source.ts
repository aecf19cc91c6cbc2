import type { ReadContext, Source, Table } from '../formats/format.ts';
import type { Issue } from '../../engine/errors.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';

/** A file that is in memory. @param others files beside it by their ending */
export function rasterSource(name: string, bytes: Uint8Array, others: Readonly<Record<string, string | Uint8Array>> = {}): Source {
  return {
    name, path: `/${name}`, size: bytes.length, head: bytes.subarray(0, 4096),
    async *stream() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
    bytes: async () => bytes,
    slice: async (start, end) => bytes.slice(start, Math.max(start, end)),
    beside: async (ending) => {
      const other = others[ending];
      return other === undefined ? undefined : rasterSource(name.replace(/\.[^.]*$/u, ending), typeof other === 'string' ? new TextEncoder().encode(other) : other);
    },
  };
}

/** Everything a format makes of a file, and what it says. */
export async function readAll(format: { read(source: Source, context: ReadContext): AsyncIterable<Table> }, source: Source, more: Partial<ReadContext> = {}): Promise<{ tables: Table[]; issues: Issue[] }> {
  const issues: Issue[] = [];
  const tables: Table[] = [];
  for await (const table of format.read(source, { issues, skip: () => undefined, toDegrees, fromDegrees, ...more })) tables.push(table);
  return { tables, issues };
}
