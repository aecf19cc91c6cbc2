import type { Reading, Track } from '#engine';

/** What a traffic layer can be asked through `twin.result(id)`. */
export interface TrafficResult {
  /** A vehicle as it is shown now; null where it is not known. */
  vehicle(id: string): Promise<Reading | null>;
  /** Where it went between two moments (unix seconds on the twin's clock); null where it is not known. */
  track(id: string, from: number, to: number): Promise<Track | null>;
}
