import type { Geometry, Position } from 'geojson';
import { cleanRing, turned } from '../../stages/rings.ts';
import type { SourceFeature } from '../format.ts';
import { hasMeaning, isArea, isBuilding, isPart, isRoad, lineNotDrawn, notDrawn, pointNotDrawn } from './area-rule.ts';
import { bodyOf, joined } from './building-body.ts';
import { BuildingParts, type Outline } from './building-parts.ts';
import type { ElementStore, Tags } from './element-store.ts';
import { Relations, type BuildingGroup } from './relations.ts';
import type { Tally } from './tally.ts';
import { treeOf, treesOfRow } from './trees.ts';

/** The features of a whole file: nodes, ways, relations in their order, then the parts of buildings that no outline took. */
export function* featuresOf(store: ElementStore, tally: Tally): Generator<SourceFeature> {
  if (store.places.repeated > 0) tally.skip('the same element twice', store.places.repeated);
  yield* points(store, tally);
  const relations = new Relations(store, tally);
  const parts = new BuildingParts(partsOf(store, relations, tally));
  yield* waysOf(store, relations, parts, tally);
  for (const { id, tags, polygons } of relations.areas) {
    if (isPart(tags)) continue;
    if (isBuilding(tags)) for (const [n, rings] of polygons.entries()) yield building({ id: n === 0 ? id : `${id}#${n + 1}`, tags, rings }, parts, tally);
    else yield { id, properties: tags, geometry: areaGeometry(polygons) };
  }
  for (const part of parts.rest()) yield building(part, undefined, tally);
}

function* points(store: ElementStore, tally: Tally): Generator<SourceFeature> {
  const { nodes, places } = store;
  const later = repeatedRows(nodes);
  for (let row = 0; row < nodes.count; row++) {
    if (later.has(row)) continue;
    const tags = store.nodeTags(row);
    if (!hasMeaning(tags)) continue;
    const reason = pointNotDrawn(tags);
    const id = nodes.id.at(row);
    const place = places.find(id);
    if (reason) tally.skip(reason);
    else yield { id: `node/${id}`, properties: tags.natural === 'tree' ? treeOf(tags) : tags, geometry: { type: 'Point', coordinates: [places.lon(place), places.lat(place)] } };
  }
}

function partsOf(store: ElementStore, relations: Relations, tally: Tally): Outline[] {
  const parts: Outline[] = [];
  const key = store.textNumber('building:part');
  for (let row = 0; row < store.ways.count; row++) {
    if (key === undefined || !store.ways.mentions(row, key)) continue;
    const tags = store.wayTags(row);
    if (!isPart(tags) || relations.drawnRows.has(row) || notDrawn(tags)) continue;
    const ring = closedRing(store, row);
    const clean = Array.isArray(ring) ? cleanRing(ring) : undefined;
    if (clean && typeof clean !== 'string') parts.push({ id: `way/${store.ways.id.at(row)}`, tags, rings: [turned(clean, true)] });
    else tally.skip(typeof ring === 'string' ? ring : typeof clean === 'string' ? clean : 'a part of a building that is no closed way');
  }
  for (const { id, tags, polygons } of relations.areas) if (isPart(tags)) for (const [n, rings] of polygons.entries()) parts.push({ id: n === 0 ? id : `${id}#${n + 1}`, tags, rings });
  return parts;
}

function* waysOf(store: ElementStore, relations: Relations, parts: BuildingParts, tally: Tally): Generator<SourceFeature> {
  const { ways } = store;
  const later = repeatedRows(ways);
  if (later.size > 0) tally.skip('the same element twice', later.size);
  for (let row = 0; row < ways.count; row++) {
    if (later.has(row)) continue;
    const tags = store.wayTags(row);
    const group = relations.groups.get(row);
    if (group && !isBuilding(tags)) yield* grouped(store, row, group, parts, tally);
    if (!hasMeaning(tags)) continue;
    const refs = store.wayRefs(row);
    const closed = refs.length > 3 && refs[0] === refs[refs.length - 1];
    const area = closed && isArea(tags);
    if (!area || isRoad(tags)) yield* lineOf(store, row, tags, tally);
    if (area && !isPart(tags)) yield* areaOf(store, row, tags, { relations, parts, tally });
  }
}

function* areaOf(store: ElementStore, row: number, tags: Tags, { relations, parts, tally }: { relations: Relations; parts: BuildingParts; tally: Tally }): Generator<SourceFeature> {
  const id = `way/${store.ways.id.at(row)}`;
  const reason = relations.drawnRows.has(row) ? 'drawn by its multipolygon relation' : notDrawn(tags);
  const ring = reason ?? closedRing(store, row);
  if (typeof ring === 'string') return tally.skip(ring);
  if (!isBuilding(tags)) return yield { id, properties: tags, geometry: { type: 'Polygon', coordinates: [ring] } };
  const clean = cleanRing(ring);
  // What is no ring goes on as it is: the city's account names its fault.
  if (typeof clean === 'string') yield { id, properties: tags, geometry: { type: 'Polygon', coordinates: [ring] } };
  else yield building({ id, tags, rings: [turned(clean, true)] }, parts, tally, relations.groups.get(row));
}

