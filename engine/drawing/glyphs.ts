import type { RecipeTexture } from './recipe.ts';

/** One character in the atlas: texels from the upper left, and how far the next one stands (texels). */
export interface Glyph {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly advance: number;
}

/** Characters of one type size, drawn once. Red: coverage of the letter; green: of letter and halo. */
export interface GlyphAtlas {
  readonly glyphs: ReadonlyMap<string, Glyph>;
  readonly texture: RecipeTexture;
  /** Height of every cell in texels. */
  readonly cell: number;
  /** Texels of a CSS pixel. */
  readonly scale: number;
  /** Texels around a letter inside its cell. */
  readonly margin: number;
}

/** Draws characters at `size` CSS pixels. */
export type GlyphPainter = (characters: readonly string[], size: number) => GlyphAtlas;

/** The system's own CJK faces, no font file: weight 500, sans. */
export const FONT = '500 {size}px "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", system-ui, sans-serif';

const SCALE = 2;
/** Width of the halo in CSS pixels. */
export const GLYPH_HALO = 1.75;
const ATLAS_WIDTH = 1024;

interface Laid {
  glyphs: Map<string, Glyph>;
  height: number;
  cell: number;
  margin: number;
}

function layOut(characters: readonly string[], size: number, measure: (character: string) => number): Laid {
  const margin = Math.ceil((GLYPH_HALO + 1) * SCALE);
  const cell = Math.ceil(size * 1.35 * SCALE) + 2 * margin;
  const glyphs = new Map<string, Glyph>();
  let x = 0;
  let y = 0;
  for (const character of characters) {
    const advance = measure(character);
    const width = Math.ceil(advance) + 2 * margin;
    if (x + width > ATLAS_WIDTH) {
      x = 0;
      y += cell;
    }
    glyphs.set(character, { x, y, width, advance });
    x += width;
  }
  return { glyphs, height: y + cell, cell, margin };
}

/** Atlas without pixels, for places without a canvas (Node): East Asian characters one em wide, others 0.56. */
export const measuredGlyphs: GlyphPainter = (characters, size) => {
  const laid = layOut(characters, size, (character) => (character.codePointAt(0)! > 0x2e7f ? 1 : 0.56) * size * SCALE);
  return { glyphs: laid.glyphs, texture: { width: ATLAS_WIDTH, height: laid.height, format: 'rgba8', data: null, linear: true }, cell: laid.cell, scale: SCALE, margin: laid.margin };
};

/** Atlas drawn with canvas 2D and the page's own fonts. */
export const canvasGlyphs: GlyphPainter = (characters, size) => {
  const measuring = new OffscreenCanvas(1, 1).getContext('2d')!;
  const font = FONT.replace('{size}', String(size * SCALE));
  measuring.font = font;
  const laid = layOut(characters, size, (character) => measuring.measureText(character).width);
  const coverage = (halo: boolean): Uint8ClampedArray => {
    const context = new OffscreenCanvas(ATLAS_WIDTH, laid.height).getContext('2d', { willReadFrequently: true })!;
    Object.assign(context, { font, textBaseline: 'middle', lineJoin: 'round', lineWidth: 2 * GLYPH_HALO * SCALE });
    for (const [character, { x, y }] of laid.glyphs) {
      const left = x + laid.margin;
      const middle = y + laid.cell / 2;
      if (halo) context.strokeText(character, left, middle);
      context.fillText(character, left, middle);
    }
    return context.getImageData(0, 0, ATLAS_WIDTH, laid.height).data;
  };
  const letters = coverage(false);
  const halos = coverage(true);
  const data = new Uint8Array(letters.length);
  for (let i = 3; i < letters.length; i += 4) {
    data[i - 3] = letters[i];
    data[i - 2] = halos[i];
  }
  return { glyphs: laid.glyphs, texture: { width: ATLAS_WIDTH, height: laid.height, format: 'rgba8', data, linear: true }, cell: laid.cell, scale: SCALE, margin: laid.margin };
};

/** Draws where there is a canvas, measures where there is none. */
export function defaultGlyphs(): GlyphPainter {
  return typeof OffscreenCanvas === 'undefined' ? measuredGlyphs : canvasGlyphs;
}
