import { CesiumTerrainProvider, EllipsoidTerrainProvider, Event, ImageryLayer, Rectangle, WebMercatorTilingScheme, type Globe, type ImageryLayerCollection, type ImageryProvider } from '@cesium/engine';
import type { ImagerySource, Placed } from '../../backend.ts';
import type { JoinedTerrain } from '../../drawing/terrain-list.ts';
import { TwinError, shownUrl, toTwinError } from '../../errors.ts';
import { LoaderResource, type Source } from './resource.ts';

/** Opens quantized-mesh terrain through the loader. @throws TwinError where its layer.json cannot be had */
export async function openTerrain({ url, loader }: JoinedTerrain, onIssue: (error: TwinError) => void): Promise<CesiumTerrainProvider> {
  const folder = new URL('./', url).href;
  const shared: Source = { loader, root: url, kind: 'terrain', failures: new Map() };
  try {
    const provider = await CesiumTerrainProvider.fromUrl(new LoaderResource(folder, shared), { requestVertexNormals: true, requestWaterMask: false });
    provider.errorEvent.addEventListener((failed: { message: string }) => {
      const [failing, error] = [...shared.failures][0] ?? [];
      if (failing) shared.failures.delete(failing);
      onIssue(error ?? new TwinError('network', `A terrain tile cannot be had: ${failed.message}`, { where: shownUrl(url) }));
    });
    return provider;
  } catch (cause) {
    const [failure] = shared.failures.values();
    throw failure ?? toTwinError(cause, 'bad-input', shownUrl(url));
  }
}

export function bareEllipsoid(): EllipsoidTerrainProvider {
  return new EllipsoidTerrainProvider();
}

/** An imagery layer with its source and place in the order. */
export interface GroundPicture extends Placed {
  readonly source: ImagerySource;
}

function makeProvider(source: ImagerySource, signal: AbortSignal, nothing: OffscreenCanvas): ImageryProvider {
  const tilingScheme = new WebMercatorTilingScheme();
  const { bounds, minLevel, maxLevel, tileSize } = source;
  const rectangle = bounds ? Rectangle.intersection(Rectangle.fromDegrees(...bounds), tilingScheme.rectangle) ?? tilingScheme.rectangle : tilingScheme.rectangle;
  const provider = {
    tilingScheme, rectangle, tileWidth: tileSize, tileHeight: tileSize, minimumLevel: minLevel, maximumLevel: maxLevel,
    errorEvent: new Event(), hasAlphaChannel: true, credit: undefined, proxy: undefined, tileDiscardPolicy: undefined,
    getTileCredits: () => [],
    pickFeatures: () => undefined,
    async requestImage(x: number, y: number, level: number): Promise<ImageBitmap | OffscreenCanvas> {
      const picture = await source.request(level, x, y, signal);
      // Cesium reads pictures from below, and a bitmap cannot be turned while it is uploaded.
      return picture ? createImageBitmap(picture, { imageOrientation: 'flipY', premultiplyAlpha: 'none' }) : nothing;
    },
  };
  provider.errorEvent.addEventListener((failed: { retry: boolean; timesRetried: number }) => { failed.retry = !signal.aborted && failed.timesRetried < 2; });
  return provider as unknown as ImageryProvider;
}

/**
 * A clear picture of the whole globe. Cesium stretches its lowest layer over all tiles, and breaks down where that one has bounds whose
 * edge falls on the edge of a tile ("Expected rectangle to be typeof object").
 */
function clearFloor(nothing: OffscreenCanvas): ImageryLayer {
  const tilingScheme = new WebMercatorTilingScheme();
  const provider = {
    tilingScheme, rectangle: tilingScheme.rectangle, tileWidth: 256, tileHeight: 256, minimumLevel: 0, maximumLevel: 0,
    errorEvent: new Event(), hasAlphaChannel: true, credit: undefined, proxy: undefined, tileDiscardPolicy: undefined,
    getTileCredits: () => [],
    pickFeatures: () => undefined,
    requestImage: async () => nothing,
  };
  return new ImageryLayer(provider as unknown as ImageryProvider);
}

