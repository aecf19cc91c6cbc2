import type { Anchor } from '#geo';
import type { ColourRule, RuleCondition, RuleLegend } from '../colour-rule.ts';
import type { NetworkEntry } from './companion.ts';

/** Utility networks as columns of tube batches. */
export interface NetworkInput {
  /** Absolute URL of a networks.json. */
  readonly networks: string;
  /** Only these kinds; all when absent. */
  readonly kinds?: readonly string[];
  /** By a column of the links (diameter, material, roughness …), `cover` (metres from the ground to the crown), `kind` or `network`; null: by kind. */
  readonly rule?: ColourRule | null;
  /** Conditions all of which a link must pass to be shown. */
  readonly filter?: readonly RuleCondition[];
}

export interface NetworkOutput {
  /** Those of the kinds asked for. */
  readonly networks: readonly NetworkEntry[];
  readonly cells: readonly NetworkCell[];
  readonly legend: RuleLegend | null;
  readonly counts: { readonly links: number; readonly shown: number; readonly nodes: number; readonly unknown: number };
}

/** What of one network lies within an anchor's reach. Places are float32 metres east, north, up of the anchor. */
export interface NetworkCell {
  /** Index into {@link NetworkOutput.networks}. */
  readonly network: number;
  readonly anchor: Anchor;
  readonly lines: {
    /** [3m] */
    readonly places: Float32Array;
    /** [n + 1] first vertex of each line. */
    readonly starts: Uint32Array;
    /** [n] rows of the links; a long link may have several lines. */
    readonly rows: Uint32Array;
    /** [n] metres. */
    readonly radii: Float32Array;
    /** [4n] alpha 0: filtered out. */
    readonly colours: Uint8Array;
  };
  readonly points: {
    /** [3n] at the pipe, and on the ground over it. */
    readonly places: Float32Array;
    readonly tops: Float32Array;
    /** [n] rows of the nodes, or of the links where `link` is 1. */
    readonly rows: Uint32Array;
    readonly link: Uint8Array;
    readonly types: readonly string[];
  };
}

/** Attributes of some elements: by row, or by the id a layer gives them (`network/link/id`, `network/node/id`). */
export interface NetworkElementsInput {
  readonly networks: string;
  readonly rows?: readonly { readonly network: string; readonly link: boolean; readonly row: number }[];
  readonly ids?: readonly string[];
}

export interface NetworkElement {
  /** `network/link/id` or `network/node/id` */
  readonly id: string;
  readonly network: string;
  readonly link: boolean;
  readonly row: number;
  /** Every column by name, null for no-data; `from` and `to` as ids of nodes. */
  readonly properties: Readonly<Record<string, string | number | null>>;
  /** A place on it: degrees and metres. */
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
}

export interface NetworkElementsOutput {
  readonly elements: readonly NetworkElement[];
}
