import { TwinError } from '../../../engine/errors.ts';

/** A car park or a station of shared bikes: places that vehicles take and leave. */
export interface Stand {
  readonly id: string;
  readonly name: string;
  readonly kind: 'parking' | 'bikes';
  readonly lon: number;
  readonly lat: number;
  /** Spaces, or docks; null where nobody says. */
  readonly capacity: number | null;
  /** Single bays, whose readings have the id `stand/bay`. */
  readonly bays: readonly Bay[];
  /** Users who share it, with their demand an hour of the day. */
  readonly users: readonly { readonly name: string; readonly demand: readonly number[] }[];
}

export interface Bay {
  readonly id: string;
  readonly lon: number;
  readonly lat: number;
  /** Degrees clockwise from north that a parked car looks along; metres. */
  readonly heading: number;
  readonly length: number;
  readonly width: number;
}

export interface StandFile {
  readonly stands: readonly Stand[];
  readonly synthetic: boolean;
  readonly skipped: Readonly<Record<string, number>>;
}

const MOST = { stands: 50_000, bays: 2000 } as const;
const BAY = { length: 5.3, width: 2.5 } as const;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const word = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A name as GBFS gives it: text, or since 3.0 texts by language. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const texts = list(value).filter(isFields);
  return word((texts.find(({ language }) => word(language).startsWith('zh')) ?? texts[0])?.text);
}

function onEarth(lon: unknown, lat: unknown): boolean {
  const [x, y] = [number(lon), number(lat)];
  return x !== null && y !== null && Math.abs(x) <= 180 && Math.abs(y) <= 90 && !(x === 0 && y === 0);
}

function readBay(value: unknown): Bay | null {
  if (!isFields(value) || word(value.id) === '' || !onEarth(value.lon, value.lat)) return null;
  return { id: word(value.id), lon: value.lon as number, lat: value.lat as number, heading: number(value.heading) ?? 0, length: number(value.length) ?? BAY.length, width: number(value.width) ?? BAY.width };
}

/**
 * Reads stands from a file of ours (`{ stands: [...] }`, told in docs/junctions-and-transit.md) or from a GBFS station_information.json. What cannot be used is left out and counted.
 * @source GBFS 2.3 and 3.0, station_information.json @throws TwinError `bad-input` for what is neither
 */
export function readStands(value: unknown, where: string): StandFile {
  const gbfs = isFields(value) && isFields(value.data) ? value.data.stations : undefined;
  const own = isFields(value) ? value.stands : undefined;
  const entries = gbfs ?? own;
  if (!Array.isArray(entries)) throw new TwinError('bad-input', `${where} is neither a file of stands (a list “stands”) nor a GBFS station_information.json (data.stations).`, { where });
  const skipped: Record<string, number> = {};
  const skip = (why: string): null => {
    skipped[why] = (skipped[why] ?? 0) + 1;
    return null;
  };
  const seen = new Set<string>();
  const stands = entries.slice(0, MOST.stands).map((entry: unknown): Stand | null => {
    if (!isFields(entry)) return skip('stand that is no object');
    const id = word(gbfs ? entry.station_id : entry.id);
    if (id === '' || !onEarth(entry.lon, entry.lat)) return skip('stand without id or place');
    if (seen.has(id)) return skip('stand said twice');
    seen.add(id);
    const bays = list(entry.bays).slice(0, MOST.bays).map((bay) => readBay(bay) ?? skip('bay without id or place')).filter((bay) => bay !== null);
    const users = list(entry.users).filter(isFields).map((user) => ({ name: word(user.name), demand: list(user.demand).map((each) => number(each) ?? 0).slice(0, 24) })).filter(({ demand }) => demand.length === 24);
    const capacity = number(entry.capacity);
    return { id, name: nameOf(entry.name) || id, kind: gbfs || entry.kind === 'bikes' ? 'bikes' : 'parking', lon: entry.lon as number, lat: entry.lat as number, capacity: capacity !== null && capacity > 0 ? capacity : bays.length > 0 ? bays.length : null, bays, users };
  }).filter((stand) => stand !== null);
  if (entries.length > MOST.stands) skipped[`stand after the ${MOST.stands}th`] = entries.length - MOST.stands;
  return { stands, synthetic: isFields(value) && value.synthetic === true, skipped };
}
