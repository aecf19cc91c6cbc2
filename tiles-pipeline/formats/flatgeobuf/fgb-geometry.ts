import { Geometry as FgbGeometry } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry.js';
import { GeometryType } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js';
import type { Geometry, Polygon, Position } from 'geojson';

/** Collections within collections that are followed. */
const DEEPEST = 8;

/** Names of geometry types that are not read: curves and surfaces. */
export type NoGeometry = `${string} geometry`;

/** What may still be followed: parts can point at each other, so their number is bounded by the bytes there are. */
interface Budget {
  parts: number;
}

/**
 * The geometry of a FlatGeobuf feature; heights are kept, measures and times are dropped. Not the library's own: that follows parts without end.
 * @param type the header's, 0 where each feature has its own @throws RangeError where offsets lead out of the feature
 * @source FlatGeobuf specification, feature.fbs
 */
export function geometryOf(found: FgbGeometry, type: number, bytes: number): Geometry | null | NoGeometry {
  return read(found, type, { parts: bytes / 4 }, 0);
}

function read(found: FgbGeometry, given: number, budget: Budget, level: number): Geometry | null | NoGeometry {
  const type: GeometryType = given === GeometryType.Unknown ? found.type() : given;
  switch (type) {
    case GeometryType.Point: {
      const [position] = positions(found);
      return position ? { type: 'Point', coordinates: position } : null;
    }
    case GeometryType.MultiPoint:
      return { type: 'MultiPoint', coordinates: positions(found) };
    case GeometryType.LineString:
      return { type: 'LineString', coordinates: positions(found) };
    case GeometryType.MultiLineString:
      return { type: 'MultiLineString', coordinates: lines(found) };
    case GeometryType.Polygon:
      return { type: 'Polygon', coordinates: lines(found) };
    case GeometryType.MultiPolygon:
      return { type: 'MultiPolygon', coordinates: parts(found, budget).map(lines) };
    case GeometryType.GeometryCollection: {
      if (level >= DEEPEST) return 'nested geometry';
      const geometries = parts(found, budget).map((part) => read(part, GeometryType.Unknown, budget, level + 1));
      const odd = geometries.find((each): each is NoGeometry => typeof each === 'string');
      return odd ?? { type: 'GeometryCollection', geometries: geometries.filter((each): each is Geometry => each !== null) };
    }
    case GeometryType.Unknown:
      return null;
    default:
      return `${(GeometryType[type] ?? 'unknown').toLowerCase()} geometry`;
  }
}

function parts(found: FgbGeometry, budget: Budget): FgbGeometry[] {
  const count = found.partsLength();
  budget.parts -= count;
  if (budget.parts < 0) throw new RangeError('more parts than bytes');
  return Array.from({ length: count }, (_, k) => found.parts(k)!);
}

function positions(found: FgbGeometry): Position[] {
  const xy = found.xyArray() ?? [];
  const z = found.zArray();
  const all: Position[] = [];
  for (let i = 0; 2 * i + 1 < xy.length; i++) all.push(z && Number.isFinite(z[i]) ? [xy[2 * i], xy[2 * i + 1], z[i]] : [xy[2 * i], xy[2 * i + 1]]);
  return all;
}

function lines(found: FgbGeometry): Polygon['coordinates'] {
  const all = positions(found);
  const ends = found.endsArray() ?? [];
  if (ends.length === 0) return all.length > 0 ? [all] : [];
  let from = 0;
  return Array.from(ends, (end) => {
    if (end < from || end > all.length) throw new RangeError('parts out of order');
    const line = all.slice(from, end);
    from = end;
    return line;
  });
}
