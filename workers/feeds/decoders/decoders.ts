import type { FeedSpec } from '../../../engine/ports.ts';
import type { Decoder } from './draft.ts';
import { mapped, roadSpeeds, vehicles } from './mapping.ts';
import { points } from './points.ts';
import { readings } from './readings.ts';

const BUILT_IN = { vehicles, 'road-speeds': roadSpeeds, readings, points } as const satisfies Record<string, Decoder>;

/** The decoder a feed names, or one made from its mapping. */
export function decoderFor(decode: FeedSpec['decode']): Decoder {
  return typeof decode === 'string' ? BUILT_IN[decode] : mapped(decode);
}
