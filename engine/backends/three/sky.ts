import { BufferAttribute, BufferGeometry, DoubleSide, GLSL3, Matrix4, Mesh, RawShaderMaterial } from 'three';
import { TILE_LOOK } from '../../drawing/tile-look.ts';
import { EARTH_LOOK } from '../../drawing/underground.ts';
import type { CityCamera } from './camera.ts';
import { CITY_LIGHT, lightUniforms, type SharedUniforms } from './shared-uniforms.ts';

/** Behind everything: one triangle over the whole canvas, coloured by where each pixel looks. */
export function makeSky(shared: SharedUniforms, camera: CityCamera): Mesh {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
  const inverse = { value: new Matrix4() };
  const material = new RawShaderMaterial({
    glslVersion: GLSL3,
    vertexShader: `precision highp float;
in vec3 position;
uniform mat4 u_unproject;
uniform mat4 u_eyeToGround;
out vec3 v_direction;
void main() {
  vec4 eye = u_unproject * vec4(position.xy, 0.5, 1.0);
  v_direction = mat3(u_eyeToGround) * (eye.xyz / eye.w);
  gl_Position = vec4(position.xy, 0.5, 1.0);
}`,
    fragmentShader: `precision highp float;
in vec3 v_direction;
uniform float u_ground;
uniform float u_cut;
uniform float u_height;
out vec4 out_FragColor;
${TILE_LOOK}${EARTH_LOOK}${CITY_LIGHT}
void main() {
  vec3 view = normalize(v_direction);
  out_FragColor = vec4(u_ground < 1.0 || u_cut > 0.5 ? backdrop(view, u_height, cityLight()) : skyLook(view, cityLight()), 1.0);
}`,
    uniforms: { ...lightUniforms(shared), u_unproject: inverse, u_eyeToGround: shared.eyeToGround, u_ground: shared.groundOpacity, u_cut: shared.groundCut, u_height: shared.eyeHeight },
    depthTest: false, depthWrite: false, side: DoubleSide,
  });
  const sky = new Mesh(geometry, material);
  sky.frustumCulled = false;
  sky.renderOrder = -1000;
  sky.raycast = () => {};
  sky.onBeforeRender = () => { inverse.value.copy(camera.projectionMatrixInverse); };
  return sky;
}
