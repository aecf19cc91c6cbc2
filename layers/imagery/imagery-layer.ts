import { shownUrl, toTwinError, TwinError, type Card, type Credit, type Extent, type Layer, type LayerDocument, type Legend, type Placed, type Stage } from '#engine';
import { wmtsService } from './capabilities.ts';
import { fitsAsIs, paintRegrid, planRegrid, REGRID_SIZE } from './regrid.ts';
import { isTemplate, isTianditu, shownTemplate, templateService, tiandituService, type Bounds, type ServiceOptions, type TileService } from './tile-service.ts';

/** Tiles of a service kept while their neighbours are painted from them too. */
const KEPT = 48;
/** Tiles in a row that are not there, none having come before, after which it is said. */
const NOTHING = 12;
const UNDER = 1000;
/** Web Mercator's own bounds, degrees. */
const WHOLE: Bounds = [-180, -85.0511, 180, 85.0511];

/** Pictures of the ground from a tile service. */
export class ImageryLayer implements Layer {
  #stage!: Stage;
  #service!: TileService;
  #placed: Placed | null = null;
  #order = 0;
  #came = 0;
  #lacking = 0;
  readonly #said = new Set<string>();
  /** Tiles asked for by more than one painted tile, by address. */
  readonly #kept = new Map<string, Promise<ImageBitmap | null>>();

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    if (!document.url) throw new TwinError('bad-input', 'An imagery layer needs an address: a template with {z}, {x} and {y}, or a WMTS.', { where: stage.id });
    if (!stage.backend.can.imagery) throw new TwinError('unsupported', 'This view shows no pictures on the ground.', { where: stage.id });
    this.#service = await this.#find(document.url, (document.options ?? {}) as ServiceOptions);
    if (stage.signal.aborted) return;
    stage.signal.addEventListener('abort', () => this.#end(), { once: true });
    this.#place(stage.document().layers[stage.id] ?? document);
    stage.status({ state: 'ready', progress: null, message: this.#service.note });
    stage.changed();
  }

  update(document: LayerDocument): void {
    if (!this.#placed) return;
    if (orderOf(document) !== this.#order) this.#place(document);
    this.#placed.visible = document.visible && document.opacity > 0;
    this.#placed.opacity = document.opacity;
    this.#stage.requestFrame();
  }

  async describe(): Promise<Card | null> {
    return null;
  }

  legend(): Legend | null {
    return null;
  }

  extent(): Extent | null {
    const bounds = this.#service?.bounds;
    return bounds ? { west: bounds[0], south: bounds[1], east: bounds[2], north: bounds[3], top: 0 } : null;
  }

  credits(): readonly Credit[] {
    return this.#service?.credits ?? [];
  }

  async #find(url: string, options: ServiceOptions): Promise<TileService> {
    // Braces stay as they are: a URL would write them as %7B.
    if (isTemplate(url)) return templateService(this.#stage.resolve(url).replaceAll('%7B', '{').replaceAll('%7D', '}'), options);
    const absolute = this.#stage.resolve(url);
    if (isTianditu(absolute)) return tiandituService(absolute, options);
    const asked = new URL(absolute);
    if (/wmts\/?$/iu.test(asked.pathname) && !/request=/iu.test(asked.search)) {
      asked.searchParams.set('SERVICE', 'WMTS');
      asked.searchParams.set('REQUEST', 'GetCapabilities');
    }
    return wmtsService(new TextDecoder().decode(await this.#stage.fetch(asked.href)), asked.href, options);
  }

  #place(document: LayerDocument): void {
    this.#placed?.dispose();
    this.#order = orderOf(document);
    const { bounds, levels, tileSize } = this.#service;
    const size = fitsAsIs(this.#service) ? tileSize : REGRID_SIZE;
    // Engines that start from afar lay down all of the lowest level: a service that begins deep, or has no bounds, is asked only from its own first level on.
    const least = Math.min(levels[0], leastLevel(bounds));
    this.#placed = this.#stage.backend.imagery({
      bounds: bounds ? inside(bounds) : null, minLevel: least, maxLevel: levels[1], tileSize: size, order: this.#order,
      request: (level, x, y, signal) => this.#tile(level, x, y, signal),
    });
    this.#placed.visible = document.visible && document.opacity > 0;
    this.#placed.opacity = document.opacity;
  }

  async #tile(level: number, x: number, y: number, signal: AbortSignal): Promise<ImageBitmap | null> {
    const service = this.#service;
    if (level < service.levels[0] || this.#stage.signal.aborted) return null;
    try {
      const picture = fitsAsIs(service)
        ? await this.#fetch(level, x, y, signal)
        : await paintRegrid(planRegrid(service, level, x, y), service.tileSize, (column, row) => this.#shared(level, column, row));
      this.#heard(picture !== null);
      return picture;
    } catch (cause) {
      if (signal.aborted || this.#stage.signal.aborted) return null;
      throw this.#complain(toTwinError(cause, 'network', this.#stage.id));
    }
  }

  /** A tile for several painted ones: it is not cancelled by one of them. */
  #shared(level: number, column: number, row: number): Promise<ImageBitmap | null> {
    const { grid } = this.#service;
    const across = 2 ** level;
    const down = grid === 'degrees' ? across / 2 : across;
    if (column < 0 || row < 0 || column >= across || row >= down) return Promise.resolve(null);
    const key = `${level}/${column}/${row}`;
    const known = this.#kept.get(key);
    const tile = known ?? this.#fetch(level, column, row, this.#stage.signal);
    // The last one asked for is the last to go.
    this.#kept.delete(key);
    this.#kept.set(key, tile);
    if (!known) tile.catch(() => this.#kept.delete(key));
    for (const [oldest, gone] of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
      void gone.catch(() => null);
    }
    return tile;
  }

  async #fetch(level: number, x: number, y: number, signal: AbortSignal): Promise<ImageBitmap | null> {
    const address = this.#service.address(level, x, y);
    const bytes = await this.#stage.fetch(address, signal).catch((cause: unknown) => {
      if (cause instanceof TwinError && cause.code === 'not-found') return null;
      throw cause;
    });
    if (!bytes || bytes.byteLength === 0) return null;
    const { tileSize } = this.#service;
    try {
      return await createImageBitmap(new Blob([bytes]), { resizeWidth: tileSize, resizeHeight: tileSize });
    } catch (cause) {
      const said = new TextDecoder().decode(bytes.slice(0, 400)).replaceAll(/<[^>]*>|\s+/gu, ' ').trim();
      const words = /^[\p{L}\p{N}\p{P}\p{Z}]{4,}$/u.test(said) ? ` It says: ${said.slice(0, 120)}` : '';
      const where = shownUrl(address);
      throw new TwinError('bad-input', `${where} answers with something that is no picture. Check the address and its key.${words}`, { where, cause });
    }
  }

  #heard(came: boolean): void {
    if (came) {
      this.#came++;
      if (this.#came === 1) this.#stage.status({ state: 'ready', message: this.#service.note });
      return;
    }
    this.#lacking++;
    if (this.#came > 0 || this.#lacking !== NOTHING) return;
    const where = shownTemplate(this.#stage.document().layers[this.#stage.id]?.url ?? '');
    this.#complain(new TwinError('not-found', `${where} has none of the first ${NOTHING} tiles asked for. Check the address, its levels and its bounds.`, { where }));
  }

  /** Says a fault once a kind; the layer goes on with the tiles that come. */
  #complain(error: TwinError): TwinError {
    if (error.code === 'aborted') return error;
    const key = `${error.code} ${new URL(error.where, 'http://where.invalid').host}`;
    if (!this.#said.has(key)) {
      this.#said.add(key);
      this.#stage.report(error);
      this.#stage.status({ state: this.#came > 0 ? 'ready' : 'failed', message: { zh: `部分影像无法载入：${error.message}`, en: error.message } });
    }
    return error;
  }

  #end(): void {
    this.#placed?.dispose();
    this.#placed = null;
    for (const tile of this.#kept.values()) void tile.then((picture) => picture?.close(), () => {});
    this.#kept.clear();
  }
}

function orderOf(document: LayerDocument): number {
  return document.order - ((document.options as { under?: boolean } | undefined)?.under ? UNDER : 0);
}

function inside(bounds: Bounds): Bounds {
  return [Math.max(bounds[0], WHOLE[0]), Math.max(bounds[1], WHOLE[1]), Math.min(bounds[2], WHOLE[2]), Math.min(bounds[3], WHOLE[3])];
}

/** The level at which a few tiles hold all of the bounds. */
function leastLevel(bounds: Bounds | null): number {
  return bounds ? Math.max(0, Math.floor(Math.log2(360 / Math.max(1e-6, bounds[2] - bounds[0], bounds[3] - bounds[1])))) : 0;
}
