import { anchorMatrix, DEGREE, invertRigid, multiply, placer, SEMI_MAJOR, SEMI_MINOR, transform, type Matrix } from '#geo';
import { CLIP_MOST, type ClipBox, type ClipPlane, type ClipPolygon, type ClipRegion } from './clip.ts';

/** Faces seen from behind, sRGB: what a cut lays open. */
const INSIDE = 'vec3(0.31, 0.29, 0.3)';
/** Texels of a row of {@link Cut.edges}: the ring's bounds, then its edges. */
const ROW = CLIP_MOST.corners + 1;

const MATRICES = ['u_clipPlanes0', 'u_clipPlanes1', 'u_clipBox0', 'u_clipBox1', 'u_clipBox2', 'u_clipBox3', 'u_clipRing0', 'u_clipRing1', 'u_clipRing2', 'u_clipRing3'] as const;

/** Uniforms of {@link CUT_SHADER}: `vec4 u_clipCounts`, the matrices, and the texture of edges. */
export const CUT_UNIFORMS = { counts: 'u_clipCounts', matrices: MATRICES, edges: 'u_clipEdges' } as const;

/** Takes the place of UNCUT in a shader. Planes are columns of matrices; a box's matrix leads to −1 … 1; a ring's to metres, its lowest row holds what else there is to know. */
export const CUT_SHADER = `
uniform vec4 u_clipCounts;
${MATRICES.map((name) => `uniform mat4 ${name};`).join('\n')}
uniform highp sampler2D u_clipEdges;
bool clipWithin(vec2 p, int row, int corners) {
  vec4 bounds = texelFetch(u_clipEdges, ivec2(0, row), 0);
  if (any(lessThan(p, bounds.xy)) || any(greaterThan(p, bounds.zw))) return false;
  bool within = false;
  for (int i = 1; i <= corners; i++) {
    vec4 edge = texelFetch(u_clipEdges, ivec2(i, row), 0);
    if ((edge.y > p.y) != (edge.w > p.y) && p.x < edge.x + (p.y - edge.y) / (edge.w - edge.y) * (edge.z - edge.x)) within = !within;
  }
  return within;
}
bool clipped(vec3 eye) {
  if (u_clipCounts.w < 0.5) return false;
  vec4 at = vec4(eye, 1.0);
  if (u_clipCounts.x > 0.5) {
    mat4 planes[2] = mat4[2](u_clipPlanes0, u_clipPlanes1);
    for (int i = 0; i < int(u_clipCounts.x); i++) if (dot(planes[i / 4][i % 4], at) > 0.0) return true;
  }
  if (u_clipCounts.y > 0.5) {
    mat4 boxes[4] = mat4[4](u_clipBox0, u_clipBox1, u_clipBox2, u_clipBox3);
    for (int i = 0; i < int(u_clipCounts.y); i++) {
      vec3 p = abs((boxes[i] * at).xyz);
      if ((max(p.x, max(p.y, p.z)) <= 1.0) != (boxes[i][0][3] > 0.5)) return true;
    }
  }
  if (u_clipCounts.z > 0.5) {
    mat4 rings[4] = mat4[4](u_clipRing0, u_clipRing1, u_clipRing2, u_clipRing3);
    for (int i = 0; i < int(u_clipCounts.z); i++) {
      mat4 ring = rings[i];
      vec3 p = (ring * at).xyz;
      if (clipWithin(p.xy * (ring[2][3] / (ring[2][3] + p.z)), i, int(ring[1][3])) != (ring[0][3] > 0.5)) return true;
    }
  }
  return false;
}
vec3 inside(vec3 colour) { return u_clipCounts.w > 0.5 && !gl_FrontFacing ? mix(colour, ${INSIDE}, 0.85) : colour; }
`;

/** A region in its own frame, in doubles: the frame's matrix from earth-centred metres, and whether a place of that frame is taken away. */
interface Framed {
  readonly kind: ClipRegion['kind'];
  readonly fromEcef: Matrix;
  readonly keepsInside: boolean;
  cuts(x: number, y: number, z: number): boolean;
}

