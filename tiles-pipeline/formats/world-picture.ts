import type { Format, ImageryTable, Picture, PixelWindow, ReadContext, Source } from './format.ts';
import { baseName, saidSystem, systemOfBox } from './height-grid.ts';
import { jpegSize, pictureCodecs, pngSize, type Pixels } from './picture-codecs.ts';
import { worldFile } from './tiff/georeference.ts';
import { placeOf } from './tiff/place-picture.ts';

/** Pixels of a picture that has to be unpacked whole: 160 MB. */
const MOST_PIXELS = 40_000_000;
/** Where the size of a JPEG stands at the latest: behind its thumbnails and profiles. */
const HEADER = 2 ** 20;

/** PNG and JPEG pictures whose place a world file beside them tells (`.pgw`, `.jgw`, `.wld`), their system a `.prj` or `--crs`. */
export const worldPicture = {
  id: 'picture',
  title: 'picture with a world file (PNG or JPEG)',
  extensions: ['png', 'jpg', 'jpeg'],
  sniff: (head) => isPng(head) || (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff),
  read,
} as const satisfies Format;

function isPng(head: Uint8Array): boolean {
  return head[0] === 0x89 && head[1] === 0x50 && head[2] === 0x4e && head[3] === 0x47;
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<ImageryTable> {
  context.signal?.throwIfAborted();
  const refuse = (code: string, what: string): void => void context.issues.push({ code, severity: 'error', message: `${source.name}: ${what}`, path: source.name });
  const png = isPng(source.head);
  const size = png ? pngSize(source.head) : jpegSize(await source.slice(0, HEADER));
  if (!size || size.width < 1 || size.height < 1) return refuse('broken-picture', 'it is a picture that is broken: its size cannot be read. Export it again.');
  const endings = png ? ['.pgw', '.pngw', '.wld'] : ['.jgw', '.jpgw', '.jpegw', '.wld'];
  const affine = await worldFile(source, endings);
  if (!affine) return refuse('no-place', `it is a picture of ${size.width} × ${size.height} pixels, and where it lies is not said: no world file (${endings.join(', ')}) of six numbers lies beside it. Put one there, or give a GeoTIFF.`);
  if (size.width * size.height > MOST_PIXELS) return refuse('too-large', `it has ${size.width} × ${size.height} pixels, more than the ${MOST_PIXELS / 1e6} million that a PNG or JPEG may have here. Write it in tiles: gdal_translate -co TILED=YES -co COMPRESS=JPEG in.png out.tif`);
  const [a, b, c, d, e, f] = affine;
  const [xs, ys] = [[c, c + a * size.width + b * size.height], [f, f + d * size.width + e * size.height]];
  const system = systemOfBox({ west: Math.min(...xs), east: Math.max(...xs), south: Math.min(...ys), north: Math.max(...ys) }, await saidSystem(source, context), context);
  if (typeof system !== 'string') return refuse(...system);
  const place = placeOf(size, affine, system, context);
  if ('refusal' in place) return refuse(...place.refusal);
  const pixels = new WholePicture(source, context, { ...size, png });
  const picture: Picture = { name: baseName(source.name), ...size, bands: png ? 4 : 3, bits: 8, ...place, read: (window) => pixels.read(window) };
  yield { kind: 'imagery', picture };
}

/** A picture unpacked at its first use and kept. */
class WholePicture {
  #pixels: Promise<Pixels | null> | undefined;

  constructor(private readonly source: Source, private readonly context: ReadContext, private readonly size: { width: number; height: number; png: boolean }) {}

  async read({ left, top, width, height }: PixelWindow): Promise<Uint8Array> {
    const out = new Uint8Array(width * height * 4);
    const pixels = await (this.#pixels ??= this.#unpack());
    if (!pixels) return out;
    for (let y = 0; y < height; y++) {
      const start = ((top + y) * pixels.width + left) * 4;
      out.set(pixels.data.subarray(start, start + width * 4), y * width * 4);
    }
    return out;
  }

  async #unpack(): Promise<Pixels | null> {
    const { source, context, size } = this;
    try {
      const codecs = pictureCodecs();
      const bytes = await source.bytes();
      const pixels = size.png ? await codecs.png(bytes, size) : await codecs.jpeg(bytes, size);
      if (pixels.width !== size.width || pixels.height !== size.height) throw new Error(`it is ${pixels.width} × ${pixels.height} and not ${size.width} × ${size.height}`);
      return pixels;
    } catch (cause) {
      context.signal?.throwIfAborted();
      context.issues.push({ code: 'broken-picture', severity: 'error', message: `${source.name}: the picture cannot be unpacked (${cause instanceof Error ? cause.message : String(cause)}); it is left out. Export it again.`, path: source.name });
      return null;
    }
  }
}
