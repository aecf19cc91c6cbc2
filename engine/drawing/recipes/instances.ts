import { DEGREE } from '#geo';
import { ORDER, type InstancesBatch } from '../batch.ts';
import type { Recipe, RecipeAttribute, RecipeTexture } from '../recipe.ts';
import { checkLength, colourTexture, keyframeTexture, slotNumbers, sphereOf, WHOLE_SPAN } from './columns.ts';
import { MOTION, patience, stateOf } from './points.ts';
import { LIT, SLOT_COLOUR, TO_SCREEN } from './shader-parts.ts';

/** Alpha of a model's corners that are lamps, where it is driven. */
export const LAMP_ALPHA = 254;

/** What a slot's colour says of something driven: its headings at both keyframes, and its paint. */
const DRIVEN = `
  vec2 turn = floor(colour.gb * 255.0 + 0.5) / 256.0;
  float by = fract(turn.y - turn.x + 0.5) - 0.5;
  colour.rgb = texelFetch(u_paints, ivec2(int(colour.r * 255.0 + 0.5), 0), 0).rgb;`;

/** The heading of what is driven, in between; and how it leans along its way, as the sine and cosine of its slope. */
const LEAN = `
  heading = 6.28318530718 * (turn.x + by * clamp((u_time - from.w) / max(to.w - from.w, 1e-6), 0.0, 1.0));
  float level = length(along.xy);
  if (level > 1e-4) lean = normalize(vec2(clamp(along.z / level, -0.35, 0.35), 1.0));`;

/** From a slot's place, heading and size to a vertex of its model; upright at the batch's anchor. */
function vertexShader(moving: boolean, turning: boolean, sized: boolean, driven: boolean): string {
  return `${TO_SCREEN}${SLOT_COLOUR}
in vec3 a_vertex;
in vec4 a_colour;
in float a_slot;
in vec2 a_heading;
${driven ? 'uniform highp sampler2D u_paints;\nout float v_glow;' : ''}
${moving ? MOTION : 'in vec3 a_place;'}
${sized ? 'in float a_scale;' : 'uniform float u_scale;'}
out vec4 v_colour;
out vec3 v_eye;
void main() {
  vec4 colour = colourOf(a_slot);
  if (colour.a == 0.0) { gl_Position = hidden(); return; }
  ${driven ? DRIVEN : ''}
  ${stateOf(moving)}
  float heading = a_heading.x;
  vec2 lean = vec2(0.0, 1.0);
  ${driven ? LEAN : moving ? (turning ? 'heading += a_heading.y * clamp((u_time - from.w) / max(to.w - from.w, 1e-6), 0.0, 1.0);' : 'if (dot(along.xy, along.xy) > 1e-6) heading = atan(along.x, along.y);') : ''}
  float s = sin(heading), c = cos(heading);
  vec3 model = a_vertex * ${sized ? 'a_scale' : 'u_scale'};
  ${driven ? 'model.yz = vec2(model.y * lean.y - model.z * lean.x, model.y * lean.x + model.z * lean.y);' : ''}
  vec4 eye = toEye(place + vec3(model.x * c + model.y * s, model.y * c - model.x * s, model.z));
  v_eye = eye.xyz;
  v_colour = vec4(a_colour.rgb * colour.rgb, a_colour.a * colour.a);
  ${driven ? LAMPS : ''}
  gl_Position = u_projection * eye;
}`;
}

/** Corners of lamps shine in their own colour, whatever the paint; they go out with what fades. */
const LAMPS = `v_glow = abs(a_colour.a * 255.0 - ${LAMP_ALPHA.toFixed(1)}) < 0.5 ? 1.0 : 0.0;
  if (v_glow > 0.5) v_colour = vec4(a_colour.rgb, colour.a);`;

/** By night what is driven is still to be seen: never darker than this share of its colour. */
const SEEN = 0.42;

