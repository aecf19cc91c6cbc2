import type { Use } from '../stages/words.ts';

/** RGB in linear light, 0…255 each, as COLOR_0 wants them. */
export type Rgb = readonly [number, number, number];

export interface BakedLook {
  readonly roof: Rgb;
  /** The top of the walls. */
  readonly wall: Rgb;
  /** The foot of the walls: darker, as if the ground took the light. */
  readonly foot: Rgb;
}

/** Walls and roofs by use, sRGB. A narrow band of light, warm tones: the city is quiet, the data speaks. Roofs are lighter than walls, so that their edges are read in any light. */
const tones: Readonly<Record<Use, { wall: Rgb; roof: Rgb }>> = {
  unknown: { roof: [240, 237, 231], wall: [222, 218, 211] },
  residential: { roof: [243, 240, 234], wall: [226, 221, 213] },
  commercial: { roof: [239, 234, 226], wall: [221, 213, 203] },
  office: { roof: [237, 239, 241], wall: [214, 218, 221] },
  industrial: { roof: [228, 229, 227], wall: [208, 206, 201] },
  public: { roof: [240, 234, 227], wall: [222, 213, 205] },
  school: { roof: [241, 234, 222], wall: [226, 215, 202] },
  hospital: { roof: [245, 242, 240], wall: [231, 226, 223] },
  // White walls under slate, the other way round: the old towns of the lower Yangtze.
  'old-town': { roof: [168, 167, 168], wall: [238, 236, 231] },
};

/** The look of one building: its use's tones, a little lighter or darker by the hash of its id, so that a street is not one slab. */
export function bakedLook(use: Use, id: string, heightMetres: number): BakedLook {
  const hash = hashOf(id);
  const shade = 1 + ((hash & 0xff) / 255 - 0.5) * 0.07;
  const warmth = (((hash >>> 8) & 0xff) / 255 - 0.5) * 0.02;
  const { wall, roof } = tones[use];
  // The shade is spread over the whole wall: a tower's foot may be lighter, a hut's must not look like a ramp.
  const foot = heightMetres > 40 ? 0.6 : heightMetres > 10 ? 0.55 : 0.62;
  return { wall: linear(wall, shade, warmth, 1), foot: linear(wall, shade, warmth, foot), roof: linear(roof, shade, warmth, 1) };
}

/** sRGB bytes in linear light. */
export function linearRgb(colours: Uint8Array, at: number): Rgb {
  return [0, 1, 2].map((k) => {
    const s = colours[at + k] / 255;
    return Math.round(255 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4));
  }) as unknown as Rgb;
}

function linear(tone: Rgb, shade: number, warmth: number, light: number): Rgb {
  const channel = (value: number, tint: number): number => {
    const s = Math.min(1, (value / 255) * shade * (1 + tint));
    return Math.round(255 * light * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4));
  };
  return [channel(tone[0], warmth), channel(tone[1], 0), channel(tone[2], -warmth)];
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // FNV's low bits are weak on short ids: mix once more.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
