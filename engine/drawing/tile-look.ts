/**
 * How ground, sky and buildings look, as GLSL ES 3.00 that both engines put into their own shaders; nothing here is a uniform or a varying.
 * Everything is said in a frame whose z points up at the place (metres), colours go in and out as sRGB, the light's colours are linear.
 *
 * `struct CityLight { vec3 sun; vec3 key; vec3 fill; vec3 zenith; vec3 horizon; float hazeDistance; float night; float fine; }`: `fine` 0 leaves out what a weak machine goes without
 * `vec3 skyLook(vec3 direction, CityLight light)`
 * `float waterIn(vec3 colour)`, `vec3 waterLook(vec3 colour, vec2 at, vec3 view, float distance, CityLight light)`: water of the city's own map
 * `vec3 groundLook(vec3 colour, vec3 normal, vec3 towardsEye, float distance, CityLight light)`
 * `vec3 buildingLook(Building b, CityLight light)` with
 * `struct Building { vec3 colour; vec3 normal; vec3 place; float pixel; float feature; vec4 style; vec3 view; float distance; float bare; }`:
 * baked colour; unit normal turned to the eye; place whose z counts floors; metres a pixel spans there (`fwidth` of the place);
 * feature number (any steady number where there is none); style texel 0 … 1; unit direction from the eye to the place; metres to the eye; 1 where no windows
 * are drawn, because the source says itself what is there (a COLOR_0 alpha below 255, or a picture).
 * A caller discards features whose style texel has alpha 0 before it comes here, and writes `#define MODEL_LOOK` before this for shapes whose walls get no windows.
 */
