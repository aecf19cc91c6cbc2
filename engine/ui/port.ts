import type { Pose } from '../geo/index.ts';
import type { Clock } from '../clock.ts';
import type { LayerDocument, Patch, SceneDocument } from '../document.ts';
import type { Legend } from '../drawing/rule.ts';
import type { Card, Credit, Extent, Hit, LayerStatus, Moment } from '../layer.ts';
import type { Quarantine, Report } from '../ports.ts';

/** What a twin tells its widgets. */
export interface TwinSignals {
  pick: { readonly hit: Hit | null; readonly x: number; readonly y: number; readonly surface: { readonly lon: number; readonly lat: number; readonly height: number } | null };
  status: { readonly layer: string; readonly status: LayerStatus };
  error: Report;
  state: { readonly document: SceneDocument; readonly by: string; readonly patch: Patch };
  time: number;
  camera: { readonly pose: Pose; readonly resting: boolean };
  result: { readonly layer: string };
  backend: { readonly name: string };
}

/** The part of a twin that widgets use: they can be shown beside anything of this shape (tests use a small one of their own). */
export interface TwinPort {
  readonly document: SceneDocument;
  readonly clock: Pick<Clock, 'now' | 'machine' | 'state'>;
  readonly backend: {
    readonly name: string;
    readonly canvas: HTMLCanvasElement | null;
    readonly view: { readonly pose: Pose; readonly frustum: { readonly fov: number }; readonly width: number; readonly height: number };
  };
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  apply(patch: Patch, options?: { by?: string; undo?: boolean }): void;
  undo(): boolean;
  redo(): boolean;
  open(document: unknown): void;
  add(layer: { type: string } & Partial<LayerDocument>, id?: string): string;
  remove(id: string): void;
  status(id: string): LayerStatus;
  legend(id: string): Legend | null;
  extent(id: string): Extent | null;
  result(id: string): unknown;
  /** Absent where there are no feeds. */
  quarantine?(id: string): Promise<Quarantine>;
  moments(): readonly (Moment & { readonly layer: string })[];
  density(from: number, to: number, buckets: number): Promise<Uint32Array>;
  credits(): readonly Credit[];
  pick(x: number, y: number): Promise<Hit | null>;
  describe(hit: Hit): Promise<Card | null>;
  surfaceAt(x: number, y: number): Promise<{ lon: number; lat: number; height: number } | null>;
  look(target: Pose | Extent, seconds?: number): Promise<void>;
  on<Name extends keyof TwinSignals>(name: Name, listener: (event: TwinSignals[Name]) => void): () => void;
}
