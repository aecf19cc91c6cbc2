import { Cartesian3, Color, CustomShader, CustomShaderMode, CustomShaderTranslucencyMode, LightingModel, Material, Matrix4, TextureUniform, UniformType, type UniformMap, type UniformSpecifier } from '@cesium/engine';
import { UNCUT } from '../../drawing/clip.ts';
import { GROUND_COLOUR, TILE_LOOK } from '../../drawing/tile-look.ts';
import { EARTH_LOOK } from '../../drawing/underground.ts';
import type { Light } from '../../backend.ts';
import type { Cutting } from './clip.ts';

/** GLSL that fills a CityLight from uniforms named with `prefix`, for a sun given in the same z-up frame. */
export function cityLight(prefix: string): string {
  return `CityLight cityLight(vec3 sun) {
  CityLight light;
  light.sun = sun;
  light.key = ${prefix}key; light.fill = ${prefix}fill; light.zenith = ${prefix}zenith; light.horizon = ${prefix}horizon;
  light.hazeDistance = ${prefix}haze; light.night = ${prefix}night; light.fine = ${prefix}fine;
  return light;
}`;
}

/** The light's numbers as Cesium's uniforms take them; a material keeps them as colours' cousins, {x, y, z}. */
export function lightUniforms(light: Light): { key: Cartesian3; fill: Cartesian3; zenith: Cartesian3; horizon: Cartesian3; haze: number; night: number; fine: number } {
  return {
    key: new Cartesian3(...light.key), fill: new Cartesian3(...light.fill), zenith: new Cartesian3(...light.sky.zenith), horizon: new Cartesian3(...light.sky.horizon),
    haze: light.haze.distance, night: light.night, fine: light.plain ? 0 : 1,
  };
}

/**
 * Fragment shader of what lies behind everything: sky, and below the horizon the bare ground, so that nothing pops in where the globe's tiles are still to
 * come. `u_toUp` turns eye space upright at the eye, `u_height` is the eye's over the ellipsoid (a sphere here: only haze and light depend on it).
 */
export const SKY_FRAGMENT = `
uniform vec3 u_key; uniform vec3 u_fill; uniform vec3 u_zenith; uniform vec3 u_horizon; uniform float u_haze; uniform float u_night; uniform float u_fine;
uniform vec3 u_sun;
uniform mat4 u_toUp;
uniform mat4 u_projection;
uniform float u_height;
uniform float u_glass;
in vec2 v_at;
${TILE_LOOK}${EARTH_LOOK}
${cityLight('u_')}
void main() {
  vec3 eye = vec3((v_at.x + u_projection[2][0]) / u_projection[0][0], (v_at.y + u_projection[2][1]) / u_projection[1][1], -1.0);
  vec3 view = normalize(mat3(u_toUp) * eye);
  CityLight light = cityLight(u_sun);
  if (u_glass > 0.5) {
    out_FragColor = vec4(backdrop(view, u_height, light), 1.0);
    return;
  }
  const float radius = 6371000.0;
  float along = -view.z * (radius + u_height);
  float over = u_height * (2.0 * radius + u_height);
  float depth = along * along - over;
  vec3 colour = skyLook(view, light);
  if (u_height > 0.0 && along > 0.0 && depth > 0.0) {
    float distance = over / (along + sqrt(depth));
    vec3 up = normalize(view * distance + vec3(0.0, 0.0, radius + u_height));
    colour = groundLook(vec3(${GROUND_COLOUR.map((channel) => channel.toFixed(4)).join(', ')}), up, view, distance, light);
  }
  out_FragColor = vec4(colour, 1.0);
}`;

export const SKY_VERTEX = `
in vec2 a_at;
out vec2 v_at;
void main() { v_at = a_at; gl_Position = vec4(a_at, 0.0, 1.0); }`;

/**
 * The globe's material. Cesium lays a material over the imagery by alpha and tells it nothing of the imagery's colour; the macro hands it that colour
 * (a variable of the globe's shader, at the place of the call), so that the ground gets the same light and haze as in the other engine.
 * `city_ripples`: where ripples count from at the eye (metres), and 1 where blues are water.
 * @param cut what is taken away of the ground
 * @param normals whether the terrain comes with normals by vertex; without, the ground is shaded as if level (Cesium leaves out a material that names what is not there)
 */
export function makeGroundMaterial(light: Light, cut: Cutting, normals: boolean): Material {
  const material = new Material({
    fabric: {
      uniforms: { ...Object.fromEntries(Object.entries(lightUniforms(light)).map(([name, value]) => [`city_${name}`, value])), city_ripples: new Cartesian3() },
      source: cut.dressed(`${TILE_LOOK}${EARTH_LOOK}
${cityLight('city_')}
${UNCUT}czm_material cityGround(czm_materialInput put, vec4 under) {
  czm_material material = czm_getDefaultMaterial(put);
  vec3 away = mat3(czm_inverseView) * -put.positionToEyeEC;
  vec3 up = normalize(czm_viewerPositionWC + away);
  vec3 east = normalize(cross(vec3(0.0, 0.0, 1.0), up));
  mat3 toUp = transpose(mat3(east, cross(up, east), up));
  vec3 place = toUp * away;
  vec3 facing = ${normals ? 'toUp * (mat3(czm_inverseView) * put.normalEC)' : 'vec3(0.0, 0.0, 1.0)'};
  CityLight light = cityLight(toUp * (mat3(czm_inverseView) * czm_lightDirectionEC));
  vec3 view = normalize(place);
  float water = city_ripples.z * city_fine * waterIn(under.rgb);
  material.diffuse = water > 0.0 && gl_FrontFacing ? mix(groundLook(under.rgb, facing, view, length(place), light), waterLook(under.rgb, place.xy + city_ripples.xy, view, length(place), light), water)
    : gl_FrontFacing ? groundLook(under.rgb, facing, view, length(place), light) : fromBelow(under.rgb, view, length(place), light);
  material.alpha = 1.0;
  if (clipped(-put.positionToEyeEC)) discard;
  return material;
}
#define czm_getMaterial(put) cityGround(put, color)
`),
    },
    translucent: false,
  });
  Object.assign((material as unknown as { _uniforms: UniformMap })._uniforms, cut.uniformMap);
  return material;
}

