import type { Motion, PointsBatch } from '../batch.ts';
import type { Recipe, RecipeAttribute, RecipeTexture } from '../recipe.ts';
import { HALO, symbolOf, symbolShader, type Symbol } from '../symbols.ts';
import { checkLength, colourTexture, keyframeTexture, slotNumbers, sphereOf, WHOLE_SPAN } from './columns.ts';
import { SLOT_COLOUR, TO_SCREEN } from './shader-parts.ts';

/** What {@link stateOf} needs where something moves. */
export const MOTION = `
uniform highp sampler2D u_from;
uniform highp sampler2D u_to;
uniform float u_time;
uniform float u_stale;
uniform float u_gone;
`;

/** Seconds within which a stale symbol fades, and to what share of its alpha. */
export const STALE_FADE = { seconds: 2, alpha: 1 / 3, grey: 0.58 } as const;

/** GLSL for a slot's `place` and way (`along`) at the moment shown, with `from` and `to` where it moves; fades its `colour` where it is stale. */
export function stateOf(moving: boolean): string {
  if (!moving) return 'vec3 place = a_place; vec3 along = vec3(0.0);';
  return `
  ivec2 texel = texelOf(u_from, a_slot);
  vec4 from = texelFetch(u_from, texel, 0);
  vec4 to = texelFetch(u_to, texel, 0);
  vec3 place = mix(from.xyz, to.xyz, clamp((u_time - from.w) / max(to.w - from.w, 1e-6), 0.0, 1.0));
  vec3 along = to.xyz - from.xyz;
  float stale = clamp((u_time - to.w - u_stale) / ${STALE_FADE.seconds.toFixed(1)}, 0.0, 1.0);
  colour = vec4(mix(colour.rgb, vec3(${STALE_FADE.grey}), stale), colour.a * (1.0 - ${(1 - STALE_FADE.alpha).toFixed(6)} * stale));
  colour.a *= 1.0 - clamp((u_time - to.w - u_gone) / ${STALE_FADE.seconds.toFixed(1)}, 0.0, 1.0);`;
}

/** Uniforms of {@link MOTION}, in seconds after the second keyframe. */
export function patience({ staleAfter, goneAfter = Infinity }: Motion): { u_stale: number; u_gone: number } {
  return { u_stale: Math.min(staleAfter, 1e30), u_gone: Math.min(goneAfter, 1e30) };
}

const TURN = `
  float reach = length(along);
  vec4 ahead = toEye(place + vec3(0.0, 0.0, u_stem) + along / max(reach, 1e-6) * metres);
  vec2 onScreen = (ahead.xy / max(-ahead.z, 0.001) - eye.xy / max(-eye.z, 0.001));
  v_turn = reach > 1e-4 && length(onScreen) > 1e-9 ? normalize(onScreen) : vec2(0.0, 1.0);`;

/** From a slot to the centre, size and colour of its symbol; `corner` is what a quad adds, nothing for a point sprite. */
function vertexShader(symbol: Symbol, moving: boolean, sized: boolean, quads: boolean): string {
  const size = sized ? 'in float a_size;' : 'uniform float u_size;';
  const inputs = `in float a_slot;\n${moving ? MOTION : 'in vec3 a_place;'}\n${size}\n${quads ? 'in vec3 a_corner;\nout vec3 v_spot;' : ''}`;
  const emit = quads
    ? `
  if (a_corner.z > 0.5) {
    vec4 foot = toEye(place);
    vec4 end = a_corner.y < 0.0 ? foot : eye;
    gl_Position = u_projection * nearer(end, 0.3);
    gl_Position.xy += vec2(a_corner.x * max(0.75 * u_pixelRatio, 0.6), 0.0) / u_viewport * 2.0 * gl_Position.w;
    v_spot = vec3(0.0, 0.0, 1.0);
  } else {
    gl_Position.xy += (a_corner.xy * full) / u_viewport * gl_Position.w;
    v_spot = vec3(a_corner.xy * full / body, 0.0);
  }`
    : 'gl_PointSize = full;';
  return `${TO_SCREEN}${SLOT_COLOUR}${inputs}
uniform float u_stem;
uniform float u_metres;
flat out vec4 v_colour;
flat out vec2 v_turn;
flat out vec2 v_size;
void main() {
  vec4 colour = colourOf(a_slot);
  ${stateOf(moving)}
  v_turn = vec2(0.0, 1.0);
  v_size = vec2(1.0);
  v_colour = colour;
  ${quads ? 'v_spot = vec3(0.0);' : 'gl_PointSize = 1.0;'}
  vec4 eye = toEye(place + vec3(0.0, 0.0, u_stem));
  if (colour.a == 0.0 || eye.z > -0.5) { gl_Position = hidden(); return; }
  ${quads ? '' : `/* A sprite whose middle is outside is not drawn anyway: most of a large city's are spared the rest. */
  vec4 clip = u_projection * eye;
  if (any(greaterThan(abs(clip.xy), vec2(clip.w * 1.1)))) { gl_Position = hidden(); return; }`}
  float body = ${sized ? 'a_size' : 'u_size'} * u_pixelRatio;
  body = clamp(u_metres / metresPerPixel(eye), body / 3.0, body);
  float full = body * ${symbol.extent.toFixed(2)} + 2.0 * ${HALO.toFixed(1)} * u_pixelRatio + 1.0;
  float metres = metresPerPixel(eye) * body;
  ${symbol.turns ? TURN : ''}
  v_size = vec2(body, full);
  /* A symbol faces the viewer: its lower half would sink into the ground it stands on, the deeper the flatter one looks. */
  gl_Position = u_projection * nearer(eye, 0.6 * metres / max(grazing(eye), 0.12) + 0.3);
  gl_Position.xy += vec2(0.0, ${(-symbol.foot).toFixed(2)} * body) / u_viewport * gl_Position.w;
  ${emit}
}`;
}

