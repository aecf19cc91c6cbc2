/** What of an .ifcx file is read here. @source buildingSMART IFC5 development, ifcx alpha: header, imports, data */
export interface IfcxFile {
  header?: { ifcxVersion?: string };
  imports?: { uri?: string }[];
  data?: IfcxEntry[];
}

export interface IfcxEntry {
  path?: string;
  children?: Record<string, string | null>;
  inherits?: Record<string, string | null>;
  attributes?: Record<string, unknown>;
}

/** All that is said of one path, later words over earlier ones. */
interface Layered {
  readonly children: Map<string, string>;
  readonly inherits: Map<string, string>;
  readonly attributes: Map<string, unknown>;
}

/** A node where it stands in the tree, with what it inherits. */
export interface Composed {
  /** Its own path where it has one; else that of the node above and its name there. */
  readonly id: string;
  /** What the node above calls it. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly children: readonly Composed[];
}

const MOST_NODES = 1_000_000;
const DEEPEST = 100;

/** Puts the entries of files together: the tree that begins at what nobody names. */
export class Composition {
  readonly #paths = new Map<string, Layered>();
  /** Nodes that go round in a circle or nest too deep, and those beyond what one model may have. */
  circles = 0;
  full = false;
  #made = 0;

  /** @param most nodes of the tree, everything that stands in many places counted as often */
  constructor(private readonly most = MOST_NODES) {}

  /** Later files speak louder. */
  add({ data }: IfcxFile): void {
    for (const entry of Array.isArray(data) ? data : []) {
      if (typeof entry?.path !== 'string') continue;
      const known = this.#paths.get(entry.path) ?? { children: new Map(), inherits: new Map(), attributes: new Map() };
      this.#paths.set(entry.path, known);
      layer(known.children, entry.children);
      layer(known.inherits, entry.inherits);
      for (const [name, value] of Object.entries(isObject(entry.attributes) ? entry.attributes : {})) {
        if (value === null) known.attributes.delete(name);
        else known.attributes.set(name, value);
      }
    }
  }

  get size(): number {
    return this.#paths.size;
  }

  roots(): Composed[] {
    const named = new Set<string>();
    for (const { children, inherits } of this.#paths.values()) for (const each of [...children.values(), ...inherits.values()]) named.add(each);
    return [...this.#paths.keys()].filter((path) => !named.has(path) && !path.includes('/')).map((path) => this.#node({ id: path, name: path, path, above: [] }));
  }

  #node({ id, name, path, above }: { id: string; name: string; path: string; above: readonly string[] }): Composed {
    const attributes = new Map<string, unknown>();
    const children = new Map<string, { path: string; own: boolean }>();
    this.#gather(path, true, { attributes, children, seen: new Set() });
    // What is said of a place in the tree goes before what is said of what stands there.
    if (id !== path) this.#gather(id, true, { attributes, children, seen: new Set() });
    const below: Composed[] = [];
    for (const [key, child] of children) {
      if (above.includes(child.path) || child.path === path || above.length >= DEEPEST) this.circles++;
      else if (++this.#made > this.most) this.full = true;
      else below.push(this.#node({ id: child.own ? child.path : `${id}/${key}`, name: key, path: child.path, above: [...above, path] }));
    }
    return { id, name, attributes, children: below };
  }

  /** What a path inherits, then what is said of it. */
  #gather(path: string, own: boolean, into: { attributes: Map<string, unknown>; children: Map<string, { path: string; own: boolean }>; seen: Set<string> }): void {
    const known = this.#paths.get(path);
    if (!known) return;
    if (into.seen.has(path) || into.seen.size > DEEPEST) {
      this.circles++;
      return;
    }
    into.seen.add(path);
    for (const inherited of known.inherits.values()) this.#gather(inherited, false, into);
    for (const [name, value] of known.attributes) into.attributes.set(name, value);
    for (const [name, child] of known.children) into.children.set(name, { path: child, own });
  }
}

function layer(into: Map<string, string>, from: unknown): void {
  for (const [name, path] of Object.entries(isObject(from) ? from : {})) {
    if (path === null) into.delete(name);
    else if (typeof path === 'string') into.set(name, path);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
