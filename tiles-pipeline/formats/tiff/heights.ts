import type { ReadContext } from '../format.ts';
import { heightOf, MAX_SIDE, type Refusal } from '../height-grid.ts';
import type { PlacedGrid } from '../regrid-raster.ts';
import { readBlock, type OpenTiff } from './blocks.ts';
import type { TiffImage } from './directories.ts';
import { TiffFault } from './fault.ts';
import type { Affine } from './georeference.ts';

/** How stored numbers become metres. */
export interface Scale {
  readonly factor: number;
  readonly shift: number;
  readonly noData: number | undefined;
}

/** The number that stands for no data. @source GDAL, GeoTIFF driver: tag 42113 */
export function noDataOf({ tags }: TiffImage): number | undefined {
  const text = tags.text(42113)?.trim();
  return text === undefined || text === '' ? undefined : Number(text);
}

/** A value of GDAL's own XML (tag 42112), by its role: scale, offset, unittype. */
export function gdalItem({ tags }: TiffImage, role: string): string | undefined {
  const xml = tags.text(42112);
  if (!xml || xml.length > 1_000_000) return undefined;
  return [...xml.matchAll(/<Item\s([^>]{0,400})>([^<]{0,200})<\/Item>/gu)].find(([, attributes]) => attributes.includes(`role="${role}"`) && !/sample="[1-9]/u.test(attributes))?.[2];
}

/** The image that is read: the first, or its largest smaller version that fits. @returns why none can be */
export function readableImage(images: readonly TiffImage[], aspect: TiffImage): TiffImage | Refusal {
  const fits = ({ width, height }: TiffImage): boolean => width <= MAX_SIDE && height <= MAX_SIDE;
  if (fits(aspect)) return aspect;
  const smaller = images.filter((image) => (image.subfile & 5) === 1 && image.bands === aspect.bands && fits(image)).toSorted((a, b) => b.width - a.width)[0];
  return smaller ?? ['too-large', `it is ${aspect.width} × ${aspect.height} samples, more than ${MAX_SIDE} on a side; cut it or resample it first.`];
}

/** Heights of the first band with their places in the file's own system; blocks that are broken have none, and are said. */
export async function readHeights(tiff: OpenTiff, image: TiffImage, { affine: [stepX, , left, , stepY, top], scale, context }: { affine: Affine; scale: Scale; context: ReadContext }): Promise<PlacedGrid> {
  const { width, height, blockWidth, blockHeight, across, down } = image;
  const samples = new Float32Array(width * height).fill(Number.NaN);
  const float = image.sampleFormat === 3 && image.bits === 32;
  // A float32 file writes its no-data in more digits than it stores.
  const noData = float && scale.noData !== undefined ? Math.fround(scale.noData) : scale.noData;
  let [broken, lacking, first] = [0, 0, undefined as Error | undefined];
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      context.signal?.throwIfAborted();
      const block = await readBlock(tiff, image, { column, row }).catch((cause: unknown) => {
        if (cause instanceof TiffFault && cause.code === 'packing') throw cause;
        context.signal?.throwIfAborted();
        broken++;
        first ??= cause as Error;
        return undefined;
      });
      if (!block) continue;
      const [x0, y0] = [column * blockWidth, row * blockHeight];
      const columns = Math.min(blockWidth, width - x0);
      const wanted = Math.min(blockHeight, height - y0);
      const rows = Math.min(block.rows, wanted);
      lacking += (wanted - rows) * columns;
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) samples[(y0 + y) * width + x0 + x] = heightOf(block.samples[(y * blockWidth + x) * block.bands], noData, scale.factor, scale.shift);
    }
  if (broken === across * down && first) throw first;
  if (lacking > samples.length / 2) throw new TiffFault('cut-short', `it ends before its samples do: ${lacking.toLocaleString('en')} of ${samples.length.toLocaleString('en')} are not there`);
  if (lacking > 0) context.issues.push({ code: 'cut-short', severity: 'error', message: `${tiff.source.name}: it ends before its samples do; ${lacking.toLocaleString('en')} of ${samples.length.toLocaleString('en')} are not there and have no height. Copy the file again.`, path: tiff.source.name, count: lacking });
  if (first) context.issues.push({ code: 'broken-blocks', severity: 'error', message: `${tiff.source.name}: ${broken} of its ${across * down} blocks cannot be read (${first.message}); there are no heights there. Copy the file again.`, path: tiff.source.name, count: broken });
  const [west, north] = [left + stepX / 2, top + stepY / 2];
  return { west, north, east: west + (width - 1) * stepX, south: north + (height - 1) * stepY, width, height, samples };
}
