import type { SaxesTagNS } from 'saxes';
import { settle, type GmlNode } from './gml-node.ts';
import { TextFault } from './json-lines.ts';
import type { XmlHandler } from './xml-text.ts';

/** Elements of one member held at a time. */
const MOST_NODES = 5_000_000;
const members = new Set(['cityObjectMember', 'featureMember', 'featureMembers', 'member']);

/** One object of the file's root, with everything in it. */
export interface GmlMember {
  readonly node: GmlNode;
  readonly line: number;
  /** The first reference system named in it. */
  readonly system: string | undefined;
  /** Its elements by id. */
  readonly byId: ReadonlyMap<string, GmlNode>;
}

interface Open {
  readonly node: GmlNode;
  readonly dimension: number;
}

/** Builds the members of a city model one by one; whoever drives the parser takes them away between chunks. */
export class GmlMembers implements XmlHandler {
  readonly done: GmlMember[] = [];
  /** Whole appearances of the root (`appearanceMember`). */
  readonly appearances: GmlNode[] = [];
  /** The root's own reference system, else the first one met. */
  system: string | undefined;
  /** Name and namespace of the root. */
  root = { name: '', space: '' };
  /** Members that only point elsewhere. */
  elsewhere = 0;
  readonly #stack: Open[] = [];
  #byId = new Map<string, GmlNode>();
  #memberSystem: string | undefined;
  #dimension = 3;
  #held = 0;
  #inTin = 0;

  /**
   * @param wanted which properties of the root are built
   * @param tin gets the corners of each triangle of terrain, with its closing corner; they are not held
   */
  constructor(
    private readonly wanted: 'members' | 'appearances',
    private readonly tin: (corners: readonly number[] | undefined, line: number) => void,
    private readonly seen?: (tag: { id?: string; href?: string; name: string; member: number }) => void,
  ) {}

  #member = 0;

  open(tag: SaxesTagNS, line: number): void {
    const depth = this.#stack.length;
    const attributes = attributesOf(tag);
    if (depth === 0) this.root = { name: tag.local, space: tag.uri };
    if (depth === 1) this.#begin(tag.local, attributes);
    const node: GmlNode = { name: tag.local, prefix: tag.prefix, space: tag.uri, attributes, line, text: '', children: [], geometry: false };
    const declared = Number(attributes?.srsDimension);
    this.#stack.push({ node, dimension: declared === 2 || declared === 3 ? declared : (this.#stack[depth - 1]?.dimension ?? this.#dimension) });
    if (attributes?.srsName) {
      this.system ??= attributes.srsName;
      if (depth >= 2) this.#memberSystem ??= attributes.srsName;
    }
    if (this.seen && (attributes?.id !== undefined || attributes?.href !== undefined)) this.seen({ id: attributes.id, href: attributes.href, name: tag.local, member: this.#member });
    if (!this.#building) return;
    if (attributes?.id !== undefined) this.#byId.set(attributes.id, node);
    if (tag.local === 'TINRelief') this.#inTin++;
    if (++this.#held > MOST_NODES) throw new TextFault('too-large', `has a single object of more than ${MOST_NODES / 1e6} million elements`, line);
  }

  #building = false;

  #begin(name: string, attributes: GmlNode['attributes']): void {
    const appearance = name === 'appearanceMember';
    this.#building = name === 'boundedBy' || (this.wanted === 'appearances' ? appearance : members.has(name));
    this.#memberSystem = undefined;
    this.#member++;
    if (members.has(name) && attributes?.href !== undefined) this.elsewhere++;
  }

  text(text: string): void {
    if (!this.#building) return;
    const top = this.#stack.at(-1);
    if (top) top.node.text += text;
  }

  close(): void {
    const { node, dimension } = this.#stack.pop()!;
    if (!this.#building) return;
    const depth = this.#stack.length;
    settle(node, dimension);
    if (node.name === 'TINRelief') this.#inTin--;
    if (depth === 2) this.#finish(node);
    else if (depth === 1) this.#building = false;
    else if (this.#inTin > 0 && (node.name === 'Triangle' || node.name === 'Polygon')) {
      this.#held -= 5;
      this.tin(node.broken ? undefined : node.rings?.[0].coordinates, node.line);
    } else if (depth > 2) {
      const parent = this.#stack[depth - 1].node;
      parent.children.push(node);
      parent.geometry ||= node.geometry;
    }
  }

  /** An object of the root is whole. */
  #finish(node: GmlNode): void {
    const property = this.#stack[1].node.name;
    if (property === 'boundedBy') {
      const corner = node.children.find((each) => each.name === 'lowerCorner')?.text.trim().split(/\s+/u).length;
      const declared = Number(node.attributes?.srsDimension);
      this.#dimension = declared === 2 || declared === 3 ? declared : corner === 2 ? 2 : 3;
    } else if (property === 'appearanceMember') this.appearances.push(node);
    else this.done.push({ node, line: node.line, system: this.#memberSystem, byId: this.#byId });
    this.#byId = new Map();
    this.#memberSystem = undefined;
    this.#held = 0;
    if (property === 'featureMembers') this.#member++;
  }

  /** Members finished since the last call. */
  take(): GmlMember[] {
    return this.done.splice(0);
  }
}

function attributesOf(tag: SaxesTagNS): Record<string, string> | undefined {
  let out: Record<string, string> | undefined;
  for (const key in tag.attributes) {
    const { prefix, local, value } = tag.attributes[key];
    if (prefix === 'xmlns' || local === 'xmlns' || prefix === 'xsi' || local === '__proto__') continue;
    (out ??= {})[local] = value;
  }
  return out;
}
