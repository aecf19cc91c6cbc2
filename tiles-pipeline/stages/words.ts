/** Uses a building may have; the index in this list is what tables store. */
export const USES = ['unknown', 'residential', 'commercial', 'office', 'industrial', 'public', 'school', 'hospital', 'old-town'] as const;
export type Use = (typeof USES)[number];

export const ROAD_CLASSES = ['motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'residential', 'service', 'path', 'rail'] as const;
export type RoadClass = (typeof ROAD_CLASSES)[number];

export const AREA_KINDS = ['water', 'green', 'forest', 'farmland', 'residential', 'commercial', 'industrial', 'public', 'square', 'land'] as const;
export type AreaKind = (typeof AREA_KINDS)[number];

/** What a road of a class has where the data do not say: lanes (both directions together, one-way in brackets) and free speed in km/h. */
export const roadDefaults: Readonly<Record<RoadClass, { lanes: number; onewayLanes: number; speed: number }>> = {
  motorway: { lanes: 6, onewayLanes: 3, speed: 100 },
  trunk: { lanes: 6, onewayLanes: 3, speed: 80 },
  primary: { lanes: 4, onewayLanes: 2, speed: 60 },
  secondary: { lanes: 4, onewayLanes: 2, speed: 50 },
  tertiary: { lanes: 2, onewayLanes: 2, speed: 40 },
  residential: { lanes: 2, onewayLanes: 1, speed: 30 },
  service: { lanes: 2, onewayLanes: 1, speed: 20 },
  path: { lanes: 1, onewayLanes: 1, speed: 5 },
  rail: { lanes: 1, onewayLanes: 1, speed: 80 },
};

type Words<T extends string> = Readonly<Record<string, T>>;

function words<T extends string>(table: Readonly<Partial<Record<T, string>>>): Words<T> {
  // Without a prototype: a tag may be called `constructor`.
  const out = Object.create(null) as Record<string, T>;
  for (const [meaning, list] of Object.entries(table) as [T, string][]) for (const word of list.split(' ')) out[word] = meaning;
  return out;
}

/** OSM `building`, OSM and Tilezen land use, and our own words → use. @source OSM wiki, Key:building; Tilezen vector-datasource, docs/layers.md */
export const useWords = words<Use>({
  residential: 'residential apartments house detached semidetached_house terrace dormitory bungalow villa hut cabin static_caravan farm',
  commercial: 'commercial retail supermarket kiosk mall shop hotel marketplace restaurant',
  office: 'office offices',
  industrial: 'industrial warehouse factory manufacture hangar storage_tank silo barn greenhouse works',
  public: 'public civic government church temple mosque cathedral chapel train_station transportation stadium museum library sports_hall grandstand place_of_worship attraction townhall theatre',
  school: 'school university college kindergarten',
  hospital: 'hospital clinic',
  'old-town': 'old-town old_town historic',
});

/** OSM `highway` and `railway`, Tilezen `kind_detail` and `kind` (the general ones last asked), our own `class` → class. @source OSM wiki, Key:highway */
export const roadWords = words<RoadClass>({
  motorway: 'motorway motorway_link highway expressway',
  trunk: 'trunk trunk_link',
  primary: 'primary primary_link major_road',
  secondary: 'secondary secondary_link',
  tertiary: 'tertiary tertiary_link',
  residential: 'residential unclassified living_street road minor_road',
  service: 'service busway',
  path: 'path footway pedestrian cycleway steps track bridleway corridor',
  rail: 'rail subway light_rail tram narrow_gauge monorail funicular',
});

/** OSM `natural`, `landuse`, `leisure`, `waterway`, Tilezen `kind`, our own `kind` → kind of area. */
export const areaWords = words<AreaKind>({
  water: 'water river riverbank lake ocean sea swimming_pool fountain canal dock basin reservoir pond bay stream wetland playa',
  green: 'green park grass garden recreation_ground meadow pitch playground golf_course village_green scrub nature_reserve protected_area national_park common zoo cemetery greenfield flowerbed sports_centre dog_park heath grassland',
  forest: 'forest wood natural_wood natural_forest tree_row',
  farmland: 'farmland farm farmyard orchard allotments vineyard plant_nursery',
  residential: 'residential',
  commercial: 'commercial retail',
  industrial: 'industrial railway quarry construction brownfield landfill port substation wastewater_plant',
  public: 'public school university college kindergarten hospital library military government place_of_worship stadium attraction museum religious civic institutional',
  square: 'square pedestrian plaza parking pier footway marketplace apron runway taxiway bridge breakwater groyne',
  land: 'land earth island islet beach sand bare_rock rock urban_area',
});

/** What a file is about by its name, asked only where the features do not say. */
export const fileWords: readonly (readonly ['building' | 'road' | 'area' | 'place', RegExp, AreaKind?])[] = [
  ['building', /build|footprint|建筑|房屋|楼/i],
  ['road', /road|street|highway|道路|路网|街/i],
  ['area', /(^|[^a-z])(water|rivers?|lakes?)([^a-z]|$)|水系|水体|河/i, 'water'],
  ['area', /(^|[^a-z])(greens?|parks?)([^a-z]|$)|绿地|公园/i, 'green'],
  ['area', /land.?use|用地/i, 'land'],
  ['place', /(^|[^a-z])(pois?|places?)([^a-z]|$)|地名|兴趣点/i],
];
