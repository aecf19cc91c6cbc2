import { clipMatrix, project as projected, type Pose } from '#geo';
import type { Backend, Light } from './backend.ts';
import { MarkBoard, ValueBoard } from './boards.ts';
import { Cast } from './cast.ts';
import { Clipping } from './clipping.ts';
import { Clock } from './clock.ts';
import { Daylight } from './daylight.ts';
import { creditsOf } from './credits.ts';
import { canonical, digestOf, parseDocument, patched, type Patch, type SceneDocument } from './document.ts';
import type { Legend } from './drawing/rule.ts';
import { toTwinError, TwinError } from './errors.ts';
import { UndoHistory } from './history.ts';
import { LabelBoard } from './label-board.ts';
import { labelJudge } from './label-judge.ts';
import type { Card, Credit, Extent, Hit, LayerStatus, Moment } from './layer.ts';
import { onClick } from './pointer.ts';
import { poseFor, samePose, settledPose } from './poses.ts';
import type { Quarantine, RunOptions } from './ports.ts';
import { Reporter } from './report.ts';
import { ResolutionPolicy } from './resolution.ts';
import { Emitter, type Signal } from './signal.ts';
import { pickAsk, type StageWorld } from './stage.ts';
import type { LayerInput, TwinEvents, TwinParts } from './twin-parts.ts';

/** Context losses within a minute after which the twin stops trying and says so. */
const MOST_REBUILDS = 5;

/** One city twin on one page: a function of its document. Made by `createTwin`, ended by `dispose()`. */
export class Twin implements Signal<TwinEvents> {
  readonly clock: Clock;
  readonly #parts: TwinParts;
  readonly #events: Emitter<TwinEvents>;
  readonly #reporter: Reporter;
  readonly #history = new UndoHistory();
  readonly #marks = new MarkBoard((layer) => this.#document.layers[layer]?.order ?? 0);
  readonly #values = new ValueBoard();
  readonly #cast: Cast;
  readonly #ended = new AbortController();
  readonly #resolution: ResolutionPolicy;
  readonly #clipping = new Clipping((error) => this.#reporter.report(error, null));
  #document: SceneDocument;
  readonly #daylight: Daylight;
  #backend!: Backend;
  #backendName: string;
  #labels!: LabelBoard;
  #world!: StageWorld;
  #bound = new AbortController();
  #stopFrames: (() => void) | null = null;
  #rebuilding: Promise<void> | null = null;
  #rebuilds: number[] = [];
  #saidTime = -Infinity;

  static async create(parts: TwinParts): Promise<Twin> {
    const twin = new Twin(parts);
    try {
      await twin.#start('start');
    } catch (cause) {
      await twin.dispose();
      throw cause;
    }
    return twin;
  }

