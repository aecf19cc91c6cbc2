/** How the points of one file lie in it; plain data, so that a thread that opens the file by itself can be told. */
export interface PointLayout {
  readonly path: string;
  /** Point data record format, 0 … 10. @source LAS 1.4 R15, §2.6 */
  readonly format: number;
  readonly recordLength: number;
  /** Byte of the first record (LAS) or of the first chunk (LAZ). */
  readonly start: number;
  /** Points that are there; the header may have promised more. */
  readonly count: number;
  /** x, y, z = record × scale + offset, in the file's own units. */
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  /** Chunks of a compressed file, one after another from `start`; absent where records lie bare. */
  readonly chunks?: { readonly bytes: Float64Array; readonly points: Uint32Array };
  /** Whether records hold colours, and whether these run to 255 or to 65,535. */
  readonly colour: 'none' | 'eight' | 'sixteen';
}

/** A point cloud in one file, opened and not yet read: what takes it reads the points in ranges. */
export interface PointCloud {
  /** The file as the user named it. */
  readonly name: string;
  readonly layout: PointLayout;
  /** West, south, lowest, east, north, highest in the file's own units: as its header says, or as its points are where the header is wrong. */
  readonly box: readonly [number, number, number, number, number, number];
  /** Metres of a unit of height. */
  readonly metres: number;
  /** What the heights are above, as the file names it; null where it does not. */
  readonly vertical: string | null;
  toDegrees(x: number, y: number): [lon: number, lat: number];
}

/** A whole point cloud. Points are counted by what takes the table. */
export interface PointTable {
  readonly kind: 'points';
  readonly cloud: PointCloud;
}
