/** What a region takes away from: tilesets, the ground (terrain, bare ground and whatever is laid on it), or both when not given. */
export type ClipSubject = 'all' | 'tiles' | 'ground';

interface Subject {
  readonly of?: ClipSubject | undefined;
}

/** Takes away all that lies on the side its direction points to. Heading in degrees clockwise from north, pitch 0 level and −90 straight down. */
export interface ClipPlane extends Subject {
  readonly kind: 'plane';
  readonly lon: number;
  readonly lat: number;
  /** Metres above the ellipsoid of a point of the plane. */
  readonly height: number;
  readonly heading: number;
  readonly pitch: number;
}

/** A box upright at its place. */
export interface ClipBox extends Subject {
  readonly kind: 'box';
  readonly lon: number;
  readonly lat: number;
  /** Metres above the ellipsoid of its middle. */
  readonly height: number;
  /** Metres east, north and up before it is turned. */
  readonly size: readonly [number, number, number];
  /** Degrees clockwise from north. */
  readonly heading: number;
  readonly keep: 'inside' | 'outside';
}

/** A ring (lon, lat; not repeated at its end) and all that lies above and below it; crossed rings count even and odd. */
export interface ClipPolygon extends Subject {
  readonly kind: 'polygon';
  readonly ring: readonly (readonly [number, number])[];
  readonly keep: 'inside' | 'outside';
}

/** Takes something away from what is drawn; several each take theirs away, so what every one of them leaves is left. */
export type ClipRegion = ClipPlane | ClipBox | ClipPolygon;

/** How many regions of a kind may cut one subject at once, and how many corners a ring may have. */
export const CLIP_MOST = { plane: 8, box: 4, polygon: 4, corners: 256 } as const;

/**
 * What stands for the cut in a shader as long as nothing was ever cut: the text a backend replaces by a cut's own (see cut.ts).
 * `clipped(eye)`: whether a place in eye space is taken away; discard it then. `inside(colour)`: a face seen from behind, which only a cut shows, in its own colour.
 */
export const UNCUT = `bool clipped(vec3 eye) { return false; }
vec3 inside(vec3 colour) { return colour; }
`;
