import { placer, type Placer } from '#geo';
import type { FeatureColumns } from './feature-columns.ts';
import { geodesicDistance } from './geodesic.ts';

/** Whether a place lies inside the rings first … last (even and odd crossings: holes count as outside). */
export function insideRings({ xy, rings }: Pick<FeatureColumns, 'xy' | 'rings'>, first: number, last: number, lon: number, lat: number): boolean {
  let inside = false;
  for (let ring = first; ring < last; ring++) {
    for (let i = rings[ring], j = rings[ring + 1] - 1; i < rings[ring + 1]; j = i++) {
      const yi = xy[2 * i + 1];
      const yj = xy[2 * j + 1];
      if (yi > lat !== yj > lat && lon < ((xy[2 * j] - xy[2 * i]) * (lat - yi)) / (yj - yi) + xy[2 * i]) inside = !inside;
    }
  }
  return inside;
}

/** Distances from one place to polygons. */
export interface DistanceFrom {
  /** Metres along the ellipsoid to the nearest part of a feature, 0 inside; Infinity when it is surely farther than `limit`. */
  to(features: FeatureColumns, feature: number, limit: number): number;
}

/**
 * The nearest point of each edge is sought in metres east and north of the place, then measured along the ellipsoid: an error of the plane
 * (centimetres at 20 km) moves that point along the edge only, and the distance by its square.
 */
export function distanceFrom(lon: number, lat: number): DistanceFrom {
  const frame: Placer = placer({ lon, lat, height: 0 });
  let metres = new Float64Array(192);
  const scratch = new Float64Array(3);
  return {
    to(features, feature, limit) {
      const { xy, rings, parts, starts } = features;
      let best = Infinity;
      const nearest = [0, 0];
      for (let part = starts[feature]; part < starts[feature + 1]; part++) {
        if (insideRings(features, parts[part], parts[part + 1], lon, lat)) return 0;
        for (let ring = parts[part]; ring < parts[part + 1]; ring++) {
          const from = rings[ring];
          const count = rings[ring + 1] - from;
          if (metres.length < 2 * count) metres = new Float64Array(4 * count);
          for (let i = 0; i < count; i++) {
            frame.place(xy[2 * (from + i)], xy[2 * (from + i) + 1], 0, scratch);
            metres[2 * i] = scratch[0];
            metres[2 * i + 1] = scratch[1];
          }
          for (let i = 0; i < Math.max(1, count - 1); i++) {
            const j = Math.min(i + 1, count - 1);
            const share = shareOfNearest(metres, i, j);
            const east = metres[2 * i] + (metres[2 * j] - metres[2 * i]) * share;
            const north = metres[2 * i + 1] + (metres[2 * j + 1] - metres[2 * i + 1]) * share;
            const squared = east * east + north * north;
            if (squared >= best) continue;
            best = squared;
            nearest[0] = xy[2 * (from + i)] + (xy[2 * (from + j)] - xy[2 * (from + i)]) * share;
            nearest[1] = xy[2 * (from + i) + 1] + (xy[2 * (from + j) + 1] - xy[2 * (from + i) + 1]) * share;
          }
        }
      }
      // The plane shortens distances, by a few parts in a hundred thousand at most within 100 km.
      if (!(Math.sqrt(best) <= limit * 1.0001 + 1)) return Infinity;
      return geodesicDistance(lon, lat, nearest[0], nearest[1]);
    },
  };
}

/** 0 … 1: where on the edge i → j the point nearest to the origin lies. */
function shareOfNearest(metres: Float64Array, i: number, j: number): number {
  const x = metres[2 * i];
  const y = metres[2 * i + 1];
  const dx = metres[2 * j] - x;
  const dy = metres[2 * j + 1] - y;
  const length = dx * dx + dy * dy;
  return length === 0 ? 0 : Math.max(0, Math.min(1, -(x * dx + y * dy) / length));
}
