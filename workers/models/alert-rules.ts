import type { Text } from '../../engine/drawing/rule.ts';
import { TwinError } from '../../engine/errors.ts';

export type AlertSeverity = 'info' | 'warning' | 'critical';

/** When an alarm is raised. */
export type AlertCondition =
  /** A limit passed, in n of the last m readings (`of`) or without a break for some seconds (`for`); cleared only beyond `clear`, so that a value on the edge raises once. */
  | { readonly is: 'above' | 'below'; readonly limit: number; readonly clear?: number; readonly of?: readonly [n: number, m: number]; readonly for?: number }
  /** A change of at least `by` within so many seconds; cleared when it is less than half of it. */
  | { readonly is: 'rising' | 'falling'; readonly by: number; readonly within: number }
  /** No reading for so many seconds; cleared by the next one. */
  | { readonly is: 'missing'; readonly for: number }
  /** A place inside or outside a ring of [lon, lat]. */
  | { readonly is: 'inside' | 'outside'; readonly ring: readonly (readonly [number, number])[] };

/** A rule as plain data, so that it stands in a document. */
export interface AlertRule {
  readonly id: string;
  readonly title: Text;
  readonly severity: AlertSeverity;
  /** Name of a value ('pm25', 'waterLevel'), or of the judged whole ('aqi'); unused by missing, inside, outside. */
  readonly item?: string;
  /** Only stations of this kind, or only these; all where both are absent. */
  readonly kind?: string;
  readonly stations?: readonly string[];
  readonly when: AlertCondition;
  /** A higher severity when nobody acknowledged it for so many seconds. */
  readonly escalate?: { readonly after: number; readonly to: AlertSeverity };
}

/** One reading as a rule sees it; places in degrees where the rule asks for them. */
export interface AlertReading {
  /** Unix seconds. */
  readonly time: number;
  /** NaN: the station says that it has none, which is no reading of it. */
  readonly value: number;
  readonly lon?: number;
  readonly lat?: number;
}

/** What a rule remembers of one station. Plain data: it travels to a worker and back. */
export interface AlertState {
  /** The last readings that still matter. */
  readonly recent: readonly AlertReading[];
  /** Since when the condition has held without a break; null while it does not. */
  readonly since: number | null;
  /** When the alarm was raised; null while there is none. */
  readonly raised: number | null;
  /** Unix seconds of the newest reading; null before the first. */
  readonly last: number | null;
}

export interface AlertEvent {
  readonly is: 'raised' | 'cleared';
  readonly time: number;
  /** NaN for missing data. */
  readonly value: number;
}

export interface AlertStep {
  readonly state: AlertState;
  readonly event: AlertEvent | null;
}

export const NO_ALERT: AlertState = { recent: [], since: null, raised: null, last: null };
const SEVERITIES: readonly AlertSeverity[] = ['info', 'warning', 'critical'];

/** Whether one reading meets the condition; `true` also says that it may raise, `false` that it may clear, null that it does neither (between limit and clear). */
function meets(when: AlertCondition, reading: AlertReading, recent: readonly AlertReading[]): boolean | null {
  const { value } = reading;
  switch (when.is) {
    case 'above': return value > when.limit ? true : value <= (when.clear ?? when.limit) ? false : null;
    case 'below': return value < when.limit ? true : value >= (when.clear ?? when.limit) ? false : null;
    case 'rising': case 'falling': {
      const sign = when.is === 'rising' ? 1 : -1;
      const change = Math.max(0, ...recent.map((each) => sign * (value - each.value)));
      return change >= when.by ? true : change < when.by / 2 ? false : null;
    }
    case 'inside': case 'outside': return within(when.ring, reading.lon ?? Number.NaN, reading.lat ?? Number.NaN) === (when.is === 'inside');
    case 'missing': return false;
  }
}

/** Even-odd; a place exactly on the ring may be either. */
function within(ring: readonly (readonly [number, number])[], lon: number, lat: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[x, y], [u, v]] = [ring[i], ring[j]];
    if (y > lat !== v > lat && lon < ((u - x) * (lat - y)) / (v - y) + x) inside = !inside;
  }
  return inside;
}

/** Readings that a rule has to remember beside the newest. */
function remembered(when: AlertCondition, recent: readonly AlertReading[], now: AlertReading): AlertReading[] {
  if (when.is === 'rising' || when.is === 'falling') return [...recent.filter(({ time }) => time >= now.time - when.within), now];
  if ((when.is === 'above' || when.is === 'below') && when.of) return [...recent, now].slice(-when.of[1]);
  return [];
}

/** The next state for a reading. One that is not newer than the last is passed over: it changes nothing that was said. */
export function stepReading({ when }: AlertRule, state: AlertState, reading: AlertReading): AlertStep {
  if (Number.isNaN(reading.value) || (state.last !== null && reading.time <= state.last)) return { state, event: null };
  const earlier = when.is === 'rising' || when.is === 'falling' ? state.recent.filter(({ time }) => time >= reading.time - when.within) : state.recent;
  const met = meets(when, reading, earlier);
  const recent = remembered(when, state.recent, reading);
  const since = met === true ? (state.since ?? reading.time) : met === false ? null : state.since;
  const next = { recent, since, raised: state.raised, last: reading.time };
  if (state.raised === null) return met === true && holds(when, next, reading.time) ? raise(next, reading.time, reading.value) : { state: next, event: null };
  if (met !== false) return { state: next, event: null };
  return { state: { ...next, raised: null, recent: [] }, event: { is: 'cleared', time: reading.time, value: reading.value } };
}

