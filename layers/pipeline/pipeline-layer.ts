import { toEcef } from '#geo';
import { betterHit, canonical, ORDER, toTwinError, TwinError, type Card, type Drawn, type Extent, type Hit, type Layer, type LayerDocument, type Legend, type PickAsk, type Stage, type Text } from '#engine';
import { isCityCatalogue, networkKindLook, readCityCatalogue, type NetworkElement, type NetworkElementsInput, type NetworkElementsOutput, type NetworkEntry, type NetworkInput, type NetworkOutput } from '#models';
import { elementCard } from './card.ts';
import { DrawnNetwork, type ElementHit } from './drawn-network.ts';
import { networkNotes } from './words.ts';

const SELECTED = Uint8Array.of(255, 255, 255, 255);
/** How much wider than its pipe a selection is drawn. */
const SELECTED_WIDTH = 1.25;
/** Metres that something must lie behind the surface to be hidden by it. */
const HIDDEN_BELOW = 0.5;

/** What `result()` of a pipeline layer answers. */
export interface PipelineResult {
  readonly networks: readonly NetworkEntry[];
  readonly links: number;
  readonly shown: number;
  readonly nodes: number;
}

/** Utility networks of a city folder below its ground. */
export class PipelineLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #url = '';
  #synthetic = false;
  #source: Text | null = null;
  #output: NetworkOutput | null = null;
  readonly #drawn: DrawnNetwork[] = [];
  #look = '';
  #styling: AbortController | null = null;
  #selected: string | null = null;
  #selection: Drawn[] = [];

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', 'A pipeline layer needs the URL of a city.json or of a networks.json.', { where: stage.id });
    const url = stage.resolve(document.url);
    const json = await stage.json<unknown>(url);
    this.#url = isCityCatalogue(json) ? this.#readCity(json, url) : url;
    this.#look = lookOf(document);
    const output = await this.#ask(stage.signal);
    if (stage.signal.aborted) return;
    this.#output = output;
    for (const cell of output.cells) this.#drawn.push(new DrawnNetwork(stage, cell, output.networks[cell.network]));
    stage.watch(() => this.#follow());
    this.#follow();
    this.#say('ready');
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    const look = lookOf(document);
    if (look === this.#look || !this.#output) return;
    this.#look = look;
    void this.#recolour();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const best = this.#drawn.map((each) => each.pick(ask)).reduce<ElementHit | null>(betterHit, null);
    if (!best || !this.#output || (await this.#covered(best, ask))) return null;
    const network = this.#output.networks[best.network].name;
    const [element] = await this.#elements({ networks: this.#url, rows: [{ network, link: best.link, row: best.row }] });
    if (!element) return null;
    return { layer: this.#stage.id, id: element.id, lon: best.lon, lat: best.lat, height: best.height, depth: best.depth, properties: element.properties };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const [element] = await this.#elements({ networks: this.#url, ids: [hit.id] });
    const entry = this.#output?.networks.find(({ name }) => name === element?.network);
    return element && entry ? elementCard(element, entry, this.#source) : null;
  }

  legend(): Legend | null {
    if (!this.#output) return null;
    if (this.#output.legend) return this.#output.legend;
    const kinds = [...new Set(this.#output.networks.map(({ kind }) => kind))].map(networkKindLook);
    return { title: { zh: '管线类别', en: 'Kinds of network' }, unit: '', entries: kinds.map(({ colour, title }) => ({ colour, label: title })) };
  }

  extent(): Extent | null {
    const boxes = this.#output?.networks.map(({ bounds }) => bounds) ?? [];
    if (boxes.length === 0) return null;
    const least = (side: number): number => Math.min(...boxes.map((box) => box[side]));
    const most = (side: number): number => Math.max(...boxes.map((box) => box[side]));
    return { west: least(0), south: least(1), east: most(2), north: most(3), top: Math.max(...this.#output!.cells.map(({ anchor }) => anchor.height)) };
  }

  result(): PipelineResult | null {
    const output = this.#output;
    return output && { networks: output.networks, links: output.counts.links, shown: output.counts.shown, nodes: output.counts.nodes };
  }

  /** Whether solid ground, or a building, stands before what was hit. */
  async #covered(hit: ElementHit, ask: PickAsk): Promise<boolean> {
    if (this.#stage.backend.groundOpacity < 1) return false;
    const surface = await ask.surface();
    if (!surface) return false;
    const { pose } = this.#stage.backend.view;
    const [eye, at] = [pose, surface].map(({ lon, lat, height }) => toEcef(lon, lat, height, [0, 0, 0]));
    return Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]) < hit.depth - HIDDEN_BELOW;
  }

  #readCity(json: unknown, url: string): string {
    const city = readCityCatalogue(json, url);
    const { networks } = city.layers;
    if (!networks) throw new TwinError('not-found', 'There are no utility networks in the data. Build the city again with an .inp file or pipes among the inputs, or take this layer away.', { where: this.#stage.id });
    this.#synthetic = city.synthetic;
    if (city.source.length > 0) this.#source = { zh: city.source.join('、'), en: city.source.join(', ') };
    return this.#stage.resolve(networks.companion, url);
  }

  #ask(signal: AbortSignal): Promise<NetworkOutput> {
    const kinds = this.#document.options?.kinds;
    const input: NetworkInput = { networks: this.#url, rule: this.#document.rule ?? null, filter: this.#document.filter ?? [], ...(Array.isArray(kinds) ? { kinds: kinds.map(String) } : {}) };
    return this.#stage.analysis.run<NetworkInput, NetworkOutput>('network', input, { signal, affinity: this.#url });
  }

  async #elements(input: NetworkElementsInput): Promise<readonly NetworkElement[]> {
    return (await this.#stage.analysis.run<NetworkElementsInput, NetworkElementsOutput>('network-elements', input, { signal: this.#stage.signal, affinity: this.#url, priority: 2 })).elements;
  }

  /** Colours follow the rule and the filter; a newer change ends what an older one began. */
  async #recolour(): Promise<void> {
    this.#styling?.abort();
    const own = new AbortController();
    this.#styling = own;
    try {
      const output = await this.#ask(AbortSignal.any([own.signal, this.#stage.signal]));
      if (own.signal.aborted || this.#stage.signal.aborted) return;
      this.#output = output;
      output.cells.forEach((cell, i) => this.#drawn[i]?.recolour(cell.lines.colours));
      this.#say('ready');
      this.#stage.changed();
    } catch (cause) {
      if (!own.signal.aborted) this.#stage.report(toTwinError(cause, 'analysis-failed', this.#stage.id));
    }
  }

  #follow(): void {
    for (const each of this.#drawn) each.sift();
    const { selection } = this.#stage.document();
    const selected = selection?.layer === this.#stage.id ? selection.id : null;
    if (selected === this.#selected) return;
    this.#selected = selected;
    void this.#select(selected).catch((cause: unknown) => this.#stage.report(toTwinError(cause, 'analysis-failed', this.#stage.id)));
  }

  /** The selected pipe stands out, white and a little wider. */
  async #select(id: string | null): Promise<void> {
    const [element] = id === null ? [] : await this.#elements({ networks: this.#url, ids: [id] });
    if (this.#stage.signal.aborted || this.#selected !== id) return;
    for (const drawn of this.#selection) drawn.dispose();
    this.#selection = [];
    if (!element?.link) return;
    for (const each of this.#drawn) {
      if (this.#output?.networks[each.cell.network].name !== element.network) continue;
      const lines = each.linesOf(element.row);
      if (!lines) continue;
      const count = lines.starts.length - 1;
      const colours = new Uint8Array(4 * count);
      for (let slot = 0; slot < count; slot++) colours.set(SELECTED, 4 * slot);
      this.#selection.push(this.#stage.draw({
        kind: 'lines', anchor: each.cell.anchor, epoch: 0, order: ORDER.solid, ids: null, places: lines.places, starts: lines.starts, colours, width: lines.radius * SELECTED_WIDTH, metres: true, flow: 0,
      }));
    }
  }

  #say(state: 'ready'): void {
    const { counts } = this.#output!;
    this.#stage.status({ state, progress: null, count: counts.shown, message: networkNotes(this.#output!, this.#synthetic) });
  }
}

/** What the colours follow from. */
function lookOf(document: LayerDocument): string {
  return canonical([document.rule ?? null, document.filter ?? []]);
}
