import { RequestScheduler, RequestState, Resource } from '@cesium/engine';
import type { TileLoader } from '../../backend.ts';
import { toTwinError, type TwinError } from '../../errors.ts';
import { withoutBareFeatureIds } from './glb.ts';

type LoadKind = 'tileset' | 'content' | 'terrain' | 'image' | 'json' | 'any';

/** Where a resource's bytes come from, shared by a tileset's entry and everything it names. */
export interface Source {
  readonly loader: TileLoader;
  /** URL of the entry: what the loader judges origins, cycles and depth by. */
  readonly root: string;
  /** What bytes are when neither the call nor the name says more. */
  readonly kind: 'content' | 'terrain';
  /** The first failure of each URL, for whoever gets only the engine's own words for it. */
  readonly failures: Map<string, TwinError>;
}

interface FetchOptions {
  responseType?: string;
  headers?: Record<string, string>;
}

const FLAT = /\.(bin|ktx2|wasm)$/i;

function contentKind(url: string, source: Source): LoadKind {
  const path = url.split(/[?#]/, 1)[0];
  if (source.kind === 'terrain') return 'terrain';
  if (/\.json$/i.test(path)) return 'tileset';
  return FLAT.test(path) ? 'any' : 'content';
}

/**
 * A Cesium resource whose every request, also those of resources derived from it, goes through the twin's loader:
 * deadlines, retries, allowed origins and the examination of what comes are the loader's; Cesium keeps its order of priority.
 */
export class LoaderResource extends Resource {
  readonly source: Source;

  constructor(url: string, source: Source) {
    super({ url });
    this.source = source;
  }

  override clone(result?: Resource): Resource {
    return super.clone(result ?? new LoaderResource(this.url, this.source));
  }

  override fetch(options: FetchOptions = {}): Promise<unknown> | undefined {
    if (this.isDataUri || this.isBlobUri) return super.fetch(options as never);
    const kind = options.responseType === 'text' ? (this.source.kind === 'content' && this.url === this.source.root ? 'tileset' : 'json') : contentKind(this.url, this.source);
    const bytes = this.load(kind, { ...options.headers, ...(this.headers as Record<string, string>) });
    if (!bytes) return undefined;
    if (options.responseType === 'text') return bytes.then((buffer) => new TextDecoder().decode(buffer));
    if (options.responseType === 'blob') return bytes.then((buffer) => new Blob([buffer]));
    return kind === 'content' ? bytes.then(withoutBareFeatureIds) : bytes;
  }

  override fetchImage(options: { flipY?: boolean; skipColorSpaceConversion?: boolean } = {}): Promise<ImageBitmap | HTMLImageElement> | undefined {
    if (this.isDataUri || this.isBlobUri) return super.fetchImage(options as never);
    return this.load('image', this.headers as Record<string, string>)?.then((buffer) =>
      createImageBitmap(new Blob([buffer]), {
        imageOrientation: options.flipY ? 'flipY' : 'from-image',
        premultiplyAlpha: 'none',
        colorSpaceConversion: options.skipColorSpaceConversion ? 'none' : 'default',
      }),
    );
  }

  /** Undefined when the scheduler has no free place now: Cesium asks again in a later frame. */
  private load(kind: LoadKind, headers: Record<string, string>): Promise<ArrayBuffer> | undefined {
    const { request, url } = this;
    const { loader, root, failures } = this.source;
    const abort = new AbortController();
    const state = request as unknown as { state: RequestState; deferred: unknown; cancelFunction: unknown; requestFunction: unknown; url: string };
    state.state = RequestState.UNISSUED;
    state.deferred = undefined;
    state.url = url;
    state.requestFunction = () => {
      state.cancelFunction = () => { abort.abort(); };
      return loader.load(url, { kind, root, signal: abort.signal, headers });
    };
    const answer = RequestScheduler.request(request) as Promise<ArrayBuffer> | undefined;
    return answer?.then(
      (buffer) => { state.cancelFunction = undefined; return buffer; },
      (cause: unknown) => {
        state.cancelFunction = undefined;
        const error = toTwinError(cause, 'network', url);
        if (!abort.signal.aborted && !failures.has(url)) failures.set(url, error);
        throw error;
      },
    );
  }
}
