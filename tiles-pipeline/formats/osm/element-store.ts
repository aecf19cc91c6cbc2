import { float64, uint32, uint8 } from '../../stages/grow.ts';
import { MOST_NODES, NodePlaces } from './node-places.ts';

export type Tags = Readonly<Record<string, string>>;
/** Key and value in turn. */
export type TagList = readonly string[];

export interface Member {
  readonly type: 'node' | 'way' | 'relation';
  readonly ref: number;
  readonly role: string;
}

const MEMBER_TYPES = ['node', 'way', 'relation'] as const;
/** Everything a file may bring beside its nodes, in pieces of 4 to 8 bytes. */
const MOST_PIECES = 100_000_000;
/** Things of one kind, and texts: what a Map can hold. */
const MOST_THINGS = 16_000_000;

/** Characters a text may have; OpenStreetMap's own limit is 255. */
export const LONGEST_TEXT = 16_384;

/** Says that a file is larger than what is kept for it. */
export class TooLarge extends Error {}

/** Things of one kind: id, tags, and a list of references. */
class Elements {
  readonly id = float64();
  readonly #firstRef = uint32();
  readonly #firstTag = uint32();
  readonly refs = float64();
  readonly #tags = uint32();

  get count(): number {
    return this.id.length;
  }

  get pieces(): number {
    return this.refs.length + this.#tags.length;
  }

  add(id: number, refs: ArrayLike<number>, tags: ArrayLike<number>): void {
    if (this.refs.length + refs.length + this.#tags.length + tags.length > MOST_PIECES || this.count >= MOST_THINGS) throw new TooLarge();
    this.id.push(id);
    this.#firstRef.push(this.refs.length);
    this.#firstTag.push(this.#tags.length);
    this.refs.append(refs);
    this.#tags.append(tags);
  }

  refsOf(row: number): readonly [from: number, to: number] {
    return [this.#firstRef.at(row), row + 1 < this.count ? this.#firstRef.at(row + 1) : this.refs.length];
  }

  tagsOf(row: number, texts: readonly string[]): Tags {
    const end = row + 1 < this.count ? this.#firstTag.at(row + 1) : this.#tags.length;
    const pairs: [string, string][] = [];
    for (let i = this.#firstTag.at(row); i < end; i += 2) pairs.push([texts[this.#tags.at(i)], texts[this.#tags.at(i + 1)]]);
    // As own members, whatever they are called: a tag named __proto__ stays a tag.
    return Object.fromEntries(pairs);
  }

  /** Whether a text is among the keys and values of a row. */
  mentions(row: number, text: number | undefined): boolean {
    const end = row + 1 < this.count ? this.#firstTag.at(row + 1) : this.#tags.length;
    for (let i = this.#firstTag.at(row); i < end; i++) if (this.#tags.at(i) === text) return true;
    return false;
  }

  /** The rows of some ids; the later one where an id is there twice. */
  rowsOf(ids: ReadonlySet<number>): Map<number, number> {
    const rows = new Map<number, number>();
    for (let row = 0; row < this.count; row++) if (ids.has(this.id.at(row))) rows.set(this.id.at(row), row);
    return rows;
  }
}

/**
 * A whole OpenStreetMap file, packed: a way's nodes may come after it and a relation's ways after that, so nothing can be said before the
 * end. 16 + 6 bytes a node, 8 a reference, 8 a tag, each text once: 5 million nodes with their ways need some 250 MB.
 */
export class ElementStore {
  readonly places = new NodePlaces();
  /** Nodes that say something of themselves. */
  readonly nodes = new Elements();
  readonly ways = new Elements();
  readonly relations = new Elements();
  readonly #memberType = uint8();
  readonly #memberRole = uint32();
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Newest time any element was edited, seconds; 0 where none says. */
  newest = 0;
  /** Time the file says its data are of, seconds; 0 where it does not. */
  stated = 0;

  addNode(id: number, lon: number, lat: number, tags: TagList): void {
    if (this.places.count >= MOST_NODES) throw new TooLarge();
    this.places.add(id, lon, lat);
    if (tags.length > 0) this.nodes.add(id, [], this.#pack(tags));
  }

  addWay(id: number, refs: ArrayLike<number>, tags: TagList): void {
    this.ways.add(id, refs, this.#pack(tags));
  }

  addRelation(id: number, members: readonly Member[], tags: TagList): void {
    for (const member of members) {
      this.#memberType.push(MEMBER_TYPES.indexOf(member.type));
      this.#memberRole.push(this.#text(member.role));
    }
    this.relations.add(id, members.map((member) => member.ref), this.#pack(tags));
  }

  nodeTags(row: number): Tags {
    return this.nodes.tagsOf(row, this.#texts);
  }

  wayTags(row: number): Tags {
    return this.ways.tagsOf(row, this.#texts);
  }

  relationTags(row: number): Tags {
    return this.relations.tagsOf(row, this.#texts);
  }

  wayRefs(row: number): Float64Array {
    const [from, to] = this.ways.refsOf(row);
    return Float64Array.from({ length: to - from }, (_, i) => this.ways.refs.at(from + i));
  }

  members(row: number): Member[] {
    const [from, to] = this.relations.refsOf(row);
    return Array.from({ length: to - from }, (_, i) => ({ type: MEMBER_TYPES[this.#memberType.at(from + i)], ref: this.relations.refs.at(from + i), role: this.#texts[this.#memberRole.at(from + i)] }));
  }

  /** The number of a text, where the file has it. */
  textNumber(text: string): number | undefined {
    return this.#numbers.get(text);
  }

  /** Nodes, references, keys and values. */
  get pieces(): number {
    return this.places.count + this.nodes.pieces + this.ways.pieces + this.relations.pieces;
  }

  #pack(tags: TagList): number[] {
    return tags.map((text) => this.#text(text));
  }

  #text(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      if (this.#texts.length >= MOST_THINGS) throw new TooLarge();
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}
