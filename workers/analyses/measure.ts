import { kinks } from '@turf/turf';
import { TwinError } from '../../engine/errors.ts';
import type { MeasureInput, MeasureOutput } from '#models';
import { geodesicArea, geodesicLeg } from './geometry/geodesic.ts';

/** Karney's algorithms are good to 15 nm a leg and 0.1 m² an area; a millimetre and a tenth of a square metre are stated. */
const ERROR = { length: 0.001, area: 0.1 };

/** Length along a line and area inside it, on the WGS 84 ellipsoid (the ground plan: slopes are not added). */
export function measure({ points, closed }: MeasureInput): MeasureOutput {
  if (!points.every(([lon, lat]) => Math.abs(lon) <= 360 && Math.abs(lat) <= 90)) throw new TwinError('bad-input', 'A point of the line is no longitude and latitude in degrees');
  const ring = closed && points.length > 2 ? [...points, points[0]] : points;
  const legs = new Float64Array(Math.max(0, ring.length - 1));
  const bearings = new Float64Array(legs.length);
  for (let i = 0; i < legs.length; i++) {
    const leg = geodesicLeg(ring[i][0], ring[i][1], ring[i + 1][0], ring[i + 1][1]);
    legs[i] = leg.length;
    bearings[i] = leg.bearing;
  }
  const length = legs.reduce((sum, leg) => sum + leg, 0);
  if (!closed || points.length < 3) return { length, legs, bearings, area: closed ? 0 : null, crossings: [], error: ERROR };
  const crossings = kinks({ type: 'Polygon', coordinates: [ring.map(([lon, lat]) => [lon, lat])] }).features.map((feature) => feature.geometry.coordinates as [number, number]);
  return { length, legs, bearings, area: geodesicArea(points).area, crossings, error: ERROR };
}
