import type { StationPlace } from './station-places.ts';

/** One message of a station, as it goes over the wire. Unix seconds; CO in mg/m³, other air in µg/m³, water in mg/L, noise in dB(A); null: no value now. */
export interface StationReading {
  readonly id: string;
  readonly t: number;
  readonly values: Readonly<Record<string, number | null>>;
  readonly quality: 'simulated' | 'replayed';
}

const HOUR = 3600;
const ZONES = ['0', '1', '2', '3', '4a', '4b'];
/** Zones by what a station's name says, where its place says none. @source GB 3096-2008, 4 */
const NAMED: readonly (readonly [RegExp, string])[] = [[/疗养/u, '0'], [/居住|文教|学/u, '1'], [/商业/u, '2'], [/工业/u, '3'], [/铁路/u, '4b'], [/大道|快速路|路/u, '4a']];
/** Levels by day of the zones, dB(A), a little under their limits. */
const QUIET = [46, 51, 56, 61, 67, 65];

/** A number 0 … 1 for three others, the same every time. */
function hash(a: number, b: number, c: number): number {
  let mixed = (Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35) ^ Math.imul(c ^ 0x165667b1, 0x27d4eb2f)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

function textHash(text: string): number {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  return sum >>> 0;
}

/** A smooth wave 0 … 1 that never repeats: values drawn every `span` seconds, eased in between. */
function wave(seed: number, which: number, time: number, span: number): number {
  const at = time / span;
  const k = Math.floor(at);
  const f = at - k;
  const ease = f * f * (3 - 2 * f);
  return hash(seed, which, k) * (1 - ease) + hash(seed, which, k + 1) * ease;
}

/** What the air of a place differs by, −1 … 1: drifts over the city, and is much the same over a kilometre. */
function near(at: readonly [number, number] | undefined, which: number, time: number): number {
  if (!at) return 0;
  const [x, y, drift] = [at[0] * 95, at[1] * 111, time / (5 * HOUR)];
  return 0.5 * (Math.sin(x * 1.1 + which + drift) * Math.cos(y * 0.9 - drift * 0.7) + Math.sin(x * 0.5 - y * 0.7 + 2 * which - drift * 0.4));
}

/** A bump around an hour of the day. */
function bump(hour: number, middle: number, width: number): number {
  const away = Math.min(Math.abs(hour - middle), 24 - Math.abs(hour - middle));
  return Math.exp(-((away / width) ** 2));
}

const round = (value: number, digits: number): number => Number(Math.max(0, value).toFixed(digits));

/**
 * The weather, rivers and streets of a city made up: what its stations measure at any moment, the same for the same seed. Nothing of it was ever measured.
 * Air are running means of an hour with the days' course (traffic, sun, still nights), water drifts over days, noise follows the day. At times a station is silent for
 * some tens of minutes, and every instrument of air is calibrated for a while each night (null), as in life.
 */
export class MadeUpCity {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What a station says at a moment (unix seconds); null while it is silent. */
  reading(station: StationPlace, time: number): StationReading | null {
    const own = textHash(station.id);
    if (this.#silent(own, time)) return null;
    const values = station.kind === 'air' ? this.#air(station, own, time) : station.kind === 'water' ? this.#water(station, own, time) : this.#noise(station, own, time);
    return { id: station.id, t: time, values, quality: 'simulated' };
  }

  /** Once in nine hours or so, for 10 to 40 minutes. */
  #silent(own: number, time: number): boolean {
    const shifted = time + hash(this.#seed, own, 1) * 9 * HOUR;
    const window = Math.floor(shifted / (9 * HOUR));
    const start = hash(this.#seed, own, 1000 + window) * 8 * HOUR;
    const length = (10 + 30 * hash(this.#seed, own, 2000 + window)) * 60;
    const within = shifted - window * 9 * HOUR;
    return within >= start && within < start + length;
  }

  #air({ name, at }: StationPlace, own: number, time: number): Record<string, number | null> {
    const hour = (time / HOUR + 8) % 24;
    // Still air builds up and is swept out over days; the same over the whole city.
    const still = 0.65 * wave(this.#seed, 7, time, 26 * HOUR) + 0.35 * wave(this.#seed, 8, time, 7 * HOUR);
    const place = 0.9 + 0.2 * hash(this.#seed, own, 3) + (/工业/u.test(name) ? 0.3 : 0) - (/湿地|郊野|公园/u.test(name) ? 0.2 : 0);
    const here = (which: number): number => 0.35 * (wave(this.#seed, own + which, time, 1.5 * HOUR) - 0.5) + near(at, which, time);
    const rush = bump(hour, 8, 1.6) + bump(hour, 18.5, 2);
    const sun = bump(hour, 14.5, 3.6);
    const pm25 = (9 + 120 * still ** 2.2 + 9 * rush) * place * (1 + 0.35 * here(1));
    const values: Record<string, number | null> = {
      pm25: round(pm25, 0),
      pm10: round(pm25 * 1.3 + 16 * place + 20 * Math.max(0, here(2)), 0),
      o3: round((24 + 150 * sun * (1 - 0.35 * still) * (0.7 + 0.6 * wave(this.#seed, 9, time, 30 * HOUR))) * (1.15 - 0.2 * place), 0),
      no2: round((14 + 34 * rush + 26 * still) * place * (1 + 0.3 * here(4)), 0),
      so2: round((4 + 7 * still) * (/工业/u.test(name) ? 2.6 : 1) * (1 + 0.3 * here(5)), 0),
      co: round((0.35 + 0.85 * still + 0.3 * rush) * place, 1),
    };
    const items = Object.keys(values);
    // Warmer among buildings, cooler by water and in the open.
    values.temperature = round(11 + 9 * wave(this.#seed, 21, time, 60 * HOUR) + 5 * sun + 1.2 * (place - 1) + 1.6 * here(6), 1);
    const calibrated = items[Math.floor(hash(this.#seed, own, Math.floor((time + 8 * HOUR) / 86_400)) * items.length)];
    if (hour >= 3 && hour < 4) values[calibrated] = null;
    return values;
  }

  #water({ water, name }: StationPlace, own: number, time: number): Record<string, number | null> {
    const lake = /湖|百荷/u.test(`${water ?? ''}${name}`);
    const drift = (which: number, span: number): number => wave(this.#seed, own + which, time, span * HOUR);
    const load = 0.35 * hash(this.#seed, own, 3) + 0.65 * wave(this.#seed, 17, time, 60 * HOUR) * drift(1, 20);
    const hour = (time / HOUR + 8) % 24;
    return {
      pH: round(7.3 + 0.8 * drift(2, 18), 2),
      DO: round(8.6 - 4.6 * load + 0.7 * bump(hour, 15, 4), 2),
      CODMn: round(1.7 + 5.4 * load, 1),
      NH3N: round(0.08 + 1.5 * load ** 2, 2),
      TP: round(lake ? 0.015 + 0.09 * load : 0.03 + 0.24 * load, 3),
      waterTemperature: round(14 + 5 * wave(this.#seed, 18, time, 90 * HOUR) + bump(hour, 16, 5), 1),
      ...(lake ? { lake: 1 } : { waterLevel: round(6.2 + 1.6 * wave(this.#seed, 19, time, 40 * HOUR), 2) }),
    };
  }

  #noise({ zone, name }: StationPlace, own: number, time: number): Record<string, number | null> {
    const hour = (time / HOUR + 8) % 24;
    const index = Math.max(0, ZONES.indexOf(zone ?? NAMED.find(([word]) => word.test(name))?.[1] ?? '2'));
    const day = 0.5 + 0.5 * Math.tanh((bump(hour, 13.5, 7.2) - 0.42) * 6);
    const laeq = QUIET[index] - 12 * (1 - day) + 2.6 * (bump(hour, 8, 1.4) + bump(hour, 18, 1.6)) + 7 * (wave(this.#seed, own, time, 0.35 * HOUR) - 0.5) + 3 * (hash(this.#seed, own, 5) - 0.4);
    return { laeq: round(laeq, 1), lmax: round(laeq + 7 + 9 * wave(this.#seed, own + 1, time, 300), 1), zone: index };
  }
}