export const TILE_LOOK = `
struct CityLight { vec3 sun; vec3 key; vec3 fill; vec3 zenith; vec3 horizon; float hazeDistance; float night; float fine; };
struct Building { vec3 colour; vec3 normal; vec3 place; float pixel; float feature; vec4 style; vec3 view; float distance; float bare; };

vec3 toLinear(vec3 c) { return c * c * (0.8 + 0.2 * c); }
vec3 toSrgb(vec3 c) { return pow(clamp(c, 0.0, 1.0), vec3(0.4545)); }

float hashOf(vec3 p) {
  p = fract(p * vec3(0.1031, 0.1030, 0.0973));
  p += dot(p, p.yxz + 33.33);
  return fract((p.x + p.y) * p.z);
}

/* The sky without sun, moon and stars, linear: what glass and water give back. */
vec3 skyGlow(vec3 direction, CityLight light) {
  float up = max(direction.z, 0.0);
  float towardsSun = max(dot(direction, light.sun), 0.0);
  float low = 1.0 - smoothstep(0.12, 0.6, light.sun.z);
  vec3 sky = mix(light.horizon, light.zenith, 1.0 - pow(1.0 - up, 3.0 + low));
  /* A low sun sets its side of the horizon alight; over a city at night there is always a little glow. */
  sky += light.key * (low * 0.5 * pow(towardsSun, 5.0) * exp(-up * 6.0) + 0.16 * pow(towardsSun, 24.0));
  return sky + light.night * light.night * vec3(0.022, 0.015, 0.009) * exp(-up * 9.0);
}

vec3 skyLook(vec3 direction, CityLight light) {
  vec3 sky = skyGlow(direction, light);
  if (direction.z < 0.0) return toSrgb(sky * (1.0 - min(-direction.z * 0.8, 0.2)));
  float towardsSun = dot(direction, light.sun);
  if (light.night > 0.8 && light.fine > 0.5) {
    sky += vec3(0.62, 0.66, 0.72) * smoothstep(0.99988, 0.99993, towardsSun) + vec3(0.03, 0.035, 0.045) * pow(max(towardsSun, 0.0), 400.0);
    vec3 cell = floor(direction * 210.0);
    float star = hashOf(cell + 500.0);
    float near = 1.0 - smoothstep(0.0, 0.5, length(fract(direction * 210.0) - 0.5));
    sky += vec3(0.8, 0.85, 1.0) * near * smoothstep(0.9955, 1.0, star) * smoothstep(0.03, 0.3, direction.z) * 0.5;
  } else sky += light.key * (1.0 - light.night) * (0.35 * pow(max(towardsSun, 0.0), 700.0) + 3.0 * smoothstep(0.99985, 0.99992, towardsSun));
  return toSrgb(sky);
}

vec3 hazed(vec3 colour, vec3 view, float distance, CityLight light) {
  float share = 1.0 - exp(-distance / light.hazeDistance);
  return mix(colour, light.fine > 0.5 ? skyGlow(vec3(view.xy, 0.0), light) : light.horizon, share);
}

vec3 daylight(vec3 normal, CityLight light) {
  return light.fill * (0.72 + 0.28 * normal.z) + light.key * max(dot(normal, light.sun), 0.0);
}

vec3 groundLook(vec3 colour, vec3 normal, vec3 view, float distance, CityLight light) {
  vec3 lit = toLinear(colour) * daylight(normal, light);
  return toSrgb(hazed(lit, view, distance, light));
}

/* How far a colour of the city's map is water: the one that is blue. */
float waterIn(vec3 colour) {
  return smoothstep(1.17, 1.24, colour.b / max(colour.r, 0.02));
}

/* Water gives back the sky and, in its ripples, the sun. "at" is in metres that stay where they are, modulo 128. */
vec3 waterLook(vec3 colour, vec2 at, vec3 view, float distance, CityLight light) {
  const float turn = 0.0490873852;
  vec2 wave = vec2(sin(turn * dot(at, vec2(11.0, 7.0))) + sin(turn * dot(at, vec2(-5.0, 13.0))), sin(turn * dot(at, vec2(-8.0, 12.0)) + 1.0) + sin(turn * dot(at, vec2(14.0, 5.0)) + 2.0))
    + 0.7 * vec2(sin(turn * dot(at, vec2(31.0, -23.0))), sin(turn * dot(at, vec2(27.0, 34.0))));
  vec3 normal = normalize(vec3(wave * 0.022 / (1.0 + distance * 0.0012), 1.0));
  vec3 back = reflect(view, normal);
  back.z = abs(back.z) + 0.02;
  back = normalize(back);
  float grazing = 1.0 - max(dot(normal, -view), 0.0);
  float mirror = 0.04 + 0.8 * grazing * grazing * grazing * grazing;
  vec3 lit = mix(toLinear(colour) * (light.fill + light.key * 0.6 * max(light.sun.z, 0.1)), skyGlow(back, light), mirror);
  lit += light.key * (1.0 - 0.5 * light.night) * 1.4 * pow(max(dot(back, light.sun), 0.0), 320.0);
  return toSrgb(hazed(lit, view, distance, light));
}

/* Share of a window's opening a point covers: 1 inside, 0 outside, soft over a pixel. */
float opening(vec2 cell, vec2 soft) {
  vec2 edge = abs(cell - vec2(0.5, 0.52)) - vec2(0.27, 0.26);
  vec2 inside = clamp(0.5 - edge / max(soft, vec2(0.001)), 0.0, 1.0);
  return inside.x * inside.y;
}

/* Lit windows of a wall at one size: from afar whole groups of them are one light, so that a town sparkles and does not hiss. */
float lampsAt(vec2 wall, float size, float pixel, float seed, float share) {
  vec2 cell = floor(wall / size);
  float chance = hashOf(vec3(cell, seed + size));
  float bright = 0.4 + 0.6 * hashOf(vec3(cell.yx, seed + 3.0 * size));
  return step(chance, share) * bright * opening(fract(wall / size), vec2(pixel / (3.2 * size)));
}

vec3 lamps(Building b, vec2 wall, float night) {
  float seed = b.feature * 1.37 + floor(dot(b.normal.xy, vec2(3.1, 7.7)) + 0.5);
  float own = hashOf(vec3(b.feature, 7.0, 3.0));
  float level = max(log2(b.pixel * 1.1), 0.0);
  float size = exp2(floor(level));
  float share = (0.08 + 0.34 * own * own) * night;
  float glow = mix(lampsAt(wall, size, b.pixel, seed, share), lampsAt(wall, size * 2.0, b.pixel, seed, share), smoothstep(0.3, 1.0, fract(level)));
  vec3 warm = mix(vec3(1.0, 0.6, 0.26), vec3(0.95, 0.84, 0.64), hashOf(vec3(b.feature, floor(wall.y / size), 5.0)));
  return warm * glow * 0.8 / (1.0 + 0.12 * size);
}

vec3 buildingLook(Building b, CityLight light) {
  float weight = b.style.a > 0.5 / 255.0 ? clamp((b.style.a * 255.0 - 1.0) / 254.0, 0.0, 1.0) : 0.0;
  bool roof = b.normal.z > 0.6;
  vec3 own = roof ? b.colour * vec3(0.955, 0.965, 0.98) : b.colour;
  vec3 colour = mix(own, b.style.rgb, weight);
  vec3 soft = daylight(b.normal, light);
  /* A colour that means something keeps its value: the light models its form and no more. */
  float bright = dot(soft, vec3(0.3333));
  vec3 light_ = mix(soft, vec3(0.62 + 0.42 * clamp(bright, 0.0, 1.0)) * mix(1.0, 0.8, light.night), weight * 0.85);
  vec3 lit = toLinear(colour) * light_;

#ifndef MODEL_LOOK
  if (!roof && b.bare < 0.5) {
    vec2 tangent = vec2(-b.normal.y, b.normal.x) / max(length(b.normal.xy), 0.001);
    vec2 wall = vec2(dot(b.place.xy, tangent) / 3.4, b.place.z / 3.0);
    vec2 fuzz = vec2(b.pixel) / vec2(3.4, 3.0);
    float near = clamp(1.6 - b.pixel * 1.6, 0.0, 1.0);
    float window = opening(fract(wall), fuzz);
    float line = 1.0 - clamp(abs(fract(wall.y + 0.5) - 0.5) / max(fuzz.y, 0.03), 0.0, 1.0);
    lit *= 1.0 - (0.16 * window + 0.1 * line) * (1.0 - weight * 0.6) * near;
    vec3 back = reflect(b.view, b.normal);
    float grazing = 1.0 + dot(b.view, b.normal);
    if (light.fine > 0.5) lit = mix(lit, skyGlow(vec3(back.xy, max(back.z, 0.04)), light), window * near * (1.0 - weight) * (0.1 + 0.5 * grazing * grazing));
    if (light.night > 0.0) lit += lamps(b, wall, light.night) * (1.0 - 0.75 * weight);
  }
#endif
  return toSrgb(hazed(lit, b.view, b.distance, light));
}
`;

/** Bare ground, sRGB 0 … 1: what lies where no picture does. */
export const GROUND_COLOUR: readonly [number, number, number] = [0.79, 0.79, 0.765];

/** Metres east and north of a place, modulo 128, that go on wherever one moves: what `waterLook` counts its ripples from. Degrees in. */
export function ripplePhase(lon: number, lat: number): [number, number] {
  const metres = 111_319.49;
  return [(lon * metres * Math.cos((lat * Math.PI) / 180)) % 128, (lat * metres) % 128];
}