function textureBytes(layer: ImageryLayer): number {
  const { _imageryCache: cache } = layer as unknown as { _imageryCache: Record<string, { texture?: { sizeInBytes: number }; textureWebMercator?: { sizeInBytes: number } }> };
  let bytes = 0;
  for (const { texture, textureWebMercator } of Object.values(cache)) bytes += (texture?.sizeInBytes ?? 0) + (textureWebMercator && textureWebMercator !== texture ? textureWebMercator.sizeInBytes : 0);
  return bytes;
}

/** Pictures on the globe, each in its place; a refreshed one stays until its successor is there. */
export class GroundPictures {
  private readonly shown: { picture: GroundPicture; layer: ImageryLayer; stop: AbortController }[] = [];
  private readonly outgoing: { layer: ImageryLayer; stop: AbortController; after: number }[] = [];
  private readonly nothing = new OffscreenCanvas(1, 1);
  private floor: ImageryLayer | null = null;
  private frames = 0;

  constructor(private readonly globe: Globe, private readonly layers: ImageryLayerCollection, private readonly changed: () => void) {
    this.nothing.getContext('2d')?.clearRect(0, 0, 1, 1);
  }

  /** Whether all that is shown says by its colour what is water. */
  get watery(): boolean {
    const seen = this.shown.filter(({ picture }) => picture.visible && picture.opacity > 0);
    return seen.length > 0 && seen.every(({ picture }) => picture.source.bluesAreWater);
  }

  add(source: ImagerySource): Placed {
    const state = { opacity: 1, visible: true };
    const apply = (): void => {
      const entry = this.shown.find(({ picture: own }) => own === picture);
      if (!entry) return;
      entry.layer.alpha = state.opacity;
      entry.layer.show = state.visible;
      this.changed();
    };
    const picture: GroundPicture = {
      source,
      get opacity() { return state.opacity; },
      set opacity(value) { state.opacity = value; apply(); },
      get visible() { return state.visible; },
      set visible(value) { state.visible = value; apply(); },
      refresh: () => {
        const entry = this.shown.find(({ picture: own }) => own === picture);
        if (!entry) return;
        this.outgoing.push({ layer: entry.layer, stop: entry.stop, after: this.frames + 2 });
        const at = this.layers.indexOf(entry.layer) + 1;
        Object.assign(entry, this.make(source, at));
        apply();
      },
      dispose: () => {
        const at = this.shown.findIndex(({ picture: own }) => own === picture);
        if (at < 0) return;
        const [{ layer, stop }] = this.shown.splice(at, 1);
        stop.abort();
        this.layers.remove(layer, true);
        this.keepFloor();
        this.changed();
      },
    };
    const below = this.shown.filter(({ picture: other }) => other.source.order <= source.order).length;
    const next = this.shown[below];
    this.shown.splice(below, 0, { picture, ...this.make(source, next ? this.layers.indexOf(next.layer) : this.layers.length) });
    this.keepFloor();
    this.changed();
    return picture;
  }

  private make(source: ImagerySource, at: number): { layer: ImageryLayer; stop: AbortController } {
    const stop = new AbortController();
    const layer = new ImageryLayer(makeProvider(source, stop.signal, this.nothing));
    this.layers.add(layer, at);
    return { layer, stop };
  }

  /** Puts the clear picture below one that has bounds, and takes it away again. */
  private keepFloor(): void {
    const lowest = this.shown[0]?.picture.source;
    const needed = lowest !== undefined && lowest.bounds !== null;
    if (needed === (this.floor !== null)) return;
    if (this.floor) this.layers.remove(this.floor, true);
    this.floor = needed ? clearFloor(this.nothing) : null;
    if (this.floor) this.layers.add(this.floor, 0);
  }

  /** Bytes of the pictures on the graphics card, mipmaps included: Cesium's cache is counted, it does not tell. */
  get bytes(): number {
    return [...this.shown, ...this.outgoing].reduce((sum, { layer }) => sum + textureBytes(layer), 0);
  }

  /** After a frame: takes away what a refresh replaced, once the new pictures are there. */
  settle(): void {
    this.frames++;
    if (this.outgoing.length === 0 || !this.globe.tilesLoaded || this.outgoing.some(({ after }) => after > this.frames)) return;
    for (const { layer, stop } of this.outgoing.splice(0)) {
      stop.abort();
      this.layers.remove(layer, true);
    }
    this.changed();
  }

  dispose(): void {
    for (const { stop } of [...this.shown, ...this.outgoing]) stop.abort();
    this.shown.length = 0;
    this.outgoing.length = 0;
  }
}
