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

/** Walls and roofs by use, sRGB. A narrow band of light, warm tones: the city is quiet, the data speaks. */
const tones: Readonly<Record<Use, { wall: Rgb; roof: Rgb }>> = {
  unknown: { wall: [235, 230, 222], roof: [214, 208, 199] },
  residential: { wall: [239, 232, 220], roof: [219, 203, 187] },
  commercial: { wall: [234, 221, 203], roof: [213, 203, 190] },
  office: { wall: [226, 230, 232], roof: [204, 208, 211] },
  industrial: { wall: [220, 217, 209], roof: [196, 197, 195] },
  public: { wall: [237, 225, 211], roof: [211, 196, 180] },
  school: { wall: [241, 228, 207], roof: [216, 196, 176] },
  hospital: { wall: [241, 236, 232], roof: [214, 209, 206] },
  'old-town': { wall: [236, 232, 224], roof: [170, 168, 167] },
};

/** The look of one building: its use's tones, a little lighter or darker by the hash of its id, so that a street is not one slab. */
export function bakedLook(use: Use, id: string, heightMetres: number): BakedLook {
  const hash = hashOf(id);
  const shade = 1 + ((hash & 0xff) / 255 - 0.5) * 0.07;
  const warmth = (((hash >>> 8) & 0xff) / 255 - 0.5) * 0.02;
  const { wall, roof } = tones[use];
  const foot = heightMetres > 40 ? 0.62 : 0.55;
  return { wall: linear(wall, shade, warmth, 1), foot: linear(wall, shade, warmth, foot), roof: linear(roof, shade, warmth, 1) };
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
