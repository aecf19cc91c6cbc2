import { TwinError } from '../../engine/errors.ts';

/**
 * Where finished files go. Nothing of it is visible under its final name before {@link commit}; what stood there before stays until then.
 * Paths are relative, with forward slashes, one call a path. Calls may overlap; bytes handed over belong to the sink.
 * An archive holds its files in the order of the calls: the same order gives the same bytes.
 * @throws {TwinError} from any call: `refused` where the place may not or cannot be written, `network`, `aborted`
 */
export interface Sink {
  /** The place as a person named it; fit to be shown. */
  readonly where: string;
  /** A folder of this machine, on the output's own disk where it has one, in which files may be put together before they are taken over. It is there from {@link open} on and goes with the sink. */
  readonly scratch: string;
  /** Takes hold of the place, so that a second run on it is refused. Every other call does so by itself where it was not called. */
  open(): Promise<void>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Takes over a local file without reading it into memory. The file may share its bytes with the output afterwards: it is replaced or removed, never written into. */
  copyFrom(path: string, file: string): Promise<void>;
  /** Whether that path was already taken over, in this run or in one that was broken off. */
  has(path: string): Promise<boolean>;
  /** Makes the whole visible. Nothing may be written afterwards. */
  commit(): Promise<void>;
  /** Takes away what was written so far. Harmless after {@link commit}. */
  discard(): Promise<void>;
  /** Lets go without taking away: a run that resumes goes on with it where the place can keep it. Harmless after {@link commit}. */
  leave(): Promise<void>;
}

/** @throws {TwinError} `refused` for a path that leaves the output, or that some system could not store */
export function requirePath(path: string): string {
  const parts = path.split('/');
  const wrong = path.length === 0 || path.length > 1000 || /[\p{Cc}\\:*?"<>|]/u.test(path) || parts.some((part) => part === '' || part === '.' || part === '..' || part.length > 255);
  if (wrong) throw new TwinError('refused', `"${path.slice(0, 80)}" is no path inside an output.`);
  return path;
}