/** A building whose outline says nothing itself: its relation does. */
function* grouped(store: ElementStore, row: number, group: BuildingGroup, parts: BuildingParts, tally: Tally): Generator<SourceFeature> {
  const ring = closedRing(store, row);
  const clean = typeof ring === 'string' ? ring : cleanRing(ring);
  if (typeof clean === 'string') tally.skip(clean);
  else yield building({ id: group.id, tags: { building: 'yes', ...store.wayTags(row), ...group.tags }, rings: [turned(clean, true)] }, parts, tally, group);
}

/** The places of a closed way, or why it has none. */
function closedRing(store: ElementStore, row: number): Position[] | string {
  const refs = store.wayRefs(row);
  if (refs.length < 4 || refs[0] !== refs[refs.length - 1]) return 'an area that is no closed way';
  const ring: Position[] = [];
  for (const ref of refs) {
    const node = store.places.find(ref);
    if (node < 0) return 'nodes of the outline are missing (cut at the border of the extract)';
    ring.push([store.places.lon(node), store.places.lat(node)]);
  }
  return ring;
}

function* lineOf(store: ElementStore, row: number, tags: Tags, tally: Tally): Generator<SourceFeature> {
  const reason = lineNotDrawn(tags);
  if (reason) return tally.skip(reason);
  const id = `way/${store.ways.id.at(row)}`;
  const runs: Position[][] = [[]];
  let missing = false;
  for (const ref of store.wayRefs(row)) {
    const node = store.places.find(ref);
    if (node >= 0) runs[runs.length - 1].push([store.places.lon(node), store.places.lat(node)]);
    else {
      missing = true;
      if (runs[runs.length - 1].length > 0) runs.push([]);
    }
  }
  const lines = runs.filter((run) => run.length > 1);
  if (lines.length === 0) return tally.skip(missing ? 'nodes of the line are missing (cut at the border of the extract)' : 'a line without length');
  if (missing) tally.note('missing-nodes', id);
  if (tags.natural === 'tree_row') return yield* treesOfRow(id, tags, lines);
  yield { id, properties: tags, geometry: lines.length === 1 ? { type: 'LineString', coordinates: lines[0] } : { type: 'MultiLineString', coordinates: lines } };
}

/** A building: parts that cover it are its body, else its own tags. */
function building(outline: Outline, parts: BuildingParts | undefined, tally: Tally, group?: BuildingGroup): SourceFeature {
  const { id, rings, tags } = outline;
  const geometry = polygonOf(rings);
  const covering = parts?.take(outline, group?.parts) ?? [];
  const bodies = covering.length > 0 ? covering.map((part) => bodyOf(part.rings, inherited(part.tags, tags), true)) : [bodyOf(rings, tags)];
  for (const body of bodies) for (const code of body.notes) tally.note(code, id);
  const solids = bodies.flatMap((body) => (body.solid ? [body.solid] : []));
  for (const part of covering) tally.note('parts-drawn', part.id);
  const top = solids.length > 0 ? solids.reduce((high, { positions }) => positions.reduce((most, value, i) => (i % 3 === 2 && value > most ? value : most), high), 0) : (bodies[0]?.top ?? Number.NaN);
  const properties = top > 0 ? { ...tags, height: top } : tags;
  if (solids.length === 0) return { id, properties, geometry };
  return { id, properties, geometry, solid: solids.length === 1 ? solids[0] : joined(solids) };
}

/** What a part does not say of its colour, material and height, its building says. */
function inherited(part: Tags, outline: Tags): Tags {
  const has = (...keys: string[]): boolean => keys.some((key) => key in part);
  const lent: Record<string, string> = {};
  const lend = (...keys: string[]): void => {
    if (!has(...keys)) for (const key of keys) if (key in outline) lent[key] = outline[key];
  };
  lend('building:colour', 'building:material');
  lend('roof:colour', 'roof:material');
  lend('height', 'building:levels');
  return { ...lent, ...part };
}

function polygonOf(rings: readonly Float64Array[]): Geometry {
  return { type: 'Polygon', coordinates: rings.map(closedPositions) };
}

function areaGeometry(polygons: readonly (readonly Float64Array[])[]): Geometry {
  return polygons.length === 1 ? polygonOf(polygons[0]) : { type: 'MultiPolygon', coordinates: polygons.map((rings) => rings.map(closedPositions)) };
}

function closedPositions(ring: Float64Array): Position[] {
  const out: Position[] = [];
  for (let i = 0; i < ring.length; i += 2) out.push([ring[i], ring[i + 1]]);
  return [...out, [ring[0], ring[1]]];
}

/** Rows whose id comes again later: the later one holds. Files are in order of their ids, and then there are none. */
function repeatedRows(elements: { readonly count: number; readonly id: { at(row: number): number } }): Set<number> {
  const repeated = new Set<number>();
  let ascending = true;
  for (let row = 1; row < elements.count && ascending; row++) ascending = elements.id.at(row) > elements.id.at(row - 1);
  if (ascending) return repeated;
  const last = new Map<number, number>();
  for (let row = 0; row < elements.count; row++) {
    const before = last.get(elements.id.at(row));
    if (before !== undefined) repeated.add(before);
    last.set(elements.id.at(row), row);
  }
  return repeated;
}
