import { shownUrl, TwinError, type Issue } from '../../engine/errors.ts';
import { normalise, objection } from './addresses.ts';
import { TilesetGraph } from './cycles.ts';
import { Inspector, type FetchPart } from './inspector.ts';
import type { LoaderPolicy } from './policy.ts';
import { checkContent, magicOf, subtreeJsonProblem } from './preflight/content.ts';
import { gltfProblem } from './preflight/gltf.ts';
import { imageSize } from './preflight/image-size.ts';
import { isObject, looksLikeHtml, parseJson } from './preflight/parse-json.ts';
import { terrainProblem } from './preflight/terrain.ts';
import { checkTileset } from './preflight/tileset.ts';

export type LoadKind = 'tileset' | 'content' | 'terrain' | 'image' | 'json' | 'any';

/** Bytes all accessors of one content may unpack to. */
const UNPACKED = 512 * 2 ** 20;

export interface Examined {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly issues: Issue[];
}

/** The pre-flight: looks at what came before an engine does. Keeps, for each root, which tileset names which. */
export class Examiner {
  readonly #policy: LoaderPolicy;
  readonly #inspector: Inspector;
  readonly #graphs = new Map<string, TilesetGraph>();

  /** @param fetch reads what a tileset names beside its tiles; without it that is not looked at */
  constructor(policy: LoaderPolicy, fetch: FetchPart | null = null) {
    this.#policy = policy;
    this.#inspector = new Inspector(fetch);
  }

  /** @throws TwinError `refused`, `too-large` */
  async examine(received: Uint8Array<ArrayBuffer>, kind: LoadKind, url: string, root: string): Promise<Examined> {
    const { limits } = this.#policy;
    const where = shownUrl(url);
    if (kind === 'any') return { bytes: received, issues: [] };
    const bytes = await unpacked(received, limits.contentBytes, where);
    const refuse = (why: string): never => {
      throw new TwinError('refused', `${where} cannot be used: ${why}`, { where });
    };
    switch (kind) {
      case 'tileset': {
        const json = parseJson(bytes, limits.nesting, where);
        // By its name alone a subtree in JSON cannot be told from a tileset.
        return isSubtree(json) ? this.#content(bytes, url, root) : this.#tileset(bytes, json, url, root);
      }
      case 'content':
        return this.#content(bytes, url, root);
      case 'json':
        parseJson(bytes, limits.nesting, where);
        break;
      case 'image': {
        if (looksLikeHtml(bytes)) refuse('got HTML, likely a login page or an error page, where a picture was expected');
        const size = imageSize(bytes);
        if (size && size.width * size.height > limits.pixels) refuse(`it is ${size.width} × ${size.height} pixels, too many`);
        break;
      }
      default: {
        if (looksLikeHtml(bytes)) refuse('got HTML, likely a login page or an error page, where terrain was expected');
        const problem = terrainProblem(bytes);
        if (problem) refuse(problem);
      }
    }
    return { bytes, issues: [] };
  }

