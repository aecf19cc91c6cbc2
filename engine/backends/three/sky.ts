import { BufferAttribute, BufferGeometry, DoubleSide, GLSL3, Matrix4, Mesh, RawShaderMaterial } from 'three';
import { TILE_LOOK } from '../../drawing/tile-look.ts';
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
uniform mat3 u_eyeToWorld;
out vec3 v_direction;
void main() {
  vec4 eye = u_unproject * vec4(position.xy, 0.5, 1.0);
  v_direction = u_eyeToWorld * (eye.xyz / eye.w);
  gl_Position = vec4(position.xy, 0.5, 1.0);
}`,
    fragmentShader: `precision highp float;
in vec3 v_direction;
out vec4 out_FragColor;
${TILE_LOOK}${CITY_LIGHT}
void main() { out_FragColor = vec4(skyLook(normalize(v_direction), cityLight()), 1.0); }`,
    uniforms: { ...lightUniforms(shared), u_unproject: inverse, u_eyeToWorld: shared.eyeToWorld },
    depthTest: false, depthWrite: false, side: DoubleSide,
  });
  const sky = new Mesh(geometry, material);
  sky.frustumCulled = false;
  sky.renderOrder = -1000;
  sky.raycast = () => {};
  sky.onBeforeRender = () => { inverse.value.copy(camera.projectionMatrixInverse); };
  return sky;
}
