import type { Backend } from './backend.ts';
import { canonical, type LayerDocument, type SceneDocument } from './document.ts';
import { TwinError } from './errors.ts';
import type { Hit, LayerType, PickAsk } from './layer.ts';
import { Staged, type StageWorld } from './stage.ts';

/** The layers of a twin on their stages, as the document has them. */
export class Cast {
  readonly #types: ReadonlyMap<string, LayerType>;
  readonly #staged = new Map<string, Staged>();
  readonly #unknown: (error: TwinError, layer: string) => void;

  /** @param unknown hears of a layer of a type that is not in the table */
  constructor(types: ReadonlyMap<string, LayerType>, unknown: (error: TwinError, layer: string) => void) {
    this.#types = types;
    this.#unknown = unknown;
  }

  /** @throws TwinError `not-found` */
  of(id: string): Staged {
    const staged = this.#staged.get(id);
    if (!staged) throw new TwinError('not-found', `There is no layer “${id}”.`, { where: id });
    return staged;
  }

  get(id: string): Staged | undefined {
    return this.#staged.get(id);
  }

  all(): IterableIterator<Staged> {
    return this.#staged.values();
  }

  /** Whether something shown moves by the clock alone. */
  get animated(): boolean {
    for (const staged of this.#staged.values()) if (staged.animated && staged.document.visible) return true;
    return false;
  }

  /** Layers become what the document says: gone, new, or changed. A change of type or source is a new layer; without `before` all are new. */
  follow(before: SceneDocument | null, document: SceneDocument, stage: { readonly backend: Backend; readonly world: StageWorld }): void {
    for (const [id, staged] of this.#staged) {
      const now = document.layers[id];
      const then = before?.layers[id];
      if (now && then && now.type === then.type && now.url === then.url && canonical(now.feed ?? null) === canonical(then.feed ?? null)) continue;
      staged.detach();
      this.#staged.delete(id);
    }
    for (const [id, layer] of Object.entries(document.layers)) {
      const staged = this.#staged.get(id);
      if (!staged) this.#attach(id, layer, stage);
      else if (canonical(layer) !== canonical(staged.document)) staged.update(layer);
    }
    stage.backend.requestFrame();
  }

  #attach(id: string, document: LayerDocument, { backend, world }: { readonly backend: Backend; readonly world: StageWorld }): void {
    const type = this.#types.get(document.type);
    if (!type) return this.#unknown(new TwinError('unsupported', `There is no layer type “${document.type}”; the layer “${id}” is kept and not shown.`, { where: id }), id);
    const staged = new Staged(id, type.create, document, backend, world);
    this.#staged.set(id, staged);
    void staged.attach();
  }

  /** The nearest thing under a pixel, asked of every layer, topmost first. */
  async pick(ask: PickAsk): Promise<Hit | null> {
    const layers = [...this.#staged.values()].sort((a, b) => b.document.order - a.document.order);
    const hits = (await Promise.all(layers.map((staged) => staged.pick(ask)))).filter((hit) => hit !== null);
    // A point within six pixels is what a finger meant even where a wall stands a little nearer.
    return hits.reduce<Hit | null>((best, hit) => (best === null || hit.depth < best.depth * 0.98 ? hit : best), null);
  }

  /** What each layer shows at a moment, in the order of their ids. */
  digests(document: SceneDocument, time: number): Promise<string[]> {
    return Promise.all(Object.keys(document.layers).sort().map((id) => this.#staged.get(id)?.layer.digest?.(time) ?? ''));
  }

  /** Takes every layer off its stage. */
  clear(): void {
    for (const staged of this.#staged.values()) staged.detach();
    this.#staged.clear();
  }
}
