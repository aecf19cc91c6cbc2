import { ORDER, type LinesBatch } from '../batch.ts';
import type { Recipe } from '../recipe.ts';
import { checkLength, colourTexture, sphereOf } from './columns.ts';
import { groundLevel } from './mesh.ts';
import { segmentsOf } from './segments.ts';
import { CUT_WITH_GROUND, GROUND_PULL, LANDED, LIT, ON_GROUND, SLOT_COLOUR, TO_SCREEN } from './shader-parts.ts';

/** Sides of a tube. */
const SIDES = 10;

/** Dashes that travel: their length doubles as the line recedes, so that they neither swarm nor stand. `along` in metres. */
const FLOW = `
uniform float u_flow;
uniform float u_time;
float dash(float along, float period) { float t = fract((along - u_flow * u_time) / period); return smoothstep(0.0, 0.12, t) * (1.0 - smoothstep(0.42, 0.55, t)); }
float flowing(float along) {
  float level = log2(max(fwidth(along) * 24.0, 8.0));
  float period = exp2(floor(level));
  return mix(dash(along, period), dash(along, 2.0 * period), smoothstep(0.6, 1.0, fract(level)));
}`;

const SEGMENT = `
in vec3 a_before;
in vec3 a_start;
in vec3 a_end;
in vec3 a_after;
in float a_line;
in float a_along;
out float v_along;
`;

/** Steps towards the eye: of what lies on the ground by its order, and of what lies on a deck. */
function levelOf({ lying, order }: LinesBatch): number {
  return lying ? 2 : groundLevel(order);
}

function pixelVertex(batch: LinesBatch): string {
  const level = levelOf(batch);
  return `${TO_SCREEN}${SLOT_COLOUR}${GROUND_PULL}${SEGMENT}
in vec2 a_corner;
${typeof batch.width === 'number' ? 'uniform float u_width;' : 'in float a_width;'}
flat out vec4 v_colour;
out vec3 v_side;
${level > 0 ? 'out vec4 v_ground;' : ''}
const float NEAR = 0.5;
/* The part of a segment before the eye: an end behind it is moved along the segment to just before it. */
vec4 before(vec4 point, vec4 other) { return point.z > -NEAR ? mix(point, other, clamp((point.z + NEAR) / max(point.z - other.z, 1e-6), 0.0, 1.0)) : point; }
vec2 onScreen(vec4 eye) { vec4 clip = u_projection * eye; return clip.xy / clip.w * 0.5 * u_viewport; }
vec2 direction(vec2 a, vec2 b) { vec2 d = b - a; float l = length(d); return l > 1e-3 ? d / l : vec2(0.0); }
void main() {
  v_colour = colourOf(a_line);
  v_side = vec3(0.0);
  v_along = a_along + a_corner.x * distance(a_start, a_end);
  vec4 p0 = toEye(a_before), p1 = toEye(a_start), p2 = toEye(a_end), p3 = toEye(a_after);
  if (v_colour.a == 0.0 || (p1.z > -NEAR && p2.z > -NEAR)) { gl_Position = hidden(); return; }
  vec4 q1 = before(p1, p2), q2 = before(p2, p1);
  vec2 s1 = onScreen(q1), s2 = onScreen(q2);
  vec2 here = direction(s1, s2);
  if (here == vec2(0.0)) here = vec2(1.0, 0.0);
  bool atStart = a_corner.x < 0.5;
  vec2 beside = atStart ? (a_before == a_start || p1.z > -NEAR ? here : direction(onScreen(before(p0, p1)), s1))
                        : (a_after == a_end || p2.z > -NEAR ? here : direction(s2, onScreen(before(p3, p2))));
  if (beside == vec2(0.0)) beside = here;
  vec2 normal = vec2(-here.y, here.x);
  vec2 mitre = normalize(normal + vec2(-beside.y, beside.x) + normal * 1e-4);
  float width = ${typeof batch.width === 'number' ? 'u_width' : 'a_width'} * u_pixelRatio;
  float half_ = max(width, 1.0) * 0.5 + 0.75;
  vec4 eye = atStart ? q1 : q2;
  vec4 clip = u_projection * eye;
  vec2 aside = mitre / max(dot(mitre, normal), 0.5) * a_corner.y * half_ / u_viewport * 2.0;
  ${level > 0 ? `/* The edges lie on level ground like the line itself: the nearer edge is nearer, or it would sink into a slope of the view. */
  vec3 up = normalize(u_modelView[2].xyz);
  vec2 spot = clip.xy / clip.w + aside;
  vec3 ray = vec3((spot.x + u_projection[2][0]) / u_projection[0][0], (spot.y + u_projection[2][1]) / u_projection[1][1], -1.0);
  float along = dot(up, eye.xyz) / min(dot(up, ray), -1e-5);
  eye.xyz = ray * clamp(along > 0.0 ? along : -eye.z, 0.25 * -eye.z, -eye.z);
  ${LANDED(level)}` : `gl_Position = clip;
  gl_Position.xy += aside * clip.w;`}
  /* Divided by w again in the fragment: linear across the screen, whatever the perspective. */
  v_side = vec3(a_corner.y * half_, half_ - 0.75, 1.0) * gl_Position.w;
  v_colour.a *= min(width, 1.0);
}`;
}

function pixelFragment(flow: boolean, ground: boolean): string {
  return `uniform float u_opacity;
flat in vec4 v_colour;
in vec3 v_side;
in float v_along;
${flow ? FLOW : ''}${ground ? ON_GROUND : ''}
void main() {
  vec2 side = v_side.xy / v_side.z;
  float alpha = v_colour.a * u_opacity * clamp(side.y + 0.5 - abs(side.x), 0.0, 1.0);
  ${flow ? 'alpha *= 0.3 + 0.7 * flowing(v_along);' : ''}
  if (alpha < 0.004) discard;
  out_FragColor = vec4(v_colour.rgb, alpha);
  ${ground ? CUT_WITH_GROUND : ''}
}`;
}

