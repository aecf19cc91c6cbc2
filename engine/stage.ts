import { clipMatrix, type Anchor } from '#geo';
import { MarkBoard, ValueBoard } from './boards.ts';
import type { Backend, DrawnTiles, Light, SurfaceHit, TileLoader } from './backend.ts';
import type { Clock } from './clock.ts';
import type { LayerDocument, SceneDocument } from './document.ts';
import type { Batch, Change, Drawn } from './drawing/batch.ts';
import { toTwinError, TwinError } from './errors.ts';
import type { Hit, LabelEntry, Layer, LayerStatus, LayerType, PickAsk, Stage } from './layer.ts';
import { openFeeds, quarantineOf, type OpenFeeds, type Sight } from './layer-feeds.ts';
import type { AnalysisPort, FeedPort, Quarantine } from './ports.ts';
import { groundSeen } from './view-ground.ts';

/** What every stage of a twin shares. */
export interface StageWorld {
  readonly anchor: Anchor;
  readonly clock: Clock;
  readonly feeds: FeedPort;
  readonly analysis: AnalysisPort;
  readonly loader: TileLoader;
  readonly marks: MarkBoard;
  readonly values: ValueBoard;
  readonly page: string;
  document(): SceneDocument;
  light(): Light;
  /** Calls after every change of the document until the signal ends. */
  watch(listener: () => void, signal: AbortSignal): void;
  /** Calls whenever the camera moved until the signal ends. */
  moved(listener: () => void, signal: AbortSignal): void;
  labels(layer: string, entries: readonly LabelEntry[]): void;
  status(layer: string, status: LayerStatus): void;
  report(error: TwinError, layer: string): void;
  changed(layer: string): void;
  requestFrame(): void;
}

/** Something drawn whose look is its own times its layer's. */
interface Followed {
  ownVisible: boolean;
  ownOpacity: number;
  follow(document: LayerDocument): void;
}

const PENDING: Layer = { attach: async () => {}, update: () => {}, describe: async () => null, legend: () => null, extent: () => null };

const START: LayerStatus = { state: 'loading', message: null, progress: null, count: null, feed: null };

/** A layer on its stage: what it drew follows the document, and all of it goes when it is detached. */
export class Staged {
  readonly id: string;
  /** The layer itself, or one that knows nothing while its code is on the way. */
  layer: Layer = PENDING;
  status: LayerStatus = START;
  /** True while something of the layer moves by the clock alone. */
  animated = false;
  #document: LayerDocument;
  readonly #create: LayerType['create'];
  readonly #world: StageWorld;
  readonly #backend: Backend;
  readonly #ended = new AbortController();
  readonly #followed = new Set<Followed>();
  /** Ends of what is drawn: a set and not listeners, for a layer may draw thousands. */
  readonly #ends = new Set<() => void>();
  readonly #feeds: OpenFeeds = new Set();
  /** Called when the layer is shown or hidden. */
  readonly #shown = new Set<() => void>();

  constructor(id: string, create: LayerType['create'], document: LayerDocument, backend: Backend, world: StageWorld) {
    this.id = id;
    this.#create = create;
    this.#document = document;
    this.#backend = backend;
    this.#world = world;
  }

  get document(): LayerDocument {
    return this.#document;
  }

