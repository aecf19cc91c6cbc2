import type { Issue } from '../../engine/errors.ts';
import type { WorkerLike } from '../pool/worker-like.ts';
import type { LoaderLimits, LoaderPolicy } from './policy.ts';
import { tileLoader, type WorkerTileLoader } from './tile-loader.ts';

/** What a host lets the fetch layer do. */
export interface Access {
  /** Origins that may be asked beside the page's own and each source's: `https://tiles.example`. */
  readonly allow?: readonly string[];
  /** Headers for one origin each, sent nowhere else, redirects included. */
  readonly credentials?: LoaderPolicy['credentials'];
  readonly limits?: Partial<LoaderLimits>;
  /** Hears what the pre-flight took out of a tileset so that the rest could be shown. */
  readonly onIssues?: (url: string, issues: readonly Issue[]) => void;
  /** Makes the worker; by default from the file that ships beside this one. */
  readonly worker?: () => Worker;
}

/** The fetch layer of a twin, in a worker of its own. */
export function loaderClient(access: Access = {}): WorkerTileLoader {
  const make = access.worker ?? ((): Worker => new Worker(new URL('./loader.worker.ts', import.meta.url), { type: 'module', name: 'citymirror loader' }));
  return tileLoader({ ...access, create: () => make() as unknown as WorkerLike });
}

/** Small faults of one kind that are told; the host's own `onIssues` hears of all. */
const MOST_SAID = 50;

/** Chooses what a person should hear: everything that was taken out, and each kind of small fault once, however many files have it. */
export function sayings(): (issues: readonly Issue[]) => readonly Issue[] {
  const said = new Set<string>();
  return (issues) => issues.filter(({ code, severity, message }) => {
    if (code !== 'not-standard') return true;
    if (severity !== 'error' || said.has(message) || said.size >= MOST_SAID) return false;
    said.add(message);
    return true;
  });
}
