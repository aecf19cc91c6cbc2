import { Clock } from '../../clock.ts';
import { emptyDocument, parseDocument, patched, type LayerDocument, type Patch, type SceneDocument } from '../../document.ts';
import type { Legend } from '../../drawing/rule.ts';
import type { Card, Credit, Extent, Hit, LayerStatus, Moment } from '../../layer.ts';
import type { Quarantine } from '../../ports.ts';
import { Emitter } from '../../signal.ts';
import type { TwinPort, TwinSignals } from '../port.ts';

const READY: LayerStatus = { state: 'ready', message: null, progress: null, count: null, feed: null };

/** A twin without layers, views and workers: a document with undo and whatever a test says of its layers. */
export class FakeTwin implements TwinPort {
  readonly clock: Clock;
  readonly backend: { name: string; canvas: HTMLCanvasElement | null; view: TwinPort['backend']['view'] };
  readonly statuses = new Map<string, LayerStatus>();
  readonly legends = new Map<string, Legend>();
  readonly results = new Map<string, unknown>();
  readonly looks: unknown[] = [];
  readonly events = new Emitter<TwinSignals>();
  happened: readonly (Moment & { readonly layer: string })[] = [];
  counted: (from: number, to: number, buckets: number) => Uint32Array = (_from, _to, buckets) => new Uint32Array(buckets);
  card: Card | null = null;
  refused: Quarantine = { counts: {}, last: [] };
  owed: readonly Credit[] = [];
  #document: SceneDocument;
  #past: Patch[] = [];
  #future: Patch[] = [];

  constructor(input: unknown = emptyDocument([117.49, 30.66]), machine: () => number = () => Date.now() / 1000) {
    this.#document = parseDocument(input);
    this.clock = new Clock(machine);
    this.clock.set(this.#document.clock);
    this.backend = { name: 'three', canvas: null, view: { pose: this.#document.camera, frustum: { fov: 45 }, width: 1280, height: 672 } };
  }

  get document(): SceneDocument { return this.#document; }
  get canUndo(): boolean { return this.#past.length > 0; }
  get canRedo(): boolean { return this.#future.length > 0; }

  apply(patch: Patch, options: { by?: string; undo?: boolean } = {}): void {
    const { document, inverse } = patched(this.#document, patch);
    if (options.undo ?? true) {
      this.#past.push(inverse);
      this.#future = [];
    }
    this.#become(document, options.by ?? 'host', patch);
  }

  undo(): boolean { return this.#step(this.#past, this.#future, 'undo'); }
  redo(): boolean { return this.#step(this.#future, this.#past, 'redo'); }

  open(document: unknown): void {
    this.apply([{ op: 'replace', path: '', value: parseDocument(document) }], { by: 'open' });
  }

  add(layer: { type: string } & Partial<LayerDocument>, id = `${layer.type}-1`): string {
    this.apply([{ op: 'add', path: `/layers/${id}`, value: { title: { zh: id, en: id }, visible: true, opacity: 1, order: 9, ...layer } }]);
    return id;
  }

  remove(id: string): void {
    this.apply([{ op: 'remove', path: `/layers/${id}` }]);
  }

  status(id: string): LayerStatus { return this.statuses.get(id) ?? READY; }
  legend(id: string): Legend | null { return this.legends.get(id) ?? null; }
  extent(id: string): Extent | null { return this.#document.layers[id] ? { west: 117.4, south: 30.6, east: 117.5, north: 30.7, top: 100 } : null; }
  quarantine(): Promise<Quarantine> { return Promise.resolve(this.refused); }
  credits(): readonly Credit[] { return this.owed; }
  moments(): readonly (Moment & { readonly layer: string })[] { return this.happened; }
  density(from: number, to: number, buckets: number): Promise<Uint32Array> { return Promise.resolve(this.counted(from, to, buckets)); }
  result(id: string): unknown { return this.results.get(id) ?? null; }
  pick(): Promise<Hit | null> { return Promise.resolve(null); }
  describe(): Promise<Card | null> { return Promise.resolve(this.card); }
  surfaceAt(): Promise<{ lon: number; lat: number; height: number } | null> { return Promise.resolve({ lon: 117.49, lat: 30.66, height: 12 }); }

  look(target: unknown): Promise<void> {
    this.looks.push(target);
    return Promise.resolve();
  }

  on<Name extends keyof TwinSignals>(name: Name, listener: (event: TwinSignals[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  #step(from: Patch[], to: Patch[], by: string): boolean {
    const patch = from.pop();
    if (!patch) return false;
    const { document, inverse } = patched(this.#document, patch);
    to.push(inverse);
    this.#become(document, by, patch);
    return true;
  }

  #become(document: SceneDocument, by: string, patch: Patch): void {
    this.#document = document;
    this.clock.set(document.clock);
    this.events.emit('state', { document, by, patch });
  }
}
