import { beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../testing/seeded-city.ts';
import { withTexture, type AtlasOptions, type ContentTexture, type TexturedMesh } from './atlas.ts';
import { Codecs, type Pixels } from './codecs.ts';
import { BARE, type ContentMesh } from './mesh.ts';
import { PictureFault, Pictures, type EncodedPicture } from './pictures.ts';
import { pictureSize } from './image-size.ts';
import { packPages } from './skyline.ts';

/** Keeps the pixels of what is encoded: looking at them needs no tolerance for JPEG. */
class Watched extends Pictures {
  readonly drawn = new Map<EncodedPicture, Pixels>();
  asked = 0;

  override async encode(name: string, make: () => Promise<Pixels>): Promise<EncodedPicture> {
    let pixels: Pixels | undefined;
    const picture = await super.encode(name, async () => {
      this.asked++;
      pixels = await make();
      return pixels;
    });
    if (pixels) this.drawn.set(picture, pixels);
    return picture;
  }
}

const codecs = new Codecs();
let files: Uint8Array[];

/** Noise: every pixel is told from its neighbours. */
function noise(width: number, height: number, seed: number): Pixels {
  const random = seeded(seed);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : Math.floor(random() * 256);
  return { width, height, data };
}

async function png(pixels: Pixels): Promise<Uint8Array> {
  const codec = await import('@jsquash/png/codec/pkg/squoosh_png.js');
  // Asked for once, it is there.
  await codecs.decode('png', Uint8Array.of(0)).catch(() => {});
  return codec.encode(new Uint8Array(pixels.data), pixels.width, pixels.height, 8);
}

beforeAll(async () => {
  files = [await png(noise(64, 48, 1)), await png(noise(100, 30, 2)), await png(noise(33, 77, 3)), await png(noise(256, 256, 4))];
});

/** Triangles that share no vertex, one feature each. */
function soup(uv: readonly number[]): { mesh: ContentMesh; uv: Float32Array } {
  const vertices = uv.length / 2;
  const mesh = {
    positions: Float64Array.from({ length: vertices * 3 }, (_, i) => i % 7), colours: new Uint8Array(vertices * 4).fill(90), rows: Uint16Array.from({ length: vertices }, (_, v) => Math.floor(v / 3)),
    numbers: Uint32Array.from({ length: vertices }, (_, v) => Math.floor(v / 3)), indices: Uint32Array.from({ length: vertices }, (_, v) => v),
  };
  return { mesh, uv: Float32Array.from(uv) };
}

async function packed(uv: readonly number[], image: readonly number[], options: AtlasOptions & Partial<ContentTexture> = {}): Promise<{ out: TexturedMesh; pictures: Watched }> {
  const pictures = new Watched();
  const made = soup(uv);
  return { out: await withTexture(made.mesh, { uv: made.uv, image: Uint16Array.from(image), images: options.images ?? files, tinted: options.tinted }, pictures, options), pictures };
}

/** The texel at a place of a picture, by its coordinates. */
function texel({ width, height, data }: Pixels, u: number, v: number): number[] {
  const [x, y] = [Math.min(width - 1, Math.floor(u * width)), Math.min(height - 1, Math.floor(v * height))];
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

/** Triangles of the result with the picture each is drawn with. */
function* drawnTriangles(out: TexturedMesh): Generator<{ group: TexturedMesh['groups'][number]; corners: number[]; uv: number[][] }> {
  let at = 0;
  for (const group of out.groups) {
    for (const end = at + group.indices; at < end; at += 3) {
      const corners = [...out.indices.subarray(at, at + 3)];
      yield { group, corners, uv: corners.map((c) => [out.uv[c * 2], out.uv[c * 2 + 1]]) };
    }
  }
}

const inside = (uv: number[][], weights: readonly number[]): [number, number] => [0, 1].map((axis) => uv.reduce((sum, corner, k) => sum + corner[axis] * weights[k], 0)) as [number, number];

describe('pictures of a content', () => {
  test('show the same texels after packing, wherever a triangle looks', async () => {
    const random = seeded(11);
    const [uv, image]: [number[], number[]] = [[], []];
    for (let t = 0; t < 60; t++) {
      const [u, v] = [Math.floor(random() * 3) - 1, Math.floor(random() * 3) - 1];
      for (let c = 0; c < 3; c++) uv.push(u + random() * 0.3 + (t % 4) * 0.2, v + random() * 0.4 + (t % 3) * 0.25);
      image.push((t % 4) + 1);
    }
    const { out, pictures } = await packed(uv, image);
    const sources = await Promise.all(files.map((file) => pictures.decode(file)));
    let looked = 0;
    for (const { group, corners, uv: placed } of drawnTriangles(out)) {
      const t = out.rows[corners[0]];
      const own = [0, 1, 2].map((c) => [uv[t * 6 + c * 2], uv[t * 6 + c * 2 + 1]]);
      for (const weights of [[0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [1 / 3, 1 / 3, 1 / 3]]) {
        const [u, v] = inside(own, weights);
        expect(texel(pictures.drawn.get(group.picture!)!, ...inside(placed, weights))).toEqual(texel(sources[image[t] - 1], u - Math.floor(u), v - Math.floor(v)));
        looked++;
      }
    }
    expect(looked).toBe(180);
    expect(out.drawn).toBe(1);
  });

  test('go on beyond their cut, so that no mipmap bleeds', async () => {
    const { out, pictures } = await packed([0.25, 0.25, 0.5, 0.25, 0.5, 0.5], [4]);
    const [{ group, uv }] = drawnTriangles(out);
    const page = pictures.drawn.get(group.picture!)!;
    const source = await pictures.decode(files[3]);
    expect([page.width, page.height]).toEqual([72, 72]);
    for (const [du, dv] of [[-3, 0], [0, -3], [3, 3]]) expect(texel(page, uv[0][0] + (du + 0.5) / 72, uv[0][1] + (dv + 0.5) / 72)).toEqual(texel(source, 0.25 + (du + 0.5) / 256, 0.25 + (dv + 0.5) / 256));
  });

  test('that repeat stay alone and keep their coordinates', async () => {
    const { out } = await packed([0, 0, 4, 0, 4, 2, 0, 0, 1, 0, 1, 1], [2, 1]);
    const repeated = out.groups.find(({ repeat }) => repeat)!;
    expect([repeated.picture!.width, repeated.picture!.height]).toEqual([100, 30]);
    expect(out.groups.length).toBe(2);
    expect([...drawnTriangles(out)].find(({ group }) => group === repeated)!.uv).toEqual([[0, 0], [4, 0], [4, 2]]);
  });

  test('of which only a corner is used cost only that corner', async () => {
    const { out } = await packed([0, 0, 0.1, 0, 0.1, 0.1, 0.02, 0.02, 0.1, 0, 0.1, 0.1], [4, 4]);
    expect(out.groups[0].picture!.width * out.groups[0].picture!.height).toBeLessThan(40 * 40);
  });

  test('double a vertex that two of them share, and one that has a picture on one side only', async () => {
    const { mesh } = soup([0, 0, 1, 0, 1, 1, 0, 1]);
    const quad = { ...mesh, indices: Uint32Array.of(0, 1, 2, 0, 2, 3) };
    const uv = Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1);
    const two = await withTexture(quad, { uv, image: Uint16Array.of(1, 2), images: files }, new Pictures());
    expect(two.rows.length).toBe(6);
    const one = await withTexture(quad, { uv, image: Uint16Array.of(1, 0), images: files }, new Pictures());
    expect(one.rows.length).toBe(6);
    expect(one.groups.map(({ picture, indices }) => [picture === undefined, indices])).toEqual([[true, 3], [false, 3]]);
    expect([...one.colours.subarray(one.indices[0] * 4, one.indices[0] * 4 + 4)]).toEqual([90, 90, 90, 90]);
    expect([...one.colours.subarray(one.indices[3] * 4, one.indices[3] * 4 + 4)]).toEqual([255, 255, 255, BARE]);
    const same = await withTexture(quad, { uv, image: Uint16Array.of(1, 1), images: files, tinted: true }, new Pictures());
    expect(same.rows.length).toBe(4);
    expect(same.colours.every((value) => value === 90)).toBe(true);
  });

  test('are drawn smaller for tiles above, and where all together would be too many pixels', async () => {
    const whole = [0, 0, 1, 0, 1, 1];
    const [full, half, budget] = [await packed(whole, [4]), await packed(whole, [4], { scale: 0.5 }), await packed([...whole, ...whole], [4, 3], { pixels: 20_000 })];
    expect([full.out.groups[0].picture!.width, half.out.groups[0].picture!.width]).toEqual([256, 128]);
    expect(budget.out.groups.reduce((sum, { picture }) => sum + picture!.width * picture!.height, 0)).toBeLessThan(26_000);
    expect(budget.out.drawn).toBeLessThan(0.7);
  });

  test('larger than a page are drawn to fit', async () => {
    const { out } = await packed([0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1], [4, 1], { most: 128 });
    for (const { picture } of out.groups) expect(Math.max(picture!.width, picture!.height)).toBeLessThanOrEqual(128);
  });

  test('give the same bytes each time, and are encoded once', async () => {
    const pictures = new Watched();
    const { mesh, uv } = soup([0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1]);
    const texture = { uv, image: Uint16Array.of(1, 2), images: files };
    const [first, second] = [await withTexture(mesh, texture, pictures), await withTexture(mesh, texture, pictures)];
    const fresh = await withTexture(mesh, { ...texture, images: files.map((file) => Uint8Array.from(file)) }, new Pictures());
    expect(pictures.asked).toBe(1);
    expect(second.groups[0].picture).toBe(first.groups[0].picture);
    expect(Buffer.from(fresh.groups[0].picture!.bytes).equals(Buffer.from(first.groups[0].picture!.bytes))).toBe(true);
  });

  test('that cannot be used are told of, and their triangles keep their colours', async () => {
    const huge = Uint8Array.from(files[0]);
    new DataView(huge.buffer).setUint32(16, 65_535);
    new DataView(huge.buffer).setUint32(20, 65_535);
    const jpeg = await codecs.encode('jpeg', noise(20, 20, 9));
    const cut = files[1].subarray(0, 200);
    const images = [huge, cut, new TextEncoder().encode('GIF89a, or so it says'), jpeg.subarray(0, 4), files[0]];
    const told: string[] = [];
    const { out } = await packed(Array.from({ length: 30 }, (_, i) => (i % 6 === 2 ? 1 : i % 2)), [1, 2, 3, 4, 5], { images, fault: (image, fault) => told.push(`${image} ${fault.code}`) });
    expect(told).toEqual(['0 picture-too-large', '1 picture-broken', '2 picture-unknown', '3 picture-unknown']);
    expect(out.groups.map(({ picture, indices }) => [picture !== undefined, indices])).toEqual([[false, 12], [true, 3]]);
  });
});

describe('a picture file', () => {
  test('says its size before it is decoded: PNG, JPEG, WebP', async () => {
    const pixels = noise(21, 34, 5);
    const made = [files[2], await codecs.encode('jpeg', pixels), await codecs.encode('webp', pixels), await codecs.encode('webp', { ...pixels, data: pixels.data.map((value, i) => (i % 4 === 3 ? 128 : value)) })];
    expect(made.map(pictureSize)).toEqual([{ kind: 'png', width: 33, height: 77 }, { kind: 'jpeg', width: 21, height: 34 }, { kind: 'webp', width: 21, height: 34 }, { kind: 'webp', width: 21, height: 34 }]);
  });

  test('that is see-through becomes WebP, an opaque one JPEG, and either KTX2 where that was asked for', async () => {
    const clear = { ...noise(16, 16, 6), data: noise(16, 16, 6).data.map((value, i) => (i % 4 === 3 ? 0 : value)) };
    const kind = async (pictures: Pictures, pixels: Pixels): Promise<string> => (await pictures.encode('x', async () => pixels)).mimeType;
    expect(await kind(new Pictures(), clear)).toBe('image/webp');
    expect(await kind(new Pictures(), noise(16, 16, 6))).toBe('image/jpeg');
    expect(await kind(new Pictures('webp'), noise(16, 16, 6))).toBe('image/webp');
    const ktx = await new Pictures('ktx2').encode('x', async () => noise(16, 16, 6));
    expect([...ktx.bytes.subarray(0, 7)]).toEqual([0xab, 0x4b, 0x54, 0x58, 0x20, 0x32, 0x30]);
  });

  test('cut at any byte or with any byte flipped is decoded or refused, and the codec lives on', async () => {
    const random = seeded(5);
    const pictures = new Pictures();
    const whole = [files[0], await codecs.encode('jpeg', noise(40, 40, 8)), await codecs.encode('webp', noise(40, 40, 8))];
    for (let n = 0; n < 150; n++) {
      const file = whole[n % 3];
      const mutant = n % 2 ? file.slice(0, Math.floor(random() * file.length)) : Uint8Array.from(file);
      if (n % 2 === 0) mutant[Math.floor(random() * mutant.length)] ^= 1 << Math.floor(random() * 8);
      await pictures.decode(mutant).catch((cause: unknown) => expect(cause).toBeInstanceOf(PictureFault));
    }
    for (const file of whole) expect((await new Pictures().decode(file)).width).toBeGreaterThan(0);
  });
});

test('rectangles on pages never overlap and never leave them', () => {
  const random = seeded(3);
  const sizes = Array.from({ length: 300 }, () => ({ width: 1 + Math.floor(random() ** 3 * 120), height: 1 + Math.floor(random() ** 3 * 120) }));
  const { places, pages } = packPages(sizes, 256);
  const taken = pages.map(({ width, height }) => new Uint8Array(width * height));
  let wrong = 0;
  for (const [k, { page, x, y }] of places.entries())
    for (let row = y; row < y + sizes[k].height; row++)
      for (let column = x; column < x + sizes[k].width; column++) {
        if (column >= pages[page].width || row >= pages[page].height || taken[page][row * pages[page].width + column] !== 0) wrong++;
        taken[page][row * pages[page].width + column] = 1;
      }
  expect(wrong).toBe(0);
  const used = sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  expect(used / pages.reduce((sum, { width, height }) => sum + width * height, 0)).toBeGreaterThan(0.75);
});
