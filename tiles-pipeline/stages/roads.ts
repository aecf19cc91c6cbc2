import { nameOf, number, word, type Properties } from './classify.ts';
import { roadDefaults, type RoadClass } from './words.ts';

/** One line of the road graph as the companion holds it. Lanes count both directions together; speed is free flow in km/h. */
export interface Road {
  readonly id: string;
  readonly class: RoadClass;
  readonly lanes: number;
  readonly oneway: boolean;
  readonly speed: number;
  readonly name: string;
  readonly bridge: boolean;
  readonly tunnel: boolean;
  /** Lon, lat in turn, in the direction of travel. */
  readonly line: Float64Array;
}

/** A line as lon, lat in turn without repeated corners, or why it is none. */
export function cleanLine(positions: unknown): Float64Array | { readonly reason: string } {
  if (!Array.isArray(positions)) return { reason: 'coordinates are missing or no numbers' };
  const flat: number[] = [];
  for (const position of positions) {
    const lon = Array.isArray(position) ? position[0] : undefined;
    const lat = Array.isArray(position) ? position[1] : undefined;
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return { reason: 'coordinates are missing or no numbers' };
    if (Math.abs(lon) > 180 || Math.abs(lat) > 90) return { reason: 'coordinates are outside the degrees of the earth' };
    const n = flat.length;
    if (n === 0 || Math.abs(flat[n - 2] - lon) > 1e-9 || Math.abs(flat[n - 1] - lat) > 1e-9) flat.push(lon, lat);
  }
  return flat.length < 4 ? { reason: 'a line without length' } : Float64Array.from(flat);
}

export function roadOf(positions: unknown, roadClass: RoadClass, properties: Properties, id: () => string): Road | { readonly reason: string } {
  const line = cleanLine(positions);
  if ('reason' in line) return line;
  const defaults = roadDefaults[roadClass];
  const highway = word(properties, 'highway') || word(properties, 'kind_detail');
  const said = word(properties, 'oneway');
  const implied = said === '' && properties.oneway !== 'no' && properties.oneway !== false && (highway === 'motorway' || highway === 'motorway_link' || word(properties, 'junction') === 'roundabout');
  const oneway = ['yes', 'true', '1', '-1', 'reverse'].includes(said) || implied;
  const link = highway.endsWith('_link');
  const lanes = number(properties, 'lanes');
  return {
    id: id(),
    class: roadClass,
    lanes: lanes >= 1 && lanes <= 30 ? Math.round(lanes) : link ? (oneway ? 1 : 2) : oneway ? defaults.onewayLanes : defaults.lanes,
    oneway,
    speed: speedOf(properties, link ? Math.min(40, defaults.speed) : defaults.speed),
    name: nameOf(properties),
    bridge: truth(properties, 'bridge') || truth(properties, 'is_bridge'),
    tunnel: truth(properties, 'tunnel') || truth(properties, 'is_tunnel'),
    line: said === '-1' || said === 'reverse' ? backwards(line) : line,
  };
}

function truth(properties: Properties, key: string): boolean {
  const value = word(properties, key);
  return value !== '' && value !== 'false' && value !== '0';
}

function speedOf(properties: Properties, otherwise: number): number {
  for (const key of ['speed', 'maxspeed', 'speed_limit']) {
    const value = number(properties, key);
    if (value > 0 && value <= 400) return /mph/.test(word(properties, key)) ? value * 1.609344 : value;
  }
  return otherwise;
}

function backwards(line: Float64Array): Float64Array {
  const out = new Float64Array(line.length);
  for (let i = 0; i < line.length; i += 2) {
    out[i] = line[line.length - 2 - i];
    out[i + 1] = line[line.length - 1 - i];
  }
  return out;
}
