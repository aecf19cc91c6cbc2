import { sunPosition } from '#geo';
import type { Light, LightName } from '../backend.ts';

/** The four lights of a day. Colours are linear; key + fill on a face turned to the sun is a little over 1 by day. */
export const LIGHTS: Readonly<Record<LightName, Light>> = {
  dawn: {
    name: 'dawn', sun: { azimuth: 96, altitude: 11 }, key: [1.05, 0.66, 0.4], fill: [0.33, 0.36, 0.47],
    sky: { zenith: [0.11, 0.23, 0.5], horizon: [0.66, 0.57, 0.56] }, haze: { distance: 28_000 }, night: 0.1,
  },
  day: {
    name: 'day', sun: { azimuth: 238, altitude: 42 }, key: [0.92, 0.83, 0.69], fill: [0.36, 0.41, 0.5],
    sky: { zenith: [0.07, 0.22, 0.55], horizon: [0.56, 0.68, 0.79] }, haze: { distance: 60_000 }, night: 0,
  },
  dusk: {
    name: 'dusk', sun: { azimuth: 266, altitude: 6 }, key: [1.0, 0.46, 0.2], fill: [0.23, 0.23, 0.3],
    sky: { zenith: [0.045, 0.09, 0.25], horizon: [0.36, 0.3, 0.34] }, haze: { distance: 26_000 }, night: 0.6,
  },
  night: {
    name: 'night', sun: { azimuth: 140, altitude: 42 }, key: [0.05, 0.065, 0.1], fill: [0.03, 0.037, 0.06],
    sky: { zenith: [0.004, 0.008, 0.024], horizon: [0.028, 0.042, 0.082] }, haze: { distance: 22_000 }, night: 1,
  },
};

/** Unit vector to the sun in metres east, north, up of the twin's anchor. */
export function sunDirection(light: Light): [number, number, number] {
  const azimuth = (light.sun.azimuth * Math.PI) / 180;
  const altitude = (light.sun.altitude * Math.PI) / 180;
  return [Math.sin(azimuth) * Math.cos(altitude), Math.cos(azimuth) * Math.cos(altitude), Math.sin(altitude)];
}

/**
 * How much darker (0 … 1, of an sRGB value) level ground is out of the light than in it: what a painted shadow takes away. Nothing by night, when lamps
 * light the streets.
 */
export function shadeOf({ key, fill, sun, night }: Light): number {
  const direct = key[1] * Math.sin((Math.max(0, sun.altitude) * Math.PI) / 180);
  return night > 0.8 ? 0 : 1 - (fill[1] / (fill[1] + direct)) ** 0.4545;
}

/** Altitudes of the sun, in degrees, at which each light is whole; between two they mix. */
const STEPS: readonly (readonly [number, LightName | 'low'])[] = [[-9, 'night'], [-3, 'low'], [5, 'low'], [26, 'day']];

/** The light at a moment (unix seconds) and place: the presets mixed by how high the sun stands, from where it stands. Below the horizon the moon of the night is the key. */
export function lightAt(time: number, lon: number, lat: number): Light {
  const sun = sunPosition(time, lon, lat);
  const named = (name: LightName | 'low'): Light => LIGHTS[name === 'low' ? (sun.azimuth < 180 ? 'dawn' : 'dusk') : name];
  const above = STEPS.findIndex(([altitude]) => sun.altitude < altitude);
  const [low, high] = above < 0 ? [STEPS.at(-1)!, STEPS.at(-1)!] : [STEPS[Math.max(0, above - 1)], STEPS[above]];
  const share = high[0] === low[0] ? 0 : Math.max(0, Math.min(1, (sun.altitude - low[0]) / (high[0] - low[0])));
  const mixed = mix(named(low[1]), named(high[1]), share);
  return { ...mixed, sun: sun.altitude > -4 ? { azimuth: sun.azimuth, altitude: Math.max(2, sun.altitude) } : LIGHTS.night.sun };
}

function mix(a: Light, b: Light, share: number): Light {
  const of = (from: number, to: number): number => from + (to - from) * share;
  const three = (from: Light['key'], to: Light['key']): Light['key'] => [of(from[0], to[0]), of(from[1], to[1]), of(from[2], to[2])];
  return {
    name: share < 0.5 ? a.name : b.name, sun: a.sun, key: three(a.key, b.key), fill: three(a.fill, b.fill),
    sky: { zenith: three(a.sky.zenith, b.sky.zenith), horizon: three(a.sky.horizon, b.sky.horizon) }, haze: { distance: of(a.haze.distance, b.haze.distance) }, night: of(a.night, b.night),
  };
}
