import { LIGHTS } from '../engine/drawing/light.ts';
import type { AnalysisPort, AskCredentials, CreateBackend, LayerType, RunOptions, SceneDocument } from '#engine';
import { shownUrl, startDocument, Twin as EngineTwin, TwinError, type TwinParts } from '#engine';
import { watchCredits } from '../engine/ui/credits.ts';
import type { AnalysisName, AnalysisTypes } from '#models';
import { analysisClient } from '../workers/analyses/client.ts';
import { feedClient } from '../workers/feeds/client.ts';
import { loaderClient, sayings, type Access } from '../workers/loader/client.ts';
import { emergencyLayer } from './emergency/emergency.ts';
import { groundLayer } from './ground/ground.ts';
import { imageryLayer } from './imagery/imagery.ts';
import { junctionsLayer } from './junctions/junctions.ts';
import { parkingLayer } from './parking/parking.ts';
import { pipelineLayer } from './pipeline/pipeline.ts';
import { placesLayer } from './places/places.ts';
import { sensorLayer } from './sensor/sensor.ts';
import { sketchLayer } from './sketch/sketch.ts';
import { bimLayer } from './tiles/bim.ts';
import { pointsLayer } from './tiles/points.ts';
import { tilesLayer } from './tiles/tiles.ts';
import { fleetLayer } from './traffic/fleet.ts';
import { trafficLayer } from './traffic/traffic.ts';
import { transitLayer } from './transit/transit.ts';

export * from '#engine';
export { placer, place, type Anchor, type Placer, type Pose } from '#geo';
export { networkKindLook, readCityCatalogue, type AnalysisName, type AlertRule, type AnalysisTypes, type CityCatalogue, type SensorKind } from '#models';
export * from '../engine/ui/index.ts';
export { emergency, emergencyLayer } from './emergency/emergency.ts';
export { ground, groundLayer } from './ground/ground.ts';
export { imagery, imageryLayer, type ImageryOptions } from './imagery/imagery.ts';
export { junctions, junctionsLayer } from './junctions/junctions.ts';
export type { JunctionsResult } from './junctions/junctions-layer.ts';
export { parking, parkingLayer } from './parking/parking.ts';
export type { ParkingResult } from './parking/parking-layer.ts';
export { pipeline, pipelineLayer } from './pipeline/pipeline.ts';
export type { PipelineResult } from './pipeline/pipeline-layer.ts';
export { places, placesLayer } from './places/places.ts';
export { sensor, sensorLayer, type SensorResult, type SensorRow, type StationDefinitions, type StationEntry, type SurfaceChoice, type SurfaceResult } from './sensor/sensor.ts';
export { sketch, sketchLayer } from './sketch/sketch.ts';
export { bim, bimLayer, type BimOptions, type StoreyChoice } from './tiles/bim.ts';
export { points, pointsLayer, type PointsOptions } from './tiles/points.ts';
export { tiles, tilesLayer } from './tiles/tiles.ts';
export { follow, type FollowOptions } from './traffic/follow.ts';
export { fleet, fleetLayer } from './traffic/fleet.ts';
export type { FleetResult, TrafficResult } from './traffic/result.ts';
export { traffic, trafficLayer } from './traffic/traffic.ts';
export { transit, transitLayer } from './transit/transit.ts';
export type { TransitResult } from './transit/transit-layer.ts';

/** The layer table. A new layer is one line here. */
const LAYERS: readonly LayerType[] = [groundLayer, imageryLayer, tilesLayer, bimLayer, pointsLayer, trafficLayer, fleetLayer, emergencyLayer, placesLayer, pipelineLayer, sketchLayer, sensorLayer, junctionsLayer, transitLayer, parkingLayer];

/** The backends, each loaded when it is asked for: a page that shows one ships nothing of the other. */
const BACKENDS: Readonly<Record<string, () => Promise<{ createBackend: CreateBackend }>>> = {
  three: () => import('../engine/backends/three/index.ts'),
  cesium: () => import('../engine/backends/cesium/index.ts'),
  headless: () => import('../engine/backends/headless/index.ts'),
};

export interface TwinOptions {
  /** 'three' (default), 'cesium', or 'headless' for a page without WebGL 2. */
  readonly backend?: string;
  /** Longitude and latitude in degrees; may be left out when a document is given. */
  readonly at?: readonly [number, number];
  /** A scene document to open; checked against the schema. */
  readonly document?: unknown;
  /** Where Cesium's own workers and data are served; '/citymirror-assets/' by default. */
  readonly assets?: string;
  /** Graphics memory for everything together, in bytes; 1 GB by default. */
  readonly budget?: number;
  /** Half resolution and no antialiasing: for weak machines and automated tests. */
  readonly economy?: boolean;
  /** Whom the data are owed to is written in the element's lower right corner; false where the page writes `twin.credits()` somewhere itself. */
  readonly credits?: boolean;
  /** Layer types of your own, beside the built-in ones. */
  readonly layers?: readonly LayerType[];
  /** Origins that tiles and data may come from beside the page's and each source's own, and headers for them (sent nowhere else). */
  readonly access?: Access;
  /** Asked before every connection of a live feed; it can renew what was refused. What it gives is kept nowhere and shown nowhere. */
  readonly feedCredentials?: AskCredentials;
}

