import type { Series } from '../../../engine/ports.ts';

/** From when to when a vehicle stood, any unit of time; half-open. */
export type Stay = readonly [from: number, to: number];

/** How a car park was used in a window; times in the unit of the stays. */
export interface ParkingFigures {
  /** Vehicles that came in the window. */
  readonly entries: number;
  /** Vehicles present at any time in the window, a space. */
  readonly turnover: number;
  /** Occupied space-time over spaces × window. */
  readonly meanUtilisation: number;
  readonly peakOccupancy: number;
  readonly peakUtilisation: number;
  /** Whole stays of those that came in the window; NaN where none did. */
  readonly meanStay: number;
  readonly freeAtEnd: number;
}

/** @source the project's definitions, domain notes “Parking”; intervals half-open, so that a space left and taken at the same moment is one space */
export function parkingFigures(stays: readonly Stay[], capacity: number, [start, end]: Stay): ParkingFigures {
  const present = stays.filter(([from, to]) => from < end && to > start && to > from);
  const came = present.filter(([from]) => from >= start);
  const occupied = present.reduce((sum, [from, to]) => sum + Math.min(to, end) - Math.max(from, start), 0);
  // Leaving comes before entering at the same moment.
  const changes = present.flatMap(([from, to]) => [[Math.max(from, start), 1], [Math.min(to, end), -1]] as const).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [now, peak] = [0, 0];
  for (const [, by] of changes) peak = Math.max(peak, (now += by));
  const atEnd = present.filter(([, to]) => to >= end).length;
  return {
    entries: came.length, turnover: present.length / capacity, meanUtilisation: occupied / (capacity * (end - start)), peakOccupancy: peak, peakUtilisation: peak / capacity,
    meanStay: came.length > 0 ? came.reduce((sum, [from, to]) => sum + to - from, 0) / came.length : Number.NaN, freeAtEnd: capacity - atEnd,
  };
}

/** The stays at one bay from what its sensor said: occupied where the value is a half or more. A gap (NaN) ends a stay: nobody knows what was then. The last stay goes on to `now`. */
export function staysOf({ times, values }: Series, now: number): Stay[] {
  const stays: Stay[] = [];
  let since = Number.NaN;
  for (let i = 0; i < times.length; i++) {
    const taken = values[i] >= 0.5;
    // Taken when it is first heard of: it came before, and is no entry of what is known.
    if (taken && Number.isNaN(since)) since = i === 0 ? times[i] - 1 : times[i];
    if (!taken && !Number.isNaN(since)) {
      stays.push([since, times[i]]);
      since = Number.NaN;
    }
  }
  if (!Number.isNaN(since) && now > since) stays.push([since, now]);
  return stays;
}

/** Mean and highest of a count that was told now and then, each value holding until the next; NaN where nothing was told. */
export function heldMean({ times, values }: Series, now: number): { readonly mean: number; readonly peak: number } {
  let [sum, span, peak] = [0, 0, Number.NaN];
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const held = Math.max(0, (i + 1 < times.length ? times[i + 1] : now) - times[i]);
    sum += values[i] * held;
    span += held;
    peak = Number.isNaN(peak) ? values[i] : Math.max(peak, values[i]);
  }
  return { mean: span > 0 ? sum / span : peak, peak };
}

export interface SharedDemand {
  /** [24] vehicles an hour, of all users together. */
  readonly sum: readonly number[];
  readonly peak: number;
  /** Hours (0 … 23) of the peak. */
  readonly hours: readonly number[];
  /** Fewest free spaces in a day; negative where there are too few. */
  readonly free: number;
  /** Spaces that users with parks of their own would need beyond the shared peak. */
  readonly saved: number;
}

/** Shared (错时) parking: the users' hourly demands summed over a day. @param profiles [24] each */
export function sharedDemand(profiles: readonly (readonly number[])[], capacity: number): SharedDemand {
  const sum = Array.from({ length: 24 }, (_, hour) => profiles.reduce((total, profile) => total + (profile[hour] ?? 0), 0));
  const peak = Math.max(...sum);
  return { sum, peak, hours: sum.flatMap((value, hour) => (value === peak ? [hour] : [])), free: capacity - peak, saved: profiles.reduce((total, profile) => total + Math.max(0, ...profile), 0) - peak };
}
