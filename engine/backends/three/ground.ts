import { BufferAttribute, BufferGeometry, DoubleSide, GLSL3, Mesh, RawShaderMaterial, Vector2, Vector3, type IUniform } from 'three';
import { anchorMatrix, DEGREE, invertRigid, multiply, placer, SEMI_MAJOR, viewMatrix, type Anchor, type Matrix, type Pose } from '#geo';
import { UNCUT } from '../../drawing/clip.ts';
import { GROUND_COLOUR, ripplePhase, TILE_LOOK } from '../../drawing/tile-look.ts';
import { EARTH_LOOK } from '../../drawing/underground.ts';
import type { Clip } from './clip.ts';
import type { Imagery } from './imagery.ts';
import { CITY_LIGHT, lightUniforms, type SharedUniforms } from './shared-uniforms.ts';

const RINGS = 44;
const SECTORS = 72;
/** See-through ground comes after everything solid and before all that lies on it. */
export const GLASS_ORDER = 0;

/**
 * What ground is painted with: base colour, pictures laid over it, light and haze. One material for the bare ellipsoid, one for terrain;
 * both find the pictures by where a pixel is, so the meshes know nothing of them.
 */
export class Ground {
  readonly mesh: Mesh;
  /** For terrain meshes, which have normals. */
  readonly terrainMaterial: RawShaderMaterial;
  /** The place the ground's own metres count from: below the eye, moved along in steps. */
  anchor: Anchor = { lon: 0, lat: 0, height: 0 };
  readonly #material: RawShaderMaterial;
  readonly #uniforms: Record<string, IUniform>;
  readonly #shared: SharedUniforms;
  readonly #face = { value: 0 };
  readonly #phase = { value: new Vector2() };
  readonly #worldFromEcef: Matrix;
  #reach = -1;

