import earcut from 'earcut';
import { ORDER, type PolygonsBatch } from '../batch.ts';
import type { Recipe } from '../recipe.ts';
import { checkLength, colourTexture, sphereOf } from './columns.ts';
import { groundLevel, landed, surfaceFragment } from './mesh.ts';
import { GROUND_PULL, SLOT_COLOUR, TO_SCREEN } from './shader-parts.ts';

/** Triangles of a polygons batch: places [3m], the polygon each vertex belongs to, indices. Roofs (or flat faces) first, then walls. */
export interface PolygonTriangles {
  readonly places: Float32Array;
  readonly slots: Float32Array;
  readonly indices: Uint32Array;
}

/** Cuts polygons with holes into triangles, and extrudes those that have a height. */
export function triangulate(batch: Pick<PolygonsBatch, 'places' | 'rings' | 'starts' | 'heights'>): PolygonTriangles {
  const { places, rings, starts, heights } = batch;
  const vertices = places.length / 3;
  const top = new Float32Array(places);
  const slots = new Float32Array(vertices);
  const indices: number[] = [];
  for (let polygon = 0; polygon + 1 < starts.length; polygon++) {
    const first = rings[starts[polygon]];
    const last = rings[starts[polygon + 1]];
    const holes: number[] = [];
    for (let ring = starts[polygon] + 1; ring < starts[polygon + 1]; ring++) holes.push(rings[ring] - first);
    for (const i of earcut(places.subarray(first * 3, last * 3), holes, 3)) indices.push(first + i);
    for (let i = first; i < last; i++) {
      slots[i] = polygon;
      if (heights) top[3 * i + 2] += heights[polygon];
    }
  }
  if (!heights) return { places: top, slots, indices: Uint32Array.from(indices) };
  return extrude(batch, top, slots, indices);
}

function extrude(batch: Pick<PolygonsBatch, 'places' | 'rings' | 'heights'>, top: Float32Array, slots: Float32Array, indices: number[]): PolygonTriangles {
  const { places, rings } = batch;
  const vertices = places.length / 3;
  const all = new Float32Array(places.length * 2);
  const allSlots = new Float32Array(vertices * 2);
  all.set(top);
  all.set(places, places.length);
  allSlots.set(slots);
  allSlots.set(slots, vertices);
  for (let ring = 0; ring + 1 < rings.length; ring++) {
    for (let i = rings[ring]; i < rings[ring + 1]; i++) {
      const next = i + 1 < rings[ring + 1] ? i + 1 : rings[ring];
      indices.push(i, i + vertices, next, next, i + vertices, next + vertices);
    }
  }
  return { places: all, slots: allSlots, indices: Uint32Array.from(indices) };
}

/** Flat or extruded polygons, one colour texel each. */
export function polygonsRecipe(batch: PolygonsBatch): Recipe {
  const count = Math.max(0, batch.starts.length - 1);
  checkLength('colours', batch.colours.length, 4 * count);
  if (batch.heights) checkLength('heights', batch.heights.length, count);
  const triangles = triangulate(batch);
  return {
    anchor: batch.anchor,
    vertex: `${TO_SCREEN}${SLOT_COLOUR}${GROUND_PULL}
in vec3 a_place;
in float a_slot;
out vec4 v_colour;
out vec3 v_eye;
${groundLevel(batch.order) > 0 ? 'out vec4 v_ground;' : ''}
void main() {
  vec4 eye = toEye(a_place);
  v_eye = eye.xyz;
  v_colour = colourOf(a_slot);
  if (v_colour.a == 0.0) { gl_Position = hidden(); return; }
  ${landed(batch.order)}
}`,
    fragment: surfaceFragment(batch.heights !== null, batch.order),
    attributes: { a_place: { data: triangles.places, size: 3 }, a_slot: { data: triangles.slots, size: 1 } },
    index: triangles.indices,
    count: triangles.indices.length,
    instances: null,
    mode: 'triangles',
    uniforms: {},
    textures: { u_colours: colourTexture(batch.colours, count) },
    scatter: null,
    depthTest: true,
    depthWrite: batch.order >= ORDER.solid && batch.order < ORDER.translucent,
    blend: true, offset: 0,
    sphere: sphereOf(triangles.places),
  };
}