/** Turned so that y looks along the heading. */
function turned(lon: number, lat: number, height: number, heading: number): Matrix {
  const sin = Math.sin(heading * DEGREE);
  const cos = Math.cos(heading * DEGREE);
  return multiply(anchorMatrix({ lon, lat, height }), new Float64Array([cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]));
}

interface FramedPlane extends Framed { readonly direction: readonly [number, number, number] }

function framePlane(region: ClipPlane): FramedPlane {
  const pitch = region.pitch * DEGREE;
  const direction: [number, number, number] = [0, Math.cos(pitch), Math.sin(pitch)];
  return {
    kind: 'plane', keepsInside: false, direction, fromEcef: invertRigid(turned(region.lon, region.lat, region.height, region.heading)),
    cuts: (_, y, z) => y * direction[1] + z * direction[2] > 0,
  };
}

interface FramedBox extends Framed { readonly half: readonly [number, number, number] }

function frameBox(region: ClipBox): FramedBox {
  const half: [number, number, number] = [region.size[0] / 2, region.size[1] / 2, region.size[2] / 2];
  const keepsInside = region.keep === 'inside';
  return {
    kind: 'box', keepsInside, half, fromEcef: invertRigid(turned(region.lon, region.lat, region.height, region.heading)),
    cuts: (x, y, z) => (Math.abs(x) <= half[0] && Math.abs(y) <= half[1] && Math.abs(z) <= half[2]) !== keepsInside,
  };
}

interface FramedRing extends Framed { readonly corners: Float64Array; readonly radius: number }

/**
 * Places are led along their plumb lines to the ground's tangent plane, as if these met in the middle of the sphere that fits the ellipsoid there: an upright
 * wall stays upright. 10 km from the ring's middle and 500 m up this is 5 mm off.
 */
function frameRing(region: ClipPolygon): FramedRing {
  const [lon, lat] = middle(region.ring);
  const anchor = { lon, lat, height: 0 };
  const local = placer(anchor);
  const sin = Math.sin(lat * DEGREE);
  const radius = (SEMI_MINOR * SEMI_MAJOR * SEMI_MAJOR) / (SEMI_MAJOR ** 2 * (1 - sin * sin) + SEMI_MINOR ** 2 * sin * sin);
  const keepsInside = region.keep === 'inside';
  const corners = new Float64Array(2 * region.ring.length);
  const place = new Float64Array(3);
  for (const [i, corner] of region.ring.entries()) {
    local.place(corner[0], corner[1], 0, place);
    const flat = radius / (radius + place[2]);
    corners.set([place[0] * flat, place[1] * flat], 2 * i);
  }
  return {
    kind: 'polygon', keepsInside, corners, radius, fromEcef: invertRigid(anchorMatrix(anchor)),
    cuts(x, y, z) {
      const flat = radius / (radius + z);
      return within(corners, x * flat, y * flat) !== keepsInside;
    },
  };
}

function middle(ring: ClipPolygon['ring']): [number, number] {
  const [lon, lat] = ring[0];
  const east = ring.map((corner) => ((((corner[0] - lon + 540) % 360) + 360) % 360) - 180);
  const north = ring.map((corner) => corner[1] - lat);
  return [lon + (Math.min(...east) + Math.max(...east)) / 2, lat + (Math.min(...north) + Math.max(...north)) / 2];
}

