import type { Area, Place } from '../stages/gather.ts';
import type { Road } from '../stages/roads.ts';
import { encodeFlatGeobuf } from './flatgeobuf.ts';

export function encodeRoads(roads: readonly Road[]): Uint8Array {
  return encodeFlatGeobuf({
    name: 'roads',
    geometry: 'LineString',
    columns: [
      { name: 'id', type: 'string' },
      { name: 'class', type: 'string' },
      { name: 'lanes', type: 'ushort' },
      { name: 'oneway', type: 'bool' },
      { name: 'speed', type: 'float' },
      { name: 'name', type: 'string' },
      { name: 'bridge', type: 'bool' },
      { name: 'tunnel', type: 'bool' },
    ],
    count: roads.length,
    row: (n) => {
      const { line, id, lanes, oneway, speed, name, bridge, tunnel } = roads[n];
      return { rings: [line], values: { id, class: roads[n].class, lanes, oneway, speed, name: name || null, bridge, tunnel } };
    },
  });
}

export function encodeAreas(areas: readonly Area[]): Uint8Array {
  return encodeFlatGeobuf({
    name: 'areas',
    geometry: 'Polygon',
    columns: [
      { name: 'kind', type: 'string' },
      { name: 'name', type: 'string' },
    ],
    count: areas.length,
    row: (n) => ({ rings: areas[n].rings, values: { kind: areas[n].kind, name: areas[n].name || null } }),
  });
}

export function encodePlaces(places: readonly Place[]): Uint8Array {
  const tall = places.some(({ height }) => height !== undefined);
  return encodeFlatGeobuf({
    name: 'places',
    geometry: 'Point',
    columns: [
      { name: 'kind', type: 'string' },
      { name: 'name', type: 'string' },
      { name: 'id', type: 'string' },
      { name: 'rank', type: 'ushort' },
      ...(tall ? [{ name: 'height', type: 'float' } as const] : []),
    ],
    count: places.length,
    row: (n) => {
      const { kind, name, id, rank, height, lon, lat } = places[n];
      return { rings: [Float64Array.of(lon, lat)], values: { kind, name: name || null, id, rank, ...(tall && { height: height ?? null }) } };
    },
  });
}