function fragmentShader(symbol: Symbol, quads: boolean): string {
  const spot = quads ? 'v_spot.xy' : 'vec2(gl_PointCoord.x * 2.0 - 1.0, 1.0 - gl_PointCoord.y * 2.0) * (v_size.y / v_size.x)';
  const stem = quads ? 'if (v_spot.z > 0.5) { out_FragColor = vec4(v_colour.rgb * 0.45, v_colour.a * 0.8 * u_opacity); return; }' : '';
  return `uniform float u_opacity;
uniform float u_pixelRatio;
flat in vec4 v_colour;
flat in vec2 v_turn;
flat in vec2 v_size;
${quads ? 'in vec3 v_spot;' : ''}
${symbolShader(symbol)}
void main() {
  ${stem}
  vec2 q = ${spot};
  vec2 p = ${symbol.turns ? 'vec2(q.x * v_turn.y - q.y * v_turn.x, dot(q, v_turn))' : 'q'};
  vec4 colour = symbol(p, v_colour, v_size.x * 0.5, ${HALO.toFixed(1)} * u_pixelRatio);
  colour.a *= u_opacity;
  if (colour.a < 0.004) discard;
  out_FragColor = colour;
}`;
}

/** Two triangles of the stem (z 1), then two of the symbol (z 0) over it. */
const CORNERS = new Float32Array([
  -1, -1, 1, 1, -1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, -1, 1, 1,
  -1, -1, 0, 1, -1, 0, 1, 1, 0, -1, -1, 0, 1, 1, 0, -1, 1, 0,
]);

/** Symbols at places: point sprites, one vertex a slot; with a stem, quads with a thin line down to the place. */
export function pointsRecipe(batch: PointsBatch): Recipe {
  const count = batch.places.length / 3;
  checkLength('colours', batch.colours.length, 4 * count);
  const symbol = symbolOf(batch.symbol);
  const quads = batch.stem > 0;
  const moving = batch.motion !== null;
  const sized = typeof batch.size !== 'number';
  const attributes: Record<string, RecipeAttribute> = { a_slot: { data: slotNumbers(count), size: 1, instanced: quads } };
  const textures: Record<string, RecipeTexture> = { u_colours: colourTexture(batch.colours, count) };
  if (quads) attributes.a_corner = { data: CORNERS, size: 3 };
  if (typeof batch.size !== 'number') attributes.a_size = { data: batch.size, size: 1, instanced: quads };
  if (batch.motion) {
    checkLength('to', batch.motion.to.length, 3 * count);
    checkLength('times', batch.motion.times.length, 2 * count);
    textures.u_from = keyframeTexture(batch.places, batch.motion.times, 0);
    textures.u_to = keyframeTexture(batch.motion.to, batch.motion.times, 1);
  } else attributes.a_place = { data: batch.places, size: 3, instanced: quads };
  const uniforms: Record<string, number> = { u_stem: batch.stem, u_metres: batch.metres ?? 1e9 };
  if (typeof batch.size === 'number') uniforms.u_size = batch.size;
  if (batch.motion) Object.assign(uniforms, patience(batch.motion));
  return {
    anchor: batch.anchor,
    vertex: vertexShader(symbol, moving, sized, quads),
    fragment: fragmentShader(symbol, quads),
    attributes, textures, uniforms,
    index: null,
    count: quads ? 12 : count,
    instances: quads ? count : null,
    mode: quads ? 'triangles' : 'points',
    scatter: moving ? { from: 'u_from', to: 'u_to', colour: 'u_colours' } : null,
    depthTest: !symbol.onTop, depthWrite: false, blend: true, offset: 0,
    sphere: moving ? WHOLE_SPAN : sphereOf(batch.places, batch.stem),
  };
}
