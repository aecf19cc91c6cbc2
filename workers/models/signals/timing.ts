import levels from './service-levels.json' with { type: 'json' };

/** What the critical movements of a junction ask for. Flows and saturation flows in pcu/h, one entry a stage; lost time in s a cycle. */
export interface TimingDemand {
  readonly flows: readonly number[];
  readonly saturations: readonly number[];
  readonly lost: number;
}

export interface Timing {
  /** Flow ratio of each stage, and their sum. */
  readonly ratios: readonly number[];
  readonly sum: number;
  /** Seconds; null where the sum is 1 or more: no cycle serves such a demand. */
  readonly cycle: number | null;
  /** Effective green of each stage in s; empty without a cycle. */
  readonly greens: readonly number[];
}

/** Cycle of least delay and its greens. @source Webster 1958, C0 = (1.5 L + 5) / (1 − Y), g = (C0 − L) y / Y */
export function webster({ flows, saturations, lost }: TimingDemand): Timing {
  const ratios = flows.map((flow, i) => flow / saturations[i]);
  const sum = ratios.reduce((total, ratio) => total + ratio, 0);
  if (!(sum < 1) || !(sum > 0)) return { ratios, sum, cycle: null, greens: [] };
  const cycle = (1.5 * lost + 5) / (1 - sum);
  return { ratios, sum, cycle, greens: ratios.map((ratio) => ((cycle - lost) * ratio) / sum) };
}

/** The limits within which a cycle is practical, s. */
export const CYCLE_LIMITS = [30, 180] as const;

/** One movement under a plan: cycle and effective green in s, flow and saturation flow in pcu/h. */
export interface MovementPlan {
  readonly cycle: number;
  readonly green: number;
  readonly flow: number;
  readonly saturation: number;
}

/** Mean delay of a movement, s a vehicle: uniform, random and correcting term. Infinite where the flow is over the capacity. @source Webster 1958 */
export function websterDelay({ cycle, green, flow, saturation }: MovementPlan): { readonly x: number; readonly d1: number; readonly d2: number; readonly d3: number; readonly delay: number } {
  const share = green / cycle;
  const x = flow / (share * saturation);
  const q = flow / 3600;
  const d1 = (cycle * (1 - share) ** 2) / (2 * (1 - share * x));
  if (!(x < 1)) return { x, d1, d2: Infinity, d3: 0, delay: Infinity };
  if (q === 0) return { x, d1, d2: 0, d3: 0, delay: d1 };
  const d2 = x ** 2 / (2 * q * (1 - x));
  const d3 = 0.65 * (cycle / q ** 2) ** (1 / 3) * x ** (2 + 5 * share);
  return { x, d1, d2, d3, delay: d1 + d2 - d3 };
}

export type ServiceLevel = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';

/** Level of service by control delay (s); a saturation over 1 is F whatever the delay. @source HCM 2010, exhibit 18-4 */
export function serviceLevel(delay: number, x: number): ServiceLevel {
  if (x > 1) return 'F';
  const at = levels.hcm.delay.findIndex((limit) => delay <= limit);
  return levels.hcm.names[at < 0 ? levels.hcm.names.length - 1 : at] as ServiceLevel;
}

/** '#rrggbb' of a level of service. */
export function serviceColour(level: ServiceLevel): string {
  return levels.colours[levels.hcm.names.indexOf(level)];
}

/**
 * Control delay of a movement, s a vehicle: uniform and incremental, without an initial queue and with random arrivals (PF 1).
 * @source HCM 2000, eq. 16-9 to 16-12 @param period analysed, hours (a quarter) @param k 0.5 for fixed times @param I upstream filtering, 1 for a lone junction
 */
export function hcmDelay({ cycle, green, flow, saturation }: MovementPlan, period = 0.25, k = 0.5, I = 1): { readonly capacity: number; readonly x: number; readonly d1: number; readonly d2: number; readonly delay: number; readonly level: ServiceLevel } {
  const share = green / cycle;
  const capacity = share * saturation;
  const x = flow / capacity;
  const d1 = (0.5 * cycle * (1 - share) ** 2) / (1 - Math.min(1, x) * share);
  const d2 = 900 * period * (x - 1 + Math.sqrt((x - 1) ** 2 + (8 * k * I * x) / (capacity * period)));
  const delay = d1 + d2;
  return { capacity, x, d1, d2, delay, level: serviceLevel(delay, x) };
}

/** Metres of road that a standing passenger car takes. */
export const CAR_SPACE = 7;

/**
 * The deterministic queue (D/D/1) of a movement: vehicles when the green begins, seconds of green until it is gone, and where it reaches back to at most.
 * Where arrivals are no fewer than what the saturation flow takes away, it never clears: Infinity.
 */
export function deterministicQueue({ cycle, green, flow, saturation }: MovementPlan): { readonly red: number; readonly atGreen: number; readonly clears: number; readonly farthest: number; readonly metres: number } {
  const red = cycle - green;
  const q = flow / 3600;
  const s = saturation / 3600;
  const atGreen = q * red;
  if (q >= s) return { red, atGreen, clears: Infinity, farthest: Infinity, metres: Infinity };
  const farthest = (q * s * red) / (s - q);
  return { red, atGreen, clears: atGreen / (s - q), farthest, metres: farthest * CAR_SPACE };
}
