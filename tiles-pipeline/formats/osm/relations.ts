import { cleanRing, turned } from '../../stages/rings.ts';
import { hasMeaning, isArea, notDrawn } from './area-rule.ts';
import { assembleRings, nest, type NodeList } from './assemble.ts';
import type { ElementStore, Member, Tags } from './element-store.ts';
import type { Tally } from './tally.ts';

/** An area that several ways make together. */
export interface RelationArea {
  readonly id: string;
  readonly tags: Tags;
  /** lon, lat in turn, open: outer ring counter-clockwise, then its holes clockwise. */
  readonly polygons: readonly (readonly Float64Array[])[];
}

/** A building of which a relation names the parts. */
export interface BuildingGroup {
  readonly id: string;
  readonly tags: Tags;
  /** Ids as features have them. */
  readonly parts: ReadonlySet<string>;
}

/** Keys of which one says what an area is. */
const MAIN_KEYS = ['building', 'building:part', 'natural', 'landuse', 'leisure', 'waterway', 'water', 'amenity', 'man_made', 'highway', 'place'];

/** Relations may name the same long way over and over. */
const MOST_WORK = 50_000_000;

/** Multipolygons of a file, put together. */
export class Relations {
  readonly areas: RelationArea[] = [];
  /** Ways that say the same as the relation they are the outline of. */
  readonly drawnRows = new Set<number>();
  /** Relations of buildings by the row of the way that is their outline. */
  readonly groups = new Map<number, BuildingGroup>();
  readonly #rows: Map<number, number>;
  /** Nodes gone through for relations. */
  #work = 0;

  constructor(
    private readonly store: ElementStore,
    private readonly tally: Tally,
  ) {
    const { relations } = store;
    const wanted = new Set<number>();
    const [rows, groups]: number[][] = [[], []];
    for (let row = 0; row < relations.count; row++) {
      const tags = store.relationTags(row);
      if (tags.type !== 'multipolygon' && tags.type !== 'boundary' && tags.type !== 'building') {
        if (hasMeaning(tags)) tally.skip('a relation that is no area (route, restriction, site…)');
        continue;
      }
      (tags.type === 'building' ? groups : rows).push(row);
      for (const { type, ref } of store.members(row)) if (type === 'way') wanted.add(ref);
    }
    this.#rows = store.ways.rowsOf(wanted);
    for (const row of rows) this.#read(row);
    for (const row of groups) this.#group(row);
  }

  /** A relation of a building names its outline and its parts. @source OSM wiki, Relation:building */
  #group(row: number): void {
    const members = this.store.members(row);
    const outlines = members.filter(({ type, role }) => type === 'way' && role === 'outline').map(({ ref }) => this.#rows.get(ref));
    const [outline] = outlines;
    if (outlines.length !== 1 || outline === undefined || this.groups.has(outline)) return this.tally.skip('a relation of a building without an outline of its own: its parts stand for themselves');
    const parts = new Set(members.filter(({ role }) => role === 'part').map(({ type, ref }) => `${type}/${ref}`));
    this.groups.set(outline, { id: `relation/${this.store.relations.id.at(row)}`, tags: this.store.relationTags(row), parts });
  }

  #read(row: number): void {
    const members = this.store.members(row).filter(({ type }) => type === 'way');
    const own = this.store.relationTags(row);
    const tags = MAIN_KEYS.some((key) => own[key]) || hasMeaning(own) ? own : this.#outerTags(members);
    if (!tags || !hasMeaning(tags)) return;
    const reason = own.type === 'boundary' && !MAIN_KEYS.some((key) => own[key]) ? 'a boundary, no ground' : notDrawn(tags);
    if (reason) return this.tally.skip(reason);
    const id = `relation/${this.store.relations.id.at(row)}`;
    const polygons = this.#polygons(id, members);
    if (typeof polygons === 'string') return this.tally.skip(polygons);
    this.areas.push({ id, tags, polygons });
    this.#claim(members, tags);
  }

  /** Tags of the outer way: how areas with holes were written before 2017. */
  #outerTags(members: readonly Member[]): Tags | undefined {
    for (const { ref, role } of members) {
      const row = role === 'inner' ? undefined : this.#rows.get(ref);
      const tags = row === undefined ? undefined : this.store.wayTags(row);
      if (tags && isArea({ ...tags, area: tags.area ?? '' })) return tags;
    }
    return undefined;
  }

  /** Marks the outer ways that are the same thing as the relation. */
  #claim(members: readonly Member[], tags: Tags): void {
    const key = MAIN_KEYS.find((each) => tags[each]);
    if (!key) return;
    for (const { ref, role } of members) {
      const row = role === 'inner' ? undefined : this.#rows.get(ref);
      if (row !== undefined && this.store.wayTags(row)[key] === tags[key]) this.drawnRows.add(row);
    }
  }

  /** The rings of a relation, or why there are none. */
  #polygons(id: string, members: readonly Member[]): Float64Array[][] | string {
    if (this.#work > MOST_WORK) return 'a relation beyond what a file may have (over 50 million nodes of members)';
    const outer = this.#ways(members.filter(({ role }) => role !== 'inner'));
    const inner = this.#ways(members.filter(({ role }) => role === 'inner'));
    if (outer.ways.length === 0) return outer.missing ? 'all outer ways of the relation are missing (cut at the border of the extract)' : 'a multipolygon without outer ways';
    const around = assembleRings(outer.ways);
    const holes = assembleRings(inner.ways);
    const missing = outer.missing || inner.missing;
    const rings = this.#sound(around.rings, true);
    if (rings.length === 0) return missing ? 'no outer ring closes: ways or nodes are missing (cut at the border of the extract)' : 'no outer ring closes';
    const { polygons, astray } = nest(rings, this.#sound(holes.rings, false));
    for (let n = 0; n < around.open + holes.open; n++) this.tally.note('broken-rings', id);
    for (let n = 0; n < astray; n++) this.tally.note('astray-rings', id);
    return polygons;
  }

  #ways(members: readonly Member[]): { ways: NodeList[]; missing: boolean } {
    const ways: NodeList[] = [];
    let missing = false;
    // A way named twice would close rings of no area.
    for (const ref of new Set(members.map((member) => member.ref))) {
      const row = this.#rows.get(ref);
      const nodes = row === undefined ? undefined : Array.from(this.store.wayRefs(row), (node) => this.store.places.find(node));
      this.#work += nodes?.length ?? 1;
      if (!nodes || nodes.includes(-1)) missing = true;
      else ways.push(nodes);
    }
    return { ways, missing };
  }

  #sound(rings: readonly NodeList[], counterClockwise: boolean): Float64Array[] {
    const { places } = this.store;
    return rings.flatMap((ring) => {
      const clean = cleanRing(ring.map((node) => [places.lon(node), places.lat(node)]));
      return typeof clean === 'string' ? [] : [turned(clean, counterClockwise)];
    });
  }
}
