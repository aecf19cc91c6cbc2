import { placer, type Anchor } from '#geo';
import { Clock, LIGHTS, emptyDocument, TwinError, type AnalysisPort, type Card, type FeedPort, type FeedSink, type FeedSpec, type FeedWish, type LabelEntry, type LayerDocument, type LayerInput, type LayerStatus, type LayerType, type OpenFeed, type PickAsk, type Reading, type SceneDocument, type Series, type TileLoader, type Track } from '#engine';
import { MarkBoard, ValueBoard } from '../engine/boards.ts';
import { createBackend, type HeadlessBackend } from '../engine/backends/headless/index.ts';
import { pickAsk, Staged, type StageWorld } from '../engine/stage.ts';

/** An analysis of a test: called with the input and the run's signal. */
export type FakeAnalysis = (input: never, options: { signal?: AbortSignal; onProgress?: (fraction: number) => void }) => unknown;

/** A feed opened by a layer under test: the test plays the worker. */
export interface FakeFeed extends OpenFeed {
  /** What `columns` answers. */
  shown: Awaited<ReturnType<OpenFeed['columns']>>;
  readonly spec: FeedSpec;
  readonly wish: FeedWish;
  readonly sink: FeedSink;
  readonly signal: AbortSignal;
  /** What `nearest` and `reading` answer. */
  answer: Reading | null;
  /** What `series` answers. */
  course: Readonly<Record<string, Series>>;
  /** What `track` answers. */
  way: Track;
  /** What `watch` was told last. */
  view: Parameters<OpenFeed['watch']>[0] | null;
  closed: boolean;
}

export interface LayerBench {
  readonly backend: HeadlessBackend;
  readonly clock: Clock;
  readonly staged: Staged;
  readonly marks: MarkBoard;
  readonly values: ValueBoard;
  readonly feeds: readonly FakeFeed[];
  readonly labels: readonly LabelEntry[];
  readonly statuses: readonly LayerStatus[];
  readonly reports: readonly TwinError[];
  /** Times the layer said that its result, legend or extent changed. */
  readonly changes: () => number;
  /** Calls of analyses so far, by name. */
  readonly calls: readonly { readonly name: string; readonly input: unknown; readonly signal?: AbortSignal }[];
  readonly document: () => SceneDocument;
  update(change: Partial<LayerDocument>, scene?: Partial<SceneDocument>): void;
  /** Calls what watches the document, as after a camera at rest. */
  wake(): void;
  pick(x: number, y: number): PickAsk;
  card(hit: Parameters<Staged['layer']['describe']>[0]): Promise<Card | null>;
  /** Lets promises and short timers settle until a condition holds. @throws Error when it does not within two seconds */
  until(condition: () => boolean): Promise<void>;
}

export interface BenchOptions {
  /** Text or bytes by absolute URL. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly analyses?: Readonly<Record<string, FakeAnalysis>>;
  /** A real port instead of `analyses`. */
  readonly analysis?: AnalysisPort;
  readonly loader?: TileLoader;
  readonly at?: readonly [number, number];
  readonly now?: number;
  readonly backend?: Partial<HeadlessBackend>;
  readonly attach?: boolean;
}

const PAGE = 'http://city.test/';

function memoryLoader(files: Readonly<Record<string, unknown>>): TileLoader {
  return {
    async load(url) {
      if (!(url in files)) throw new TwinError('not-found', `${url} is not there.`, { where: url });
      const file = files[url];
      if (file instanceof ArrayBuffer) return file;
      return new TextEncoder().encode(typeof file === 'string' ? file : JSON.stringify(file)).buffer as ArrayBuffer;
    },
  };
}

function fakeFeeds(opened: FakeFeed[]): FeedPort {
  return {
    open(spec, wish, sink, signal) {
      const feed: FakeFeed = {
        spec, wish, sink, signal, answer: null, course: {}, way: { times: new Float64Array(0), places: new Float64Array(0), read: new Uint8Array(0), speeds: new Float32Array(0) }, view: null, shown: { ids: [], places: new Float32Array(0), stale: new Uint8Array(0) }, closed: false,
        nearest: async () => feed.answer,
        reading: async () => feed.answer,
        series: async () => feed.course,
        density: async (_from, _to, buckets) => new Uint32Array(buckets),
        track: async () => feed.way,
        watch: (view) => { feed.view = view; },
        columns: async () => feed.shown,
        digest: async (time) => `${spec.url} ${time}`,
        push: () => {},
        recording: async () => new TextEncoder().encode(spec.url),
        look: () => {},
        quarantine: async () => ({ counts: {}, last: [] }),
        close: () => { feed.closed = true; },
      };
      signal.addEventListener('abort', () => feed.close(), { once: true });
      opened.push(feed);
      return feed;
    },
    clock: () => {},
    density: async (_from, _to, buckets) => new Uint32Array(buckets),
    dispose: () => {},
  };
}

