import { placer, type Anchor } from '#geo';
import { TwinError } from '../../../engine/errors.ts';
import type { DeviationRule } from './deviation.ts';
import type { TimeWindow } from './fence.ts';
import type { Fence, FleetRules } from './fleet-watch.ts';

type Degrees = readonly [lon: number, lat: number];

/** An area of a rules document: outline and holes in degrees, with the hours in which it counts. */
export interface FenceDocument {
  readonly id: string;
  readonly name: string;
  readonly rings: readonly (readonly Degrees[])[];
  readonly windows?: readonly TimeWindow[];
}

/** A fleet's rules as plain data, as they stand in a scene document: places in degrees, lengths in metres, times in seconds. */
export interface FleetRulesDocument {
  readonly forbidden?: readonly FenceDocument[];
  readonly sites?: readonly FenceDocument[];
  readonly routes?: readonly (readonly Degrees[])[];
  readonly deviation?: Partial<DeviationRule>;
  readonly stay?: { readonly radius?: number; readonly least?: number };
  readonly speed?: { readonly limit?: number; readonly least?: number };
  readonly utcOffset?: number;
}

const isDegrees = (place: unknown): boolean => Array.isArray(place) && place.length >= 2 && Math.abs(place[0] as number) <= 180 && Math.abs(place[1] as number) <= 90;
const CLOCK = /^([01]?\d|2[0-3]):[0-5]\d$/u;

/** Rules in metres of an anchor. @throws TwinError `bad-input` that names the rule and what is wrong with it */
export function fleetRules(document: FleetRulesDocument, anchor: Anchor): FleetRules {
  const ground = placer({ ...anchor, height: 0 });
  const metres = ([lon, lat]: Degrees): [number, number] => { const [x, y] = ground.place(lon, lat, 0, new Float64Array(3)); return [x, y]; };
  const refuse = (where: string, what: string): never => { throw new TwinError('bad-input', `The fleet's rules, ${where}: ${what}.`, { where }); };
  const fence = (list: string) => (given: FenceDocument, i: number): Fence => {
    const where = `${list}[${i}]${given?.name ? ` “${given.name}”` : ''}`;
    if (!Array.isArray(given?.rings) || given.rings.length === 0 || given.rings.some((ring) => !Array.isArray(ring) || ring.length < 3 || !ring.every(isDegrees))) refuse(where, 'rings must be lists of at least three [lon, lat] in degrees');
    for (const { from, to, days } of given.windows ?? []) {
      if (!CLOCK.test(from) || !(CLOCK.test(to) || to === '24:00')) refuse(where, `“${from}” to “${to}” are no times of day; write 07:00 and 09:30`);
      if (days?.some((day) => !(day >= 1 && day <= 7))) refuse(where, 'days are 1 (Monday) to 7 (Sunday)');
    }
    return { id: given.id || `${list}-${i + 1}`, name: given.name ?? '', rings: given.rings.map((ring) => ring.map(metres)), windows: given.windows };
  };
  (document.routes ?? []).forEach((route, i) => { if (!Array.isArray(route) || route.length < 2 || !route.every(isDegrees)) refuse(`routes[${i}]`, 'a route is a list of at least two [lon, lat] in degrees'); });
  const { deviation, stay, speed, utcOffset } = document;
  for (const [name, value] of Object.entries({ ...deviation, ...stay, ...speed })) if (!(typeof value === 'number' && value >= 0)) refuse(name, 'it must be a number from 0 on');
  return {
    forbidden: (document.forbidden ?? []).map(fence('forbidden')), sites: (document.sites ?? []).map(fence('sites')), routes: (document.routes ?? []).map((route) => route.map(metres)),
    ...(deviation ? { deviation } : {}), ...(stay ? { stay } : {}), ...(speed ? { speed } : {}), ...(utcOffset === undefined ? {} : { utcOffset }),
  };
}