function tubeVertex(batch: LinesBatch): string {
  return `${TO_SCREEN}${SLOT_COLOUR}${SEGMENT}
in vec3 a_ring;
${typeof batch.width === 'number' ? 'uniform float u_width;' : 'in float a_width;'}
flat out vec4 v_colour;
out vec3 v_normal;
vec3 towards(vec3 a, vec3 b, vec3 otherwise) { vec3 d = b - a; float l = length(d); return l > 1e-4 ? d / l : otherwise; }
void main() {
  v_colour = colourOf(a_line);
  v_along = a_along + a_ring.z * distance(a_start, a_end);
  vec3 here = towards(a_start, a_end, vec3(1.0, 0.0, 0.0));
  vec3 beside = a_ring.z < 0.5 ? towards(a_before, a_start, here) : towards(a_end, a_after, here);
  vec3 right = normalize(abs(here.z) < 0.99 ? cross(here, vec3(0.0, 0.0, 1.0)) : cross(here, vec3(1.0, 0.0, 0.0)));
  vec3 outward = right * a_ring.x + cross(right, here) * a_ring.y;
  vec3 centre = a_ring.z < 0.5 ? a_start : a_end;
  /* Never thinner than two pixels, nor than one and a half of a coarse canvas, or far pipes break into dots and their colours cannot be told. */
  float radius = max(${typeof batch.width === 'number' ? 'u_width' : 'a_width'}, max(u_pixelRatio, 0.75) * metresPerPixel(toEye(centre)));
  /* The ring is slid along the tube into the plane that halves the bend: neighbours meet without a gap. */
  vec3 bisector = normalize(here + beside + here * 1e-3);
  vec3 place = centre + radius * (outward - here * clamp(dot(outward, bisector) / max(dot(here, bisector), 0.3), -2.0, 2.0));
  vec4 eye = toEye(place);
  v_normal = mat3(u_modelView) * outward;
  if (v_colour.a == 0.0) { gl_Position = hidden(); return; }
  gl_Position = u_projection * eye;
}`;
}

function tubeFragment(flow: boolean): string {
  return `uniform float u_opacity;
uniform mat4 u_modelView;
flat in vec4 v_colour;
in vec3 v_normal;
in float v_along;
${LIT}${flow ? FLOW : ''}
/* Tubes are data: when the light goes they keep their colours, shaded as before. */
vec3 kept(vec3 colour, vec3 normal, vec3 up) { return lit(colour * sqrt(max(1.0, 0.75 / max(u_key.g + u_fill.g, 0.01))), normal, up); }
void main() {
  vec3 colour = v_colour.rgb${flow ? ' * (0.55 + 0.45 * flowing(v_along))' : ''};
  out_FragColor = vec4(kept(colour, normalize(v_normal), u_modelView[2].xyz), v_colour.a * u_opacity);
  if (out_FragColor.a < 0.004) discard;
}`;
}

function tubeRing(): { ring: Float32Array; index: Uint16Array } {
  const ring = new Float32Array(SIDES * 6);
  const index = new Uint16Array(SIDES * 6);
  for (let i = 0; i < SIDES; i++) {
    const angle = (2 * Math.PI * i) / SIDES;
    ring.set([Math.cos(angle), Math.sin(angle), 0, Math.cos(angle), Math.sin(angle), 1], i * 6);
    const next = ((i + 1) % SIDES) * 2;
    index.set([2 * i, 2 * i + 1, next, next, 2 * i + 1, next + 1], i * 6);
  }
  return { ring, index };
}

/** Screen-wide lines with soft edges, or shaded tubes; dashes that travel where the batch flows. */
export function linesRecipe(batch: LinesBatch): Recipe {
  const lines = Math.max(0, batch.starts.length - 1);
  checkLength('colours', batch.colours.length, 4 * lines);
  if (typeof batch.width !== 'number') checkLength('width', batch.width.length, lines);
  const segments = segmentsOf(batch);
  const flow = batch.flow !== 0;
  const uniforms: Record<string, number> = {};
  if (typeof batch.width === 'number') uniforms.u_width = batch.width;
  if (flow) uniforms.u_flow = batch.flow;
  const shared = {
    anchor: batch.anchor, instances: segments.count, mode: 'triangles' as const, uniforms,
    textures: { u_colours: colourTexture(batch.colours, lines) },
    scatter: null, depthTest: true, blend: true, offset: 0,
  };
  if (!batch.metres) {
    const corners = { data: new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]), size: 2 as const };
    return {
      ...shared, vertex: pixelVertex(batch), fragment: pixelFragment(flow, levelOf(batch) > 0), attributes: { ...segments.attributes, a_corner: corners },
      index: new Uint16Array([0, 1, 2, 2, 1, 3]), count: 6, depthWrite: false, sphere: sphereOf(batch.places, 1),
    };
  }
  const { ring, index } = tubeRing();
  const widest = typeof batch.width === 'number' ? batch.width : batch.width.reduce((most, each) => Math.max(most, each), 0);
  return {
    ...shared, vertex: tubeVertex(batch), fragment: tubeFragment(flow), attributes: { ...segments.attributes, a_ring: { data: ring, size: 3 } },
    index, count: index.length, depthWrite: batch.order < ORDER.translucent, sphere: sphereOf(batch.places, widest),
  };
}
