import { groundSolidity, shadeOf, toTwinError, TwinError, type Card, type Extent, type Layer, type LayerDocument, type Legend, type Light, type Placed, type Stage, type Text } from '#engine';
import { readCityCatalogue, type CityCatalogue, type GroundTileInput, type GroundTileOutput } from '#models';
import { drawBridges } from './bridges.ts';
import { datumNotes, otherGrounds, type OtherGround } from './datums.ts';

/** Pixels on a side of a painted tile. */
/** How often a picture is asked for when its worker is lost. */
const TRIES = 4;
const TILE_SIZE = 512;
const LEAST_LEVEL = 8;
/** About 0.26 m a pixel at 31° of latitude: fine enough for lane edges; nearer, the picture is stretched. */
const MOST_LEVEL = 18;

/** Share of the city's width added on every side where no terrain says how far the ground goes. */
const MARGIN = 0.1;

type Bounds = CityCatalogue['bounds'];

export class GroundLayer implements Layer {
  #stage!: Stage;
  #city: CityCatalogue | null = null;
  #url = '';
  #picture: Placed | null = null;
  #problems: readonly Text[] = [];
  #others = new Map<string, Promise<OtherGround | null>>();
  #seen: readonly OtherGround[] = [];
  #look: Look = { key: '', palette: 'day', sun: null };
  /** What the ground covers: the terrain where there is one, else a little more than the catalogue's bounds. */
  #bounds: Bounds = [0, 0, 0, 0];
  /** Whether bridges stand as solids over a terrain that is shown; the map then paints their shadows alone. */
  #decks = false;

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    if (!document.url) throw new TwinError('bad-input', 'A ground layer needs the URL of a city.json.', { where: stage.id });
    this.#url = stage.resolve(document.url);
    this.#city = readCityCatalogue(await stage.json<unknown>(this.#url), this.#url);
    if (stage.signal.aborted) return;
    this.#look = lookOf(stage.light());
    this.#bounds = await this.#widest(this.#city);
    if (stage.signal.aborted) return;
    const problems = [await this.#raise(this.#city), this.#paint(this.#city)];
    this.update(stage.document().layers[stage.id] ?? document);
    stage.signal.addEventListener('abort', () => { if (stage.backend.can.underground) stage.backend.groundOpacity = groundSolidity(stage.document(), stage.id); }, { once: true });
    this.#problems = problems.filter((problem) => problem !== null);
    void this.#bridge(this.#city);
    stage.watch(() => {
      this.#light();
      void this.#compare();
    });
    this.#say();
    await this.#compare();
    stage.changed();
  }