const fragmentShader = (driven: boolean): string => `uniform float u_opacity;
uniform mat4 u_modelView;
in vec4 v_colour;
in vec3 v_eye;
${driven ? 'in float v_glow;' : ''}
${LIT}
void main() {
  vec3 shaded = lit(v_colour.rgb, flatNormal(v_eye), u_modelView[2].xyz);
  ${driven ? `shaded = mix(max(shaded, v_colour.rgb * ${SEEN.toFixed(2)}), v_colour.rgb, v_glow);` : ''}
  out_FragColor = vec4(shaded, v_colour.a * u_opacity);
  if (out_FragColor.a < 0.004) discard;
}`;

/** Headings [n] in degrees, and how far each turns from one keyframe to the next the shorter way round, as radians [2n]. */
export function turns(headings: Float32Array, toHeadings: Float32Array | null | undefined): Float32Array {
  const out = new Float32Array(2 * headings.length);
  for (let i = 0; i < headings.length; i++) {
    const by = toHeadings ? ((((toHeadings[i] - headings[i] + 180) % 360) + 360) % 360) - 180 : 0;
    out[2 * i] = headings[i] * DEGREE;
    out[2 * i + 1] = by * DEGREE;
  }
  return out;
}

/** Metres from a model's origin to its farthest vertex. */
export function reachOf(model: InstancesBatch['model']): number {
  let most = 0;
  for (let i = 0; i < model.places.length; i += 3) most = Math.max(most, model.places[i] ** 2 + model.places[i + 1] ** 2 + model.places[i + 2] ** 2);
  return Math.sqrt(most);
}

function largest(scale: number | Float32Array): number {
  return typeof scale === 'number' ? scale : scale.reduce((most, each) => Math.max(most, each), 0);
}

/** One model at many places, flat shaded by the light. */
export function instancesRecipe(batch: InstancesBatch): Recipe {
  const { model, motion, scale } = batch;
  const count = batch.places.length / 3;
  checkLength('model.colours', model.colours.length, (model.places.length / 3) * 4);
  checkLength('headings', batch.headings.length, count);
  checkLength('colours', batch.colours.length, 4 * count);
  if (typeof scale !== 'number') checkLength('scale', scale.length, count);
  if (batch.toHeadings) checkLength('toHeadings', batch.toHeadings.length, count);
  const attributes: Record<string, RecipeAttribute> = {
    a_vertex: { data: model.places, size: 3 }, a_colour: { data: model.colours, size: 4, normalized: true },
    a_slot: { data: slotNumbers(count), size: 1, instanced: true }, a_heading: { data: turns(batch.headings, motion && batch.toHeadings), size: 2, instanced: true },
  };
  const textures: Record<string, RecipeTexture> = { u_colours: colourTexture(batch.colours, count) };
  const driven = motion !== null && Boolean(batch.paints);
  if (driven && batch.paints) textures.u_paints = { width: batch.paints.length / 4, height: 1, format: 'rgba8', data: batch.paints };
  const uniforms: Record<string, number> = {};
  if (typeof scale === 'number') uniforms.u_scale = scale;
  else attributes.a_scale = { data: scale, size: 1, instanced: true };
  if (motion) {
    checkLength('to', motion.to.length, 3 * count);
    checkLength('times', motion.times.length, 2 * count);
    textures.u_from = keyframeTexture(batch.places, motion.times, 0);
    textures.u_to = keyframeTexture(motion.to, motion.times, 1);
    Object.assign(uniforms, patience(motion));
  } else attributes.a_place = { data: batch.places, size: 3, instanced: true };
  return {
    anchor: batch.anchor,
    vertex: vertexShader(motion !== null, Boolean(batch.toHeadings), typeof scale !== 'number', driven),
    fragment: fragmentShader(driven),
    attributes, textures, uniforms,
    index: model.indices, count: model.indices.length, instances: count, mode: 'triangles',
    scatter: motion ? { from: 'u_from', to: 'u_to', colour: 'u_colours' } : null,
    depthTest: true, depthWrite: batch.order < ORDER.translucent, blend: true, offset: 0,
    sphere: motion ? WHOLE_SPAN : sphereOf(batch.places, reachOf(model) * largest(scale)),
  };
}
