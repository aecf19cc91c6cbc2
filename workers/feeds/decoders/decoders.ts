import type { FeedSpec } from '../../../engine/ports.ts';
import { capAlerts } from './cap.ts';
import type { Decoder } from './draft.ts';
import { gbfsStations } from './gbfs.ts';
import { gtfsRealtime } from './gtfs-realtime.ts';
import { roadSpeeds, vehicles } from './mapping.ts';
import { mappingDecoder } from './mapping-tree.ts';
import { points } from './points.ts';
import { readings } from './readings.ts';
import { sensorThings } from './sensorthings.ts';

/** Some decoders remember what they read: each feed gets its own. */
const BUILT_IN: Readonly<Record<Extract<FeedSpec['decode'], string>, () => Decoder>> = {
  vehicles: () => vehicles,
  'road-speeds': () => roadSpeeds,
  readings: () => readings,
  points: () => points,
  'gtfs-realtime': gtfsRealtime,
  gbfs: gbfsStations,
  sensorthings: sensorThings,
  cap: capAlerts,
};

/** The decoder a feed names, or one made from its mapping. */
export function decoderFor(decode: FeedSpec['decode']): Decoder {
  return typeof decode === 'string' ? BUILT_IN[decode]() : mappingDecoder(decode);
}
