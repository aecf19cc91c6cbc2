import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { AffectedInput, AffectedOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import type { FeatureColumns } from './geometry/feature-columns.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';
import { circleBoxes } from './geometry/geodesic.ts';
import { distanceFrom } from './geometry/polygon-distance.ts';

const FARTHEST = 100_000;

interface Found {
  readonly features: FeatureColumns;
  readonly row: number;
  readonly number: number;
  readonly distance: number;
}

/**
 * Which buildings have any part of their footprint within a geodesic radius of a point: read from the companion by box, so the answer does not
 * depend on what is loaded or seen.
 * @throws TwinError `bad-input` for a place or radius that cannot be, or a companion without feature numbers
 */
export async function affected(input: AffectedInput, context: AnalysisContext): Promise<AffectedOutput> {
  const { lon, lat, radius, companion } = input;
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) throw new TwinError('bad-input', `There is no place at longitude ${lon}, latitude ${lat}`);
  if (!(radius >= 0 && radius <= FARTHEST)) throw new TwinError('bad-input', `A radius of ${radius} m is not between 0 and ${FARTHEST} m`);
  let opened = false;
  const file = await context.cache.keep(`fgb ${companion}`, () => {
    opened = true;
    return openFlatGeobuf(companion, (url, range) => context.load(url, range));
  });
  // The header's bytes belong to the call that opened the file.
  const before = opened ? 0 : file.source.bytesRead;
  const found: Found[] = [];
  const boxes = circleBoxes(lon, lat, radius);
  for (const [step, box] of boxes.entries()) {
    const features = await file.search(box);
    context.progress((step + 0.5) / boxes.length);
    await collect(features, input, context, found);
  }
  found.sort((a, b) => a.distance - b.distance || a.number - b.number);
  return { ...columnsOf(found), total: found.length, bytesRead: file.source.bytesRead - before, bytesTotal: file.source.size ?? 0 };
}

async function collect(features: FeatureColumns, { lon, lat, radius, companion }: AffectedInput, context: AnalysisContext, found: Found[]): Promise<void> {
  const numbers = features.numbers('feature');
  const distance = distanceFrom(lon, lat);
  const known = new Set(found.map((each) => each.number));
  for (let row = 0; row < features.count; row++) {
    if (row % 256 === 255) {
      await context.turn();
      if (context.cancelled()) throw new TwinError('aborted', 'The search was cancelled');
    }
    const number = numbers[row];
    if (!Number.isInteger(number)) throw new TwinError('bad-input', `${shownUrl(companion)} has no feature numbers (column feature); build it again with citymirror tiles build`);
    if (known.has(number)) continue;
    const metres = distance.to(features, row, radius);
    if (metres <= radius) found.push({ features, row, number, distance: metres });
  }
}

function columnsOf(found: readonly Found[]): Omit<AffectedOutput, 'total' | 'bytesRead' | 'bytesTotal'> {
  const text = (name: string): string[] => found.map(({ features, row }) => features.text(name)[row]);
  const number = (name: string): number[] => found.map(({ features, row }) => features.numbers(name)[row]);
  return {
    numbers: Uint32Array.from(found, (each) => each.number),
    ids: text('id'),
    distances: Float64Array.from(found, (each) => each.distance),
    heights: Float32Array.from(number('height')),
    storeys: Uint16Array.from(number('storeys'), (value) => (Number.isNaN(value) ? 0 : value)),
    uses: text('use'), names: text('name'), addresses: text('address'),
  };
}
