import { TwinError, type Issue } from '../../engine/errors.ts';
import { Examiner, type LoadKind } from '../../workers/loader/examine.ts';
import { contentIssues, tilesetIssues } from '../../workers/loader/inspect/index.ts';
import { loaderPolicy } from '../../workers/loader/policy.ts';
import { pathOf, type CityFiles } from './city-files.ts';
import type { IssueLog } from './issue-log.ts';

const ROOT = 'http://city.invalid/';

/** Looks at files as a twin does before it shows them: what would harm it, and what is not as the standards have it. */
export class Look {
  readonly #examiner: Examiner;
  readonly #root: string;

  constructor(
    private readonly files: CityFiles,
    private readonly log: IssueLog,
    root: string,
  ) {
    this.#root = urlOf(root);
    const limits = { tilesetBytes: 256 * 2 ** 20, contentBytes: 512 * 2 ** 20 };
    this.#examiner = new Examiner(loaderPolicy({ limits }), (url) => this.#fetch(url));
  }

  async #fetch(url: string): Promise<Uint8Array> {
    const path = pathOf('', url.startsWith(ROOT) ? url.slice(ROOT.length) : url);
    const bytes = path === 'outside' ? undefined : await this.files.read(path);
    if (!bytes) throw new Error('the file is not there');
    return bytes;
  }

  /** The tileset without what would harm an engine; undefined where nothing is left. */
  async tileset(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const sound = await this.#examine(path, bytes, 'tileset');
    if (!sound) return undefined;
    const json = JSON.parse(new TextDecoder().decode(sound)) as Record<string, unknown>;
    // What we made ourselves is passed over by a twin.
    if (isOwn(json)) this.#tell(path, tilesetIssues(json, null));
    return json;
  }

  /** Whether a content or a subtree can be used. */
  async content(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    return (await this.#examine(path, bytes, 'content')) !== undefined;
  }

  /** What of one of our own contents is not as the standards have it. */
  async ownContent(path: string, bytes: Uint8Array): Promise<void> {
    this.#tell(path, await contentIssues(bytes));
  }

  async terrain(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    return (await this.#examine(path, bytes, 'terrain')) !== undefined;
  }

  async #examine(path: string, bytes: Uint8Array<ArrayBuffer>, kind: LoadKind): Promise<Uint8Array | undefined> {
    try {
      const examined = await this.#examiner.examine(bytes, kind, urlOf(path), this.#root);
      this.#tell(path, examined.issues);
      return examined.bytes;
    } catch (cause) {
      if (!(cause instanceof TwinError)) throw cause;
      const name = urlOf(path);
      const message = cause.message.replaceAll(name, 'it').replace(/^(?:The tileset )?it cannot be used: /u, '').replace(/^(?:The tileset )?it (?=is |nests )/u, 'it ');
      this.log.add(/not valid JSON|is empty/u.test(cause.message) ? 'json-broken' : `${kind}-broken`, message, path);
      return undefined;
    }
  }

  #tell(path: string, issues: readonly Issue[]): void {
    for (const issue of issues) this.log.add(issue.code, issue.message, `${path}${issue.path && issue.path !== '/' ? `#${issue.path}` : ''}`, issue.severity);
  }
}

function isOwn(json: Record<string, unknown>): boolean {
  return (json.asset as { generator?: unknown } | undefined)?.generator === 'CityMirror';
}

function urlOf(path: string): string {
  return ROOT + path.split('/').map(encodeURIComponent).join('/');
}