/**
 * The next state for a moment without a reading: what is missing is missed, once.
 * @param known unix seconds from which on readings would have been heard: silence before somebody listened is nobody's
 */
export function stepTime({ when }: AlertRule, state: AlertState, now: number, known = -Infinity): AlertStep {
  if (state.raised !== null || state.last === null) return { state, event: null };
  // Raised at the moment when it was due, not when somebody looked: a replay says the same.
  if (when.is !== 'missing') return { state, event: null };
  const due = Math.max(state.last, known) + when.for;
  return now >= due ? raise(state, due, Number.NaN) : { state, event: null };
}

function raise(state: AlertState, time: number, value: number): AlertStep {
  return { state: { ...state, raised: time }, event: { is: 'raised', time, value } };
}

function holds(when: AlertCondition, { recent, since }: AlertState, now: number): boolean {
  if (when.is !== 'above' && when.is !== 'below') return true;
  if (when.for !== undefined && now - (since ?? now) < when.for) return false;
  if (!when.of) return true;
  const passed = recent.filter(({ value }) => (when.is === 'above' ? value > when.limit : value < when.limit)).length;
  return passed >= when.of[0];
}

/** All that a rule says of a course of readings up to a moment: the same live, later, and from a recording. @param known see {@link stepTime} */
export function evaluateAlert(rule: AlertRule, readings: readonly AlertReading[], now: number, { from = NO_ALERT, known = -Infinity }: { readonly from?: AlertState; readonly known?: number } = {}): { state: AlertState; events: AlertEvent[] } {
  let state = from;
  const events: AlertEvent[] = [];
  const take = (step: AlertStep): void => {
    ({ state } = step);
    if (step.event) events.push(step.event);
  };
  for (const reading of readings) {
    if (reading.time > now) break;
    take(stepTime(rule, state, reading.time, known));
    take(stepReading(rule, state, reading));
  }
  take(stepTime(rule, state, now, known));
  return { state, events };
}

function conditionFault(when: Partial<Record<string, unknown>> | undefined): string | null {
  const number = (key: string): boolean => Number.isFinite(when?.[key]);
  switch (when?.is) {
    case 'above': case 'below': {
      if (!number('limit')) return 'needs a limit';
      const { limit, clear, of } = when as { limit: number; clear?: number; of?: readonly number[] };
      if (clear !== undefined && (!Number.isFinite(clear) || (when.is === 'above' ? clear > limit : clear < limit))) return `clears at ${clear}, which is beyond its limit ${limit}: it could never be cleared`;
      if (of && !(of[0] >= 1 && of[1] >= of[0] && of[1] <= 1000)) return 'needs [n, m] with 1 ≤ n ≤ m ≤ 1000';
      return when.for === undefined || (when.for as number) >= 0 ? null : 'needs seconds of 0 or more';
    }
    case 'rising': case 'falling': return number('by') && (when.by as number) > 0 && (when.within as number) > 0 ? null : 'needs a change `by` and seconds `within`, both greater than 0';
    case 'missing': return (when.for as number) > 0 ? null : 'needs seconds `for` greater than 0';
    case 'inside': case 'outside': return Array.isArray(when.ring) && when.ring.length >= 3 ? null : 'needs a ring of at least three [lon, lat]';
    default: return 'has a condition that is not known: above, below, rising, falling, missing, inside, outside';
  }
}

/** Rules from a document. @throws TwinError `bad-input` naming the rule and what is wrong */
export function readAlertRules(input: unknown): readonly AlertRule[] {
  if (input === undefined || input === null) return [];
  if (!Array.isArray(input)) throw new TwinError('bad-input', 'Alert rules are a list of { id, title, severity, when }.');
  const ids = new Set<string>();
  input.forEach((rule: Partial<AlertRule>, i) => {
    const name = typeof rule?.id === 'string' ? rule.id : `number ${i + 1}`;
    const fail = (what: string): never => { throw new TwinError('bad-input', `The alert rule ${name} ${what}.`, { where: name }); };
    if (typeof rule?.id !== 'string' || !/^[\w.-]{1,64}$/u.test(rule.id)) fail('needs an id of letters, digits, dots and dashes');
    if (ids.has(name)) fail('is there twice');
    ids.add(name);
    if (typeof rule.title?.zh !== 'string' || typeof rule.title.en !== 'string') fail('needs a title { zh, en }');
    if (!SEVERITIES.includes(rule.severity!)) fail(`needs a severity: ${SEVERITIES.join(', ')}`);
    const fault = conditionFault(rule.when as Partial<Record<string, unknown>> | undefined);
    if (fault) fail(fault);
    if (['above', 'below', 'rising', 'falling'].includes(rule.when!.is) && typeof rule.item !== 'string') fail('needs the item that it watches');
    if (rule.escalate && !(rule.escalate.after > 0 && SEVERITIES.includes(rule.escalate.to))) fail('escalates to nothing: { after: seconds, to: severity }');
  });
  return input as readonly AlertRule[];
}
