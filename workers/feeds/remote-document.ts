import { ask, bodyOf, Watch } from './ask.ts';

/** Seconds until an answer must have begun, and between two of its pieces. */
const FIRST = 15;
const IDLE = 15;

export interface Fetched {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** Own questions may carry conditions; to another origin they would cost a question of permission first, and the browser's cache asks by itself. */
function mayCondition(url: string): boolean {
  return typeof location === 'undefined' || new URL(url, location.href).origin === location.origin;
}

/** A document by URL that is asked for again and again: unchanged ones cost a 304, or nothing is made of them. */
export class RemoteDocument {
  private etag: string | null = null;
  private modified: string | null = null;
  private last: Uint8Array | null = null;

  constructor(readonly url: string) {}

  /**
   * Asks once. @returns null where nothing has changed since the last answer that was `kept`
   * @param headers sent besides @param patience seconds that the answer may take to begin
   * @throws AskError
   */
  async fetch(signal: AbortSignal, headers: Readonly<Record<string, string>> = {}, patience = FIRST): Promise<Fetched | null> {
    const watch = new Watch(signal);
    try {
      watch.beat(patience);
      const condition = this.last && mayCondition(this.url);
      const response = await ask(this.url, {
        ...headers,
        ...(condition && this.etag !== null && { 'If-None-Match': this.etag }),
        ...(condition && this.etag === null && this.modified !== null && { 'If-Modified-Since': this.modified }),
      }, watch);
      if (response.status === 304) return null;
      watch.beat(IDLE);
      const bytes = await bodyOf(response, watch, IDLE);
      const same = this.last !== null && this.last.length === bytes.length && bytes.every((byte, i) => byte === this.last?.[i]);
      this.etag = response.headers.get('etag');
      this.modified = response.headers.get('last-modified');
      this.last = bytes;
      return same ? null : { bytes, type: response.headers.get('content-type') ?? '' };
    } finally {
      watch.stop();
    }
  }

  /** The last answer was of no use: the next one is read whole. */
  forget(): void {
    this.last = this.etag = this.modified = null;
  }
}
