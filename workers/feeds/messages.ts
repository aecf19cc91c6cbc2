import type { Matrix } from '#geo';
import type { ClockState, FeedCredentials, FeedFeature, FeedSpec, FeedStatus, FeedWish, Reading } from '../../engine/ports.ts';
import type { NearView } from './near.ts';
import type { ErrorCode } from '../../engine/errors.ts';

export type PushedReading = Omit<Reading, 'slot' | 'stale'>;

/** What can be asked of an open feed; times in unix seconds on the twin's clock. */
export type Question =
  | { readonly what: 'nearest'; readonly clip: Matrix; readonly width: number; readonly height: number; readonly x: number; readonly y: number; readonly time: number }
  | { readonly what: 'reading'; readonly id: string; readonly time: number }
  | { readonly what: 'series'; readonly id: string; readonly from: number; readonly to: number }
  | { readonly what: 'track'; readonly id: string; readonly from: number; readonly to: number; readonly every: number }
  | { readonly what: 'columns'; readonly time: number }
  | { readonly what: 'density'; readonly from: number; readonly to: number; readonly buckets: number }
  | { readonly what: 'digest'; readonly time: number }
  | { readonly what: 'quarantine' }
  | { readonly what: 'recording' };

/** Main thread → worker. */
export type ToWorker =
  | { readonly kind: 'open'; readonly feed: number; readonly spec: FeedSpec; readonly wish: FeedWish; /** Somebody gives credentials: ask by `need`. */ readonly guarded?: boolean }
  | { readonly kind: 'close'; readonly feed: number }
  /** Tell everything again: the view was made anew. */
  | { readonly kind: 'retell'; readonly feed: number }
  /** What the views see: outlines of ground. */
  | { readonly kind: 'look'; readonly feed: number; readonly seen: readonly Float64Array[] }
  /** Where the camera is: what is near may be shown otherwise. */
  | { readonly kind: 'watch'; readonly feed: number; readonly view: NearView }
  | { readonly kind: 'clock'; readonly state: ClockState }
  | { readonly kind: 'push'; readonly feed: number; readonly readings: readonly PushedReading[] }
  | { readonly kind: 'ask'; readonly feed: number; readonly ask: number; readonly question: Question }
  /** What was asked for by `need`; `message` where there is none to be had. */
  | { readonly kind: 'credentials'; readonly need: number; readonly value: FeedCredentials | null; readonly message?: string }
  | { readonly kind: 'ping' };

/** Worker → main thread. */
export type FromWorker =
  | { readonly kind: 'pong' }
  /** Credentials are wanted for a server. */
  | { readonly kind: 'need'; readonly need: number; readonly url: string; readonly renew: boolean }
  | { readonly kind: 'reset'; readonly feed: number; readonly epoch: number; readonly capacity: number }
  | { readonly kind: 'motion'; readonly feed: number; readonly count: number; readonly buffer: ArrayBuffer }
  /** Keyframes of the models of one kind. */
  | { readonly kind: 'models'; readonly feed: number; readonly of: number; readonly count: number; readonly buffer: ArrayBuffer }
  | { readonly kind: 'values'; readonly feed: number; readonly name: string; readonly ids: readonly string[]; readonly values: Float32Array; readonly times: Float64Array }
  | { readonly kind: 'features'; readonly feed: number; readonly features: readonly FeedFeature[] }
  | { readonly kind: 'status'; readonly feed: number; readonly status: FeedStatus }
  | { readonly kind: 'answer'; readonly ask: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly ask: number; readonly code: ErrorCode; readonly message: string };

export type Post = (message: FromWorker, transfer?: Transferable[]) => void;
