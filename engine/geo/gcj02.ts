import { DEGREE } from './ellipsoid.ts';

/** Krasovsky 1940, which the shift is computed on. */
const AXIS = 6378245;
const FLATNESS = 0.006693421622965943;

/** The shift applies to a box around the mainland; outside it places are as they are. */
function shifted(lon: number, lat: number): boolean {
  return lon > 72.004 && lon < 137.8347 && lat > 0.8293 && lat < 55.8271;
}

/** Sum of sines of given heights and turns. */
function waves(t: number, ...parts: readonly (readonly [height: number, turn: number])[]): number {
  return parts.reduce((sum, [height, turn]) => sum + height * Math.sin(t * turn * Math.PI), 0);
}

/**
 * The place (degrees) at which maps in the shifted system GCJ-02 show a place of WGS 84: up to some 700 m away inside China, unchanged outside.
 * @source the published algorithm (wgtochina_lb), as in coordtransform: 116.404, 39.915 → 116.41024449916938, 39.91640428150164
 */
export function gcj02Of(lon: number, lat: number): [lon: number, lat: number] {
  if (!shifted(lon, lat)) return [lon, lat];
  const x = lon - 105;
  const y = lat - 35;
  const common = waves(x, [20, 6], [20, 2]);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + (2 / 3) * (common + waves(y, [20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]));
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + (2 / 3) * (common + waves(x, [20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]));
  const sine = Math.sin(lat * DEGREE);
  const magic = 1 - FLATNESS * sine * sine;
  return [
    lon + east / ((AXIS / Math.sqrt(magic)) * Math.cos(lat * DEGREE) * DEGREE),
    lat + north / (((AXIS * (1 - FLATNESS)) / (magic * Math.sqrt(magic))) * DEGREE),
  ];
}
