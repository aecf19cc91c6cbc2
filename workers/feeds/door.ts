import { shownUrl, toTwinError, TwinError } from '../../engine/errors.ts';
import type { FeedCredentials } from '../../engine/ports.ts';
import type { TransportContext } from './arrivals.ts';

/** Asks for a server's credentials before each connection, and for fresh ones after a refusal. */
export class Door {
  private renew = false;

  constructor(
    private readonly url: string,
    private readonly context: TransportContext,
  ) {}

  /** What to connect with: the address with its query, and the rest. @throws TwinError `refused` where credentials cannot be had */
  async open(): Promise<{ url: string; own: FeedCredentials }> {
    if (!this.context.credentials) return { url: this.url, own: {} };
    const where = shownUrl(this.url);
    const own = await this.context.credentials(this.url, this.renew).catch((cause: unknown) => {
      throw new TwinError('refused', `No credentials could be had for ${where}: ${toTwinError(cause, 'refused').message}`, { where, cause, retryable: true });
    });
    if (!own?.query) return { url: this.url, own: own ?? {} };
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(own.query)) url.searchParams.set(name, value);
    return { url: url.href, own };
  }

  /** What became of the connection: whether it ever opened, and what ended it. */
  ended(opened: boolean, problem: TwinError): void {
    this.renew = problem.code === 'refused' || !opened;
  }
}
