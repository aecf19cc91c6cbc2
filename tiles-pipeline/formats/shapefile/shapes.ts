import type { Geometry, Position } from 'geojson';
import { polygonsOf } from '../rings.ts';
import type { ShapeRecord } from './records.ts';

/** Why a shape becomes no geometry. */
export type NoShape = 'multipatch surface' | 'broken shape';

/**
 * The geometry of a record, in the file's own coordinates; heights are kept, measures are dropped. null for a null shape and for one without points. Outer rings are turned
 * counter-clockwise, holes clockwise. @source ESRI Shapefile Technical Description, 1998
 */
export function shapeOf({ type, content }: ShapeRecord): Geometry | null | NoShape {
  if (type === 0) return null;
  if (type === 31) return 'multipatch surface';
  const kind = type % 10;
  if (kind === 1) {
    const [x, y] = [content.getFloat64(4, true), content.getFloat64(12, true)];
    return { type: 'Point', coordinates: type === 11 ? raised(x, y, content.getFloat64(20, true)) : [x, y] };
  }
  const many = kind === 8;
  const parts = many ? 0 : content.getInt32(36, true);
  const count = content.getInt32(many ? 36 : 40, true);
  const start = (many ? 40 : 44) + 4 * parts;
  if (count === 0) return null;
  const points: Position[] = [];
  const heights = type > 10 && type < 20 ? start + 16 * count + 16 : 0;
  for (let i = 0, at = start; i < count; i++, at += 16) {
    const [x, y] = [content.getFloat64(at, true), content.getFloat64(at + 8, true)];
    points.push(heights > 0 ? raised(x, y, content.getFloat64(heights + 8 * i, true)) : [x, y]);
  }
  if (many) return { type: 'MultiPoint', coordinates: points };
  const split = partsOf(content, parts, points);
  if (!split) return 'broken shape';
  if (kind === 3) return split.length === 1 ? { type: 'LineString', coordinates: split[0] } : { type: 'MultiLineString', coordinates: split };
  const polygons = polygonsOf(split);
  return polygons.length === 1 ? { type: 'Polygon', coordinates: polygons[0] } : { type: 'MultiPolygon', coordinates: polygons };
}

function raised(x: number, y: number, z: number): Position {
  return Number.isFinite(z) ? [x, y, z] : [x, y];
}

/** The points of each part; undefined where the parts do not start in order. Parts without points are left out. */
function partsOf(content: DataView, parts: number, points: Position[]): Position[][] | undefined {
  const split: Position[][] = [];
  let from = content.getInt32(44, true);
  if (parts === 0 || from !== 0) return undefined;
  for (let k = 1; k <= parts; k++) {
    const to = k < parts ? content.getInt32(44 + 4 * k, true) : points.length;
    if (to < from || to > points.length) return undefined;
    if (to > from) split.push(points.slice(from, to));
    from = to;
  }
  return split;
}
