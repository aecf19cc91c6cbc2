import { DEGREE } from './ellipsoid.ts';

/**
 * Where the sun stands: azimuth from north clockwise and altitude in degrees, for the middle of its disc, without refraction. Good to 0.02° from 1950 to 2100.
 * @param time unix seconds
 * @source Meeus, Astronomical Algorithms, 2nd edition 1998, chapter 25 (low accuracy) and eq. 12.4, 13.5, 13.6
 */
export function sunPosition(time: number, lon: number, lat: number): { azimuth: number; altitude: number } {
  const days = time / 86_400 + 2_440_587.5 - 2_451_545;
  // Dynamical time runs about 70 seconds ahead of UTC: a thousandth of a degree of the sun's way.
  const century = (days + 70 / 86_400) / 36_525;
  const mean = 280.46646 + century * (36_000.76983 + century * 0.0003032);
  const anomaly = (357.52911 + century * (35_999.05029 - century * 0.0001537)) * DEGREE;
  const centre = (1.914602 - century * (0.004817 + century * 0.000014)) * Math.sin(anomaly) + (0.019993 - century * 0.000101) * Math.sin(2 * anomaly) + 0.000289 * Math.sin(3 * anomaly);
  const node = (125.04 - 1934.136 * century) * DEGREE;
  const longitude = (mean + centre - 0.00569 - 0.00478 * Math.sin(node)) * DEGREE;
  const obliquity = (23.4392911 - 0.0130042 * century + 0.00256 * Math.cos(node)) * DEGREE;
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(longitude));
  const ascension = Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude));
  const sidereal = (280.46061837 + 360.98564736629 * days + 0.000387933 * century * century) * DEGREE;
  const hour = sidereal + lon * DEGREE - ascension;
  const phi = lat * DEGREE;
  const altitude = Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hour));
  const azimuth = Math.atan2(-Math.cos(declination) * Math.sin(hour), Math.sin(declination) * Math.cos(phi) - Math.cos(declination) * Math.sin(phi) * Math.cos(hour));
  return { azimuth: (azimuth / DEGREE + 360) % 360, altitude: altitude / DEGREE };
}