  async #content(bytes: Uint8Array<ArrayBuffer>, url: string, root: string): Promise<Examined> {
    const { limits } = this.#policy;
    const where = shownUrl(url);
    const uriProblem = (uri: string): string | null => this.#uriProblem(uri, url, root, true);
    if (/^[\s\uFEFF\u00EF]*[{[]/.test(magicOf(bytes).replaceAll(/[\u00BB\u00BF]/g, ' '))) {
      if (bytes.length > limits.tilesetBytes) throw new TwinError('too-large', `${where} is a JSON of ${(bytes.length / 2 ** 20).toFixed(1)} MB; at most ${limits.tilesetBytes / 2 ** 20} MB are taken`, { where });
      const json = parseJson(bytes, limits.nesting, where);
      if (isObject(json) && isObject(json.asset) && ('root' in json || 'geometricError' in json)) return this.#tileset(bytes, json, url, root);
      const subtree = isSubtree(json);
      const gltf = isObject(json) && isObject(json.asset) && !subtree;
      const problem = subtree ? subtreeJsonProblem(json, 0, { uriProblem }) : gltf ? gltfProblem(json, { binary: null, unpacked: UNPACKED, pixels: limits.pixels, uriProblem }) : null;
      if (problem) throw new TwinError('refused', `${where} cannot be used: ${problem}`, { where });
      return { bytes, issues: subtree ? await this.#inspector.subtree(json, url, root) : gltf ? await this.#inspector.content(bytes, json) : [] };
    }
    checkContent(bytes, { where, nesting: limits.nesting, pixels: limits.pixels, unpacked: UNPACKED, uriProblem });
    if (magicOf(bytes) !== 'subt') return { bytes, issues: await this.#inspector.content(bytes) };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lengths = [Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))] as const;
    return { bytes, issues: await this.#inspector.subtree(parseJson(bytes.subarray(24, 24 + lengths[0]), limits.nesting, where), url, root, lengths) };
  }

  async #tileset(bytes: Uint8Array<ArrayBuffer>, json: unknown, url: string, root: string): Promise<Examined> {
    const { limits } = this.#policy;
    const where = shownUrl(url);
    const own = normalise(url);
    const graph = this.#graphOf(root);
    const twin = graph.alias(own, markOf(bytes));
    if (twin) throw new TwinError('refused', `The tileset ${where} is a circle: it is the same as ${shownUrl(twin)}, which contains it`, { where });
    const found = await this.#inspector.tileset(json, url, root);
    if (bytes[0] === 0xef) found.push({ code: 'not-standard', severity: 'warning', message: 'it begins with a byte order mark, which JSON must not', path: '/' });
    const mended = await this.#inspector.mend(json);
    const checked = checkTileset(json, {
      where, children: limits.children,
      uriProblem: (uri, template) => {
        const plain = template ? uri.replaceAll(/\{(level|x|y|z)\}/g, '0') : uri;
        const problem = this.#uriProblem(plain, url, root, false);
        if (problem) return { code: 'forbidden-origin', message: problem };
        const link = template ? null : graph.link(own, normalise(new URL(plain, url).href), limits.externals);
        if (link === 'circle') return { code: 'tileset-circle', message: `'${shortly(uri)}' leads back to a tileset that contains it` };
        return link === 'deep' ? { code: 'tileset-depth', message: `more than ${limits.externals} tilesets one inside the other` } : null;
      },
    });
    const named = checked.issues.map((issue) => issue.path ?? '');
    const further = found.filter(({ path = '' }) => !named.some((known) => path.startsWith(known) || known.startsWith(`${path}/`)));
    return { bytes: checked.changed || mended ? new TextEncoder().encode(JSON.stringify(json)) : bytes, issues: [...checked.issues, ...further] };
  }

  /** Why a URI named inside what was loaded from `base` may not be used. Inside a glTF, `data:` is the format's own way to hold bytes. */
  #uriProblem(uri: string, base: string, root: string, data: boolean): string | null {
    if (data && /^data:/i.test(uri)) return null;
    try {
      const problem = objection(new URL(uri, base), root, this.#policy);
      return problem && `'${shortly(uri)}' is not fetched: ${problem}`;
    } catch {
      return `'${shortly(uri)}' is no URL`;
    }
  }

  #graphOf(root: string): TilesetGraph {
    const key = normalise(root);
    const graph = this.#graphs.get(key) ?? new TilesetGraph();
    this.#graphs.set(key, graph);
    if (this.#graphs.size > 256) this.#graphs.delete(this.#graphs.keys().next().value!);
    return graph;
  }
}

function isSubtree(json: unknown): boolean {
  return isObject(json) && !('root' in json) && ('tileAvailability' in json || 'childSubtreeAvailability' in json);
}

/** A URI as written, fit to be shown: without query, and cut where it carries its data in itself. */
function shortly(uri: string): string {
  const plain = uri.split(/[?#]/, 1)[0].replace(/\/\/[^/@]*@/, '//');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}

/** A mark of some bytes: length and FNV-1a. Only ever compared between two files of one path. */
function markOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return `${bytes.length}-${hash >>> 0}`;
}

/** Undoes a gzip that no header told of. @throws TwinError `too-large`, `refused` */
async function unpacked(bytes: Uint8Array<ArrayBuffer>, cap: number, where: string): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > cap) throw new TwinError('too-large', `${where} unpacks to more than ${cap / 2 ** 20} MB`, { where });
      parts.push(part.value);
    }
  } catch (cause) {
    void reader.cancel().catch(() => undefined);
    if (cause instanceof TwinError) throw cause;
    throw new TwinError('refused', `${where} cannot be used: its gzip is broken`, { where, cause });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  // Twice packed is met in the wild; a third time is a bomb or a mistake.
  return whole[0] === 0x1f && whole[1] === 0x8b && bytes.length < whole.length ? unpacked(whole, cap, where) : whole;
}
