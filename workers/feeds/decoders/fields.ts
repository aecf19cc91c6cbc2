/** Longest id, in UTF-16 units. */
const LONGEST_ID = 256;

/** What is wrong with a field: a code and a sentence; or null and the field is in `out`. */
export interface FieldFault {
  readonly code: string;
  readonly message: string;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id as text. Numbers become their decimal text; lone surrogates, empty and overlong texts are refused. */
export function idOf(value: unknown): string | FieldFault {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value === undefined || value === null) return { code: 'missing-field', message: 'A reading has no id.' };
  if (typeof value !== 'string') return { code: 'wrong-type', message: `A reading's id is ${nameOf(value)} instead of text.` };
  if (value.length === 0 || value.length > LONGEST_ID) return { code: 'bad-id', message: `A reading's id has ${value.length} characters; 1 to ${LONGEST_ID} are allowed.` };
  if (/\p{Surrogate}/u.test(value)) return { code: 'bad-id', message: "A reading's id is not well-formed Unicode." };
  return value;
}

/** A finite number. Absent and null: NaN where it may be, else a fault. */
export function numberOf(value: unknown, name: string, needed: boolean): number | FieldFault {
  if (value === undefined || value === null) return needed ? { code: 'missing-field', message: `A reading has no ${name}.` } : NaN;
  if (typeof value !== 'number') return { code: 'wrong-type', message: `A reading's ${name} is ${nameOf(value)} instead of a number.` };
  if (!Number.isFinite(value)) return { code: 'wrong-type', message: `A reading's ${name} is not finite.` };
  return value;
}

/** Thresholds from which a number of the unix epoch must be milli-, micro- or nanoseconds: as seconds all lie after the year 5100. */
const UNITS: readonly (readonly [from: number, perSecond: number])[] = [[1e17, 1e9], [1e14, 1e6], [1e11, 1e3]];

/**
 * Unix seconds from seconds, milli-, micro- or nanoseconds (told by their size), or from ISO 8601 with a zone; absent: the time of receipt.
 * A leap second (23:59:60) is the second after 23:59:59, as unix time has it.
 */
export function timeOf(value: unknown, at: number): number | FieldFault {
  if (value === undefined || value === null) return at;
  if (typeof value === 'number' && Number.isFinite(value)) {
    const size = Math.abs(value);
    return size < 1e11 ? value : value / (UNITS.find(([from]) => size >= from)?.[1] ?? 1);
  }
  if (typeof value !== 'string') return { code: 'wrong-type', message: `A reading's time is ${nameOf(value)} instead of seconds or ISO 8601.` };
  if (!/(?:Z|[+-]\d{2}:?\d{2})$/iu.test(value)) return { code: 'time-without-zone', message: `A reading's time ${JSON.stringify(value.slice(0, 40))} names no zone.` };
  const leap = /:\d{2}:60(?=[.,Z+-])/iu.test(value);
  const milliseconds = Date.parse(leap ? value.replace(/:60(?=[.,Z+-])/iu, ':59') : value);
  if (Number.isNaN(milliseconds)) return { code: 'bad-time', message: `A reading's time ${JSON.stringify(value.slice(0, 40))} is not ISO 8601.` };
  return milliseconds / 1000 + (leap ? 1 : 0);
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(String(value).slice(0, 40))}`;
}
