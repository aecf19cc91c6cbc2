import type { Issue } from '../../engine/errors.ts';
import type { Format, ReadContext, Source, SourceFeature } from '../formats/format.ts';

export interface ReadFeatures {
  readonly features: SourceFeature[];
  readonly issues: Issue[];
  readonly skipped: Record<string, number>;
}

/** Everything a format reads from a source of features, with what it says. */
export async function readFeatures(format: Format, source: Source, said: Partial<ReadContext> = {}): Promise<ReadFeatures> {
  const out: ReadFeatures = { features: [], issues: [], skipped: {} };
  const context = { issues: out.issues, skip: (reason: string, count = 1) => void (out.skipped[reason] = (out.skipped[reason] ?? 0) + count), ...said };
  for await (const table of format.read(source, context)) if (table.kind === 'features') out.features.push(...table.features);
  return out;
}
