/** What the colour of a point is taken from: its own, its class, its height, the strength of its return. */
export type PointColour = 'own' | 'class' | 'height' | 'intensity';

/** How the points of a cloud are drawn. */
export interface PointLook {
  readonly colour: PointColour;
  /** [4 × 256] sRGB of each class; alpha 0 hides its points, whatever they are coloured by. */
  readonly classes: Uint8Array;
  /** [4 × 256] sRGB from the lowest to the highest of `range`. */
  readonly ramp: Uint8Array;
  /** Metres or strengths that the ramp runs between; without meaning for the other colours. */
  readonly range: readonly [low: number, high: number];
  /** Metres from a point to the next: what a point covers when one comes near. 0 where nobody knows. */
  readonly spacing: number;
  /** CSS pixels that a point is wide at least and at most. */
  readonly size: readonly [least: number, most: number];
}

/** What points look like until somebody says it: their own colours, a few pixels wide. */
export const PLAIN_POINTS: PointLook = { colour: 'own', classes: new Uint8Array(1024).fill(255), ramp: new Uint8Array(1024).fill(255), range: [0, 1], spacing: 0, size: [2.5, 12] };

/** Number of a colour in the shader. */
export const POINT_COLOURS: readonly PointColour[] = ['own', 'class', 'height', 'intensity'];

/** Classes and ramp as the two rows of one picture, 256 wide. */
export function pointTable({ classes, ramp }: PointLook): { width: number; height: number; data: Uint8Array } {
  const data = new Uint8Array(2048);
  data.set(classes.subarray(0, 1024));
  data.set(ramp.subarray(0, 1024), 1024);
  return { width: 256, height: 2, data };
}

/**
 * Points, as GLSL ES 3.00 for the vertex shaders of both engines.
 * `float pointSize(float perMetre, vec2 size, float spacing)`: pixels of a point where a metre is `perMetre` pixels; `size` least and most, all in pixels of the canvas.
 * `vec4 pointColour(sampler2D table, float by, vec2 range, vec3 own, float kind, float strength, float height)`: sRGB; alpha 0 for what is hidden.
 */
export const POINT_VERTEX = `
float pointSize(float perMetre, vec2 size, float spacing) {
  return clamp(spacing * perMetre * 1.5, size.x, size.y);
}
vec4 pointColour(highp sampler2D table, float by, vec2 range, vec3 own, float kind, float strength, float height) {
  vec4 class_ = texelFetch(table, ivec2(clamp(int(kind + 0.5), 0, 255), 0), 0);
  if (by < 0.5) return vec4(own, class_.a);
  if (by < 1.5) return class_;
  float share = clamp(((by < 2.5 ? height : strength) - range.x) / max(range.y - range.x, 1e-6), 0.0, 1.0);
  return vec4(texelFetch(table, ivec2(int(share * 255.0 + 0.5), 1), 0).rgb, class_.a);
}
`;

/**
 * The light on points; goes after TILE_LOOK. A point has no side that it turns to the sun: all are lit as level ground is. A colour that means something keeps
 * its value. `vec3 pointLook(vec3 colour, bool own, vec3 view, float distance, CityLight light)`: sRGB in and out
 */
export const POINT_FRAGMENT = `
vec3 pointLook(vec3 colour, bool own, vec3 view, float distance, CityLight light) {
  vec3 soft = daylight(vec3(0.0, 0.0, 1.0), light);
  float bright = dot(soft, vec3(0.3333));
  vec3 lit = toLinear(colour) * (own ? soft : vec3(0.62 + 0.42 * clamp(bright, 0.0, 1.0)) * mix(1.0, 0.8, light.night));
  return toSrgb(hazed(lit, view, distance, light));
}
`;
