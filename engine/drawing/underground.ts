/**
 * What shows where the ground is see-through, as GLSL that follows TILE_LOOK in both engines' shaders:
 * `vec3 earthLook(vec3 view, float distance, CityLight light)` is the dark earth that far below, sRGB;
 * `vec3 backdrop(vec3 view, float height, CityLight light)` is what lies behind everything while the ground is see-through: earth below the horizon, sky over it;
 * `vec3 fromBelow(vec3 colour, vec3 view, float distance, CityLight light)` is the ground's own colour on its underside.
 * `view` is a unit direction in a frame whose z points up at the eye, `height` the eye's over the ellipsoid in metres (a sphere here: only haze depends on it).
 */
export const EARTH_LOOK = `
vec3 darkEarth(CityLight light) { return vec3(0.011, 0.0125, 0.016) * (1.0 - 0.6 * light.night); }
vec3 earthLook(vec3 view, float distance, CityLight light) {
  return toSrgb(hazed(darkEarth(light), view, distance, light));
}
vec3 backdrop(vec3 view, float height, CityLight light) {
  vec3 sky = skyLook(view, light);
  if (height <= 0.0) return mix(earthLook(view, 0.0, light), sky, smoothstep(-0.03, 0.08, view.z));
  const float radius = 6371000.0;
  float along = -view.z * (radius + height);
  float over = height * (2.0 * radius + height);
  float depth = along * along - over;
  return along > 0.0 && depth > 0.0 ? earthLook(view, over / (along + sqrt(depth)), light) : sky;
}
vec3 fromBelow(vec3 colour, vec3 view, float distance, CityLight light) {
  vec3 lit = mix(darkEarth(light), toLinear(colour) * light.fill, 0.35);
  return toSrgb(mix(darkEarth(light), lit, exp(-distance / 900.0)));
}
`;
