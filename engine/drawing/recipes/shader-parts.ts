import { UNCUT } from '../clip.ts';

/** Uniforms of every recipe's vertex shader, and the ways from batch metres to the screen. */
export const TO_SCREEN = `
uniform mat4 u_modelView;
uniform mat4 u_projection;
uniform vec2 u_viewport;
uniform float u_pixelRatio;
vec4 toEye(vec3 place) { return u_modelView * vec4(place, 1.0); }
vec4 hidden() { return vec4(2.0, 2.0, 2.0, 1.0); }
float metresPerPixel(vec4 eye) { return 2.0 * max(-eye.z, 0.001) / (u_projection[1][1] * u_viewport.y); }
/* Sine of the angle at which one looks on level ground there. */
float grazing(vec4 eye) { return abs(dot(normalize(u_modelView[2].xyz), normalize(eye.xyz))); }
/* Moves a point towards the eye: the same pixel, a smaller depth. Works with any depth encoding, where polygon offset does not. */
vec4 nearer(vec4 eye, float metres) { return vec4(eye.xyz * max(1.0 - metres / max(length(eye.xyz), 0.001), 0.5), 1.0); }
`;

/** Colours in a texture, one texel a slot. */
export const SLOT_COLOUR = `
uniform highp sampler2D u_colours;
ivec2 texelOf(highp sampler2D columns, float slot) { float width = float(textureSize(columns, 0).x); float row = floor((slot + 0.5) / width); return ivec2(int(slot - row * width + 0.5), int(row)); }
vec4 colourOf(float slot) { return texelFetch(u_colours, texelOf(u_colours, slot), 0); }
`;

/** Flat shading of sRGB colours by the twin's light: sun from one side, sky from above, less from below. Needs the eye-space place. */
export const LIT = `
uniform vec3 u_sun;
uniform vec4 u_key;
uniform vec4 u_fill;
vec3 lit(vec3 colour, vec3 normal, vec3 up) {
  vec3 light = u_fill.rgb * (0.75 + 0.25 * dot(normal, up)) + u_key.rgb * max(dot(normal, u_sun), 0.0);
  return sqrt(colour * colour * min(light, vec3(1.25)));
}
vec3 flatNormal(vec3 eye) {
  vec3 normal = normalize(cross(dFdx(eye), dFdy(eye)));
  return dot(normal, eye) > 0.0 ? -normal : normal;
}
`;

/** Ends the fragment shader of what lies on the ground: it goes where the ground is cut away. `v_ground` comes from {@link LANDED}. */
export const ON_GROUND = `in vec4 v_ground;
${UNCUT}`;
export const CUT_WITH_GROUND = 'if (clipped(v_ground.xyz / v_ground.w)) discard;';

/** How far something that lies on the ground is pulled towards the eye, in metres for a distance: it wins over terrain that is drawn coarser than it was measured. */
export const GROUND_PULL = 'float groundPull(float distance, float level) { return 0.3 + 0.0015 * level * distance; }';

/** Brings `eye` to the screen, pulled; the true place goes along, weighted so that it stays true between corners pulled by different amounts. */
export const LANDED = (level: number): string => `vec4 pulled = nearer(eye, groundPull(length(eye.xyz), ${level.toFixed(1)}));
  gl_Position = u_projection * pulled;
  v_ground = vec4(eye.xyz, 1.0) * (length(pulled.xyz) / max(length(eye.xyz), 0.001));`;
