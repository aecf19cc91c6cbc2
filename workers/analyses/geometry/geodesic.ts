import geodesic from 'geographiclib-geodesic';
import type { Box } from './flatgeobuf.ts';

const { WGS84 } = geodesic.Geodesic;

/** Metres between two places along the WGS 84 ellipsoid; good to 15 nanometres. @source Karney 2013, J. Geodesy 87(1) */
export function geodesicDistance(lonA: number, latA: number, lonB: number, latB: number): number {
  return WGS84.Inverse(latA, lonA, latB, lonB, geodesic.Geodesic.DISTANCE).s12!;
}

/** Metres and the bearing at the start in degrees clockwise from north. */
export function geodesicLeg(lonA: number, latA: number, lonB: number, latB: number): { length: number; bearing: number } {
  const { s12, azi1 } = WGS84.Inverse(latA, lonA, latB, lonB);
  return { length: s12!, bearing: (azi1! + 360) % 360 };
}

/** The place `metres` away in a direction (degrees clockwise from north). */
export function geodesicTarget(lon: number, lat: number, bearing: number, metres: number): [number, number] {
  const { lon2, lat2 } = WGS84.Direct(lat, lon, bearing, metres);
  return [lon2!, lat2!];
}

/** A closed circle of places: the first is repeated. */
export function geodesicCircle(lon: number, lat: number, radius: number, steps: number): [number, number][] {
  const ring = Array.from({ length: steps }, (_, i) => geodesicTarget(lon, lat, (i * 360) / steps, radius));
  return [...ring, ring[0]];
}

/** Square metres (positive whichever way round) and perimeter of a polygon of geodesics, not closed. */
export function geodesicArea(points: readonly (readonly [number, number])[]): { area: number; perimeter: number } {
  const polygon = WGS84.Polygon(false);
  for (const [lon, lat] of points) polygon.AddPoint(lat, lon);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area: Math.abs(area ?? 0), perimeter };
}

/** Boxes that hold a geodesic circle: one, or two where it crosses the antimeridian. */
export function circleBoxes(lon: number, lat: number, radius: number): Box[] {
  const [, north] = geodesicTarget(lon, lat, 0, radius * 1.0001);
  const [, south] = geodesicTarget(lon, lat, 180, radius * 1.0001);
  // Near a pole every longitude may be inside.
  const steep = Math.max(Math.abs(lat), Math.abs(north), Math.abs(south)) > 89 || geodesicDistance(lon, lat, lon, 90) < radius || geodesicDistance(lon, lat, lon, -90) < radius;
  if (steep) return [[-180, Math.min(south, north), 180, lat > 0 ? 90 : Math.max(south, north)]];
  let half = 0;
  for (let bearing = 60; bearing <= 120; bearing += 2) {
    const [east] = geodesicTarget(lon, lat, bearing, radius * 1.0001);
    half = Math.max(half, (east - lon + 360) % 360);
  }
  half *= 1.001;
  const west = lon - half;
  const east = lon + half;
  if (west < -180) return [[-180, south, east, north], [west + 360, south, 180, north]];
  if (east > 180) return [[west, south, 180, north], [-180, south, east - 360, north]];
  return [[west, south, east, north]];
}
