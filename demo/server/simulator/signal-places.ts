import { readFileSync } from 'node:fs';
import { deserialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, Point } from 'geojson';

const KINDS = new Set(['signal', 'traffic_signals', 'traffic-signals']);

/** Where a city's places companion says that signals stand, by name. */
export async function signalPlaces(file: string): Promise<{ name: string; lon: number; lat: number }[]> {
  const places: { name: string; lon: number; lat: number }[] = [];
  try {
    for await (const feature of deserialize(new Uint8Array(readFileSync(file)))) {
      const { properties, geometry } = feature as unknown as Feature<Point>;
      if (!KINDS.has(String(properties?.kind))) continue;
      const [lon, lat] = geometry.coordinates;
      places.push({ name: String(properties?.name ?? ''), lon, lat });
    }
  } catch (cause) {
    console.error(`The signals of ${file} could not be read (${cause instanceof Error ? cause.message : String(cause)}); the map goes on without them.`);
  }
  return places;
}