  async attach(): Promise<void> {
    try {
      const made = this.#create();
      // Awaited only where there is something to wait for: a layer at hand is there in the same breath.
      this.layer = made instanceof Promise ? await made : made;
      if (this.#ended.signal.aborted) return;
      await this.layer.attach(this.#stage(), this.#document);
      if (!this.#ended.signal.aborted && this.status.state === 'loading') this.#setStatus({ state: 'ready', progress: null });
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      const error = toTwinError(cause, 'layer-failed', this.id);
      this.#setStatus({ state: 'failed', progress: null, message: this.status.message ?? { zh: error.message, en: error.message } });
      this.#world.report(error, this.id);
    }
  }

  update(document: LayerDocument): void {
    const turned = this.#document.visible !== document.visible;
    this.#document = document;
    if (turned) for (const listener of this.#shown) listener();
    for (const followed of this.#followed) followed.follow(document);
    try {
      this.layer.update(document);
    } catch (cause) {
      this.#world.report(toTwinError(cause, 'layer-failed', this.id), this.id);
    }
    this.#world.requestFrame();
  }

  detach(): void {
    this.#ended.abort(new TwinError('aborted', 'The layer was taken away.', { where: this.id }));
    for (const end of this.#ends) end();
    this.#followed.clear();
    this.animated = false;
    this.#world.labels(this.id, []);
  }

  /** What the layer's feeds refused; null where none is open. */
  quarantine(): Promise<Quarantine | null> {
    return quarantineOf(this.#feeds);
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    if (!this.#document.visible || !this.layer.pick) return null;
    try {
      return await this.layer.pick(ask);
    } catch (cause) {
      this.#world.report(toTwinError(cause, 'layer-failed', this.id), this.id);
      return null;
    }
  }

  #setStatus(status: Partial<LayerStatus>): void {
    if (this.#ended.signal.aborted) return;
    this.status = { ...this.status, ...status };
    this.#world.status(this.id, this.status);
  }

  #stage(): Stage {
    const world = this.#world;
    const signal = this.#ended.signal;
    const resolve = (reference: string, base?: string): string => new URL(reference, base ?? world.page).href;
    const fetch = (url: string, wanted?: AbortSignal): Promise<ArrayBuffer> =>
      world.loader.load(resolve(url), { kind: 'any', root: resolve(url), signal: wanted ? AbortSignal.any([signal, wanted]) : signal });
    return {
      id: this.id, backend: this.#backend, signal, clock: world.clock, anchor: world.anchor, feeds: openFeeds(world.feeds, this.#feeds, this.#sight()), analysis: world.analysis,
      marks: world.marks.for(this.id, signal), values: world.values.for(this.id, signal),
      document: () => world.document(), light: () => world.light(),
      watch: (listener) => world.watch(listener, signal),
      draw: (batch) => this.#draw(batch),
      tiles: (source) => this.#tiles(source),
      fetch, resolve,
      json: async <T>(url: string): Promise<T> => parseJson<T>(await fetch(url), url),
      labels: (entries) => {
        if (!signal.aborted) world.labels(this.id, entries);
      },
      status: (status) => this.#setStatus(status),
      report: (error) => {
        if (!signal.aborted && error.code !== 'aborted') world.report(error, this.id);
      },
      changed: () => {
        if (!signal.aborted) world.changed(this.id);
      },
      requestFrame: () => world.requestFrame(),
    };
  }

  #sight(): Sight {
    return {
      seen: () => (this.#document.visible ? [groundSeen(this.#backend.view)] : []),
      onChange: (listener, signal) => {
        this.#world.moved(listener, signal);
        this.#shown.add(listener);
        signal.addEventListener('abort', () => this.#shown.delete(listener), { once: true });
      },
    };
  }

  #draw(batch: Batch): Drawn {
    if (this.#ended.signal.aborted) throw new TwinError('aborted', 'The layer was taken away.', { where: this.id });
    const drawn = this.#backend.draw({ ...batch, order: batch.order + this.#document.order });
    let own = batch.order;
    const refollow = (): void => followed.follow(this.#document);
    if ('motion' in batch && batch.motion) this.animated = true;
    const followed = this.#follow(drawn, (document) => {
      drawn.order = own + document.order;
    });
    const world = this.#world;
    const signal = this.#ended.signal;
    const dispose = (): void => {
      this.#ends.delete(dispose);
      this.#followed.delete(followed);
      drawn.dispose();
      world.requestFrame();
    };
    this.#ends.add(dispose);
    world.requestFrame();
    return {
      kind: drawn.kind,
      write(change: Change) {
        if (signal.aborted) return;
        drawn.write(change);
        world.requestFrame();
      },
      get order() { return own; },
      set order(value) { own = value; refollow(); },
      get visible() { return followed.ownVisible; },
      set visible(value) { followed.ownVisible = value; refollow(); },
      get opacity() { return followed.ownOpacity; },
      set opacity(value) { followed.ownOpacity = value; refollow(); },
      get bytes() { return drawn.bytes; },
      dispose,
    };
  }

  async #tiles(source: Parameters<Stage['tiles']>[0]): Promise<DrawnTiles> {
    const tiles = await this.#backend.tiles({ ...source, order: this.#document.order, onIssue: (error) => this.#world.report(error, this.id) });
    if (this.#ended.signal.aborted) {
      tiles.dispose();
      throw new TwinError('aborted', 'The layer was taken away.', { where: this.id });
    }
    this.#follow(tiles, () => {});
    this.#ended.signal.addEventListener('abort', () => tiles.dispose(), { once: true });
    return tiles;
  }

  #follow(drawn: { visible: boolean; opacity: number }, also: (document: LayerDocument) => void): Followed {
    const world = this.#world;
    const followed: Followed = {
      ownVisible: true,
      ownOpacity: 1,
      follow(document) {
        drawn.visible = this.ownVisible && document.visible && document.opacity > 0;
        drawn.opacity = this.ownOpacity * document.opacity;
        also(document);
        world.requestFrame();
      },
    };
    this.#followed.add(followed);
    followed.follow(this.#document);
    return followed;
  }
}

function parseJson<T>(bytes: ArrayBuffer, url: string): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (cause) {
    throw new TwinError('bad-input', `${url} is not JSON (${cause instanceof Error ? cause.message : 'unreadable'}). Check the address and the file.`, { where: url, cause });
  }
}

/** A pick's question, with the surface asked of the backend at most once. */
export function pickAsk(backend: Backend, x: number, y: number, time: number, cut: PickAsk['cut'] = () => false): PickAsk {
  const { pose, frustum, width, height } = backend.view;
  let surface: Promise<SurfaceHit | null> | null = null;
  return {
    x, y, width, height, time, cut,
    clip: (anchor) => clipMatrix(anchor, pose, frustum, width, height),
    surface: () => (surface ??= backend.surfaceAt(x, y)),
  };
}
