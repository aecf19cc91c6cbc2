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

/** The place in WGS 84 that maps in GCJ-02 show here, by iteration, to a hundredth of a millimetre; NaN stays NaN. */
export function wgs84OfGcj02(lon: number, lat: number): [lon: number, lat: number] {
  return undone(gcj02Of, lon, lat);
}

/** Baidu's system: GCJ-02, turned and moved once more. It has no box: every place on earth moves. @source the published algorithm (bd_encrypt): 116.39754118, 39.90890128 → 116.40391394, 39.91524466 */
export function bd09OfGcj02(lon: number, lat: number): [lon: number, lat: number] {
  const away = Math.hypot(lon, lat) + 0.00002 * Math.sin((lat * Math.PI * 3000) / 180);
  const angle = Math.atan2(lat, lon) + 0.000003 * Math.cos((lon * Math.PI * 3000) / 180);
  return [away * Math.cos(angle) + 0.0065, away * Math.sin(angle) + 0.006];
}

/** The place in WGS 84 that maps in BD-09 show here: the exact inverse, where the usual closed formula is 10 cm off. */
export function wgs84OfBd09(lon: number, lat: number): [lon: number, lat: number] {
  return wgs84OfGcj02(...undone(bd09OfGcj02, lon, lat));
}

/** A way that moves places a little, gone backwards. At the edge of the box, where the shift jumps, the last step stands. */
function undone(way: (lon: number, lat: number) => [number, number], lon: number, lat: number): [number, number] {
  let [x, y] = [lon, lat];
  for (let step = 0; step < 12; step++) {
    const [u, v] = way(x, y);
    x += lon - u;
    y += lat - v;
    if (Math.abs(lon - u) + Math.abs(lat - v) < 1e-10) break;
  }
  return [x, y];
}
