import { clipMatrix, placer } from '#geo';
import type { Stage } from '#engine';
import { clusters, type ClustersInput, type ClustersOutput } from '#models';
import type { Station } from './stations.ts';

/** CSS pixels between two symbols at which they join: a little more than they are wide. */
const PIXELS = 26;

/** As many stations are joined in well under a millisecond: less than a message and the wait for a worker that is at something long. */
const FEW = 500;

/** One kind's stations: only what is judged alike joins. */
interface KindOfStations {
  readonly stations: readonly Station[];
  readonly anchor: { readonly lon: number; readonly lat: number; readonly height: number };
  readonly places: Float32Array;
  leaders: Int32Array | null;
}

/** Which stations stand for their neighbours on the screen, as the camera sees them; of many it is asked in a worker. */
export class StationClusters {
  readonly #stage: Stage;
  readonly #changed: () => void;
  readonly #kinds: readonly KindOfStations[];
  #sizes: ReadonlyMap<string, number> = new Map();
  #key = '';
  #asking = false;

  /** @param stem metres above the ground at which symbols stand */
  constructor(stage: Stage, stations: readonly Station[], stem: number, changed: () => void) {
    this.#stage = stage;
    this.#changed = changed;
    const byKind = new Map<string, Station[]>();
    for (const station of stations) byKind.set(station.kind, [...(byKind.get(station.kind) ?? []), station]);
    this.#kinds = Array.from(byKind.values(), (own) => {
      const anchor = { lon: own[0].lon, lat: own[0].lat, height: own[0].height };
      const frame = placer(anchor);
      const places = new Float32Array(3 * own.length);
      own.forEach(({ lon, lat, height }, i) => { frame.place(lon, lat, height + stem, places, 3 * i); });
      return { stations: own, anchor, places, leaders: null };
    });
  }

  /** How many stations a symbol stands for; 0 where another stands for it. */
  size(id: string): number {
    return this.#sizes.get(id) ?? 1;
  }

  /** Asks anew where the camera moved or the stations' severities changed. */
  follow(severity: (station: Station) => number): void {
    const { pose, frustum, width, height } = this.#stage.backend.view;
    const severities = this.#kinds.map(({ stations }) => Float32Array.from(stations, severity));
    const key = `${pose.lon} ${pose.lat} ${pose.height} ${pose.heading} ${pose.pitch} ${pose.roll} ${width} ${height} ${severities.map((list) => list.join()).join(' ')}`;
    if (key === this.#key || this.#asking) return;
    this.#key = key;
    this.#asking = true;
    const asks = this.#kinds.map(async (kind, i): Promise<ClustersOutput> => {
      const input: ClustersInput = { clip: clipMatrix(kind.anchor, pose, frustum, width, height), places: kind.places, severities: severities[i], previous: kind.leaders, width, height, pixels: PIXELS };
      if (kind.stations.length <= FEW) return clusters(input);
      return this.#stage.analysis.run<ClustersInput, ClustersOutput>('clusters', input, { signal: this.#stage.signal, priority: 4, deadline: 5 });
    });
    // Without an answer every station goes on standing for itself: more symbols, none hidden.
    Promise.all(asks).then((found) => this.#take(found), () => this.#take(null)).finally(() => { this.#asking = false; });
  }

  #take(found: readonly ClustersOutput[] | null): void {
    if (this.#stage.signal.aborted) return;
    const sizes = new Map<string, number>();
    this.#kinds.forEach((kind, k) => {
      kind.leaders = found?.[k].leaders ?? null;
      kind.stations.forEach(({ id }, i) => sizes.set(id, found?.[k].sizes[i] ?? 1));
    });
    const same = sizes.size === this.#sizes.size && Array.from(sizes).every(([id, size]) => this.#sizes.get(id) === size);
    this.#sizes = sizes;
    if (!same) this.#changed();
  }
}
