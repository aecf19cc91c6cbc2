import type { TerrainSource, TileLoader } from '../backend.ts';

/** What an engine streams: one layer.json, and a loader that knows where its tiles really are. */
export interface JoinedTerrain {
  readonly url: string;
  readonly loader: TileLoader;
}

/** The terrains a view was given, shown as one; each is taken away by its own handle. */
export class TerrainList {
  readonly #loader: TileLoader;
  readonly #show: (joined: JoinedTerrain | null) => Promise<void>;
  #sources: readonly TerrainSource[] = [];
  #last: Promise<void> = Promise.resolve();

  /** @param show called with what is to be seen from now on, one call after another */
  constructor(loader: TileLoader, show: (joined: JoinedTerrain | null) => Promise<void>) {
    this.#loader = loader;
    this.#show = show;
  }

  get empty(): boolean { return this.#sources.length === 0; }

  /** @throws TwinError where it cannot be had; what was seen before stays */
  async add(source: TerrainSource): Promise<{ dispose(): void }> {
    await this.#change((sources) => [...sources, source]);
    return { dispose: () => void this.#change((sources) => sources.filter((each) => each !== source)).catch(() => {}) };
  }

  #change(change: (sources: readonly TerrainSource[]) => readonly TerrainSource[]): Promise<void> {
    const run = this.#last.then(async () => {
      const sources = change(this.#sources);
      await this.#show(await this.#join(sources));
      this.#sources = sources;
    });
    this.#last = run.catch(() => {});
    return run;
  }

  /** One alone is passed on as it is: most pages have one city, and load nothing for more. */
  async #join(sources: readonly TerrainSource[]): Promise<JoinedTerrain | null> {
    if (sources.length < 2) return sources.length === 0 ? null : { url: sources[0].url, loader: this.#loader };
    const { joinTerrain } = await import('./terrain-union.ts');
    return joinTerrain(sources, this.#loader);
  }
}
