import { pictureCodecs } from '../formats/picture-codecs.ts';
import type { ImageryTable, Picture } from '../formats/format.ts';
import { levelOf, writeImagery, type ImageryFigures } from '../sinks/imagery.ts';
import type { CityDraft, Part } from './part.ts';

/** Levels within which pictures become one pyramid: a coarse one is painted finer than it is, four times as many tiles a level. */
const ALIKE = 2;

/** Pictures of the ground, which become pyramids of tiles. */
export class ImageryPart implements Part<'imagery'> {
  readonly kind = 'imagery';
  readonly #pictures: Picture[] = [];

  get empty(): boolean {
    return this.#pictures.length === 0;
  }

  take({ picture }: ImageryTable): void {
    this.#pictures.push(picture);
  }

  bounds(): [number, number, number, number] | null {
    const boxes = this.#pictures.map(({ bounds }) => bounds);
    if (boxes.length === 0) return null;
    return [0, 1, 2, 3].map((side) => boxes.map((box) => box[side]).reduce((a, b) => (side < 2 ? Math.min(a, b) : Math.max(a, b)))) as [number, number, number, number];
  }

  async write(city: CityDraft): Promise<void> {
    const { encodeWebp } = pictureCodecs();
    const written: ImageryFigures[] = [];
    const groups = alike(this.#pictures);
    for (const [k, pictures] of groups.entries()) {
      const folder = k === 0 ? 'imagery' : `imagery-${k + 1}`;
      const figures = await writeImagery(pictures, folder, { write: city.write, encode: encodeWebp, progress: (share) => city.progress((k + share) / groups.length), signal: city.signal });
      if (!figures) continue;
      written.push(figures);
      const credit = [...new Set(pictures.map(({ copyright }) => copyright).filter((text) => text !== undefined))].join('; ');
      (city.catalogue.layers.imagery ??= []).push({ url: `${folder}/{z}/{x}/{y}.webp`, minzoom: figures.minzoom, maxzoom: figures.maxzoom, bounds: figures.bounds, tileSize: 256, ...(credit && { credit }) });
    }
    if (written.length === 0) {
      city.account.issues.push({ code: 'empty-imagery', severity: 'error', message: 'The pictures hold nothing that can be shown; they were left out.' });
      return;
    }
    city.report.imagery = { tiles: sum(written, 'tiles'), bytes: sum(written, 'bytes'), pyramids: written.length };
    const box = this.bounds();
    if (box && !city.catalogue.bounds.every(Number.isFinite)) {
      city.catalogue.bounds = box;
      city.catalogue.center = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    }
  }
}

function sum(figures: readonly ImageryFigures[], what: 'tiles' | 'bytes'): number {
  return figures.reduce((total, each) => total + each[what], 0);
}

/** Pictures of about the same fineness together, in their order; the coarsest group first: it is drawn below the others. */
function alike(pictures: readonly Picture[]): Picture[][] {
  const groups: { deepest: number; pictures: Picture[] }[] = [];
  for (const picture of pictures.toSorted((a, b) => levelOf(b) - levelOf(a))) {
    const level = levelOf(picture);
    const group = groups.at(-1);
    if (group && group.deepest - level <= ALIKE) group.pictures.push(picture);
    else groups.push({ deepest: level, pictures: [picture] });
  }
  return groups.toReversed().map((group) => group.pictures.toSorted((a, b) => pictures.indexOf(a) - pictures.indexOf(b)));
}
