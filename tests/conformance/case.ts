import type { Anchor, Pose } from '#geo';
import type { Light } from '../../engine/backend.ts';
import type { Batch, Drawn } from '../../engine/drawing/batch.ts';

/** sRGB 0 … 255. */
export type Rgb = readonly [number, number, number];

/**
 * What a place must look like. `ground`: as the empty scene there; `over`: a colour with an alpha laid over the empty scene;
 * `not ground`: anything else than the empty scene.
 */
export type Look = Rgb | 'ground' | 'not ground' | { readonly over: Rgb; readonly alpha: number };

export interface Probe {
  readonly what: string;
  /** Metres east, north, up of the case's anchor; projected with the engine's own camera. */
  readonly at: readonly [number, number, number];
  /** CSS pixels right and down from there. */
  readonly shift?: readonly [number, number];
  readonly look: Look;
  /** Largest difference of a channel; 6 when not given. */
  readonly tolerance?: number;
}

export interface Case {
  readonly name: string;
  readonly kind: Batch['kind'] | 'frame';
  /** Where the batch is anchored; the twin's own anchor when not given. */
  readonly anchor?: Anchor;
  /** Relative to the anchor: 400 m above it, straight down, north up, when not given. */
  readonly pose?: Pose;
  readonly light?: Light;
  readonly draw: (anchor: Anchor) => Batch[];
  /** Unix seconds of the frame; 1,000 s when not given. */
  readonly time?: number;
  /** After the first frame: changes whose effect is then probed. */
  readonly change?: (drawn: readonly Drawn[]) => void;
  readonly probes: readonly Probe[];
}

export interface Finding {
  readonly case: string;
  readonly probe: string;
  readonly got: Rgb;
  readonly wanted: Rgb | null;
  readonly ok: boolean;
}

/** Where the twin of the conformance page stands. */
export const HERE: Anchor = { lon: 117.49, lat: 30.66, height: 0 };

/** Straight down from a height over a place. */
export function above(anchor: Anchor, height = 400): Pose {
  return { lon: anchor.lon, lat: anchor.lat, height: anchor.height + height, heading: 0, pitch: -90, roll: 0 };
}