/** The twin that {@link createTwin} makes: the engine's, with the built-in analyses typed. */
export type CityTwin = Omit<EngineTwin, 'analyse'> & {
  /** Runs a built-in analysis in a worker. @throws TwinError */
  analyse<Name extends AnalysisName>(name: Name, input: AnalysisTypes[Name]['input'], options?: RunOptions): Promise<AnalysisTypes[Name]['output']>;
};
export type Twin = CityTwin;

/**
 * Mounts a twin in an element and resolves when its first frame can be drawn; layers go on loading.
 * Where WebGL 2 is missing the twin runs without a picture (`twin.backend.canvas` is null): lists, analyses and feeds work, and an `error` event says so.
 * @throws TwinError `bad-document`, `bad-input`, `unsupported`, `assets-missing`
 */
export async function createTwin(element: HTMLElement, options: TwinOptions): Promise<CityTwin> {
  if (!(element instanceof HTMLElement)) throw new TwinError('bad-input', 'createTwin needs an element of the page to draw in; the one given is not an HTMLElement (was it looked up before the page was ready?).');
  const asked = options.backend ?? 'three';
  if (!(asked in BACKENDS)) throw new TwinError('unsupported', `There is no backend “${asked}”; known are ${Object.keys(BACKENDS).join(', ')}.`, { where: asked });
  const document = startDocument(options.document, options.at);
  const page = element.ownerDocument.baseURI;
  const analysis = analysisClient({ credentials: options.access?.credentials });
  let tell: ((error: TwinError) => void) | null = null;
  const worthSaying = sayings();
  const life = new AbortController();
  const feeds = feedClient({ onIssue: (error) => tell?.(error), credentials: options.feedCredentials });
  const loader = loaderClient({
    ...options.access,
    onIssues: (url, issues) => {
      options.access?.onIssues?.(url, issues);
      for (const issue of worthSaying(issues)) tell?.(new TwinError('bad-input', issue.message, { where: issue.path ? `${shownUrl(url)} ${issue.path}` : shownUrl(url) }));
    },
  });
  // The view's code and the first tiles are on their way while the browser sets up its graphics, which takes it a while the first time.
  if (asked !== 'headless') {
    fetchAhead(document, page, loader);
    BACKENDS[asked]().catch(() => undefined);
  }
  const blind = asked !== 'headless' && !hasWebGL2();
  const parts: TwinParts = {
    element, document, page, feeds, loader, analysis: analysis as AnalysisPort,
    backend: blind ? 'headless' : asked,
    loadBackend: async (name) => {
      const load = BACKENDS[name];
      if (!load) throw new TwinError('unsupported', `There is no backend “${name}”; known are ${Object.keys(BACKENDS).join(', ')}.`, { where: name });
      return (await load()).createBackend;
    },
    layerTypes: new Map([...LAYERS, ...(options.layers ?? [])].map((type) => [type.type, type])),
    lights: LIGHTS,
    assets: new URL('cesium/', new URL(options.assets ?? '/citymirror-assets/', page)).href,
    budget: options.budget ?? 1e9,
    economy: options.economy ?? false,
    schedule: everyFrame,
    onDispose: () => {
      life.abort();
      feeds.dispose();
      analysis.dispose();
      loader.dispose();
    },
  };
  const twin = (await EngineTwin.create(parts)) as unknown as CityTwin;
  tell = (error) => twin.report(error);
  if (options.credits ?? true) watchCredits(twin, element, life.signal);
  if (blind) twin.report(new TwinError('backend-unavailable', 'This browser gives no WebGL 2, so there is no picture. Lists, analyses and live feeds work. Turn on hardware acceleration, or use a current browser.'));
  return twin;
}

/** Opens a scene document by its URL. @throws TwinError `not-found`, `bad-document` */
export async function openScene(element: HTMLElement, url: string, options: Omit<TwinOptions, 'document' | 'at'> = {}): Promise<CityTwin> {
  const response = await fetch(url);
  if (!response.ok) throw new TwinError('not-found', `The scene document could not be read (${response.status}). Check the address.`, { where: url });
  return createTwin(element, { ...options, document: await response.json() });
}

/** Asks for what the document's layers will read first; whoever reads it meets what may be wrong with it. */
function fetchAhead({ layers }: SceneDocument, page: string, loader: ReturnType<typeof loaderClient>): void {
  loader.warm();
  const entries = new Set(Object.values(layers).map(({ url }) => url).filter((url) => url !== undefined && /\.json(\?|$)/iu.test(url) && URL.canParse(url, page)));
  for (const url of entries) {
    const { href } = new URL(url!, page);
    loader.load(href, { kind: 'any', root: href }).catch(() => undefined);
  }
}

function everyFrame(frame: () => void): () => void {
  let handle = requestAnimationFrame(function next() {
    handle = requestAnimationFrame(next);
    frame();
  });
  return () => cancelAnimationFrame(handle);
}

function hasWebGL2(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}


