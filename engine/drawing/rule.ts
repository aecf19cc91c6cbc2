/** An sRGB colour as '#rrggbb', or '#rrggbbaa'. */
export type Colour = string;

/** Thresholds a standard gives: value < limits[i] takes colours[i], the rest the last; one colour more than limits. */
export interface Classes {
  readonly limits: readonly number[];
  readonly colours: readonly Colour[];
  readonly labels?: readonly Text[];
  /** True where the upper limit belongs to its own class (value ≤ limit), as AQI and TPI tables have it. */
  readonly inclusive?: boolean;
}

/** A perceptually even ramp between two values; `clamp` outside. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly scheme: 'viridis' | 'cividis' | 'magma' | 'blues' | 'reds';
}

/** One colour a word; `other` for the rest. */
export interface Match {
  readonly colours: Readonly<Record<string, Colour>>;
  readonly other: Colour;
  readonly labels?: Readonly<Record<string, Text>>;
}

/** A text in the two languages of the house; Chinese first. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

export interface Condition {
  readonly key: string;
  readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
  readonly value: string | number | readonly (string | number)[];
}

/**
 * Colour by rule: `property` reads a column of the dataset, `join` a live value joined by the feature's id.
 * Features without a value keep their own look (faded where the rule says so); features that fail a condition are hidden.
 */
export interface Rule {
  readonly by: 'property' | 'join';
  readonly key: string;
  readonly classes?: Classes;
  readonly ramp?: Ramp;
  readonly match?: Match;
  /** 0 … 1: how far the colour covers the feature's own look; 0.85 by default. */
  readonly strength?: number;
  readonly title?: Text;
  readonly unit?: string;
}

/** What a legend shows: swatches in order, or a ramp, with title and unit. */
export interface Legend {
  readonly title: Text;
  readonly unit: string;
  readonly entries: readonly { readonly colour: Colour; readonly label: Text }[];
}
