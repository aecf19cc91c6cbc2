import { WebSocket } from 'ws';
import { Twin, type AnalysisPort, type LayerType, type SceneDocument } from '#engine';
import { createBackend, type HeadlessBackend } from '../engine/backends/headless/index.ts';
import { LIGHTS } from '../engine/drawing/light.ts';
import { emergencyLayer } from '../layers/emergency/emergency.ts';
import { groundLayer } from '../layers/ground/ground.ts';
import { placesLayer } from '../layers/places/places.ts';
import { sketchLayer } from '../layers/sketch/sketch.ts';
import { bimLayer } from '../layers/tiles/bim.ts';
import { tilesLayer } from '../layers/tiles/tiles.ts';
import { trafficLayer } from '../layers/traffic/traffic.ts';
import { analyse, analysisCache, type AnalysisName } from '../workers/analyses/index.ts';
import { feedClient } from '../workers/feeds/client.ts';
import { localFeedWorker } from '../workers/feeds/local.ts';
import type { FolderLoader } from './small-city.ts';

/** A twin without a screen, with every layer type, real analyses and the real feed host, all in one thread. */
export interface HeadlessTwin {
  readonly twin: Twin;
  readonly backend: HeadlessBackend;
  /** Every error that the twin told. */
  readonly problems: string[];
}

export interface HeadlessTwinOptions {
  readonly document: SceneDocument;
  readonly page: string;
  readonly files: FolderLoader;
  /** Files beside the folder's, by address. */
  readonly recordings?: Readonly<Record<string, () => Uint8Array>>;
  /** Unix seconds of the feed host's clock when the twin opens. */
  readonly now?: number;
}

const types = [groundLayer, tilesLayer, bimLayer, trafficLayer, emergencyLayer, placesLayer, sketchLayer] as const satisfies readonly LayerType[];
const layerTypes = new Map<string, LayerType>(types.map((type) => [type.type, type]));

export async function headlessTwin({ document, page, files, recordings = {}, now = Date.now() / 1000 }: HeadlessTwinOptions): Promise<HeadlessTwin> {
  const cache = analysisCache();
  const analysis: AnalysisPort = {
    run: (name, input, options = {}) => analyse(name as AnalysisName, input as never, { signal: options.signal, onProgress: options.onProgress, cache, load: (url, range) => files.range(url, range) }) as Promise<never>,
    dispose: () => {},
  };
  const load = async (url: string): Promise<ArrayBuffer> => (recordings[url] ? (recordings[url]().slice().buffer as ArrayBuffer) : files.load(url, { kind: 'any', root: url }));
  const since = performance.now();
  const clock = (): number => now + (performance.now() - since) / 1000;
  const feeds = feedClient({ create: () => localFeedWorker({ WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load, now: clock }), base: page });
  const backends: HeadlessBackend[] = [];
  const problems: string[] = [];
  const twin = await Twin.create({
    element: {} as HTMLElement, document, backend: 'headless', layerTypes, lights: LIGHTS, feeds, analysis, loader: files, assets: '', budget: 1e9, economy: true, page,
    loadBackend: async () => async (options) => {
      const made = await createBackend(options);
      backends.push(made);
      return made;
    },
    onDispose: () => feeds.dispose(),
  });
  twin.on('error', ({ error, layer }) => problems.push(`${layer}: ${error.code} ${error.message}`));
  return { twin, backend: backends[0], problems };
}

/** Waits until a condition holds. @throws Error when it does not within the time */
export async function settled(condition: () => boolean | Promise<boolean>, seconds = 25): Promise<void> {
  for (let waited = 0; waited < seconds * 50; waited++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`What the test waits for did not come within ${seconds} seconds`);
}
