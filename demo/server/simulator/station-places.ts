import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, Point } from 'geojson';

export type StationKind = 'air' | 'water' | 'noise';

/** A place of a city where something is measured. */
export interface StationPlace {
  readonly id: string;
  readonly name: string;
  readonly kind: StationKind;
  /** Acoustic zone of GB 3096 ('0' … '4b') and name of the water, where the place says so. */
  readonly zone?: string;
  readonly water?: string;
  /** Degrees; what lies near one another has similar air. */
  readonly at?: readonly [number, number];
}

const KINDS: Readonly<Record<string, StationKind>> = { 'air-station': 'air', 'water-station': 'water', 'noise-station': 'noise' };

/** What a place says beside its name: columns of its own, or one column of JSON. */
export function attributesOf(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { attributes } = properties;
  if (typeof attributes !== 'string') return properties;
  try {
    return { ...properties, ...(JSON.parse(attributes) as object) };
  } catch {
    return properties;
  }
}

/** The stations of a city folder, in the order of their ids. */
export async function stationPlaces(folder: string): Promise<StationPlace[]> {
  const file = join(folder, 'places.fgb');
  if (!existsSync(file)) return [];
  const stations: StationPlace[] = [];
  try {
    for await (const feature of deserialize(new Uint8Array(readFileSync(file)))) {
      const { properties, geometry } = feature as unknown as Feature<Point>;
      const kind = KINDS[String(properties?.kind)];
      if (!kind || !properties) continue;
      const { zone, water } = attributesOf(properties);
      stations.push({
        id: String(properties.id), name: String(properties.name ?? properties.id), kind, at: [geometry.coordinates[0], geometry.coordinates[1]],
        ...(typeof zone === 'string' ? { zone: zone.replace('类', '') } : {}), ...(typeof water === 'string' ? { water } : {}),
      });
    }
  } catch (cause) {
    console.error(`The stations of ${file} could not be read (${cause instanceof Error ? cause.message : String(cause)}); the map goes on without them.`);
  }
  return stations.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
