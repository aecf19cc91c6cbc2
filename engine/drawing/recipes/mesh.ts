import { ORDER, type MeshBatch } from '../batch.ts';
import type { Recipe } from '../recipe.ts';
import { checkLength, sphereOf } from './columns.ts';
import { CUT_WITH_GROUND, GROUND_PULL, LANDED, LIT, ON_GROUND, TO_SCREEN } from './shader-parts.ts';

/** Ground drapes and lines are pulled towards the eye by this many steps; solids are not. */
export function groundLevel(order: number): number {
  return order < ORDER.groundLine ? 1 : order < ORDER.solid ? 2 : 0;
}

/** GLSL that ends a vertex shader: `eye` to the screen, pulled if it lies on the ground. */
export function landed(order: number): string {
  const level = groundLevel(order);
  return level > 0 ? LANDED(level) : 'gl_Position = u_projection * eye;';
}

/** Fragment shader for a colour by vertex, flat shaded or as it is. */
export function surfaceFragment(shaded: boolean, order: number): string {
  const ground = groundLevel(order) > 0;
  return `uniform float u_opacity;
in vec4 v_colour;
in vec3 v_eye;
${shaded ? `uniform mat4 u_modelView;${LIT}` : ''}${ground ? ON_GROUND : ''}
void main() {
  vec3 colour = ${shaded ? 'lit(v_colour.rgb, flatNormal(v_eye), u_modelView[2].xyz)' : 'v_colour.rgb'};
  out_FragColor = vec4(colour, v_colour.a * u_opacity);
  if (out_FragColor.a < 0.004) discard;
  ${ground ? CUT_WITH_GROUND : ''}
}`;
}

/** Triangles with a colour a vertex. */
export function meshRecipe(batch: MeshBatch): Recipe {
  const vertices = batch.places.length / 3;
  checkLength('colours', batch.colours.length, 4 * vertices);
  return {
    anchor: batch.anchor,
    vertex: `${TO_SCREEN}${GROUND_PULL}
in vec3 a_place;
in vec4 a_colour;
out vec4 v_colour;
out vec3 v_eye;
${groundLevel(batch.order) > 0 ? 'out vec4 v_ground;' : ''}
void main() {
  vec4 eye = toEye(a_place);
  v_eye = eye.xyz;
  v_colour = a_colour;
  ${landed(batch.order)}
}`,
    fragment: surfaceFragment(batch.lit, batch.order),
    attributes: { a_place: { data: batch.places, size: 3 }, a_colour: { data: batch.colours, size: 4, normalized: true } },
    index: batch.indices,
    count: batch.indices.length,
    instances: null,
    mode: 'triangles',
    uniforms: {},
    textures: {},
    scatter: null,
    depthTest: true,
    depthWrite: batch.order >= ORDER.solid && batch.order < ORDER.translucent,
    blend: true, offset: 0,
    sphere: sphereOf(batch.places),
  };
}
