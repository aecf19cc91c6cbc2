import type { Light, LightName } from '../backend.ts';

/** The four lights of a day. Colours are linear; key + fill on a face turned to the sun is a little over 1 by day. */
export const LIGHTS: Readonly<Record<LightName, Light>> = {
  dawn: {
    name: 'dawn', sun: { azimuth: 88, altitude: 11 }, key: [0.95, 0.62, 0.4], fill: [0.34, 0.36, 0.46],
    sky: { zenith: [0.13, 0.24, 0.47], horizon: [0.83, 0.58, 0.44] }, haze: { distance: 26_000 }, night: 0.12,
  },
  day: {
    name: 'day', sun: { azimuth: 215, altitude: 48 }, key: [0.86, 0.79, 0.67], fill: [0.36, 0.41, 0.5],
    sky: { zenith: [0.07, 0.22, 0.55], horizon: [0.56, 0.68, 0.79] }, haze: { distance: 60_000 }, night: 0,
  },
  dusk: {
    name: 'dusk', sun: { azimuth: 272, altitude: 7 }, key: [0.72, 0.38, 0.24], fill: [0.2, 0.22, 0.34],
    sky: { zenith: [0.05, 0.09, 0.24], horizon: [0.62, 0.34, 0.28] }, haze: { distance: 24_000 }, night: 0.55,
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