  private constructor(parts: TwinParts) {
    this.#parts = parts;
    this.#document = parts.document;
    this.#backendName = parts.backend;
    this.clock = parts.clock ?? new Clock();
    this.clock.set(parts.document.clock);
    this.#resolution = new ResolutionPolicy(parts.economy);
    this.#daylight = new Daylight(parts.lights, parts.document, this.clock.now());
    this.#events = new Emitter((cause) => console.error(cause));
    this.#reporter = new Reporter((report) => this.#events.emit('error', report));
    this.#cast = new Cast(parts.layerTypes, (error, layer) => this.#reporter.report(error, layer));
    this.clock.onChange((state) => parts.feeds.clock(state), this.#ended.signal);
    parts.feeds.clock(this.clock.state);
  }

  on<Name extends keyof TwinEvents>(name: Name, listener: (event: TwinEvents[Name]) => void, options: { signal?: AbortSignal } = {}): () => void {
    return this.#events.on(name, listener, options);
  }

  /** The whole state, frozen. Changed by {@link apply} only. */
  get document(): SceneDocument {
    return this.#document;
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** The light shown now: the document's preset, or what its clock makes. */
  get light(): Light {
    return this.#daylight.now;
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  /**
   * Changes the document by a JSON Patch: all of it, checked, or nothing.
   * @param options `by` names the hand (for undo strokes and audit); `undo: false` keeps the change out of undo (camera, clock)
   * @throws TwinError `bad-document`
   */
  apply(patch: Patch, options: { by?: string; undo?: boolean } = {}): void {
    this.#alive();
    if (patch.length === 0) return;
    const before = this.#document;
    const { document, inverse } = patched(before, patch);
    const by = options.by ?? 'host';
    if (options.undo ?? true) this.#history.push(patch, inverse, by, performance.now() / 1000);
    this.#become(document, by, patch);
  }

  /** Takes back the last change; false when there is none. */
  undo(): boolean {
    return this.#again(this.#history.undo(), 'undo');
  }

  redo(): boolean {
    return this.#again(this.#history.redo(), 'redo');
  }

  /** Replaces the document by another, in one step that can be undone. @throws TwinError `bad-document` */
  open(input: unknown): void {
    const document = parseDocument(input);
    this.apply([{ op: 'replace', path: '', value: document }], { by: 'open' });
  }

  /** Adds a layer on top of the others. @returns its id */
  add(input: LayerInput, id = this.#freeId(input.type)): string {
    const type = this.#parts.layerTypes.get(input.type);
    if (!type) throw new TwinError('unsupported', `There is no layer type “${input.type}”; known are ${[...this.#parts.layerTypes.keys()].join(', ')}.`, { where: input.type });
    const top = Math.max(-1, ...Object.values(this.#document.layers).map((layer) => layer.order));
    const defaults = { title: type.title, visible: true, opacity: 1, order: Math.min(99, top + 1) };
    this.apply([{ op: 'add', path: `/layers/${id}`, value: { ...defaults, ...input } }], { by: 'add' });
    return id;
  }

  remove(id: string): void {
    const selected = this.#document.selection?.layer === id;
    this.apply([{ op: 'remove', path: `/layers/${id}` }, ...(selected ? [{ op: 'replace' as const, path: '/selection', value: null }] : [])], { by: 'remove' });
  }

  status(id: string): LayerStatus {
    return this.#cast.of(id).status;
  }

  legend(id: string): Legend | null {
    return this.#cast.of(id).layer.legend();
  }

  extent(id: string): Extent | null {
    return this.#cast.of(id).layer.extent();
  }

  /** Whom the picture is owed to, most binding first; changes with `state` and `result`. */
  credits(): readonly Credit[] {
    return creditsOf(this.#document, this.#cast.all());
  }

  /** What a layer computed (see the layer's own doc comment); null when nothing. */
  result(id: string): unknown {
    return this.#cast.of(id).layer.result?.() ?? null;
  }

  /** The nearest thing under a pixel of the canvas (CSS pixels), asked of every layer's columns and of the tiles. */
  async pick(x: number, y: number): Promise<Hit | null> {
    return this.#cast.pick(pickAsk(this.#backend, x, y, this.clock.now(), this.#clipping.cuts));
  }

  async describe(hit: Hit): Promise<Card | null> {
    return (await this.#cast.get(hit.layer)?.layer.describe(hit)) ?? null;
  }

  async surfaceAt(x: number, y: number): Promise<{ lon: number; lat: number; height: number } | null> {
    const hit = await this.#backend.surfaceAt(x, y);
    return hit && { lon: hit.lon, lat: hit.lat, height: hit.height };
  }

  /** A place on the canvas in CSS pixels and its depth in metres; null behind the eye. */
  project(lon: number, lat: number, height: number): { x: number; y: number; depth: number } | null {
    const { pose, frustum, width, height: tall } = this.#backend.view;
    const out = projected(clipMatrix({ lon, lat, height }, pose, frustum, width, tall), width, tall, 0, 0, 0, new Float64Array(3));
    return out[2] > 0 ? { x: out[0], y: out[1], depth: out[2] } : null;
  }

  /** Moves the camera to a pose, or so that an extent fills the view; settles when it is there. */
  async look(target: Pose | Extent, seconds = 1): Promise<void> {
    const pose = 'pitch' in target ? target : poseFor(target, this.#backend.view);
    await this.#backend.look(pose, seconds);
    this.#rest();
  }

  /** Runs an analysis in a worker. @throws TwinError */
  analyse<Input, Output>(name: string, input: Input, options: RunOptions = {}): Promise<Output> {
    return this.#parts.analysis.run<Input, Output>(name, input, options);
  }

  /** What happened when in all layers, oldest first; changes with `state` and `result`. */
  moments(): readonly (Moment & { readonly layer: string })[] {
    return [...this.#cast.all()].flatMap(({ id, layer }) => (layer.moments?.() ?? []).map((moment) => ({ ...moment, layer: id }))).sort((a, b) => a.time - b.time);
  }

  /** How many readings of all feeds came in each of `buckets` equal parts between two moments (unix seconds). */
  density(from: number, to: number, buckets: number): Promise<Uint32Array> {
    return this.#parts.feeds.density(from, to, buckets);
  }

  /** SHA-256 over the canonical document and every layer's columns at a moment (unix seconds): what “the same state” means. */
  async digest(time = this.clock.now()): Promise<string> {
    const columns = await this.#cast.digests(this.#document, time);
    return digestOf([canonical(this.#document), ...columns].join('\n'));
  }

  /** What a layer's feeds received in the history held, as bytes that a feed with transport 'replay' plays. @throws TwinError `unsupported` for a layer without feeds */
  async recording(id: string): Promise<Uint8Array> {
    const { layer } = this.#cast.of(id);
    if (!layer.recording) throw new TwinError('unsupported', `The layer “${id}” has no feed, so there is nothing to record.`, { where: id });
    return layer.recording();
  }

  /** What a layer's feeds refused, by reason, with the beginnings of the last messages (text that nobody vouches for). @throws TwinError `unsupported` for a layer without feeds */
  async quarantine(id: string): Promise<Quarantine> {
    const found = await this.#cast.of(id).quarantine();
    if (!found) throw new TwinError('unsupported', `The layer “${id}” has no feed, so nothing was refused.`, { where: id });
    return found;
  }

  /** Shows the same document through another backend, in place. */
  async use(name: string): Promise<void> {
    this.#alive();
    if (name === this.#backendName && !this.#rebuilding) return;
    await this.#rebuilding;
    this.#backendName = name;
    await (this.#rebuilding = this.#restart('switched'));
  }

  /** Passes a problem of the host's own to everybody who listens for `error`, folded like the twin's. */
  report(error: TwinError, layer: string | null = null): void {
    this.#reporter.report(error, layer);
  }

  /** One frame, for hosts without a screen and for tests. */
  tick(): void {
    if (this.#ended.signal.aborted || this.#rebuilding) return;
    const now = this.clock.now();
    const moving = this.clock.state.mode !== 'paused';
    if (moving && this.#cast.animated) this.#backend.requestFrame();
    const start = performance.now();
    if (this.#backend.frame(now)) this.#drawn(start);
    this.#labels.tick();
    if (Math.abs(this.clock.machine() - this.#saidTime) >= 0.25) {
      this.#saidTime = this.clock.machine();
      this.#events.emit('time', now);
      if (this.#document.light === 'clock' && this.#relight()) this.#events.emit('light', this.#daylight.now);
    }
  }

  /** Ends everything the twin made: canvas, context, workers, sockets, timers, listeners. May be called twice. */
  async dispose(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#rebuilding?.catch(() => {});
    this.#stop();
    this.#reporter.dispose();
    this.#events.clear();
    this.#parts.onDispose();
  }

  #alive(): void {
    if (this.#ended.signal.aborted) throw new TwinError('aborted', 'This twin was disposed; make another.');
  }

  #freeId(type: string): string {
    for (let n = 1; ; n++) if (!(`${type}-${n}` in this.#document.layers)) return `${type}-${n}`;
  }

  #again(patch: Patch | null, by: string): boolean {
    if (!patch) return false;
    this.#become(patched(this.#document, patch).document, by, patch);
    return true;
  }

  #become(document: SceneDocument, by: string, patch: Patch): void {
    const before = this.#document;
    this.#document = document;
    this.clock.set(document.clock);
    this.#relight();
    if (canonical(document.clip ?? []) !== canonical(before.clip ?? [])) void this.#clipping.show(this.#backend, document.clip ?? []);
    if (by !== 'camera' && !samePose(document.camera, before.camera)) void this.#backend.look(document.camera, by === 'open' ? 0 : 0.8);
    this.#cast.follow(before, document, { backend: this.#backend, world: this.#world });
    this.#events.emit('state', { document, by, patch });
  }

  #relight(): boolean {
    if (!this.#daylight.follow(this.#document, this.clock.now())) return false;
    this.#shine();
    return true;
  }

  #shine(): void {
    this.#backend.light({ ...this.#daylight.now, plain: this.#resolution.plain });
    this.#backend.requestFrame();
  }

  #drawn(start: number): void {
    const { plain } = this.#resolution;
    this.#backend.resolution = this.#resolution.drawn(start);
    if (this.#resolution.plain !== plain) this.#shine();
  }

  async #start(reason: TwinEvents['backend']['reason']): Promise<void> {
    const parts = this.#parts;
    const create = await parts.loadBackend(this.#backendName);
    this.#backend = await create({
      element: parts.element, at: this.#document.at, pose: this.#document.camera, light: { ...this.#daylight.now, plain: this.#resolution.plain }, loader: parts.loader,
      assets: parts.assets, budget: parts.budget, economy: parts.economy, onIssue: (error) => this.#reporter.report(error, null),
    });
    if (this.#ended.signal.aborted) {
      this.#backend.dispose();
      throw new TwinError('aborted', 'The twin was disposed while it was starting.');
    }
    void this.#clipping.show(this.#backend, this.#document.clip ?? [], true);
    this.#bound = new AbortController();
    this.#labels = new LabelBoard(this.#backend, {
      language: () => languageOf(parts.element), orderOf: (layer) => this.#document.layers[layer]?.order ?? 0, judge: labelJudge(parts.analysis),
    });
    this.#world = this.#makeWorld();
    this.#listen();
    this.#cast.follow(null, this.#document, { backend: this.#backend, world: this.#world });
    this.#stopFrames = parts.schedule?.(() => this.tick()) ?? null;
    this.#events.emit('backend', { name: this.#backend.name, reason });
  }

  #makeWorld(): StageWorld {
    const [lon, lat] = this.#document.at;
    return {
      anchor: { lon, lat, height: 0 }, clock: this.clock, feeds: this.#parts.feeds, analysis: this.#parts.analysis, loader: this.#parts.loader,
      marks: this.#marks, values: this.#values, page: this.#parts.page,
      document: () => this.#document,
      light: () => this.#daylight.now,
      watch: (listener, signal) => {
        this.on('state', listener, { signal });
        this.on('light', listener, { signal });
      },
      moved: (listener, signal) => void this.on('camera', listener, { signal }),
      labels: (layer, entries) => this.#labels.set(layer, entries),
      status: (layer, status) => this.#events.emit('status', { layer, status }),
      report: (error, layer) => this.#reporter.report(error, layer),
      changed: (layer) => this.#events.emit('result', { layer }),
      requestFrame: () => this.#backend.requestFrame(),
    };
  }

  #listen(): void {
    const backend = this.#backend;
    const { signal } = this.#bound;
    backend.onMove = (resting) => {
      this.#resolution.moved(resting);
      backend.resolution = this.#resolution.wanted;
      this.#events.emit('camera', { pose: backend.view.pose, resting });
      if (resting) this.#rest();
    };
    void backend.lost.then(() => {
      if (signal.aborted || this.#ended.signal.aborted || this.#rebuilding) return;
      this.#rebuilding = this.#recover();
    });
    if (backend.canvas) onClick(backend.canvas, (x, y) => void this.#picked(x, y), signal);
  }

  async #picked(x: number, y: number): Promise<void> {
    const [hit, surface] = await Promise.all([this.pick(x, y), this.surfaceAt(x, y)]);
    if (!this.#ended.signal.aborted) this.#events.emit('pick', { hit, x, y, surface });
  }

  /** The camera came to rest: the document learns where. Not a step of undo. */
  #rest(): void {
    if (this.#ended.signal.aborted) return;
    const pose = settledPose(this.#backend.view.pose);
    if (!samePose(pose, this.#document.camera)) this.apply([{ op: 'replace', path: '/camera', value: pose }], { by: 'camera', undo: false });
  }

  #stop(): void {
    this.#stopFrames?.();
    this.#bound.abort();
    this.#cast.clear();
    this.#labels?.dispose();
    this.#backend?.dispose();
  }

  /** The graphics context is gone: everything drawn is made again from document and columns. */
  async #recover(): Promise<void> {
    const now = performance.now() / 1000;
    this.#rebuilds = [...this.#rebuilds.filter((at) => now - at < 60), now];
    if (this.#rebuilds.length > MOST_REBUILDS) {
      this.#reporter.report(new TwinError('backend-lost', 'The graphics context was lost again and again; the view has stopped. Feeds and analyses go on. Reload the page, or switch to the other view.', { where: this.#backendName }), null);
      this.#rebuilding = null;
      return;
    }
    await this.#restart('lost');
  }

  async #restart(reason: 'lost' | 'switched'): Promise<void> {
    try {
      this.#stop();
      await this.#start(reason);
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      const error = toTwinError(cause, 'backend-unavailable', this.#backendName);
      this.#reporter.report(error, null);
      throw error;
    } finally {
      this.#rebuilding = null;
    }
  }
}

function languageOf(element: HTMLElement): 'zh' | 'en' {
  const lang = typeof element.closest === 'function' ? element.closest<HTMLElement>('[lang]')?.lang : undefined;
  return !lang || lang.startsWith('zh') ? 'zh' : 'en';
}
