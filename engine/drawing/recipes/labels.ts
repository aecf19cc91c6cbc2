import type { LabelsBatch } from '../batch.ts';
import { defaultGlyphs, type Glyph, type GlyphAtlas, type GlyphPainter } from '../glyphs.ts';
import type { Recipe } from '../recipe.ts';
import { checkLength, colourTexture, sphereOf } from './columns.ts';
import { SLOT_COLOUR, TO_SCREEN } from './shader-parts.ts';

/** Half width and half height of a label on the screen in CSS pixels, for the declutter and for picks; the halo is not counted. */
export function labelExtent(text: string, size: number): [number, number] {
  let ems = 0;
  for (const character of text) ems += character.codePointAt(0)! > 0x2e7f ? 1 : 0.58;
  return [(ems * size) / 2, size * 0.6];
}

const VERTEX = `${TO_SCREEN}${SLOT_COLOUR}
in vec2 a_corner;
in vec3 a_place;
in vec4 a_glyph;
in vec4 a_cell;
in vec2 a_slot;
uniform vec2 u_offset;
uniform vec2 u_atlas;
flat out vec4 v_colour;
flat out float v_halo;
out vec2 v_texel;
void main() {
  v_colour = colourOf(a_slot.x);
  v_halo = a_slot.y;
  v_texel = (a_cell.xy + vec2(a_corner.x, 1.0 - a_corner.y) * a_cell.zw) / u_atlas;
  vec4 eye = toEye(a_place);
  if (v_colour.a == 0.0 || eye.z > -0.5) { gl_Position = hidden(); return; }
  gl_Position = u_projection * eye;
  /* The middle of the text stands on a whole pixel: letters stay crisp and do not swim. */
  vec2 middle = floor((gl_Position.xy / gl_Position.w * 0.5 + 0.5) * u_viewport + u_offset * u_pixelRatio + 0.5);
  vec2 at = middle + (a_glyph.xy + a_corner * a_glyph.zw) * u_pixelRatio;
  gl_Position.xy = (at / u_viewport * 2.0 - 1.0) * gl_Position.w;
}`;

const FRAGMENT = `uniform highp sampler2D u_letters;
uniform float u_opacity;
flat in vec4 v_colour;
flat in float v_halo;
in vec2 v_texel;
void main() {
  vec4 cover = texture(u_letters, v_texel);
  float lightness = dot(v_colour.rgb, vec3(0.299, 0.587, 0.114));
  vec3 halo = lightness > 0.5 ? vec3(0.05, 0.07, 0.1) : vec3(0.98, 0.98, 0.97);
  float alpha = v_colour.a * u_opacity * (v_halo > 0.5 ? cover.g * 0.85 : cover.r);
  if (alpha < 0.004) discard;
  out_FragColor = vec4(v_halo > 0.5 ? halo : v_colour.rgb, alpha);
}`;

interface Instances {
  place: Float32Array;
  glyph: Float32Array;
  cell: Float32Array;
  slot: Float32Array;
}

/** One quad a character, all halos before all letters, so that no halo covers a neighbour's letter. */
function layOut(batch: LabelsBatch, atlas: GlyphAtlas): { count: number; columns: Instances } {
  const texts = batch.texts.map((text) => [...text].map((character) => atlas.glyphs.get(character)!));
  const letters = texts.reduce((sum, glyphs) => sum + glyphs.length, 0);
  const count = letters * 2;
  const columns: Instances = { place: new Float32Array(3 * count), glyph: new Float32Array(4 * count), cell: new Float32Array(4 * count), slot: new Float32Array(2 * count) };
  const { scale, margin, cell } = atlas;
  const write = (i: number, label: number, glyph: Glyph, left: number, halo: number): void => {
    columns.place.set(batch.places.subarray(3 * label, 3 * label + 3), 3 * i);
    columns.glyph.set([(left - margin) / scale, -cell / 2 / scale, glyph.width / scale, cell / scale], 4 * i);
    columns.cell.set([glyph.x, glyph.y, glyph.width, cell], 4 * i);
    columns.slot.set([label, halo], 2 * i);
  };
  let i = 0;
  for (const [label, glyphs] of texts.entries()) {
    let left = -Math.round(glyphs.reduce((sum, glyph) => sum + glyph.advance, 0) / 2);
    for (const glyph of glyphs) {
      write(i, label, glyph, left, 1);
      write(i + letters, label, glyph, left, 0);
      left += glyph.advance;
      i++;
    }
  }
  return { count, columns };
}

/** Texts that face the viewer, over everything that is drawn before them. */
export function labelsRecipe(batch: LabelsBatch, painter: GlyphPainter = defaultGlyphs()): Recipe {
  const labels = batch.texts.length;
  checkLength('places', batch.places.length, 3 * labels);
  checkLength('colours', batch.colours.length, 4 * labels);
  const characters = [...new Set(batch.texts.flatMap((text) => [...text]))];
  const atlas = painter(characters, batch.size);
  const { count, columns } = layOut(batch, atlas);
  return {
    anchor: batch.anchor, vertex: VERTEX, fragment: FRAGMENT,
    attributes: {
      a_corner: { data: new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), size: 2 },
      a_place: { data: columns.place, size: 3, instanced: true },
      a_glyph: { data: columns.glyph, size: 4, instanced: true },
      a_cell: { data: columns.cell, size: 4, instanced: true },
      a_slot: { data: columns.slot, size: 2, instanced: true },
    },
    index: new Uint16Array([0, 1, 2, 2, 1, 3]), count: 6, instances: count, mode: 'triangles',
    uniforms: { u_offset: batch.offset, u_atlas: [atlas.texture.width, atlas.texture.height] },
    textures: { u_colours: colourTexture(batch.colours, labels), u_letters: atlas.texture },
    scatter: null, depthTest: false, depthWrite: false, blend: true, offset: 0,
    sphere: sphereOf(batch.places, 1),
  };
}
