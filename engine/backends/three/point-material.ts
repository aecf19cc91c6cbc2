import { DataTexture, GLSL3, NearestFilter, RawShaderMaterial, RGBAFormat, Vector2, type IUniform, type Matrix4, type Points } from 'three';
import { UNCUT } from '../../drawing/clip.ts';
import { PLAIN_POINTS, POINT_COLOURS, POINT_FRAGMENT, POINT_VERTEX, pointTable, type PointLook } from '../../drawing/point-look.ts';
import { TILE_LOOK } from '../../drawing/tile-look.ts';
import { CITY_LIGHT, lightUniforms, type SharedUniforms } from './shared-uniforms.ts';

/** What all points of one tileset share. */
export class PointStyle {
  readonly uniforms: Record<string, IUniform>;
  readonly #table: DataTexture;
  #look: PointLook = PLAIN_POINTS;

  constructor() {
    const { width, height, data } = pointTable(this.#look);
    this.#table = new DataTexture(data as Uint8Array<ArrayBuffer>, width, height, RGBAFormat);
    this.#table.minFilter = this.#table.magFilter = NearestFilter;
    this.uniforms = { u_table: { value: this.#table }, u_by: { value: 0 }, u_range: { value: new Vector2() }, u_spacing: { value: 0 }, u_size: { value: new Vector2() } };
    this.set(this.#look);
  }

  get look(): PointLook { return this.#look; }

  set(look: PointLook): void {
    this.#look = look;
    this.#table.image.data = pointTable(look).data as Uint8Array<ArrayBuffer>;
    this.#table.needsUpdate = true;
    this.uniforms.u_by.value = POINT_COLOURS.indexOf(look.colour);
    (this.uniforms.u_range.value as Vector2).set(...look.range);
    (this.uniforms.u_size.value as Vector2).set(...look.size);
    this.uniforms.u_spacing.value = look.spacing;
  }

  /** Whether points of a class are hidden. */
  hides(kind: number): boolean {
    return this.#look.classes[kind * 4 + 3] === 0;
  }

  dispose(): void {
    this.#table.dispose();
  }
}

function vertexShader({ geometry: { attributes } }: Points): string {
  const coloured = attributes.color !== undefined;
  return `precision highp float;
precision highp int;
in vec3 position;
${coloured ? 'in vec4 color;' : ''}
${attributes._classification ? 'in float _classification;' : 'const float _classification = 0.0;'}
${attributes._intensity ? 'in float _intensity;' : 'const float _intensity = 0.0;'}
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform mat4 u_toPlace;
uniform vec2 u_viewport;
uniform float u_pixelRatio;
uniform highp sampler2D u_table;
uniform float u_by;
uniform vec2 u_range;
uniform vec2 u_size;
uniform float u_spacing;
out vec3 v_eye;
out vec4 v_colour;
${POINT_VERTEX}
void main() {
  vec4 eye = modelViewMatrix * vec4(position, 1.0);
  v_eye = eye.xyz;
  vec3 own = ${coloured ? 'pow(color.rgb, vec3(0.4545))' : 'vec3(0.85)'};
  v_colour = pointColour(u_table, u_by, u_range, own, _classification, _intensity, (u_toPlace * vec4(position, 1.0)).z);
  gl_Position = projectionMatrix * eye;
  if (v_colour.a == 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = pointSize(0.5 * u_viewport.y * projectionMatrix[1][1] / max(-eye.z, 0.01), u_size * u_pixelRatio, u_spacing);
}`;
}

const FRAGMENT = `precision highp float;
precision highp int;
in vec3 v_eye;
in vec4 v_colour;
uniform mat3 u_eyeToWorld;
uniform float u_opacity;
uniform float u_by;
out vec4 out_FragColor;
${TILE_LOOK}${POINT_FRAGMENT}${CITY_LIGHT}${UNCUT}
void main() {
  vec2 from = gl_PointCoord - 0.5;
  if (dot(from, from) > 0.25) discard;
  out_FragColor = vec4(pointLook(v_colour.rgb, u_by < 0.5, normalize(u_eyeToWorld * v_eye), length(v_eye), cityLight()), u_opacity);
  if (clipped(v_eye)) discard;
}`;

/** @param toPlace from the points' own metres to metres east, north, up of the tile's middle on the ellipsoid @param opacity shared with the tileset's other materials */
export function pointMaterial(points: Points, toPlace: Matrix4, style: PointStyle, opacity: IUniform, shared: SharedUniforms): RawShaderMaterial {
  return new RawShaderMaterial({
    glslVersion: GLSL3, vertexShader: vertexShader(points), fragmentShader: FRAGMENT,
    uniforms: { ...lightUniforms(shared), ...style.uniforms, u_opacity: opacity, u_eyeToWorld: shared.eyeToWorld, u_toPlace: { value: toPlace }, u_viewport: shared.viewport, u_pixelRatio: shared.pixelRatio },
  });
}
