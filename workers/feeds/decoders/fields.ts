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

/** Unix seconds from seconds, milliseconds (from 1e11 on) or ISO 8601 with a zone; absent: the time of receipt. */
export function timeOf(value: unknown, at: number): number | FieldFault {
  if (value === undefined || value === null) return at;
  if (typeof value === 'number' && Number.isFinite(value)) return Math.abs(value) >= 1e11 ? value / 1000 : value;
  if (typeof value !== 'string') return { code: 'wrong-type', message: `A reading's time is ${nameOf(value)} instead of seconds or ISO 8601.` };
  if (!/(?:Z|[+-]\d{2}:?\d{2})$/iu.test(value)) return { code: 'time-without-zone', message: `A reading's time ${JSON.stringify(value.slice(0, 40))} names no zone.` };
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? { code: 'bad-time', message: `A reading's time ${JSON.stringify(value.slice(0, 40))} is not ISO 8601.` } : milliseconds / 1000;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(String(value).slice(0, 40))}`;
}
