import { DataTexture, DoubleSide, GLSL3, type Matrix3, type Matrix4, NearestFilter, RawShaderMaterial, RGBAFormat, Vector3, type IUniform, type Mesh, type MeshBasicMaterial, type Texture } from 'three';
import type { StyleTexture } from '../../backend.ts';
import { UNCUT } from '../../drawing/clip.ts';
import { TILE_LOOK } from '../../drawing/tile-look.ts';
import { CITY_LIGHT, lightUniforms, type SharedUniforms } from './shared-uniforms.ts';

/** glTF's dataset-wide feature number, as the loader names it. */
export const FEATURE_ATTRIBUTE = '_feature_id_1';

/** What every material of one tileset shares: the style, and whether there is one. */
export class TileStyle {
  readonly uniforms: Record<string, IUniform>;
  #texture: DataTexture;
  #current: StyleTexture | null = null;

  /** @param model the features are whole as they are: no windows are drawn on them */
  constructor(readonly model = false) {
    this.#texture = blank();
    this.uniforms = { u_style: { value: this.#texture }, u_styled: { value: 0 }, u_opacity: { value: 1 } };
  }

  get current(): StyleTexture | null { return this.#current; }

  set(style: StyleTexture | null): void {
    this.#current = style;
    this.uniforms.u_styled.value = style ? 1 : 0;
    if (!style) return;
    const { width, height } = this.#texture.image;
    if (width === style.width && height === style.height) this.#texture.image.data = style.data as Uint8Array<ArrayBuffer>;
    else {
      this.#texture.dispose();
      this.#texture = new DataTexture(style.data as Uint8Array<ArrayBuffer>, style.width, style.height, RGBAFormat);
      this.#texture.minFilter = this.#texture.magFilter = NearestFilter;
      this.uniforms.u_style.value = this.#texture;
    }
    this.#texture.needsUpdate = true;
  }

  /** Whether a feature is hidden by the style. */
  hides(feature: number): boolean {
    return this.#current !== null && this.#current.data[feature * 4 + 3] === 0;
  }

  get bytes(): number { return this.#current?.data.byteLength ?? 4; }

  dispose(): void {
    this.#texture.dispose();
  }
}

function blank(): DataTexture {
  const texture = new DataTexture(new Uint8Array([0, 0, 0, 1]), 1, 1, RGBAFormat);
  texture.needsUpdate = true;
  return texture;
}

function vertexShader(mesh: Mesh, textured: boolean): string {
  const { attributes } = mesh.geometry;
  return `precision highp float;
precision highp int;
in vec3 position;
${attributes.color ? `in vec${attributes.color.itemSize === 4 ? 4 : 3} color;` : ''}
${attributes[FEATURE_ATTRIBUTE] ? `in float ${FEATURE_ATTRIBUTE};` : ''}
${textured ? 'in vec2 uv;\nout vec2 v_uv;' : ''}
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform mat4 u_toPlace;
uniform vec3 u_tint;
uniform highp sampler2D u_style;
uniform float u_styled;
out vec3 v_eye;
out vec3 v_place;
out vec3 v_baked;
flat out float v_bare;
flat out vec4 v_styleTexel;
flat out float v_feature;
void main() {
  vec4 eye = modelViewMatrix * vec4(position, 1.0);
  v_eye = eye.xyz;
  v_place = (u_toPlace * vec4(position, 1.0)).xyz;
  v_baked = pow(u_tint${attributes.color ? ' * color.rgb' : ''}, vec3(0.4545));
  v_bare = ${textured ? '1.0' : attributes.color?.itemSize === 4 ? 'color.a < 0.998 ? 1.0 : 0.0' : '0.0'};
  v_feature = ${attributes[FEATURE_ATTRIBUTE] ? FEATURE_ATTRIBUTE : '0.0'};
  v_styleTexel = vec4(0.0, 0.0, 0.0, 1.0 / 255.0);
  ${textured ? 'v_uv = uv;' : ''}
  gl_Position = projectionMatrix * eye;
  ${attributes[FEATURE_ATTRIBUTE] ? `if (u_styled > 0.5) {
    int feature = int(v_feature + 0.5);
    int width = textureSize(u_style, 0).x;
    v_styleTexel = texelFetch(u_style, ivec2(feature % width, feature / width), 0);
    if (v_styleTexel.a == 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  }` : ''}
}`;
}

function fragmentShader(textured: boolean, hollow: boolean, model: boolean): string {
  return `precision highp float;
precision highp int;
in vec3 v_eye;
in vec3 v_place;
in vec3 v_baked;
flat in float v_bare;
flat in vec4 v_styleTexel;
flat in float v_feature;
${textured ? 'in vec2 v_uv;\nuniform sampler2D u_map;' : ''}
uniform mat3 u_eyeToWorld;
uniform mat3 u_worldToPlace;
uniform float u_opacity;
out vec4 out_FragColor;
${model ? '#define MODEL_LOOK' : ''}
${TILE_LOOK}${CITY_LIGHT}${UNCUT}
void main() {
  /* From eye space, where what is near has small and thus exact numbers. */
  vec3 dx = dFdx(v_eye), dy = dFdy(v_eye);
  vec3 facing = normalize(cross(dx, dy));
  if (dot(facing, v_eye) > 0.0) facing = -facing;
  vec3 normal = u_worldToPlace * (u_eyeToWorld * facing);
  vec3 baked = v_baked${textured ? ' * pow(texture(u_map, v_uv).rgb, vec3(0.4545))' : ''};
  float pixel = max(length(dx), length(dy));
  Building b = Building(baked, normal, v_place, pixel, v_feature, v_styleTexel, normalize(u_eyeToWorld * v_eye), length(v_eye), v_bare);
  vec3 look = buildingLook(b, cityLight());
  out_FragColor = vec4(${hollow ? 'inside(look)' : 'look'}, u_opacity);
  if (clipped(v_eye)) discard;
}`;
}

/**
 * @param toPlace from the mesh's own metres to metres east, north, up of its tile's middle (floors count along z there)
 * @param worldToPlace the same for directions in the twin's metres
 */
export function tileMaterial(mesh: Mesh, toPlace: Matrix4, worldToPlace: Matrix3, style: TileStyle, shared: SharedUniforms): RawShaderMaterial {
  const original = mesh.material as MeshBasicMaterial;
  const map: Texture | null = mesh.geometry.attributes.uv ? (original.map ?? null) : null;
  const tint = original.color ? new Vector3(original.color.r, original.color.g, original.color.b) : new Vector3(1, 1, 1);
  return new RawShaderMaterial({
    glslVersion: GLSL3, vertexShader: vertexShader(mesh, map !== null), fragmentShader: fragmentShader(map !== null, original.side !== DoubleSide, style.model),
    uniforms: { ...lightUniforms(shared), ...style.uniforms, u_eyeToWorld: shared.eyeToWorld, u_toPlace: { value: toPlace }, u_worldToPlace: { value: worldToPlace }, u_tint: { value: tint }, u_map: { value: map } },
    side: original.side === DoubleSide ? DoubleSide : original.side, forceSinglePass: true,
  });
}
