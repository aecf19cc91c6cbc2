import { placer } from '#geo';
import { batchHit, betterHit, ORDER, TwinError, type Card, type Drawn, type Extent, type Hit, type LabelEntry, type Layer, type LayerDocument, type Legend, type PickAsk, type PointsBatch, type Stage, type Text } from '#engine';
import { isCityCatalogue, parseColour, readCityCatalogue, type PlacesInput, type PlacesOutput, type TreeColumns } from '#models';
import { lookOf, shownAs } from './kinds.ts';
import { cellsOf } from './cells.ts';
import { readGeoJsonPlaces, type PlaceColumns } from './read-geojson.ts';
import { Trees } from './trees.ts';

const SYMBOL_PIXELS = 17;
/** From afar symbols shrink towards this, so that names and data stay first. */
const SYMBOL_METRES = 14;
/** Metres from the ground to a symbol. */
const STEM = 14;
const MINOR_PIXELS = 12;
const MINOR_STEM = 5;
/** Metres of the eye above the ground up to which minor symbols are shown. */
const MINOR_HEIGHT = 240;
/** Colour of names by night; by day the theme's own. */
const NIGHT_NAMES = '#dce5ea';
/** As many names as are worth asking the declutter for. */
const MOST_NAMES = 1500;

export class PlacesLayer implements Layer {
  #stage!: Stage;
  #columns: PlaceColumns | null = null;
  #treeColumns: TreeColumns | null = null;
  #trees: Trees | null = null;
  readonly #drawn: { readonly batch: PointsBatch; readonly drawn: Drawn; readonly members: readonly number[]; readonly minor: boolean }[] = [];
  #named = 'none';
  #kinds: string[] = [];
  #source: Text | null = null;
  #title: Text = { zh: '地点', en: 'Places' };

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#title = document.title;
    if (!document.url) throw new TwinError('bad-input', 'A places layer needs the URL of a city.json or of a GeoJSON file of points.', { where: stage.id });
    const url = stage.resolve(document.url);
    const json = await stage.json<unknown>(url);
    const notes: Text[] = [];
    const columns = isCityCatalogue(json) ? await this.#readCity(json, url, notes) : readGeoJson(json, url, notes);
    if (stage.signal.aborted) return;
    if (document.source) this.#source = { zh: document.source, en: document.source };
    this.#columns = columns;
    this.#kinds = columns.kinds.map((word, i) => shownAs(word, columns.names[i]));
    this.#draw(columns);
    if (this.#treeColumns) this.#trees = new Trees(stage, this.#treeColumns);
    const follow = (): void => this.#follow(stage.document().layers[stage.id] ?? document);
    follow();
    stage.watch(() => {
      follow();
      this.#sift();
    });
    stage.status({ state: 'ready', progress: null, count: columns.ids.length, message: notes.length === 0 ? null : { zh: notes.map((note) => note.zh).join('；'), en: notes.map((note) => note.en).join('; ') } });
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#title = document.title;
    this.#follow(document);
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const columns = this.#columns;
    const best = this.#drawn.filter(({ drawn }) => drawn.visible).map(({ batch, members }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, member: members[hit.slot] };
    }).reduce(betterHit, null);
    const tree = this.#trees?.pick(ask);
    if (tree && !(best && best.depth < tree.depth)) return this.#treeHit(tree.tree, tree.depth);
    if (!columns || !best) return null;
    const { member } = best;
    return {
      layer: this.#stage.id, id: columns.ids[member], lon: columns.places[3 * member], lat: columns.places[3 * member + 1], height: groundAt(columns, member), depth: best.depth,
      properties: { name: columns.names[member], kind: columns.kinds[member] },
    };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const tree = this.#treeColumns?.ids.indexOf(hit.id) ?? -1;
    if (this.#treeColumns && tree >= 0) return this.#treeCard(this.#treeColumns, tree);
    const index = this.#columns?.ids.indexOf(hit.id) ?? -1;
    if (!this.#columns || index < 0) return null;
    const look = lookOf(this.#kinds[index]);
    const name = this.#columns.names[index];
    return {
      title: name ? { zh: name, en: name } : look.title,
      rows: [{ label: { zh: '类别', en: 'Kind' }, value: look.title }, { label: { zh: '编号', en: 'Id' }, value: hit.id }],
      asOf: null, stale: false, source: this.#source,
    };
  }

  #treeHit(index: number, depth: number): Hit {
    const { ids, places } = this.#treeColumns!;
    return { layer: this.#stage.id, id: ids[index], lon: places[3 * index], lat: places[3 * index + 1], height: places[3 * index + 2], depth, properties: { kind: 'tree' } };
  }

  #treeCard({ ids, heights }: TreeColumns, index: number): Card {
    const stated = heights[index] > 0 ? `${Math.round(heights[index] * 10) / 10} m` : null;
    const height: Text = stated ? { zh: stated, en: stated } : { zh: '未知', en: 'unknown' };
    return { title: { zh: '树木', en: 'Tree' }, rows: [{ label: { zh: '高度', en: 'Height' }, value: height }, { label: { zh: '编号', en: 'Id' }, value: ids[index] }], asOf: null, stale: false, source: this.#source };
  }

  legend(): Legend | null {
    const kinds = [...new Set(this.#kinds)].map(lookOf).filter((look) => look.symbol !== null);
    if (kinds.length === 0) return null;
    return { title: this.#title, unit: '', entries: kinds.toSorted((a, b) => b.rank - a.rank).slice(0, 12).map((look) => ({ colour: look.colour, label: look.title })) };
  }

  extent(): Extent | null {
    const columns = this.#columns;
    if (!columns || columns.ids.length === 0) return null;
    const box = { west: 180, south: 90, east: -180, north: -90, top: 0 };
    for (let i = 0; i < columns.ids.length; i++) {
      const [lon, lat] = columns.places.subarray(3 * i, 3 * i + 2);
      box.west = Math.min(box.west, lon);
      box.east = Math.max(box.east, lon);
      box.south = Math.min(box.south, lat);
      box.north = Math.max(box.north, lat);
      box.top = Math.max(box.top, groundAt(columns, i) + STEM);
    }
    return box;
  }

  /** Names are seen with the layer, light ones by night. */
  #follow(document: LayerDocument): void {
    const named = document.visible && document.opacity > 0;
    const colour = this.#stage.light().night > 0.5 ? NIGHT_NAMES : undefined;
    const look = named ? (colour ?? 'day') : 'none';
    if (!this.#columns || look === this.#named) return;
    this.#named = look;
    this.#stage.labels(named ? this.#names(this.#columns, colour) : []);
  }

  async #readCity(json: unknown, url: string, notes: Text[]): Promise<PlaceColumns> {
    const city = readCityCatalogue(json, url);
    const { places, terrain } = city.layers;
    if (!places) throw new TwinError('not-found', 'There are no places in the data. Build the city again with a file of points among the inputs, or take this layer away.', { where: this.#stage.id });
    if (city.source.length > 0) this.#source = { zh: city.source.join('、'), en: city.source.join(', ') };
    if (city.synthetic) notes.push({ zh: '合成城市，非真实数据', en: 'synthetic city, not real data' });
    const input: PlacesInput = { places: this.#stage.resolve(places.companion, url), dem: terrain ? this.#stage.resolve(terrain.dem, url) : null };
    const output = await this.#stage.analysis.run<PlacesInput, PlacesOutput>('places', input, { signal: this.#stage.signal, affinity: input.dem ?? input.places });
    if (output.total > output.ids.length) notes.push({ zh: `共 ${output.total} 处，显示最重要的 ${output.ids.length} 处`, en: `${output.total} places, the ${output.ids.length} most important shown` });
    this.#treeColumns = output.trees ?? null;
    if (output.trees && output.trees.total > output.trees.ids.length) notes.push({ zh: `共 ${output.trees.total} 棵树，显示 ${output.trees.ids.length} 棵`, en: `${output.trees.total} trees, ${output.trees.ids.length} of them shown` });
    return output;
  }

  /** One batch a symbol and cell: a batch spans at most 20 km. */
  #draw(columns: PlaceColumns): void {
    for (const cell of cellsOf(columns.places)) {
      const local = placer(cell.anchor);
      const styles = new Map(cell.members.map((i) => lookOf(this.#kinds[i])).filter((look) => look.symbol !== null).map((look) => [`${look.symbol} ${look.minor}`, look]));
      for (const { symbol, minor } of styles.values()) {
        const members = cell.members.filter((i) => lookOf(this.#kinds[i]).symbol === symbol && lookOf(this.#kinds[i]).minor === minor);
        const metres = new Float32Array(3 * members.length);
        const colours = new Uint8Array(4 * members.length);
        members.forEach((i, slot) => {
          local.place(columns.places[3 * i], columns.places[3 * i + 1], groundAt(columns, i), metres, 3 * slot);
          colours.set(parseColour(lookOf(this.#kinds[i]).colour) ?? [128, 128, 128, 255], 4 * slot);
        });
        const [size, stem] = minor ? [MINOR_PIXELS, MINOR_STEM] : [SYMBOL_PIXELS, STEM];
        const batch: PointsBatch = { kind: 'points', anchor: cell.anchor, epoch: 0, order: ORDER.symbol, ids: members.map((i) => columns.ids[i]), places: metres, colours, size, metres: SYMBOL_METRES, symbol: symbol!, stem, motion: null };
        this.#drawn.push({ batch, drawn: this.#stage.draw(batch), members, minor });
      }
    }
    this.#sift();
  }

  /** What is one of very many is shown from nearby only. */
  #sift(): void {
    this.#trees?.sift();
    const { height } = this.#stage.backend.view.pose;
    for (const { batch, drawn, minor } of this.#drawn) drawn.visible = !minor || height - batch.anchor.height < MINOR_HEIGHT;
  }

  /** Names for the declutter, the strongest first. */
  #names(columns: PlaceColumns, colour: string | undefined): LabelEntry[] {
    const most = columns.ranks.reduce((high, rank) => (rank > high ? rank : high), 0);
    const entries = columns.names.flatMap((text, i): LabelEntry[] => {
      if (text === '') return [];
      const look = lookOf(this.#kinds[i]);
      const own = Number.isFinite(columns.ranks[i]) && most > 0 ? Math.max(0, columns.ranks[i] / most) * 0.99 : 0;
      return [{ text, lon: columns.places[3 * i], lat: columns.places[3 * i + 1], height: groundAt(columns, i) + (look.minor ? MINOR_STEM : look.symbol ? STEM : 2), rank: look.rank + own, farthest: look.farthest, size: look.size, colour }];
    });
    return entries.toSorted((a, b) => b.rank - a.rank).slice(0, MOST_NAMES);
  }
}

function groundAt(columns: PlaceColumns, index: number): number {
  const height = columns.places[3 * index + 2];
  return Number.isFinite(height) ? height : 0;
}

function readGeoJson(json: unknown, url: string, notes: Text[]): PlaceColumns {
  const columns = readGeoJsonPlaces(json, url);
  if (columns.ids.length === 0) throw new TwinError('bad-input', `${url} has no points; ${columns.skipped} other features were found. Lines and areas belong in a sketch or a city folder.`, { where: url });
  if (columns.skipped > 0) notes.push({ zh: `${columns.skipped} 个非点要素未显示`, en: `${columns.skipped} features that are no points are left out` });
  return columns;
}
