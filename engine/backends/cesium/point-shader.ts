import { Cartesian2, Cartesian3, CustomShader, CustomShaderMode, CustomShaderTranslucencyMode, LightingModel, Matrix4, UniformType, VaryingType, type UniformMap } from '@cesium/engine';
import type { Light } from '../../backend.ts';
import { UNCUT } from '../../drawing/clip.ts';
import { POINT_COLOURS, POINT_FRAGMENT, POINT_VERTEX, pointTable, type PointLook } from '../../drawing/point-look.ts';
import { TILE_LOOK } from '../../drawing/tile-look.ts';
import type { Cutting } from './clip.ts';
import { cityLight, lightUniforms, number, styleUniform, vec3, type TileShader } from './look.ts';

/** In the frame of the whole tileset, whose level falls away from the ground by what the earth bends. */
const VERTEX = `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  vec4 eye = czm_modelView * vec4(vsInput.attributes.positionMC, 1.0);
  vec3 place = (u_toUp * eye).xyz;
  float height = place.z + dot(place.xy, place.xy) / 12742000.0;
  v_colour = pointColour(u_table, u_by, u_range, toSrgb(vsInput.attributes.color_0.rgb), vsInput.attributes.classification, vsInput.attributes.intensity, height);
  float perMetre = 0.5 * czm_viewport.w * czm_projection[1][1] / (czm_projection[3][3] > 0.5 ? 1.0 : max(-eye.z, 0.01));
  vsOutput.pointSize = pointSize(perMetre, u_size * u_pixels, u_spacing);
}`;

const FRAGMENT = `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec2 from = gl_PointCoord - 0.5;
  if (v_colour.a < 0.5 || dot(from, from) > 0.25) discard;
  vec3 view = (u_toUp * vec4(fsInput.attributes.positionEC, 1.0)).xyz - u_eye;
  material.diffuse = czm_srgbToLinear(pointLook(v_colour.rgb, u_by < 0.5, normalize(view), length(view), cityLight(u_sun)));
  material.alpha = u_opacity;
  if (clipped(fsInput.attributes.positionEC)) discard;
}`;

export interface PointShader extends TileShader {
  points(look: PointLook): void;
  /** Pixels of the canvas a CSS pixel. */
  pixels(ratio: number): void;
}

export function makePointShader(options: { translucent: boolean; light: Light; cut: Cutting; opacity: number; look: PointLook }): PointShader {
  const { key, fill, zenith, horizon, haze, night, fine } = lightUniforms(options.light);
  const { look } = options;
  const shader = new CustomShader({
    mode: CustomShaderMode.REPLACE_MATERIAL,
    lightingModel: LightingModel.UNLIT,
    translucencyMode: options.translucent ? CustomShaderTranslucencyMode.TRANSLUCENT : CustomShaderTranslucencyMode.INHERIT,
    varyings: { v_colour: VaryingType.VEC4 },
    uniforms: {
      u_toUp: { type: UniformType.MAT4, value: new Matrix4() }, u_eye: vec3(new Cartesian3()), u_sun: vec3(new Cartesian3(0, 0, 1)), u_opacity: number(options.opacity),
      u_key: vec3(key), u_fill: vec3(fill), u_zenith: vec3(zenith), u_horizon: vec3(horizon), u_haze: number(haze), u_night: number(night), u_fine: number(fine),
      u_table: { type: UniformType.SAMPLER_2D, value: styleUniform(pointTable(look)) }, u_by: number(POINT_COLOURS.indexOf(look.colour)), u_range: vec2(look.range), u_size: vec2(look.size), u_spacing: number(look.spacing), u_pixels: number(1),
    },
    vertexShaderText: `vec3 toSrgb(vec3 linear) { return pow(max(linear, vec3(0.0)), vec3(0.4545)); }${POINT_VERTEX}${VERTEX}`,
    fragmentShaderText: options.cut.dressed(`${TILE_LOOK}${POINT_FRAGMENT}\n${cityLight('u_')}\n${UNCUT}${FRAGMENT}`),
  });
  Object.assign((shader as unknown as { uniformMap: UniformMap }).uniformMap, options.cut.uniformMap);
  return {
    shader,
    prepare(toUp, eye, sun) {
      shader.setUniform('u_toUp', toUp);
      shader.setUniform('u_eye', eye);
      shader.setUniform('u_sun', sun);
    },
    light(light) {
      const now = lightUniforms(light);
      for (const name of ['key', 'fill', 'zenith', 'horizon', 'haze', 'night', 'fine'] as const) shader.setUniform(`u_${name}`, now[name]);
    },
    points(next) {
      shader.setUniform('u_table', styleUniform(pointTable(next)));
      shader.setUniform('u_by', POINT_COLOURS.indexOf(next.colour));
      shader.setUniform('u_range', new Cartesian2(...next.range));
      shader.setUniform('u_size', new Cartesian2(...next.size));
      shader.setUniform('u_spacing', next.spacing);
    },
    pixels(ratio) { shader.setUniform('u_pixels', ratio); },
    destroy() { shader.destroy(); },
  };
}

function vec2([x, y]: readonly [number, number]): { type: UniformType; value: Cartesian2 } {
  return { type: UniformType.VEC2, value: new Cartesian2(x, y) };
}
