import type { Issue } from '../../engine/errors.ts';
import { isObject, parseJson, type JsonObject } from './preflight/parse-json.ts';
import type { OuterSchema, Tiling } from './inspect/index.ts';

/** What wrote a file that needs no second look: its maker holds its own output against the standards (`tiles check`). */
const OWN = 'CityMirror';
const ROOTS = 64;

type Inspect = typeof import('./inspect/index.ts');

/** Bytes of a further file that a tileset names, through the same fetch layer. */
export type FetchPart = (url: string, root: string) => Promise<Uint8Array>;

interface Implicit {
  readonly address: RegExp;
  readonly tiling: Tiling;
}

/** Says what in foreign tilesets and contents is not as the standards have it. Its code comes when the first of them does; nothing is refused or changed by it. */
export class Inspector {
  readonly #fetch: FetchPart | null;
  readonly #implicit = new Map<string, Implicit[]>();
  #loaded: Promise<Inspect> | null = null;

  constructor(fetch: FetchPart | null) {
    this.#fetch = fetch;
  }

  #inspect(): Promise<Inspect> {
    return (this.#loaded ??= import('./inspect/index.ts'));
  }

  /** Bounds that only some engines read become such as all do. @returns whether the JSON was changed */
  async mend(json: unknown): Promise<boolean> {
    if (!isObject(json) || !Array.isArray(json.extensionsUsed) || !json.extensionsUsed.includes('3DTILES_bounding_volume_S2')) return false;
    return (await this.#inspect()).regionsForCells(json);
  }

  async tileset(json: unknown, url: string, root: string): Promise<Issue[]> {
    if (!isObject(json) || own(json)) return [];
    const outer = typeof json.schemaUri === 'string' ? await this.#schema(json.schemaUri, url, root) : null;
    this.#remember(json, outer, url, root);
    return (await this.#inspect()).tilesetIssues(json, outer);
  }

  async #schema(reference: string, url: string, root: string): Promise<OuterSchema | null> {
    if (!this.#fetch) return null;
    try {
      const bytes = await this.#fetch(new URL(reference, url).href, root);
      return { json: parseJson(bytes, 64, 'it') };
    } catch (cause) {
      return { problem: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  /** Which addresses are subtrees of which tiling. */
  #remember(json: JsonObject, outer: OuterSchema | null, url: string, root: string): void {
    const schema = json.schemaUri === undefined ? (json.schema ?? null) : outer && 'json' in outer ? outer.json : undefined;
    const known = this.#implicit.get(root) ?? [];
    const stack: unknown[] = [json.root];
    for (let tile = stack.pop(), seen = 0; isObject(tile) && seen < 10_000; tile = stack.pop(), seen++) {
      if (Array.isArray(tile.children)) stack.push(...tile.children.filter(isObject));
      const { implicitTiling: tiling } = tile;
      if (!isObject(tiling) || !isObject(tiling.subtrees) || typeof tiling.subtrees.uri !== 'string') continue;
      const template = new URL(tiling.subtrees.uri.replaceAll(/\{(level|x|y|z)\}/gu, '__$1__'), url).href;
      const pattern = template.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`).replaceAll(/__(level|x|y|z)__/gu, String.raw`\d+`);
      const levels = Number(tiling.subtreeLevels);
      if (levels >= 1 && levels <= 15) known.push({ address: new RegExp(`^${pattern}$`, 'u'), tiling: { scheme: tiling.subdivisionScheme === 'OCTREE' ? 'OCTREE' : 'QUADTREE', levels, schema } });
    }
    this.#implicit.set(root, known);
    if (this.#implicit.size > ROOTS) this.#implicit.delete(this.#implicit.keys().next().value!);
  }

  async subtree(json: unknown, url: string, root: string, lengths?: readonly [number, number]): Promise<Issue[]> {
    const implicit = this.#implicit.get(root)?.find(({ address }) => address.test(url));
    return (await this.#inspect()).subtreeIssues(json, implicit?.tiling ?? null, lengths);
  }

  /** @param json of a .gltf; for a binary content its bytes are enough */
  async content(bytes: Uint8Array, json?: JsonObject): Promise<Issue[]> {
    if (json ? own(json) : ownBytes(bytes)) return [];
    return (await this.#inspect()).contentIssues(bytes, json);
  }
}

function own(json: JsonObject): boolean {
  return isObject(json.asset) && json.asset.generator === OWN;
}

/** Whether a GLB says who wrote it, near its beginning: the JSON is not read a second time for it. */
function ownBytes(bytes: Uint8Array): boolean {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 256));
  return head.startsWith('glTF') && head.includes(`"generator":"${OWN}"`);
}
