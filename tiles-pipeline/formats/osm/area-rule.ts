import { areaWords, roadWords } from '../../stages/words.ts';
import type { Tags } from './element-store.ts';

const all = true;
const only = (words: string): { only: Set<string> } => ({ only: new Set(words.split(' ')) });
const but = (words: string): { but: Set<string> } => ({ but: new Set(words.split(' ')) });

/** Keys whose closed ways are areas, whatever `area` says nothing of. @source OSM wiki, Overpass turbo/Polygon Features; tyrasd/osm-polygon-features (CC0) */
const areaKeys: Readonly<Record<string, true | { only: Set<string> } | { but: Set<string> }>> = {
  building: all,
  'building:part': all,
  landuse: all,
  amenity: all,
  shop: all,
  tourism: all,
  historic: all,
  office: all,
  craft: all,
  place: all,
  military: all,
  public_transport: all,
  ruins: all,
  'area:highway': all,
  golf: all,
  indoor: all,
  leisure: but('track slipway picnic_table firepit'),
  natural: but('coastline cliff ridge arete tree_row valley earth_bank gully'),
  man_made: but('cutline embankment pipeline dyke breakwater groyne'),
  aeroway: but('taxiway runway'),
  waterway: only('riverbank dock boatyard dam'),
  highway: only('services rest_area escape elevator'),
  railway: only('station turntable roundhouse platform'),
  power: only('plant substation generator transformer'),
  barrier: only('city_wall hedge retaining_wall'),
};

/** OSM's `no` is absence. */
export function said(tags: Tags, key: string): string {
  const value = tags[key] ?? '';
  return value === 'no' ? '' : value;
}

/** Whether a closed way with these tags is an area: `area` decides, else the keys. */
export function isArea(tags: Tags): boolean {
  if (tags.area === 'yes') return true;
  if (tags.area === 'no') return false;
  return Object.entries(areaKeys).some(([key, rule]) => {
    const value = said(tags, key);
    if (!value) return false;
    return rule === all || ('only' in rule ? rule.only.has(value) : !rule.but.has(value));
  });
}

/** Whether a way is a road or a railway also where it is closed and an area of another kind (a roundabout with its green). */
export function isRoad(tags: Tags): boolean {
  if (tags.area === 'yes' && said(tags, 'highway')) return false;
  return roadWords[said(tags, 'highway')] !== undefined || roadWords[said(tags, 'railway')] !== undefined;
}

/** Towers and tanks that stand as outlines without `building`. */
const BUILDING_LIKE = new Set('tower chimney silo storage_tank water_tower cooling_tower gasometer lighthouse communications_tower digester'.split(' '));

export function isBuilding(tags: Tags): boolean {
  return said(tags, 'building') !== '' || BUILDING_LIKE.has(said(tags, 'man_made'));
}

export function isPart(tags: Tags): boolean {
  return said(tags, 'building:part') !== '' && !isBuilding(tags);
}

export function isUnderground(tags: Tags): boolean {
  return tags.location === 'underground' || (isBuilding(tags) && tags['building:levels'] === '0' && Number(tags['building:levels:underground']) > 0);
}

/** Why an area is not handed on; undefined where it is to be drawn. */
export function notDrawn(tags: Tags): string | undefined {
  if (isBuilding(tags) || isPart(tags)) return isUnderground(tags) ? 'a building underground' : undefined;
  if (said(tags, 'indoor')) return 'a room inside a building';
  if (isUnderground(tags)) return 'an area underground';
  if (['natural', 'waterway', 'landuse', 'leisure', 'amenity', 'man_made', 'place', 'highway', 'water'].some((key) => areaWords[said(tags, key)])) return undefined;
  if (['natural', 'landuse', 'leisure'].some((key) => said(tags, key))) return undefined;
  return said(tags, 'boundary') ? 'a boundary, no ground' : 'an area of a kind that is not drawn';
}

/** Why a line is not handed on. */
export function lineNotDrawn(tags: Tags): string | undefined {
  if (isRoad(tags)) return said(tags, 'indoor') ? 'a way inside a building' : undefined;
  if (tags.natural === 'tree_row' || tags.barrier === 'hedge') return undefined;
  if (said(tags, 'man_made') === 'pipeline' || said(tags, 'waterway') || said(tags, 'route') === 'ferry') return undefined;
  if (tags.natural === 'coastline') return 'a coastline: the sea is not drawn from it';
  if (said(tags, 'boundary')) return 'a boundary, no ground';
  if (said(tags, 'power')) return 'a power line';
  if (said(tags, 'barrier')) return 'a wall or fence';
  return 'a line that is no road';
}

const PLACE_KEYS = ['amenity', 'shop', 'tourism', 'place', 'leisure', 'office', 'historic', 'healthcare', 'craft', 'emergency', 'aeroway', 'man_made'];
const STOPS: Readonly<Record<string, ReadonlySet<string>>> = {
  highway: new Set(['bus_stop', 'elevator', 'rest_area', 'services']),
  railway: new Set(['station', 'halt', 'tram_stop', 'subway_entrance']),
  public_transport: new Set(['station', 'platform']),
};

/** Why a node with tags is not handed on. */
export function pointNotDrawn(tags: Tags): string | undefined {
  if (tags.natural === 'tree' || PLACE_KEYS.some((key) => said(tags, key))) return undefined;
  if (Object.entries(STOPS).some(([key, values]) => values.has(said(tags, key)))) return undefined;
  if (said(tags, 'highway') || said(tags, 'railway') || said(tags, 'public_transport') || said(tags, 'traffic_calming') || said(tags, 'crossing')) return 'a node of a road or railway (crossing, signal)';
  if (said(tags, 'entrance') || said(tags, 'door') || said(tags, 'building') === 'entrance') return 'a point of an entrance, no outline';
  if (said(tags, 'barrier')) return 'a gate or bollard';
  if (said(tags, 'power')) return 'a pole or tower of a power line';
  if (Object.keys(tags).some((key) => key.startsWith('addr:'))) return said(tags, 'name') ? undefined : 'a point of an address, no outline';
  return said(tags, 'name') ? undefined : 'a point that says nothing';
}

/** Tags that say where data come from, not what a thing is. @source iD and JOSM, discarded and uninteresting keys */
const ABOUT = /^(source|created_by|note|fixme|FIXME|todo|attribution|odbl|comment|import|converted_by)(:|$)|^(tiger|geobase|KSJ2|yh|LINZ|osak|gnis|NHD|at_bev|import|ref:bygningsnr):/u;

export function hasMeaning(tags: Tags): boolean {
  return Object.keys(tags).some((key) => !ABOUT.test(key) && key !== 'type' && key !== 'area');
}
