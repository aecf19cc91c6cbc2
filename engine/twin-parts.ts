import type { Pose } from '#geo';
import type { CreateBackend, Light, LightName, TileLoader } from './backend.ts';
import type { Clock } from './clock.ts';
import type { LayerDocument, Patch, SceneDocument } from './document.ts';
import type { Hit, LayerStatus, LayerType } from './layer.ts';
import type { AnalysisPort, FeedPort, Report } from './ports.ts';

/** A layer to be added: its type and whatever differs from the defaults. */
export type LayerInput = { readonly type: string } & { readonly [Key in keyof LayerDocument]?: LayerDocument[Key] };

export interface TwinEvents {
  /** A click or tap that was not a drag; `hit` is null on nothing. CSS pixels of the canvas. */
  pick: { hit: Hit | null; x: number; y: number; surface: { lon: number; lat: number; height: number } | null };
  status: { layer: string; status: LayerStatus };
  error: Report;
  state: { document: SceneDocument; by: string; patch: Patch };
  /** Four times a second: the moment shown, unix seconds. */
  time: number;
  /** The sun of a light that follows the clock has moved on. */
  light: Light;
  camera: { pose: Pose; resting: boolean };
  /** A layer's results, legend or extent changed. */
  result: { layer: string };
  backend: { name: string; reason: 'start' | 'lost' | 'switched' };
}

/** What a twin is built from: the composition root hands it in, nothing is found by global or import. */
export interface TwinParts {
  readonly element: HTMLElement;
  readonly document: SceneDocument;
  readonly backend: string;
  readonly loadBackend: (name: string) => Promise<CreateBackend>;
  readonly layerTypes: ReadonlyMap<string, LayerType>;
  readonly lights: Readonly<Record<LightName, Light>>;
  readonly feeds: FeedPort;
  readonly analysis: AnalysisPort;
  readonly loader: TileLoader;
  readonly assets: string;
  readonly budget: number;
  readonly economy: boolean;
  /** URL that relative references count from. */
  readonly page: string;
  readonly clock?: Clock;
  /** Asks for the next frame; absent where there is no screen, then `tick` is called by hand. */
  readonly schedule?: (frame: () => void) => () => void;
  /** Ends what the root made: workers, ports. */
  readonly onDispose: () => void;
}