/** What is kept of a style: one texel shows every feature as it is. */
const PLAIN = { width: 1, height: 1, data: new Uint8Array([0, 0, 0, 1]) };

export function styleUniform(texture: { width: number; height: number; data: Uint8Array } | null): TextureUniform {
  const { width, height, data } = texture ?? PLAIN;
  return new TextureUniform({ typedArray: data, width, height, repeat: false, minificationFilter: 9728, magnificationFilter: 9728 } as never);
}

/** The place, the way from the eye and the light of a fragment of tiles. */
const FRAME = `
  vec3 place = (u_toUp * vec4(fsInput.attributes.positionEC, 1.0)).xyz;
  vec3 view = place - u_eye;
  vec3 facing = normalize(cross(dFdx(view), dFdy(view)));
  facing = dot(facing, view) > 0.0 ? -facing : facing;
  CityLight light = cityLight(u_sun);`;

/**
 * Features of one of our own datasets: looked up in the style texture by the dataset-wide number, hidden ones not drawn and not picked.
 * Colours come from Cesium's own material: bodies and models may have pictures, which only it has.
 */
const own = (model: boolean): string => `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  int feature = int(floor(fsInput.attributes.featureId_1 + 0.5));
  vec4 style = vec4(0.0, 0.0, 0.0, 1.0 / 255.0);
  if (u_styled > 0.5) {
    ivec2 shape = textureSize(u_style, 0);
    style = texelFetch(u_style, ivec2(feature % shape.x, feature / shape.x), 0);
    if (style.a < 0.5 / 255.0) discard;
  }${FRAME}
  float pixel = max(length(dFdx(view)), length(dFdy(view)));
  Building building = Building(toSrgb(material.diffuse), facing, place, pixel, float(feature), style, normalize(view), length(view), ${model ? '1.0' : 'fsInput.attributes.color_0.a < 0.998 ? 1.0 : 0.0'});
  material.diffuse = czm_srgbToLinear(inside(buildingLook(building, light)));
  material.alpha = u_opacity;
  if (clipped(fsInput.attributes.positionEC)) discard;
}`;

/** Anything else: its own colours and textures in the twin's light and haze. */
const FOREIGN = `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {${FRAME}
  material.diffuse = czm_srgbToLinear(groundLook(czm_linearToSrgb(material.diffuse), facing, normalize(view), length(view), light));
  material.alpha *= u_opacity;
  if (clipped(fsInput.attributes.positionEC)) discard;
}`;

/** A tileset's shader. Its matrices and sun are written before each frame by {@link TileShader.prepare}. */
export interface TileShader {
  readonly shader: CustomShader;
  prepare(toUp: Matrix4, eye: Cartesian3, sun: Cartesian3): void;
  light(light: Light): void;
  destroy(): void;
}

export function vec3(value: Cartesian3): UniformSpecifier {
  return { type: UniformType.VEC3, value };
}

export function number(value: number): UniformSpecifier {
  return { type: UniformType.FLOAT, value };
}

export function makeTileShader(options: { own: boolean; model: boolean; translucent: boolean; light: Light; cut: Cutting; style: TextureUniform | null; opacity: number }): TileShader {
  const { key, fill, zenith, horizon, haze, night, fine } = lightUniforms(options.light);
  const styled: Record<string, UniformSpecifier> = options.own
    ? { u_style: { type: UniformType.SAMPLER_2D, value: options.style ?? styleUniform(null) }, u_styled: number(options.style ? 1 : 0) }
    : {};
  const shader = new CustomShader({
    mode: CustomShaderMode.MODIFY_MATERIAL,
    lightingModel: LightingModel.UNLIT,
    translucencyMode: options.translucent ? CustomShaderTranslucencyMode.TRANSLUCENT : CustomShaderTranslucencyMode.INHERIT,
    uniforms: {
      u_toUp: { type: UniformType.MAT4, value: new Matrix4() }, u_eye: vec3(new Cartesian3()), u_sun: vec3(new Cartesian3(0, 0, 1)), u_opacity: number(options.opacity),
      u_key: vec3(key), u_fill: vec3(fill), u_zenith: vec3(zenith), u_horizon: vec3(horizon), u_haze: number(haze), u_night: number(night), u_fine: number(fine), ...styled,
    },
    fragmentShaderText: options.cut.dressed(`${options.model ? '#define MODEL_LOOK\n' : ''}${TILE_LOOK}\n${cityLight('u_')}\n${UNCUT}${options.own ? own(options.model) : FOREIGN}`),
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
    destroy() { shader.destroy(); },
  };
}

/** Linear colour as Cesium's sRGB Color, for what is cleared before anything is drawn. */
export function clearColour([r, g, b]: readonly [number, number, number]): Color {
  return new Color(r ** 0.4545, g ** 0.4545, b ** 0.4545, 1);
}
