/** Contents that cannot be a tileset by their name: they are not followed. */
const LEAF = /\.(glb|gltf|b3dm|i3dm|pnts|cmpt|subtree|bin|terrain|png|jpe?g|webp|ktx2|geojson|vctr)$/i;

/**
 * Which tileset of one root names which, so that a circle is cut where it closes. URLs are normalised; two tilesets with one path and the same
 * bytes (`tileset.json?x=1`) are one.
 */
export class TilesetGraph {
  readonly #children = new Map<string, Set<string>>();
  readonly #depth = new Map<string, number>();
  readonly #content = new Map<string, { url: string; mark: string }[]>();

  /** Whether `child` may hang below `parent`: 'circle' when parent is reached from child already, 'deep' when the chain grows past `limit`. */
  link(parent: string, child: string, limit: number): 'circle' | 'deep' | null {
    if (LEAF.test(new URL(child).pathname)) return null;
    if (child === parent || this.#reaches(child, parent)) return 'circle';
    const depth = (this.#depth.get(parent) ?? 0) + 1;
    if (depth > limit) return 'deep';
    const known = this.#children.get(parent) ?? new Set<string>();
    this.#children.set(parent, known.add(child));
    this.#depth.set(child, Math.max(depth, this.#depth.get(child) ?? 0));
    return null;
  }

  /** An ancestor of `url` with the same path and the same bytes, under another query; null when there is none. */
  alias(url: string, mark: string): string | null {
    const { origin, pathname } = new URL(url);
    const known = this.#content.get(origin + pathname) ?? [];
    const twin = known.find((each) => each.url !== url && each.mark === mark && this.#reaches(each.url, url));
    if (!known.some((each) => each.url === url)) this.#content.set(origin + pathname, [...known, { url, mark }]);
    return twin?.url ?? null;
  }

  #reaches(from: string, to: string): boolean {
    const seen = new Set<string>([from]);
    const next = [from];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      if (at === to) return true;
      for (const child of this.#children.get(at) ?? []) {
        if (seen.has(child)) continue;
        seen.add(child);
        next.push(child);
      }
    }
    return false;
  }
}
