import type { Text } from '#engine';

/** How a kind of place looks and how much it matters. */
export interface PlaceLook {
  readonly title: Text;
  /** Symbol, or null for names without one (districts, streets). */
  readonly symbol: string | null;
  readonly colour: string;
  /** Strength of its name against others, 0 … 9. */
  readonly rank: number;
  /** Metres from the eye beyond which its name is not shown. */
  readonly farthest: number;
  /** Type size in CSS pixels. */
  readonly size: number;
  /** One of very many (hydrants, signals): its symbol is shown from nearby only. */
  readonly minor: boolean;
}

const name = (zh: string, en: string, rank: number, farthest: number, size: number): PlaceLook => ({ title: { zh, en }, symbol: null, colour: '#44525c', rank, farthest, size, minor: false });
const spot = (zh: string, en: string, symbol: string, colour: string, rank: number, farthest = 4000): PlaceLook => ({ title: { zh, en }, symbol, colour, rank, farthest, size: 12, minor: false });
const small = (zh: string, en: string, symbol: string, colour: string): PlaceLook => ({ title: { zh, en }, symbol, colour, rank: 1, farthest: 320, size: 11, minor: true });

/** Symbols tell kinds apart by shape as well as by colour; colours are quiet: the city is not the message. */
const looks: Readonly<Record<string, PlaceLook>> = {
  city: name('城市', 'City', 9, 200_000, 18),
  town: name('城镇', 'Town', 8, 80_000, 16),
  district: name('区', 'District', 8, 40_000, 16),
  suburb: name('片区', 'Quarter', 7, 20_000, 15),
  neighbourhood: name('社区', 'Neighbourhood', 5, 8000, 13),
  village: name('村', 'Village', 6, 12_000, 13),
  river: name('水系', 'Water', 6, 15_000, 14),
  street: name('道路', 'Street', 4, 3000, 12),
  bridge: spot('桥梁', 'Bridge', 'square', '#5f6d78', 5, 8000),
  station: spot('车站', 'Station', 'train', '#2f5f8f', 6, 12_000),
  stadium: spot('体育场馆', 'Stadium', 'square', '#5b6fa8', 6, 9000),
  government: spot('政府机构', 'Government', 'government', '#8a3b3b', 6, 9000),
  hospital: spot('医院', 'Hospital', 'hospital', '#b04a5a', 6, 9000),
  school: spot('学校', 'School', 'school', '#4a6a9a', 5, 6000),
  university: spot('高等院校', 'University', 'school', '#4a6a9a', 6, 9000),
  park: spot('公园', 'Park', 'park', '#4f8a5b', 5, 8000),
  square: spot('广场', 'Square', 'square', '#8a7d62', 5, 6000),
  peak: spot('山峰', 'Peak', 'triangle', '#7a6a52', 6, 15_000),
  shop: spot('商业', 'Shop', 'dot', '#9a7440', 3, 2500),
  food: spot('餐饮', 'Food', 'dot', '#9a7440', 2, 1800),
  hotel: spot('酒店', 'Hotel', 'dot', '#7c5c8a', 3, 2500),
  landmark: spot('地标', 'Landmark', 'diamond', '#7a5c8a', 6, 12_000),
  fire: spot('消防站', 'Fire station', 'fire', '#b0453a', 5, 6000),
  police: spot('派出所', 'Police', 'police', '#3f5f9a', 5, 6000),
  stop: { ...spot('公交站', 'Stop', 'bus', '#4d7186', 2, 900), minor: true },
  signal: small('信号路口', 'Signals', 'signals', '#5f6d78'),
  camera: small('监控', 'Camera', 'camera', '#5f6d78'),
  hydrant: small('消火栓', 'Hydrant', 'hydrant', '#9a5548'),
  clinic: spot('社区卫生服务', 'Clinic', 'clinic', '#b04a5a', 4, 3000),
  /** Where stations speak, the sensor layer shows them; here they are one of many. */
  sensor: small('监测站', 'Sensor', 'diamond', '#3f7f86'),
  /** A thing without a name, of a kind that has no symbol of its own: benches, flagpoles. */
  thing: small('地物', 'Object', 'dot', '#7d878e'),
  place: spot('地点', 'Place', 'dot', '#6a7680', 2, 2500),
};

/** Words of OpenStreetMap and of our own data for each kind. @source OSM wiki, Key:place, Key:amenity */
const words: Readonly<Record<string, string>> = {
  city: 'city', town: 'town', district: 'district county', suburb: 'suburb quarter borough', neighbourhood: 'neighbourhood residential', village: 'village hamlet locality', river: 'river water lake bay',
  street: 'street road', bridge: 'bridge', station: 'station subway_entrance train_station bus_station railway_station ferry_terminal aerodrome', stadium: 'stadium sports_centre pitch',
  government: 'government townhall courthouse public_building civic', hospital: 'hospital', clinic: 'clinic doctors pharmacy', school: 'school kindergarten', university: 'university college',
  park: 'park garden playground nature_reserve hill-park lake-park', square: 'square plaza', peak: 'peak hill mountain', shop: 'shop mall supermarket marketplace convenience retail department_store bank',
  food: 'food restaurant cafe fast_food bar pub', hotel: 'hotel hostel guest_house', landmark: 'landmark attraction monument memorial artwork viewpoint museum', fire: 'fire_station', police: 'police', signal: 'signal traffic_signals', camera: 'camera surveillance', hydrant: 'hydrant fire_hydrant', sensor: 'sensor monitoring_station air_station water_station noise_station',
  stop: 'stop bus_stop tram_stop platform stop_position',
};

const byWord: ReadonlyMap<string, string> = new Map(Object.entries(words).flatMap(([kind, list]) => list.split(' ').map((word) => [word, kind] as const)));

/** The kind a data word stands for: 'place' for words we do not know. */
export function kindOf(word: string): string {
  const plain = word.replaceAll('-', '_');
  return byWord.get(plain) ?? byWord.get(word) ?? 'place';
}

/** What a place is shown as: one of no known kind and without a name is one of very many. */
export function shownAs(word: string, name: string): string {
  const kind = kindOf(word);
  return kind === 'place' && name === '' ? 'thing' : kind;
}

export function lookOf(kind: string): PlaceLook {
  return looks[kind] ?? looks.place;
}
