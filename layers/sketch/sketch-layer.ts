import { batchHit, betterHit, canonical, toTwinError, type Card, type CardRow, type Extent, type Hit, type Layer, type LayerDocument, type Legend, type PickAsk, type Stage } from '#engine';
import { isCityCatalogue, readCityCatalogue } from '#models';
import { areaText, lengthText, MOST_FEATURES, OWN_KEYS, partTexts, readFeatures } from './features.ts';
import { Shape, type ShapeMeasure } from './shape.ts';

/** Colour of the words by night; by day the theme's own. */
const NIGHT_NAMES = '#dce5ea';

export class SketchLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #dem: string | null = null;
  #ground = '';
  #ready = false;
  readonly #shapes = new Map<string, { key: string; shape: Shape }>();
  #labelled = '[]';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    stage.signal.addEventListener('abort', () => {
      for (const { shape } of this.#shapes.values()) shape.end();
    }, { once: true });
    await this.#findGround();
    if (stage.signal.aborted) return;
    stage.watch(() => {
      this.#write();
      if (this.#groundUrl() !== this.#ground) void this.#findGround().then(() => this.#reconcile());
    });
    this.#ready = true;
    this.#reconcile();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (this.#ready) this.#reconcile();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const hits = [...this.#shapes.values()].flatMap(({ shape }) => shape.batches.map((batch) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, feature: shape.feature, area: batch.kind === 'mesh' };
    }));
    const best = hits.filter((hit) => hit && !hit.area).reduce(betterHit, null) ?? hits.reduce(betterHit, null);
    // A building that stands in an area is meant before the area is.
    if (!best || (best.area && (await ask.surface())?.feature)) return null;
    const { feature, lon, lat, height, depth } = best;
    return { layer: this.#stage.id, id: feature.id, lon, lat, height, depth, properties: feature.properties };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const shape = this.#shapes.get(hit.id)?.shape;
    if (!shape) return null;
    const { feature, measure } = shape;
    const kind = partTexts[feature.parts[0].type];
    const rows: CardRow[] = [{ label: { zh: '类型', en: 'Kind' }, value: kind }];
    if (measure) rows.push({ label: measure.area === null ? { zh: '长度', en: 'Length' } : { zh: '周长', en: 'Perimeter' }, value: lengthText(measure.length) });
    if (measure?.area !== null && measure) rows.push({ label: { zh: '面积', en: 'Area' }, value: areaText(measure.area) });
    if (measure && measure.crossings > 0) rows.push({ label: { zh: '注意', en: 'Note' }, value: { zh: '边界自相交，面积不可信', en: 'the outline crosses itself: the area is not to be trusted' } });
    for (const [key, value] of Object.entries(feature.properties)) {
      if (OWN_KEYS.has(key) || rows.length >= 16) continue;
      if (typeof value === 'string' || typeof value === 'number') rows.push({ label: { zh: key, en: key }, value });
    }
    return { title: feature.name ? { zh: feature.name, en: feature.name } : kind, rows, asOf: null, stale: false, source: { zh: '手工绘制或导入', en: 'drawn or dropped by hand' } };
  }

  legend(): Legend | null {
    return null;
  }

  extent(): Extent | null {
    const places = [...this.#shapes.values()].flatMap(({ shape }) => shape.feature.parts.flatMap((part) => (part.type === 'point' ? [part.at] : part.type === 'line' ? part.points : part.rings[0])));
    if (places.length === 0) return null;
    const box = { west: 180, south: 90, east: -180, north: -90, top: 20 };
    for (const [lon, lat] of places) {
      box.west = Math.min(box.west, lon);
      box.east = Math.max(box.east, lon);
      box.south = Math.min(box.south, lat);
      box.north = Math.max(box.north, lat);
    }
    return box;
  }

  result(): Readonly<Record<string, ShapeMeasure>> {
    return Object.fromEntries([...this.#shapes].flatMap(([id, { shape }]) => (shape.measure ? [[id, shape.measure] as const] : [])));
  }

  /** The city whose terrain counts: the layer's own, else the scene's first ground layer's. */
  #groundUrl(): string {
    const scene = this.#stage.document().layers;
    return this.#document.url ?? Object.values(scene).find((layer) => layer.type === 'ground')?.url ?? '';
  }

  async #findGround(): Promise<void> {
    const reference = this.#groundUrl();
    this.#ground = reference;
    this.#dem = null;
    if (reference === '') return;
    try {
      const url = this.#stage.resolve(reference);
      const json = await this.#stage.json<unknown>(url);
      const terrain = isCityCatalogue(json) ? readCityCatalogue(json, url).layers.terrain : undefined;
      if (this.#ground === reference && terrain) this.#dem = this.#stage.resolve(terrain.dem, url);
    } catch (cause) {
      this.#stage.report(toTwinError(cause, 'layer-failed', this.#stage.id));
    }
  }

  /** Shapes become what the document says; one that did not change stays as it is. */
  #reconcile(): void {
    if (this.#stage.signal.aborted) return;
    const { features, total } = readFeatures(this.#document.options, this.#stage.id, (error) => this.#stage.report(error));
    const wanted = new Map(features.map((feature) => [feature.id, { feature, key: `${this.#dem ?? ''} ${canonical(feature)}` }]));
    for (const [id, { key, shape }] of this.#shapes) {
      if (wanted.get(id)?.key === key) continue;
      shape.end();
      this.#shapes.delete(id);
    }
    for (const [id, { feature, key }] of wanted) {
      if (!this.#shapes.has(id)) this.#shapes.set(id, { key, shape: new Shape(this.#stage, this.#dem, feature, () => this.#changed()) });
    }
    const over = total > MOST_FEATURES ? { zh: `共 ${total} 个要素，只绘制前 ${MOST_FEATURES} 个；更多请先转换为城市数据`, en: `${total} features, the first ${MOST_FEATURES} are drawn; build a city folder for more` } : null;
    this.#stage.status({ state: 'ready', progress: null, count: features.length, message: over });
    this.#changed();
  }

  #changed(): void {
    if (this.#stage.signal.aborted) return;
    this.#write();
    this.#stage.changed();
    this.#stage.requestFrame();
  }

  /** The features' words, with the layer and in the light of the scene. */
  #write(): void {
    const seen = this.#document.visible && this.#document.opacity > 0;
    const colour = this.#stage.light().night > 0.5 ? NIGHT_NAMES : undefined;
    const labels = seen ? [...this.#shapes.values()].flatMap(({ shape }) => shape.labels.map((label) => ({ ...label, colour }))) : [];
    if (canonical(labels) !== this.#labelled) {
      this.#labelled = canonical(labels);
      this.#stage.labels(labels);
    }
  }
}
