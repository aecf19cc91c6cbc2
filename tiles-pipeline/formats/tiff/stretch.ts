import type { ReadContext } from '../format.ts';
import { readBlock, type OpenTiff } from './blocks.ts';
import type { TiffImage } from './directories.ts';
import { noDataOf } from './heights.ts';

/** A stored value as 0…255. */
export type Stretch = (value: number, band: number) => number;

/** Blocks that are looked at, spread over the picture. */
const LOOKED = 24;
/** Share of the values at either end that may be cut off. */
const CUT = 0.005;

/**
 * Pictures of 16 bits rarely use them all: satellites count to 2,000 or 10,000. Values that reach above half of the range are taken as they are;
 * else what lies between the lowest and highest half per cent, of all colours together, is spread over the range, and that is said.
 */
export async function stretchOf(tiff: OpenTiff, image: TiffImage, context: ReadContext): Promise<Stretch> {
  const bins = new Uint32Array(65536);
  const noData = noDataOf(image);
  const colours = Math.min(3, image.bands);
  const blocks = image.across * image.down;
  let count = 0;
  for (let k = 0; k < Math.min(LOOKED, blocks); k++) {
    const at = Math.floor(((k + 0.5) * blocks) / Math.min(LOOKED, blocks));
    const block = await readBlock(tiff, image, { column: at % image.across, row: Math.floor(at / image.across) }).catch(() => undefined);
    context.signal?.throwIfAborted();
    if (!block) continue;
    for (let i = 0; i < block.samples.length; i += block.bands)
      for (let band = 0; band < Math.min(colours, block.bands); band++) {
        const value = block.samples[i + band];
        if (value === noData || !(value >= 0 && value < 65536)) continue;
        bins[value]++;
        count++;
      }
  }
  const [low, high] = [quantile(bins, count * CUT), quantile(bins, count * (1 - CUT))];
  if (count === 0 || high > 32767 || high <= low) return (value) => value / 257;
  context.issues.push({ code: 'stretched', severity: 'info', message: `${tiff.source.name}: its colours use ${low} to ${high} of 65,535 and were spread over the whole range.`, path: tiff.source.name });
  return (value) => Math.min(255, Math.max(0, ((value - low) * 255) / (high - low)));
}

function quantile(bins: Uint32Array, wanted: number): number {
  let sum = 0;
  for (let value = 0; value < bins.length; value++) {
    sum += bins[value];
    if (sum > wanted) return value;
  }
  return bins.length - 1;
}