function within(corners: Float64Array, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, before = corners.length - 2; i < corners.length; before = i, i += 2) {
    const [ax, ay, bx, by] = [corners[before], corners[before + 1], corners[i], corners[i + 1]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}

/**
 * Regions as shaders and picks ask of them. Each has a frame of its own in doubles; what goes to the graphics card is the way from the eye into that frame,
 * so that a cut is as sharp 1,200 km from the twin's anchor as at it: to 1 mm from 10 km away, 1 cm from 100 km.
 */
export class Cut {
  /** Planes, boxes, rings, and 1 where anything is cut. */
  readonly counts: readonly [number, number, number, number];
  /** One 4 × 4 matrix for each of {@link CUT_UNIFORMS}`.matrices`, good for the eye given last to {@link see}. */
  readonly matrices: readonly Float32Array[] = MATRICES.map(() => new Float32Array(16));
  /** {@link ROW} × 4 texels of four floats: a ring's bounds (west, south, east, north), then an edge (x, y → x, y) each. */
  readonly edges: { readonly width: number; readonly height: number; readonly data: Float32Array } = { width: ROW, height: CLIP_MOST.polygon, data: new Float32Array(4 * ROW * CLIP_MOST.polygon) };
  readonly #planes: readonly FramedPlane[];
  readonly #boxes: readonly FramedBox[];
  readonly #rings: readonly FramedRing[];

  /** @param subject whose cut this is: regions of the other one are left out */
  constructor(regions: readonly ClipRegion[], subject: 'tiles' | 'ground') {
    const own = regions.filter(({ of = 'all' }) => of === 'all' || of === subject);
    this.#planes = own.filter((region) => region.kind === 'plane').slice(0, CLIP_MOST.plane).map(framePlane);
    this.#boxes = own.filter((region) => region.kind === 'box').slice(0, CLIP_MOST.box).map(frameBox);
    this.#rings = own.filter((region) => region.kind === 'polygon').slice(0, CLIP_MOST.polygon).map(frameRing);
    this.counts = [this.#planes.length, this.#boxes.length, this.#rings.length, own.length > 0 ? 1 : 0];
    this.#rings.forEach(({ corners }, row) => writeEdges(corners, this.edges.data.subarray(4 * ROW * row, 4 * ROW * (row + 1))));
  }

  get empty(): boolean { return this.counts[3] === 0; }

  /** Whether a place (earth-centred metres) is taken away. */
  cuts(x: number, y: number, z: number): boolean {
    const at = new Float64Array(3);
    for (const region of [...this.#planes, ...this.#boxes, ...this.#rings]) {
      transform(region.fromEcef, x, y, z, at);
      if (region.cuts(at[0], at[1], at[2])) return true;
    }
    return false;
  }

  /** Takes an eye's place: fills {@link matrices}. @param eyeToEcef eye space → earth-centred metres, in doubles */
  see(eyeToEcef: Matrix): void {
    this.#planes.forEach(({ fromEcef, direction }, i) => {
      const m = multiply(fromEcef, eyeToEcef);
      for (let column = 0; column < 4; column++) this.matrices[i >> 2][(i % 4) * 4 + column] = direction[1] * m[4 * column + 1] + direction[2] * m[4 * column + 2];
    });
    this.#boxes.forEach(({ fromEcef, half, keepsInside }, i) => {
      const m = multiply(fromEcef, eyeToEcef);
      for (let column = 0; column < 4; column++) for (let row = 0; row < 3; row++) m[4 * column + row] /= half[row];
      m[3] = keepsInside ? 1 : 0;
      this.matrices[2 + i].set(m);
    });
    this.#rings.forEach(({ fromEcef, corners, radius, keepsInside }, i) => {
      const m = multiply(fromEcef, eyeToEcef);
      m[3] = keepsInside ? 1 : 0;
      m[7] = corners.length / 2;
      m[11] = radius;
      this.matrices[6 + i].set(m);
    });
  }
}

function writeEdges(corners: Float64Array, row: Float32Array): void {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0, before = corners.length - 2; i < corners.length; before = i, i += 2) {
    row.set([corners[before], corners[before + 1], corners[i], corners[i + 1]], 4 + 2 * i);
    for (const [k, value] of [corners[i], corners[i + 1]].entries()) {
      bounds[k] = Math.min(bounds[k], value);
      bounds[2 + k] = Math.max(bounds[2 + k], value);
    }
  }
  row.set(bounds);
}