/** A layer on the stage of a twin without a screen: everything it says and draws can be looked at. */
export async function benchLayer(type: LayerType, input: LayerInput, options: BenchOptions = {}): Promise<LayerBench> {
  const at = options.at ?? [117.49, 30.66];
  const loader = options.loader ?? memoryLoader(options.files ?? {});
  const backend = Object.assign(await createBackend({ at, loader, pose: { lon: at[0], lat: at[1], height: 2000, heading: 0, pitch: -90, roll: 0 } }), options.backend);
  const now = options.now ?? 1_800_000_000;
  const clock = new Clock(() => now);
  const layer: LayerDocument = { title: type.title, visible: true, opacity: 1, order: 3, ...input };
  let scene: SceneDocument = { ...emptyDocument(at), layers: { subject: layer } };
  const marks = new MarkBoard(() => 0);
  const values = new ValueBoard();
  const feeds: FakeFeed[] = [];
  const labels: LabelEntry[] = [];
  const statuses: LayerStatus[] = [];
  const reports: TwinError[] = [];
  const calls: { name: string; input: unknown; signal?: AbortSignal }[] = [];
  let changes = 0;
  const watchers: (() => void)[] = [];
  const fake: AnalysisPort = {
    async run<Input, Output>(name: string, input: Input, run: Parameters<AnalysisPort['run']>[2] = {}): Promise<Output> {
      calls.push({ name, input, signal: run.signal });
      run.signal?.throwIfAborted();
      const analysis = options.analyses?.[name];
      if (!analysis) throw new TwinError('unsupported', `No analysis ${name} in this test`);
      const output = await (analysis as unknown as (input: Input, run: unknown) => unknown)(input, run);
      if (run.signal?.aborted) throw new TwinError('aborted', 'cancelled');
      return output as Output;
    },
    dispose: () => {},
  };
  const world: StageWorld = {
    anchor: { lon: at[0], lat: at[1], height: 0 } satisfies Anchor, clock, feeds: fakeFeeds(feeds), analysis: options.analysis ?? fake, loader, marks, values, page: PAGE,
    document: () => scene,
    light: () => LIGHTS[scene.light === 'clock' ? 'day' : scene.light],
    watch: (listener) => { watchers.push(listener); },
    moved: () => {},
    labels: (_, entries) => { labels.splice(0, labels.length, ...entries); },
    status: (_, status) => { statuses.push(status); },
    report: (error) => { reports.push(error); },
    changed: () => { changes++; },
    requestFrame: () => backend.requestFrame(),
  };
  const staged = new Staged('subject', type.create, layer, backend, world);
  if (options.attach ?? true) await staged.attach();
  return {
    backend, clock, staged, marks, values, feeds, labels, statuses, reports, calls,
    changes: () => changes,
    document: () => scene,
    update(change, also = {}) {
      const next = { ...scene.layers.subject, ...change };
      scene = { ...scene, ...also, layers: { ...also.layers, subject: next } };
      // As a twin does it: a layer hears of its own part by `update`, of everything else by watching.
      if (Object.keys(change).length > 0) staged.update(next);
      for (const listener of watchers) listener();
    },
    wake: () => { for (const listener of watchers) listener(); },
    pick: (x, y) => pickAsk(backend, x, y, clock.now()),
    card: (hit) => staged.layer.describe(hit),
    async until(condition) {
      for (let waited = 0; waited < 200; waited++) {
        if (condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error('What the test waits for did not come within two seconds');
    },
  };
}

/** What is left on a backend once a layer is detached; all zero is right. */
export function leftOn(backend: HeadlessBackend): { drawn: number; tilesets: number; imageries: number; ground: number } {
  return { drawn: backend.drawn.length, tilesets: backend.tilesets.length, imageries: backend.imageries.length, ground: backend.ground ? 1 : 0 };
}

export const NOTHING_LEFT = { drawn: 0, tilesets: 0, imageries: 0, ground: 0 };

/** Where metres of an anchor lie: lon, lat in degrees and height. */
export function lonLatOf(anchor: Anchor, east: number, north: number, up = 0): [number, number, number] {
  return placer(anchor).unplace(east, north, up, [0, 0, 0]) as [number, number, number];
}

/** A city's catalogue with everything in it, to be spread and changed. */
export const CITY = {
  version: 1, title: '试验城', bounds: [117.45, 30.63, 117.53, 30.69], center: [117.49, 30.66], heightDatum: 'ellipsoid', surveyDate: '2024-05-01', synthetic: true, source: ['seed 7'],
  layers: {
    buildings: { tileset: 'tileset.json', features: 'features.json', companion: 'buildings.fgb', count: 3, cimLevel: 'CIM2', heights: { min: 3, max: 120 } },
    roads: { companion: 'roads.fgb', count: 2 }, areas: { companion: 'areas.fgb', count: 1 }, places: { companion: 'places.fgb', count: 2 },
    terrain: { quantizedMesh: 'terrain/layer.json', dem: 'dem.json' },
  },
  missing: [] as string[],
};

export const CITY_URL = `${PAGE}city/city.json`;
export const TILESET = { asset: { version: '1.1' }, geometricError: 100, root: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 6378137, 0, 0, 1], boundingVolume: { sphere: [0, 0, 0, 500] }, geometricError: 10, refine: 'REPLACE' } };
