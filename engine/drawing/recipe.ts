import type { Anchor } from '#geo';

/** An attribute of a recipe: per vertex, or per instance. */
export interface RecipeAttribute {
  readonly data: Float32Array | Uint8Array | Uint16Array | Uint32Array;
  readonly size: 1 | 2 | 3 | 4;
  readonly normalized?: boolean;
  readonly instanced?: boolean;
}

export type TextureData = Uint8Array | Uint8ClampedArray | Float32Array;

/** A texture both engines make alike: no mipmaps, clamped, nearest unless `linear`, first row of `data` at v = 0. */
export interface RecipeTexture {
  readonly width: number;
  readonly height: number;
  /** rgba8: linear bytes as given; rgba32f: four floats. */
  readonly format: 'rgba8' | 'rgba32f' | 'r8';
  readonly data: TextureData | null;
  readonly linear?: boolean;
}

/** Colour, keyframes: what a scatter writes into, one record a slot (see MotionChange). Texture names of the recipe. */
export interface RecipeScatter {
  readonly from: string;
  readonly to: string;
  readonly colour: string;
}

/**
 * What is drawn, said once for both engines: the painter of a backend knows buffers and passes, and no kind of batch.
 *
 * Shaders are GLSL ES 3.00 bodies (`in`/`out`/`uniform` declarations and `main`) without `#version` and without the declaration of the
 * colour output, which is called `out_FragColor`. Colours leave the shader as sRGB, not premultiplied. The painter declares nothing else; recipes declare these
 * uniforms when they use them and the painter fills them:
 * `mat4 u_modelView` (batch metres → eye), `mat4 u_projection`, `vec2 u_viewport` (device pixels), `float u_pixelRatio`, `float u_time` (seconds after the
 * batch's epoch), `float u_opacity`, `vec3 u_sun` (direction to the sun, eye space), `vec4 u_key` / `vec4 u_fill` (light colours, w unused).
 */
export interface Recipe {
  readonly anchor: Anchor;
  readonly vertex: string;
  readonly fragment: string;
  readonly attributes: Readonly<Record<string, RecipeAttribute>>;
  readonly index: Uint16Array | Uint32Array | null;
  /** Vertices (or indices) a draw, and instances; null draws once. */
  readonly count: number;
  readonly instances: number | null;
  readonly mode: 'triangles' | 'lines' | 'points';
  /** Fixed numbers of the recipe, uploaded as uniforms of one to four floats. */
  readonly uniforms: Readonly<Record<string, number | readonly number[]>>;
  readonly textures: Readonly<Record<string, RecipeTexture>>;
  readonly scatter: RecipeScatter | null;
  readonly depthTest: boolean;
  readonly depthWrite: boolean;
  readonly blend: boolean;
  /** Pulls ground drapes and lines towards the eye, in units of polygon offset; 0 for none. */
  readonly offset: number;
  /** Everything the recipe may ever reach, in metres of the anchor. */
  readonly sphere: { readonly centre: readonly [number, number, number]; readonly radius: number };
}

/** A recipe's answer to a change of colours: which texture gets which bytes. Null where the kind keeps colours in vertices. */
export interface RecipeColours {
  readonly texture: string;
}
