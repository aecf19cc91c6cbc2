import { createHash } from 'node:crypto';
import { drawPage, resized, type Cut, type Print } from './draw-page.ts';
import { pictureSize } from './image-size.ts';
import { BARE, type ContentMesh, type SolidMesh } from './mesh.ts';
import { around, holds, mergeCuts, neededBy, type Needed } from './picture-cuts.ts';
import { PictureFault, type EncodedPicture, type Pictures } from './pictures.ts';
import { packPages, type PageSize, type Placed } from './skyline.ts';

/** Pictures on a content's triangles, before they are packed. */
export interface ContentTexture {
  /** [2 × vertices] glTF's way round: (0, 0) is the upper left corner; beyond 0…1 the picture repeats. */
  readonly uv: Float32Array;
  /** [triangles] index into `images` + 1; 0 = none. */
  readonly image: Uint16Array;
  /** Whole PNG, JPEG or WebP files. */
  readonly images: readonly Uint8Array[];
  /** The mesh's colours tint the pictures; otherwise triangles with a picture are white. */
  readonly tinted?: boolean;
}

export interface AtlasOptions {
  /** Pixels for each of the picture's own: 1 for a leaf, ½ or ¼ for a tile above. Default 1. */
  readonly scale?: number;
  /** Largest side of a page. Default 2,048. */
  readonly most?: number;
  /** Pixels of all pages together; beyond, everything is drawn smaller. Default 2 × 2,048². */
  readonly pixels?: number;
  /** A picture that cannot be used; its triangles keep their colours. */
  fault?(image: number, fault: PictureFault): void;
}

/** Indices that are drawn with one picture. */
export interface TextureGroup {
  /** undefined: colours only. */
  readonly picture?: EncodedPicture;
  /** The picture repeats beyond 0…1. */
  readonly repeat: boolean;
  readonly indices: number;
}

export interface TexturedMesh extends SolidMesh {
  /** [2 × vertices] */
  readonly uv: Float32Array;
  /** In the order of the indices: what has no picture first. */
  readonly groups: readonly TextureGroup[];
  /** Pixels drawn for each asked for: less than 1 where a picture or all of them were too many. */
  readonly drawn: number;
}

/** Pixels around each cut that go on as the picture does: enough for three mipmaps. */
const BLEED = 4;

/**
 * Packs the parts of pictures that a content's triangles use onto pages. Pictures that repeat stay alone; a single picture used for the most
 * part stays as it is. Vertices that two pictures share are doubled. Same input, same bytes.
 */
export async function withTexture(mesh: SolidMesh, texture: ContentTexture, pictures: Pictures, options: AtlasOptions = {}): Promise<TexturedMesh> {
  const sizes = await usable(texture, pictures, options);
  const targets = targetsOf(mesh, texture, sizes);
  const { most = 2048, pixels = 2 * 2048 * 2048, scale = 1 } = options;
  const area = targets.all.reduce((sum, { cut }) => sum + (cut.width * scale + 2 * BLEED) * (cut.height * scale + 2 * BLEED), 0);
  const fitted = Math.min(scale, scale * Math.sqrt(Math.min(1, pixels / Math.max(1, area))));
  const layout = await layOut(targets.all, texture, pictures, { most, scale: fitted });
  return { ...remesh(mesh, texture, targets, layout), drawn: layout.least / scale };
}

interface Target {
  readonly image: number;
  readonly cut: Cut;
  readonly size: PageSize;
  /** The whole picture, on its own. */
  readonly repeat: boolean;
}

interface Targets {
  readonly all: readonly Target[];
  /** [triangles] index into `all`; −1 = no picture. */
  readonly ofTriangle: Int32Array;
  /** [2 × triangles] whole pictures to take off the coordinates. */
  readonly shift: Int32Array;
}

/** Sizes of the pictures that can be decoded; undefined for the others, which are told of. */
async function usable({ images, image }: ContentTexture, pictures: Pictures, options: AtlasOptions): Promise<(PageSize | undefined)[]> {
  const used = new Set(image);
  const sizes: (PageSize | undefined)[] = [];
  for (const [k, file] of images.entries()) {
    if (!used.has(k + 1)) sizes.push(undefined);
    else
      try {
        await pictures.decode(file);
        sizes.push(pictureSize(file));
      } catch (cause) {
        if (!(cause instanceof PictureFault)) throw cause;
        options.fault?.(k, cause);
        sizes.push(undefined);
      }
  }
  return sizes;
}

