import type { CardSeries, Reading, Text, Track } from '#engine';
import type { CongestionOutput, FleetEventRow } from '#models';

/** What a list of events shows of a layer of this folder. @see engine/ui/events-widget, which takes anything of this shape */
export interface TrafficListed {
  readonly title: Text;
  readonly series?: readonly CardSeries[];
  readonly none: Text;
  readonly note?: Text;
  readonly events: readonly {
    readonly id: string;
    readonly title: Text;
    readonly detail: Text;
    readonly tone: 'bad' | 'warn' | 'plain';
    readonly start: number;
    readonly end: number | null;
    readonly lon: number;
    readonly lat: number;
    readonly select?: string;
    readonly replay?: number;
  }[];
}

/** What a fleet layer can be asked through `twin.result(id)`. */
export interface FleetResult extends Pick<TrafficResult, 'vehicle' | 'track'> {
  /** Everything found since the layer began, by time. */
  readonly events: readonly FleetEventRow[];
  readonly listed: TrafficListed;
}

/** What a traffic layer can be asked through `twin.result(id)`. */
export interface TrafficResult {
  /** A vehicle as it is shown now; null where it is not known. */
  vehicle(id: string): Promise<Reading | null>;
  /** Where it went between two moments (unix seconds on the twin's clock); null where it is not known. */
  track(id: string, from: number, to: number): Promise<Track | null>;
  /** The day's congestion; null without road speeds or before the first answer. */
  readonly congestion: CongestionOutput | null;
  readonly listed: TrafficListed | null;
}
