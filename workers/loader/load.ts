import { shownUrl, TwinError, type Issue } from '../../engine/errors.ts';
import type { Fetch } from './attempt.ts';
import { Examiner, type LoadKind } from './examine.ts';
import { fetchLayer } from './fetch-bytes.ts';
import type { LoaderPolicy } from './policy.ts';
import { Recent } from './recent.ts';

/** What is asked of the loader; plain data. */
export interface LoadRequest {
  readonly url: string;
  readonly kind: LoadKind;
  readonly root: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Loaded {
  readonly bytes: ArrayBuffer;
  /** What the pre-flight took out or found, so that the rest could be shown. */
  readonly issues: Issue[];
}

export interface Loading {
  readonly signal?: AbortSignal;
  /** Around the pre-flight, which is the part that bad bytes could stop. */
  readonly onExamine?: (begins: boolean) => void;
}

export type Load = (request: LoadRequest, loading?: Loading) => Promise<Loaded>;

/** Fetches and examines, in whichever thread it is called. */
export function createLoad(policy: LoaderPolicy, options: { fetch?: Fetch; random?: () => number } = {}): Load {
  const layer = fetchLayer(policy, options.fetch, options.random);
  const examiner = new Examiner(policy, async (url, root) => (await layer.fetch(url, { root, cap: policy.limits.tilesetBytes })).bytes);
  const recent = new Recent();
  return async ({ url, kind, root, headers }, { signal, onExamine } = {}) => {
    const cap = kind === 'tileset' || kind === 'json' ? policy.limits.tilesetBytes : policy.limits.contentBytes;
    const fetched = async (ended?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => (await layer.fetch(url, { root, headers, signal: ended, cap })).bytes;
    const bytes = kind !== 'content' && /\.json$/iu.test(url.split(/[?#]/u, 1)[0]) ? await recent.get(`${url} ${root} ${JSON.stringify(headers ?? {})}`, signal, fetched) : await fetched(signal);
    if (bytes.length > cap) throw new TwinError('too-large', `${shownUrl(url)} has ${(bytes.length / 2 ** 20).toFixed(1)} MB; at most ${cap / 2 ** 20} MB are taken`, { where: shownUrl(url) });
    onExamine?.(true);
    try {
      const examined = await examiner.examine(bytes, kind, url, root);
      const { buffer, byteOffset, byteLength } = examined.bytes;
      return { bytes: byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength), issues: examined.issues };
    } finally {
      onExamine?.(false);
    }
  };
}