  constructor(shared: SharedUniforms, worldFromEcef: Matrix, imagery: Imagery, clip: Clip) {
    this.#worldFromEcef = worldFromEcef;
    this.#shared = shared;
    this.#uniforms = { ...lightUniforms(shared), ...imagery.uniforms, u_eyeToGround: shared.eyeToGround, u_ground: shared.groundOpacity, u_cut: shared.groundCut, u_face: this.#face, u_watery: imagery.watery, u_phase: this.#phase, u_base: { value: new Vector3(...GROUND_COLOUR) } };
    this.#material = this.#make(false, imagery);
    this.terrainMaterial = this.#make(true, imagery);
    clip.ground.wear(this.#material);
    clip.ground.wear(this.terrainMaterial);
    this.mesh = new Mesh(new BufferGeometry(), this.#material);
    this.mesh.geometry.setIndex(new BufferAttribute(ringIndices(), 1));
    this.mesh.frustumCulled = false;
    this.mesh.matrixAutoUpdate = this.mesh.matrixWorldAutoUpdate = false;
    this.mesh.renderOrder = -900;
    this.mesh.raycast = () => {};
  }

  #make(terrain: boolean, imagery: Imagery): RawShaderMaterial {
    return new RawShaderMaterial({
      glslVersion: GLSL3, uniforms: this.#uniforms, side: DoubleSide, forceSinglePass: true,
      vertexShader: `precision highp float;
in vec3 position;
${terrain ? 'in vec3 normal;\nout vec3 v_normal;' : ''}
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
out vec3 v_eye;
void main() {
  vec4 eye = modelViewMatrix * vec4(position, 1.0);
  v_eye = eye.xyz;
  ${terrain ? 'v_normal = mat3(modelViewMatrix) * normal;' : ''}
  gl_Position = projectionMatrix * eye;
}`,
      fragmentShader: `precision highp float;
precision highp int;
in vec3 v_eye;
${terrain ? 'in vec3 v_normal;' : ''}
uniform mat4 u_eyeToGround;
uniform vec3 u_base;
uniform float u_ground;
uniform float u_cut;
/* 1: only what faces upwards is painted, -1: only the underside, 0: both. */
uniform float u_face;
/* 1 where the map is the city's own, which says by its colour what is water. */
uniform float u_watery;
/* Where the ground's own metres count from, modulo 128. */
uniform vec2 u_phase;
out vec4 out_FragColor;
${TILE_LOOK}${EARTH_LOOK}${CITY_LIGHT}${imagery.shader}${UNCUT}
vec3 lookFromAbove(vec3 colour, vec3 normal, vec2 place, vec3 view, float distance) {
  vec3 land = groundLook(colour, normal, view, distance, cityLight());
  float water = u_watery * u_fine * waterIn(colour);
  return water > 0.0 ? mix(land, waterLook(colour, place + u_phase, view, distance, cityLight()), water) : land;
}
void main() {
  if (u_face != 0.0 && gl_FrontFacing != (u_face > 0.0)) discard;
  vec3 place = (u_eyeToGround * vec4(v_eye, 1.0)).xyz;
  vec3 normal = ${terrain ? 'normalize(mat3(u_eyeToGround) * v_normal)' : 'vec3(0.0, 0.0, 1.0)'};
  vec3 colour = withImagery(u_base, place);
  vec3 view = normalize(mat3(u_eyeToGround) * v_eye);
  /* Whole, solid ground is only ever seen from above: what turns its back there is a skirt in a seam. */
  bool above = gl_FrontFacing || (u_ground >= 1.0 && u_cut < 0.5);
  vec3 seen = above ? lookFromAbove(colour, normal, place.xy, view, length(v_eye)) : fromBelow(colour, view, length(v_eye), cityLight());
  out_FragColor = vec4(seen, u_ground);
  if (clipped(v_eye)) discard;
}`,
    });
  }

  /** Follows the eye: a new mesh when it has moved on by a good part of its height. */
  follow(pose: Pose): void {
    const height = Math.max(Math.abs(pose.height), 60);
    const moved = placer(this.anchor).place(pose.lon, pose.lat, 0, new Float64Array(3));
    if (Math.hypot(moved[0], moved[1]) > height * 0.3 || height > this.#reach * 1.3 || height < this.#reach / 1.3) this.#rebuild(pose, height);
    const groundFromEye = multiply(invertRigid(anchorMatrix(this.anchor)), invertRigid(viewMatrix(pose)));
    this.#shared.eyeToGround.value.fromArray(groundFromEye);
    this.#shared.eyeHeight.value = pose.height;
  }

  /**
   * How solid the ground is. See-through, it is laid over what was painted before it and hides nothing painted after it.
   * @param above the eye is over the ground: only what is turned to the eye is painted, so that a hill is not seen twice
   */
  through(opacity: number, above: boolean): void {
    this.#shared.groundOpacity.value = opacity;
    const glass = opacity < 1;
    this.#face.value = glass ? (above ? 1 : -1) : 0;
    for (const material of [this.#material, this.terrainMaterial]) {
      Object.assign(material, { transparent: glass, depthWrite: !glass, visible: opacity > 0 });
    }
    this.mesh.renderOrder = glass ? GLASS_ORDER : -900;
  }

  #rebuild(pose: Pose, height: number): void {
    this.anchor = { lon: pose.lon, lat: pose.lat, height: 0 };
    this.#reach = height;
    this.#phase.value.set(...ripplePhase(pose.lon, pose.lat));
    this.mesh.geometry.setAttribute('position', new BufferAttribute(ringPlaces(this.anchor, height), 3));
    this.mesh.matrixWorld.fromArray(multiply(this.#worldFromEcef, anchorMatrix(this.anchor)));
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.#material.dispose();
    this.terrainMaterial.dispose();
  }
}

/** Rings around the place below the eye, each a third wider than the last, out to behind the horizon; every vertex on the ellipsoid. */
function ringPlaces(anchor: Anchor, height: number): Float32Array {
  const local = placer(anchor);
  const out = new Float32Array((1 + RINGS * SECTORS) * 3);
  const first = Math.min(height * 0.1, 20_000) / SEMI_MAJOR;
  const last = Math.min(Math.acos(SEMI_MAJOR / (SEMI_MAJOR + height)) * 1.1 + 0.02, 80 * DEGREE);
  const geographic = new Float64Array(3);
  for (let ring = 0; ring < RINGS; ring++) {
    const tangent = SEMI_MAJOR * Math.tan(first * (last / first) ** (ring / (RINGS - 1)));
    for (let sector = 0; sector < SECTORS; sector++) {
      const angle = (2 * Math.PI * sector) / SECTORS;
      local.unplace(tangent * Math.sin(angle), tangent * Math.cos(angle), 0, geographic);
      local.place(geographic[0], geographic[1], 0, out, 3 * (1 + ring * SECTORS + sector));
    }
  }
  return out;
}

function ringIndices(): Uint16Array {
  const out: number[] = [];
  for (let sector = 0; sector < SECTORS; sector++) {
    const next = (sector + 1) % SECTORS;
    out.push(0, 1 + next, 1 + sector);
    for (let ring = 0; ring + 1 < RINGS; ring++) {
      const inner = 1 + ring * SECTORS;
      const outer = inner + SECTORS;
      out.push(inner + sector, inner + next, outer + sector, outer + sector, inner + next, outer + next);
    }
  }
  return Uint16Array.from(out);
}
