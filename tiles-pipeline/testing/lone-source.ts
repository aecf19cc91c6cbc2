import type { Issue } from '../../engine/errors.ts';
import type { Format, Source, SourceFeature, Table } from '../formats/format.ts';

/** A file that is only in memory. */
export function loneSource(content: string | Uint8Array, { name = 'data/城.osm', chunk = 1 << 16 }: { name?: string; chunk?: number } = {}): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    path: '',
    size: bytes.length,
    head: bytes.subarray(0, 4096),
    async *stream() {
      for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
    },
    bytes: async () => bytes,
    slice: async (start, end) => bytes.slice(start, end),
    beside: async () => undefined,
  };
}

export interface ReadResult {
  readonly features: SourceFeature[];
  readonly tables: Table[];
  readonly issues: Issue[];
  readonly skipped: Record<string, number>;
}

/** All a format gives for a file. */
export async function readAll(format: Format, source: Source, signal?: AbortSignal): Promise<ReadResult> {
  const result: ReadResult = { features: [], tables: [], issues: [], skipped: {} };
  const { issues, skipped } = result;
  for await (const table of format.read(source, { issues, skip: (reason, count = 1) => void (skipped[reason] = (skipped[reason] ?? 0) + count), signal })) {
    result.tables.push(table);
    if (table.kind === 'features') result.features.push(...table.features);
  }
  return result;
}
