import type { Source } from '../format.ts';
import { GmlAppearance } from './gml-appearance.ts';
import { GmlMembers } from './gml-members.ts';
import { REFERRING, type GmlNode } from './gml-node.ts';
import { TextFault } from './json-lines.ts';
import { parseXml } from './xml-text.ts';

/** Shared geometry kept at most, in elements. */
const MOST_SHARED = 1_000_000;

/** What has to be known of a whole file before its first object can be built. */
export interface GmlSurvey {
  /** Appearances of the root: most files have them after the objects they colour. */
  readonly looks: GmlAppearance;
  /** Geometry that other members refer to, by id. */
  readonly shared: ReadonlyMap<string, GmlNode>;
  readonly system: string | undefined;
}

/** Goes through a file once (twice where members share geometry). Faults of the text end it and are said by whoever reads on. */
export async function surveyGml(source: Source, signal?: AbortSignal): Promise<GmlSurvey> {
  const looks = new GmlAppearance();
  const links = new Links();
  const members = new GmlMembers('appearances', () => undefined, (tag) => links.take(tag));
  await through(source, members, signal, () => {
    for (const appearance of members.appearances.splice(0)) looks.add(appearance);
  });
  const wanted = links.across();
  const shared = new Map<string, GmlNode>();
  if (wanted.size > 0) {
    const again = new GmlMembers('members', () => undefined);
    await through(source, again, signal, () => {
      for (const { byId } of again.take()) for (const id of wanted) {
        const node = byId.get(id);
        if (node && shared.size < MOST_SHARED) shared.set(id, node);
      }
    });
  }
  return { looks, shared, system: members.system };
}

async function through(source: Source, members: GmlMembers, signal: AbortSignal | undefined, after: () => void): Promise<void> {
  try {
    for await (const _ of parseXml(source, members)) {
      signal?.throwIfAborted();
      after();
    }
  } catch (cause) {
    if (!(cause instanceof TextFault)) throw cause;
  }
  after();
}

/** References to geometry that are not answered within their own member. */
class Links {
  #member = -1;
  #ids = new Set<string>();
  #asked = new Set<string>();
  readonly #open = new Set<string>();

  take({ id, href, name, member }: { id?: string; href?: string; name: string; member: number }): void {
    if (member !== this.#member) {
      this.#settle();
      this.#member = member;
    }
    if (id !== undefined) this.#ids.add(id);
    if (href?.startsWith('#') && REFERRING.test(name)) this.#asked.add(href.slice(1));
  }

  #settle(): void {
    for (const id of this.#asked) if (!this.#ids.has(id) && this.#open.size < MOST_SHARED) this.#open.add(id);
    this.#ids = new Set();
    this.#asked = new Set();
  }

  across(): ReadonlySet<string> {
    this.#settle();
    return this.#open;
  }
}
