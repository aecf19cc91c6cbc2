import { TwinError } from '../../../engine/errors.ts';

/**
 * States of a signal group as a feed tells them, and as colours. The numbers are those of MovementPhaseState.
 * @source SAE J2735-2016, DE_MovementPhaseState
 */
export const SIGNAL_STATES = ['unavailable', 'dark', 'stop-then-proceed', 'stop-and-remain', 'pre-movement', 'permissive-movement', 'protected-movement', 'permissive-clearance', 'protected-clearance', 'caution-conflicting'] as const;

export type Light = 'red' | 'red-amber' | 'green' | 'amber' | 'flashing' | 'dark';

const LIGHT_OF: readonly Light[] = ['dark', 'dark', 'red', 'red', 'red-amber', 'green', 'green', 'amber', 'amber', 'flashing'];

/** What a state's number shows; null for a number that is none. */
export function lightOf(state: number): Light | null {
  return LIGHT_OF[state] ?? null;
}

export const MOVEMENTS = ['left', 'through', 'right', 'u-turn', 'pedestrian'] as const;
export type Movement = (typeof MOVEMENTS)[number];

/** Degrees. */
export type LonLat = readonly [lon: number, lat: number];

/** Vehicles that go one way through a junction and are shown one signal. Its readings have the id `junction/group`. */
export interface SignalGroup {
  readonly id: string;
  readonly movement: Movement;
  /** Degrees clockwise from north that the vehicles come along. */
  readonly heading: number;
  /** The bar at which they stop: from the left to the right of it. */
  readonly stop: readonly [LonLat, LonLat];
  /** The ways through the junction, from the stop line on. */
  readonly paths: readonly (readonly LonLat[])[];
  /** pcu/h; null where nobody says. A feed's `flow` comes before it. */
  readonly flow: number | null;
  readonly saturation: number;
  /** Seconds after the plan's offset at which the green begins, and how long it is; null where the junction has no fixed plan. */
  readonly green: readonly [start: number, length: number] | null;
}

export interface Junction {
  readonly id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  /** Cycle, offset (of unix time modulo the cycle) and lost time in s; null where it is driven by traffic. */
  readonly plan: { readonly cycle: number; readonly offset: number; readonly lost: number } | null;
  readonly groups: readonly SignalGroup[];
}

/** Junctions along a road. `group` is the one that a vehicle meets on the way, `back` the one on the way back. */
export interface CorridorEntry {
  readonly id: string;
  readonly name: string;
  /** Metres a second that the wave is made for. */
  readonly speed: number;
  readonly signals: readonly { readonly junction: string; readonly group: string; readonly back: string; readonly position: number }[];
}

export interface JunctionFile {
  readonly junctions: readonly Junction[];
  readonly corridors: readonly CorridorEntry[];
  readonly synthetic: boolean;
  /** What was left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** pcu/h of one lane where a file does not say. @source HCM 2010, base saturation flow 1,900 × usual adjustments */
export const SATURATION = 1800;
const MOST = { junctions: 20_000, groups: 64, path: 64 } as const;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isLonLat = (value: unknown): value is LonLat => Array.isArray(value) && isNumber(value[0]) && isNumber(value[1]) && Math.abs(value[0]) <= 180 && Math.abs(value[1]) <= 90;
const wordOf = (value: unknown): string => (typeof value === 'string' ? value : isNumber(value) ? String(value) : '');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Reads a junctions file; what cannot be used is left out and counted. The form is told in docs/junctions-and-transit.md. @throws TwinError `bad-input` for what is no such file */
export function readJunctions(value: unknown, where: string): JunctionFile {
  if (!isFields(value) || !Array.isArray(value.junctions)) throw new TwinError('bad-input', `${where} is no file of junctions: it has no list “junctions”. Its form is told in docs/junctions-and-transit.md.`, { where });
  const skipped: Record<string, number> = {};
  const skip = (why: string): null => {
    skipped[why] = (skipped[why] ?? 0) + 1;
    return null;
  };
  const seen = new Set<string>();
  const junctions = value.junctions.slice(0, MOST.junctions).map((entry): Junction | null => {
    if (!isFields(entry) || wordOf(entry.id) === '' || !isLonLat([entry.lon, entry.lat])) return skip('junction without id or place');
    const id = wordOf(entry.id);
    if (seen.has(id)) return skip('junction said twice');
    seen.add(id);
    const groups = listOf(entry.groups).slice(0, MOST.groups).map((group) => readGroup(group) ?? skip('signal group without id or stop line')).filter((group) => group !== null);
    return { id, name: wordOf(entry.name) || id, lon: entry.lon as number, lat: entry.lat as number, plan: readPlan(entry.plan), groups };
  }).filter((junction) => junction !== null);
  if (value.junctions.length > MOST.junctions) skipped[`junction after the ${MOST.junctions}th`] = value.junctions.length - MOST.junctions;
  const byId = new Map(junctions.map((junction) => [junction.id, junction]));
  const corridors = listOf(value.corridors).map((entry) => readCorridor(entry, byId) ?? skip('corridor with an unknown junction or group, or without two signals')).filter((corridor) => corridor !== null);
  return { junctions, corridors, synthetic: value.synthetic === true, skipped };
}

function readGroup(value: unknown): SignalGroup | null {
  if (!isFields(value) || wordOf(value.id) === '') return null;
  const [left, right] = listOf(value.stop);
  if (!isLonLat(left) || !isLonLat(right)) return null;
  const movement = MOVEMENTS.find((each) => each === value.movement) ?? 'through';
  const green = listOf(value.green);
  return {
    id: wordOf(value.id), movement, heading: isNumber(value.heading) ? value.heading : 0, stop: [left, right],
    paths: listOf(value.paths).map((path) => listOf(path).filter(isLonLat).slice(0, MOST.path)).filter((path) => path.length > 1),
    flow: isNumber(value.flow) && value.flow >= 0 ? value.flow : null, saturation: isNumber(value.saturation) && value.saturation > 0 ? value.saturation : SATURATION,
    green: isNumber(green[0]) && isNumber(green[1]) && green[1] >= 0 ? [green[0], green[1]] : null,
  };
}

function readPlan(value: unknown): Junction['plan'] {
  if (!isFields(value) || !isNumber(value.cycle) || !(value.cycle > 0)) return null;
  return { cycle: value.cycle, offset: isNumber(value.offset) ? value.offset : 0, lost: isNumber(value.lost) && value.lost >= 0 ? value.lost : 0 };
}

function readCorridor(value: unknown, junctions: ReadonlyMap<string, Junction>): CorridorEntry | null {
  if (!isFields(value) || !isNumber(value.speed) || !(value.speed > 0)) return null;
  const signals = listOf(value.signals).map((each) => {
    if (!isFields(each) || !isNumber(each.position)) return null;
    const junction = junctions.get(wordOf(each.junction));
    const group = wordOf(each.group);
    const back = wordOf(each.back) || group;
    return junction && [group, back].every((id) => junction.groups.some((one) => one.id === id)) ? { junction: junction.id, group, back, position: each.position } : null;
  });
  if (signals.length < 2 || signals.some((signal) => signal === null)) return null;
  const id = wordOf(value.id) || wordOf(value.name);
  return { id, name: wordOf(value.name) || id, speed: value.speed, signals: signals.filter((signal) => signal !== null).toSorted((a, b) => a.position - b.position) };
}