function targetsOf(mesh: ContentMesh, { uv, image }: ContentTexture, sizes: readonly (PageSize | undefined)[]): Targets {
  const triangles = mesh.indices.length / 3;
  const needs: (Needed | undefined)[] = [];
  const repeats = new Set<number>();
  for (let t = 0; t < triangles; t++) {
    const k = image[t] - 1;
    const size = k < 0 ? undefined : sizes[k];
    if (!size) continue;
    const corners = [0, 1, 2].map((c) => mesh.indices[t * 3 + c] * 2);
    const need = neededBy(t, k, corners.flatMap((c) => [uv[c], uv[c + 1]]), size);
    if (need) needs[t] = need;
    else repeats.add(k);
  }
  const all: Target[] = [];
  const ofTriangle = new Int32Array(triangles).fill(-1);
  const shift = new Int32Array(triangles * 2);
  for (const [k, size] of sizes.entries()) {
    if (!size) continue;
    const first = all.length;
    const own = needs.filter((need) => need?.image === k) as Needed[];
    const whole = { x: 0, y: 0, width: size.width, height: size.height };
    const cuts = repeats.has(k) ? [whole] : mergeCuts(byRow(mesh, own), size);
    all.push(...cuts.map((cut) => ({ image: k, cut, size, repeat: repeats.has(k) })));
    if (repeats.has(k)) for (let t = 0; t < triangles; t++) ofTriangle[t] = image[t] - 1 === k ? first : ofTriangle[t];
    else
      for (const { triangle, cut, shift: [u, v] } of own) {
        ofTriangle[triangle] = first + cuts.findIndex((each) => holds(each, cut));
        shift.set([u, v], triangle * 2);
      }
  }
  return { all, ofTriangle, shift };
}

/** What each feature needs of one picture. */
function byRow(mesh: ContentMesh, needs: readonly Needed[]): Iterable<Cut> {
  const cuts = new Map<number, Cut>();
  for (const { triangle, cut } of needs) {
    const row = mesh.rows[mesh.indices[triangle * 3]];
    const known = cuts.get(row);
    cuts.set(row, known ? around(known, cut) : cut);
  }
  return cuts.values();
}

interface Layout {
  /** What is drawn with, in the order of the groups. */
  readonly pages: readonly { picture: EncodedPicture; repeat: boolean }[];
  /** [targets] page, and how coordinates of the whole picture go to it: u × scale + offset. */
  readonly ofTarget: readonly { page: number; scale: readonly [number, number]; offset: readonly [number, number] }[];
  readonly least: number;
}

async function layOut(targets: readonly Target[], { images }: ContentTexture, pictures: Pictures, { most, scale }: { most: number; scale: number }): Promise<Layout> {
  const alone = (target: Target): boolean => target.repeat || (targets.length === 1 && target.cut.width === target.size.width && target.cut.height === target.size.height);
  const packed = targets.filter((target) => !alone(target));
  let least = scale;
  const scaled = ({ width, height }: PageSize, border: number): PageSize => {
    const fit = Math.min(scale, (most - 2 * border) / width, (most - 2 * border) / height);
    least = Math.min(least, fit);
    return { width: Math.max(1, Math.round(width * fit)), height: Math.max(1, Math.round(height * fit)) };
  };
  const prints = packed.map((target) => scaled(target.cut, BLEED));
  const { places, pages: sizes } = packPages(prints.map(({ width, height }) => ({ width: width + 2 * BLEED, height: height + 2 * BLEED })), most);
  const pages: { picture: EncodedPicture; repeat: boolean }[] = [];
  for (const [page, size] of sizes.entries()) {
    const on = packed.flatMap((target, k) => (places[k].page === page ? [{ target, to: printed(places[k], prints[k]) }] : []));
    const name = createHash('sha256').update(JSON.stringify([pictures.format, size, on.map(({ target, to }) => [pictures.nameOf(images[target.image]), target.cut, to])])).digest('base64url');
    const draw = async (): Promise<Print[]> => Promise.all(on.map(async ({ target, to }) => ({ from: await pictures.decode(images[target.image]), cut: target.cut, to, bleed: BLEED })));
    pages.push({ picture: await pictures.encode(name, async () => drawPage(size.width, size.height, await draw())), repeat: false });
  }
  const ofTarget: Layout['ofTarget'][number][] = [];
  let next = 0;
  for (const target of targets) {
    if (alone(target)) {
      ofTarget.push({ page: pages.length, scale: [1, 1], offset: [0, 0] });
      pages.push({ picture: await single(images[target.image], scaled(target.size, 0), pictures), repeat: target.repeat });
    } else {
      const { page } = places[next];
      const to = printed(places[next], prints[next]);
      next++;
      ofTarget.push({ page, ...wayTo(target, to, sizes[page]) });
    }
  }
  return { pages, ofTarget, least };
}

function printed({ x, y }: Placed, { width, height }: PageSize): Cut {
  return { x: x + BLEED, y: y + BLEED, width, height };
}

