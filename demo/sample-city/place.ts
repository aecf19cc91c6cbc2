import type { Point } from './shape.ts';

/** Something that stands in the city beside its buildings. */
export interface Place {
  id: string;
  kind: string;
  name: string;
  /** Higher is more important to show. */
  rank: number;
  at: Point;
  /** What its card says beside name and kind. */
  attributes?: Readonly<Record<string, string | number | boolean>>;
}
