import { placer, toEcef } from '#geo';
import { canonical, toTwinError, TwinError, type Card, type Credit, type DrawnTiles, type Extent, type Hit, type Layer, type LayerDocument, type Legend, type PickAsk, type Stage } from '#engine';
import { isCityCatalogue, readCityCatalogue, type CityCatalogue, type FeatureRow, type FeaturesInput, type FeaturesOutput, type StyleInput, type StyleOutput } from '#models';
import { LatestRun } from './latest-run.ts';
import type { Part } from './part.ts';
import { sentences } from './words.ts';

/** What `result()` of a tiles layer answers. */
export interface TilesResult {
  readonly count: number | null;
  readonly shown: number | null;
  readonly synthetic: boolean;
  readonly date: string | null;
  readonly cimLevel: string | null;
  readonly source: readonly string[];
  readonly missing: readonly string[];
  readonly heightDatum: string;
}

const SELECTION = { colour: '#22b8f0', strength: 0.95 };
const PROGRESS_SECONDS = 0.5;

/** One dataset as 3D Tiles. What of a city folder it is, and what its features are called, is said by the part. */
export class TilesLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #city: CityCatalogue | null = null;
  /** Absolute URL of the entry. */
  #url = '';
  #handle: DrawnTiles | null = null;
  /** Absolute URL of features.json; also the dataset's name on the board of marks. Null for a foreign tileset. */
  #features: string | null = null;
  #count = 0;
  #counts: StyleOutput['counts'] | null = null;
  #legend: Legend | null = null;
  #restyle: LatestRun | null = null;
  #select: LatestRun | null = null;
  #joined: string | null = null;
  /** Rule, filter and what is hidden by hand, as the look follows them now. */
  #look = '';
  /** How points are drawn now. */
  #points = '';
  /** Id of the selected feature, if it is one of ours. */
  #selected: string | null = null;
  #said = '';
  readonly #part: Part;

  constructor(part: Part) {
    this.#part = part;
  }

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', `A layer of type ${document.type} needs the URL of a city.json${this.#part.foreign ? ' or a tileset.json' : ''}.`, { where: stage.id });
    const url = stage.resolve(document.url);
    this.#url = url;
    const json = await stage.json<unknown>(url);
    const tileset = isCityCatalogue(json) || !this.#part.foreign ? this.#readCity(json, url) : url;
    const failed = (cause: unknown): void => stage.report(toTwinError(cause, 'analysis-failed', stage.id));
    this.#restyle = new LatestRun((signal) => this.#style(signal), failed, stage.signal);
    this.#select = new LatestRun((signal) => this.#markSelection(signal), failed, stage.signal);
    if (this.#features) stage.marks.watch(this.#features, () => this.#restyle?.ask(true));
    this.#handle = await stage.tiles({ url: tileset, features: this.#features ? this.#count : 0, detail: detailOf(document), look: this.#part.look });
    this.#follow(this.#document);
    stage.watch(() => this.#follow(this.#document));
    this.#say();
    const timer = setInterval(() => this.#say(), PROGRESS_SECONDS * 1000);
    stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (this.#handle) this.#follow(document);
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const surface = await ask.surface();
    if (!surface?.feature || surface.feature.tiles !== this.#handle) return null;
    const { lon, lat, height, feature } = surface;
    const at = { layer: this.#stage.id, lon, lat, height, depth: this.#depth(lon, lat, height) };
    if (this.#features) {
      const row = await this.#row({ features: this.#features, numbers: [feature.number] });
      if (row) return { ...at, id: row.id, properties: { ...row.properties, feature: row.number } };
    }
    // A point of a cloud has no number: it is known by its place.
    if (feature.number < 0) return { ...at, id: `${lon.toFixed(7)},${lat.toFixed(7)},${height.toFixed(2)}`, properties: feature.properties };
    const { id, name } = feature.properties;
    const word = [id, name].find((value) => typeof value === 'string' || typeof value === 'number');
    return { ...at, id: String(word ?? feature.number), properties: feature.properties };
  }

  async describe(hit: Hit): Promise<Card | null> {
    let full = hit;
    if (this.#features && (Object.keys(hit.properties).length === 0 || hit.properties.feature === undefined)) {
      const row = await this.#row({ features: this.#features, ids: [hit.id] });
      if (row) full = { ...hit, properties: { ...row.properties, feature: row.number } };
      else if (Object.keys(hit.properties).length === 0) return null;
    }
    return this.#part.card(full, { city: this.#city, document: this.#document, stage: this.#stage, url: this.#url });
  }

  legend(): Legend | null {
    return this.#legend;
  }

  credits(): readonly Credit[] {
    return this.#city?.credits ?? [];
  }

  extent(): Extent | null {
    if (this.#city) {
      return this.#part.extent(this.#city);
    }
    return this.#handle ? sphereExtent(this.#handle.bounds) : null;
  }

  result(): TilesResult {
    const city = this.#city;
    return {
      count: this.#count || null, shown: this.#counts?.shown ?? (this.#count || null), synthetic: city?.synthetic ?? false,
      date: this.#document.date ?? city?.surveyDate ?? null, cimLevel: this.#document.cimLevel ?? (city && this.#part.of(city, this.#stage.id).cimLevel) ?? null,
      source: this.#document.source ? [this.#document.source] : (city?.source ?? []), missing: city?.missing ?? [], heightDatum: city?.heightDatum ?? 'unknown',
    };
  }

  #readCity(json: unknown, url: string): string {
    const city = readCityCatalogue(json, url);
    this.#city = city;
    const { features, count, tileset } = this.#part.of(city, this.#stage.id);
    this.#features = features === null ? null : this.#stage.resolve(features, url);
    this.#count = count;
    return this.#stage.resolve(tileset, url);
  }

  /** Everything the look follows from: rule, filter, what is hidden, joined values, selection. Opacity and light are none of it. */
  #follow(document: LayerDocument): void {
    const { rule } = document;
    if (rule?.by === 'join' && rule.key !== this.#joined) {
      this.#joined = rule.key;
      const key = rule.key;
      // Values of a rule that has gone since are not ours to follow.
      this.#stage.values.watch(key, () => this.#document.rule?.key === key && this.#restyle?.ask(false));
    }
    this.#followPoints(document);
    const look = canonical([rule ?? null, this.#conditions(document), this.#hidden(document)]);
    if (look !== this.#look) this.#restyle?.ask(true);
    this.#look = look;
    const { selection } = this.#stage.document();
    const selected = selection?.layer === this.#stage.id ? selection.id : null;
    if (selected !== this.#selected) {
      this.#selected = selected;
      this.#select?.ask(true);
    }
  }

  #followPoints(document: LayerDocument): void {
    const points = this.#part.points?.(document, this.#city);
    const said = points && canonical([points.look.colour, [...points.look.classes], [...points.look.range], [...points.look.size]]);
    if (!points || said === this.#points) return;
    this.#points = said!;
    this.#handle?.points(points.look);
    this.#legend = points.legend;
    this.#stage.requestFrame();
    this.#stage.changed();
  }

  #conditions(document: LayerDocument): StyleInput['filter'] {
    return [...(document.filter ?? []), ...(this.#city ? this.#part.conditions(document, this.#city) : [])];
  }

  #hidden(document: LayerDocument): readonly number[] {
    const given = hiddenOf(document);
    const also = this.#city ? this.#part.hidden(document, this.#city, this.#stage.document()) : [];
    return also.length > 0 ? [...given, ...also] : given;
  }

  async #style(signal: AbortSignal): Promise<void> {
    if (!this.#features || !this.#handle) return;
    const { rule = null } = this.#document;
    const filter = this.#conditions(this.#document);
    const marks = this.#stage.marks.of(this.#features);
    const hidden = this.#hidden(this.#document);
    if (!rule && filter.length === 0 && marks.length === 0 && hidden.length === 0) {
      this.#styled(null, null, null);
      return;
    }
    const joined = rule?.by === 'join' ? this.#stage.values.of(rule.key) : null;
    const input: StyleInput = { features: this.#features, rule, filter, hidden, marks, joined };
    const output = await this.#stage.analysis.run<StyleInput, StyleOutput>('style', input, { signal, affinity: this.#features, priority: 1 });
    if (!signal.aborted) this.#styled(output.texture, output.legend, output.counts);
  }

  #styled(texture: StyleOutput['texture'] | null, legend: Legend | null, counts: StyleOutput['counts'] | null): void {
    this.#handle?.style(texture);
    this.#counts = counts;
    const changed = JSON.stringify(legend) !== JSON.stringify(this.#legend);
    this.#legend = legend;
    this.#say();
    this.#stage.requestFrame();
    if (changed) this.#stage.changed();
  }

  /** The selected feature, if it is one of ours, stands as a mark over whatever the rule says. */
  async #markSelection(signal: AbortSignal): Promise<void> {
    if (!this.#features) return;
    const id = this.#selected;
    const row = id === null ? null : await this.#row({ features: this.#features, ids: [id] }, signal);
    if (signal.aborted) return;
    this.#stage.marks.set(this.#features, row ? [{ numbers: new Uint32Array([row.number]), ...SELECTION }] : null);
  }

  async #row(input: FeaturesInput, signal: AbortSignal = this.#stage.signal): Promise<FeatureRow | null> {
    const output = await this.#stage.analysis.run<FeaturesInput, FeaturesOutput>('features', input, { signal, affinity: input.features, priority: 2 });
    return output.rows[0] ?? null;
  }

  #depth(lon: number, lat: number, height: number): number {
    const { pose } = this.#stage.backend.view;
    const eye = toEcef(pose.lon, pose.lat, pose.height, [0, 0, 0]);
    const at = toEcef(lon, lat, height, [0, 0, 0]);
    return Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]);
  }

  /** Says how the tiles stand, when that changed. */
  #say(): void {
    if (!this.#handle) return;
    const { loaded, wanted, refused, complete } = this.#handle.progress;
    const notes = this.#city ? this.#part.notes(this.#document, this.#city, this.#stage.document()) : [];
    if (!complete) notes.unshift({ zh: `已载入 ${loaded} / ${wanted} 块`, en: `${loaded} of ${wanted} tiles loaded` });
    if (refused > 0) notes.push({ zh: `显存不足，${refused} 块未显示`, en: `${refused} tiles left out: over the memory budget` });
    const shown = this.#counts?.shown ?? this.#count;
    const passing = this.#count - shown - (this.#city ? this.#part.hidden(this.#document, this.#city, this.#stage.document()).length : 0);
    if (passing > 0) notes.push(this.#part.passing(shown, this.#count));
    const status = {
      state: complete ? ('ready' as const) : ('loading' as const),
      progress: complete ? null : loaded / Math.max(1, wanted),
      count: this.#count > 0 ? shown : null,
      message: sentences(notes),
    };
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }
}

function detailOf(document: LayerDocument): number | undefined {
  const detail = document.options?.detail;
  return typeof detail === 'number' && detail > 0 ? detail : undefined;
}

function hiddenOf(document: LayerDocument): readonly number[] {
  const hidden = document.options?.hidden;
  return Array.isArray(hidden) ? hidden.filter((number) => Number.isInteger(number) && number >= 0) : [];
}

function sphereExtent({ lon, lat, height, radius }: DrawnTiles['bounds']): Extent {
  const local = placer({ lon, lat, height });
  const [, north] = local.unplace(0, radius, 0, [0, 0, 0]);
  const [, south] = local.unplace(0, -radius, 0, [0, 0, 0]);
  const [east] = local.unplace(radius, 0, 0, [0, 0, 0]);
  const [west] = local.unplace(-radius, 0, 0, [0, 0, 0]);
  return { west, south, east, north, top: height + radius };
}