function wayTo({ cut, size }: Target, to: Cut, page: PageSize): { scale: [number, number]; offset: [number, number] } {
  const along = (whole: number, start: number, length: number, at: number, drawn: number, pixels: number): [number, number] => [((whole / length) * drawn) / pixels, (at - (start / length) * drawn) / pixels];
  const [su, ou] = along(size.width, cut.x, cut.width, to.x, to.width, page.width);
  const [sv, ov] = along(size.height, cut.y, cut.height, to.y, to.height, page.height);
  return { scale: [su, sv], offset: [ou, ov] };
}

/** A picture on its own: as it is, or at another size. */
async function single(file: Uint8Array, { width, height }: PageSize, pictures: Pictures): Promise<EncodedPicture> {
  const size = pictureSize(file)!;
  const same = size.width === width && size.height === height;
  const kept = same ? await pictures.asIs(file, Math.max(width, height)) : undefined;
  if (kept) return kept;
  // Block compression wants sides in steps of four.
  const fours = (side: number): number => (pictures.format === 'ktx2' ? Math.max(4, (side + 2) & ~3) : side);
  const [w, h] = [fours(width), fours(height)];
  return pictures.encode(`${pictures.format} ${pictures.nameOf(file)} ${w} ${h}`, async () => resized(await pictures.decode(file), w, h));
}

function remesh(mesh: SolidMesh, { uv, tinted = false }: ContentTexture, { ofTriangle, shift }: Targets, { pages, ofTarget }: Layout): Omit<TexturedMesh, 'drawn'> {
  const vertices = new Vertices(mesh);
  const counts = new Uint32Array(pages.length + 1);
  const pageOf = Int32Array.from(ofTriangle, (target) => (target < 0 ? 0 : ofTarget[target].page + 1));
  for (const page of pageOf) counts[page] += 3;
  const next = Uint32Array.from(counts, (_, page) => counts.subarray(0, page).reduce((sum, count) => sum + count, 0));
  const indices = new Uint32Array(mesh.indices.length);
  for (let t = 0; t < ofTriangle.length; t++)
    for (let c = 0; c < 3; c++) {
      const vertex = mesh.indices[t * 3 + c];
      const at = next[pageOf[t]]++;
      if (ofTriangle[t] < 0) indices[at] = vertices.as(vertex, 0, 0, 0);
      else {
        const { scale, offset } = ofTarget[ofTriangle[t]];
        const [u, v] = [uv[vertex * 2] - shift[t * 2], uv[vertex * 2 + 1] - shift[t * 2 + 1]];
        indices[at] = vertices.as(vertex, pageOf[t], u * scale[0] + offset[0], v * scale[1] + offset[1]);
      }
    }
  const groups = [...counts].flatMap((count, page): TextureGroup[] => (count === 0 ? [] : [{ ...(page > 0 ? pages[page - 1] : { repeat: false }), indices: count }]));
  return { ...vertices.done(tinted), indices, groups };
}

/** Vertices of a mesh as its triangles want them: one more wherever two want another page or place on it. */
class Vertices {
  readonly #source: number[] = [];
  readonly #page: number[] = [];
  readonly #uv: number[] = [];
  /** The last vertex made of each source vertex, and the one made of it before. */
  readonly #last: Int32Array;
  readonly #before: number[] = [];

  constructor(private readonly mesh: SolidMesh) {
    this.#last = new Int32Array(mesh.rows.length).fill(-1);
  }

  as(source: number, page: number, u: number, v: number): number {
    const [fu, fv] = [Math.fround(u), Math.fround(v)];
    for (let made = this.#last[source]; made >= 0; made = this.#before[made]) if (this.#page[made] === page && this.#uv[made * 2] === fu && this.#uv[made * 2 + 1] === fv) return made;
    const made = this.#source.length;
    this.#source.push(source);
    this.#page.push(page);
    this.#uv.push(fu, fv);
    this.#before.push(this.#last[source]);
    this.#last[source] = made;
    return made;
  }

  done(tinted: boolean): Omit<TexturedMesh, 'indices' | 'groups' | 'drawn'> {
    const { mesh } = this;
    const from = this.#source;
    const count = from.length;
    const out = { positions: new Float64Array(count * 3), colours: new Uint8Array(count * 4), rows: new Uint16Array(count), numbers: new Uint32Array(count) };
    for (let i = 0; i < count; i++) {
      const s = from[i];
      for (let k = 0; k < 3; k++) out.positions[i * 3 + k] = mesh.positions[s * 3 + k];
      for (let k = 0; k < 4; k++) out.colours[i * 4 + k] = this.#page[i] > 0 && !tinted ? (k < 3 ? 255 : BARE) : mesh.colours[s * 4 + k];
      out.rows[i] = mesh.rows[s];
      out.numbers[i] = mesh.numbers[s];
    }
    const of = mesh.surfaces && Uint8Array.from(from, (s) => mesh.surfaces!.of[s]);
    return { ...out, uv: Float32Array.from(this.#uv), ...(of && { surfaces: { of, words: mesh.surfaces!.words } }) };
  }
}
