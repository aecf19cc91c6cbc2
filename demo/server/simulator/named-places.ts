import { readFileSync } from 'node:fs';
import { deserialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, Point } from 'geojson';
import { attributesOf } from './station-places.ts';

/** A place of a city's companion: degrees, and what it says beside its name. */
export interface NamedPlace {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly lon: number;
  readonly lat: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The places of some kinds in a places companion on disk. */
export async function namedPlaces(file: string, kinds: ReadonlySet<string>): Promise<NamedPlace[]> {
  const places: NamedPlace[] = [];
  try {
    for await (const feature of deserialize(new Uint8Array(readFileSync(file)))) {
      const { properties, geometry } = feature as unknown as Feature<Point>;
      const kind = String(properties?.kind);
      if (!properties || !kinds.has(kind)) continue;
      const [lon, lat] = geometry.coordinates;
      places.push({ id: String(properties.id), name: String(properties.name ?? ''), kind, lon, lat, attributes: attributesOf(properties) });
    }
  } catch (cause) {
    console.error(`The places of ${file} could not be read (${cause instanceof Error ? cause.message : String(cause)}); the map goes on without them.`);
  }
  return places;
}