  /** How solid the ground is follows the layer's opacity; where a view cannot see through it, the map alone fades. */
  update(document: LayerDocument): void {
    const { backend } = this.#stage;
    if (backend.can.underground) backend.groundOpacity = groundSolidity(this.#stage.document());
    if (this.#picture) {
      this.#picture.visible = document.visible && document.opacity > 0;
      this.#picture.opacity = backend.can.underground ? 1 : document.opacity;
    }
    this.#stage.requestFrame();
  }

  /** The picture is painted again when day becomes night, and when the shadows move. */
  #light(): void {
    const look = lookOf(this.#stage.light());
    if (look.key === this.#look.key) return;
    this.#look = look;
    this.#picture?.refresh();
    this.#stage.requestFrame();
  }

  async describe(): Promise<Card | null> {
    return null;
  }

  legend(): Legend | null {
    return null;
  }

  extent(): Extent | null {
    if (!this.#city) return null;
    const [west, south, east, north] = this.#bounds;
    return { west, south, east, north, top: 0 };
  }

  /** A catalogue's bounds are those of the buildings; the ground goes on as far as the terrain does. */
  async #widest(city: CityCatalogue): Promise<Bounds> {
    const [west, south, east, north] = city.bounds;
    const margin = { x: (east - west) * MARGIN, y: (north - south) * MARGIN };
    const padded: Bounds = [Math.max(-180, west - margin.x), Math.max(-85, south - margin.y), Math.min(180, east + margin.x), Math.min(85, north + margin.y)];
    if (!city.layers.terrain) return padded;
    try {
      const dem = await this.#stage.json<{ west: number; south: number; east: number; north: number }>(this.#stage.resolve(city.layers.terrain.dem, this.#url));
      const whole = [dem.west, dem.south, dem.east, dem.north].every(Number.isFinite);
      return whole ? [Math.min(west, dem.west), Math.min(south, dem.south), Math.max(east, dem.east), Math.max(north, dem.north)] : padded;
    } catch (cause) {
      this.#stage.report(toTwinError(cause, 'layer-failed', this.#stage.id));
      return padded;
    }
  }

  /** Terrain, if the data and the engine have it. @returns what a person should know, or null */
  async #raise(city: CityCatalogue): Promise<Text | null> {
    const { backend, signal } = this.#stage;
    const { terrain } = city.layers;
    if (!terrain) return { zh: '数据中没有地形，地面为平面', en: 'no terrain in the data: the ground is flat' };
    if (!backend.can.terrain) return { zh: '当前视图不支持地形，地面为平面', en: 'this view shows no terrain: the ground is flat' };
    try {
      const raised = await backend.terrain({ url: this.#stage.resolve(terrain.quantizedMesh, this.#url), bounds: this.#bounds });
      // A backend that has gone meanwhile took its terrain with it.
      if (signal.aborted) raised.dispose();
      else signal.addEventListener('abort', () => raised.dispose(), { once: true });
      this.#decks = city.layers.roads !== undefined;
      return null;
    } catch (cause) {
      if (signal.aborted) return null;
      this.#stage.report(toTwinError(cause, 'layer-failed', this.#stage.id));
      return { zh: '地形无法载入，地面为平面', en: 'the terrain could not be loaded: the ground is flat' };
    }
  }

  /** The painted map, from whatever the data have: without areas it is plain land with roads. */
  #paint(city: CityCatalogue): Text | null {
    const { backend, signal } = this.#stage;
    if (signal.aborted) return null;
    if (!backend.can.imagery) return { zh: '当前视图不支持地面底图', en: 'this view shows no ground map' };
    const { areas, roads, buildings } = city.layers;
    const absolute = (reference: string | undefined): string | null => (reference === undefined ? null : this.#stage.resolve(reference, this.#url));
    const fixed = { areas: absolute(areas?.companion), roads: absolute(roads?.companion), buildings: absolute(buildings?.companion), bounds: this.#bounds, size: TILE_SIZE };
    const picture = backend.imagery({
      bounds: this.#bounds, minLevel: leastLevel(this.#bounds), maxLevel: MOST_LEVEL, tileSize: TILE_SIZE, order: this.#stage.document().layers[this.#stage.id]?.order ?? 0, bluesAreWater: true,
      request: (level, x, y, asked) => this.#tile({ ...fixed, level, x, y, palette: this.#look.palette, sun: this.#look.sun, decks: this.#decks }, asked),
    });
    this.#picture = picture;
    signal.addEventListener('abort', () => picture.dispose(), { once: true });
    const lacks = [areas ? null : { zh: '水系与用地', en: 'water and land use' }, roads ? null : { zh: '道路', en: 'roads' }].filter((text) => text !== null);
    return lacks.length === 0 ? null : { zh: `数据中没有${lacks.map((text) => text.zh).join('、')}`, en: `no ${lacks.map((text) => text.en).join(', no ')} in the data` };
  }

  /** Bridges over the terrain; where they cannot be had they are painted. */
  async #bridge({ layers: { roads, terrain } }: CityCatalogue): Promise<void> {
    if (!this.#decks || !roads || !terrain) return;
    const [lines, dem] = [roads.companion, terrain.dem].map((reference) => this.#stage.resolve(reference, this.#url));
    try {
      await drawBridges(this.#stage, { roads: lines, dem });
    } catch (cause) {
      if (this.#stage.signal.aborted) return;
      this.#decks = false;
      this.#picture?.refresh();
      this.#stage.report(toTwinError(cause, 'layer-failed', this.#stage.id));
    }
  }

  async #tile(input: GroundTileInput, asked: AbortSignal): Promise<ImageBitmap | null> {
    const { signal } = this.#stage;
    if (signal.aborted || asked.aborted) return null;
    // A picture that fails stays a hole for good in both engines: a worker lost on a busy machine is no reason for one.
    for (let tries = 1; ; tries++) {
      try {
        const { bitmap } = await this.#stage.analysis.run<GroundTileInput, GroundTileOutput>('ground-tile', input, { signal: asked, affinity: `ground ${this.#url}` });
        return bitmap;
      } catch (cause) {
        const error = toTwinError(cause, 'analysis-failed', this.#stage.id);
        const again = error.retryable && tries < TRIES && !asked.aborted && !signal.aborted;
        if (!again) {
          this.#stage.report(error);
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 500 * tries));
      }
    }
  }

  /** Looks whether other grounds of the scene count heights from the same surface; each is asked once. */
  async #compare(): Promise<void> {
    const { document, resolve, json, signal } = this.#stage;
    const wanted = otherGrounds(document(), this.#url, (url) => resolve(url));
    if ([...wanted.keys()].join() === [...this.#others.keys()].join()) return;
    const before = this.#others;
    this.#others = new Map([...wanted].map(([url, title]) => [url, before.get(url) ?? json<unknown>(url).then((city) => ({ title, city: readCityCatalogue(city, url) }), () => null)]));
    // One that cannot be read says so itself.
    const grounds = await Promise.all(this.#others.values());
    if (signal.aborted) return;
    this.#seen = grounds.filter((ground) => ground !== null);
    this.#say();
  }

  #say(): void {
    const city = this.#city!;
    const notes = [...this.#problems, ...datumNotes(city, this.#seen)];
    if (city.synthetic) notes.unshift({ zh: '合成城市，非真实数据', en: 'synthetic city, not real data' });
    this.#stage.status({
      state: 'ready', progress: null,
      message: notes.length === 0 ? null : { zh: notes.map((note) => note.zh).join('；'), en: notes.map((note) => note.en).join('; ') },
    });
  }
}

/** The level at which a few pictures hold all of the ground: an engine that starts from afar asks for no more of them. */
function leastLevel(bounds: readonly [number, number, number, number] | null): number {
  if (!bounds) return LEAST_LEVEL;
  const [west, south, east, north] = bounds;
  return Math.max(0, Math.min(LEAST_LEVEL, Math.floor(Math.log2(360 / Math.max(1e-6, east - west, north - south)))));
}

/** What of a light the map is painted for. */
interface Look {
  /** The same for lights that paint the same map. */
  readonly key: string;
  readonly palette: 'day' | 'night';
  readonly sun: GroundTileInput['sun'];
}

function lookOf(light: Light): Look {
  const palette = light.night > 0.8 ? 'night' : 'day';
  const shade = shadeOf(light);
  const { azimuth, altitude } = light.sun;
  return { key: shade > 0 ? `${palette} ${azimuth} ${altitude}` : palette, palette, sun: shade > 0 ? { azimuth, altitude, shade } : null };
}
