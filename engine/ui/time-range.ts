/** The spans that a track may show, in seconds; `day` is a whole calendar day. */
export const SPANS = { quarter: 900, hour: 3600, sixHours: 21_600, last24: 86_400 } as const;
export type RangeName = keyof typeof SPANS | 'day';

/** Unix seconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * What a track shows: the last minutes or hours up to the machine's clock; where the moment shown is older than that, as much around it. A chosen day is that day.
 * @param day 'YYYY-MM-DD' on this machine's calendar, for `day`
 */
export function rangeOf(name: RangeName, machine: number, moment: number, day: string | null = null): Range {
  if (name === 'day') {
    const midnight = day === null ? new Date(moment * 1000) : new Date(`${day}T00:00:00`);
    midnight.setHours(0, 0, 0, 0);
    const next = new Date(midnight);
    next.setDate(next.getDate() + 1);
    return { from: midnight.getTime() / 1000, to: next.getTime() / 1000 };
  }
  const span = SPANS[name];
  if (moment >= machine - span) return { from: machine - span, to: machine };
  // Steps of a quarter, so that the track stands still while time runs over it.
  const from = Math.floor((moment - span / 4) / (span / 4)) * (span / 4);
  return { from, to: from + span };
}

const TICKS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600] as const;

/** Moments to write the time at: round ones of the day here, at most `most`. */
export function ticksOf({ from, to }: Range, most: number): number[] {
  const step = TICKS.find((each) => (to - from) / each <= most) ?? 86_400;
  const zone = new Date(from * 1000).getTimezoneOffset() * 60;
  const first = Math.ceil((from - zone) / step) * step + zone;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, k) => first + k * step);
}

/** Seconds of one step on a track: about a pixel, in round numbers. */
export function stepOf({ from, to }: Range): number {
  return [1, 5, 10, 30, 60, 120, 300].find((step) => (to - from) / step <= 1500) ?? 600;
}

/** Empty parts that count as a gap: four times as many in a row as usual, and at least three. */
const LEAST = 3;
const UNUSUAL = 4;

/** Runs of parts without a reading between parts with some, [first, past the last]: what is usual between two messages is none. */
export function gapsOf(density: Uint32Array): [number, number][] {
  const filled = [...density.keys()].filter((k) => density[k] > 0);
  const runs = filled.slice(1).map((at, i): [number, number] => [filled[i] + 1, at]);
  const usual = runs.map(([from, to]) => to - from).toSorted((a, b) => a - b)[runs.length >> 1] ?? 0;
  return runs.filter(([from, to]) => to - from >= Math.max(LEAST, UNUSUAL * (usual + 1)));
}
