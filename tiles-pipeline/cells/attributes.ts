import type { AttributeValue } from './record.ts';

/** Different texts of an attribute that are followed: with more it is free text. */
const MOST_WORDS = 64;
/** Attributes that get a column of their own; the rest of a feature's goes into one column as JSON. */
export const MOST_COLUMNS = 64;

/** What has been seen of one attribute. */
export interface AttributeTally {
  readonly name: string;
  booleans: number;
  numbers: number;
  texts: number;
  /** Every number is whole. */
  whole: boolean;
  /** Every number survives float32. */
  single: boolean;
  min: number;
  max: number;
  /** Different texts, in the order met; null where there are too many. */
  words: string[] | null;
}

/** A column of the property tables, of features.json and of the catalogue. */
export interface AttributeColumn {
  /** As the source has it. */
  readonly name: string;
  /** The same as an identifier, unique among the columns. @source 3D Metadata Specification 1.0, Schemas: property ids */
  readonly key: string;
  readonly type: 'boolean' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64' | 'enum' | 'text';
  readonly min?: number;
  readonly max?: number;
  /** Words of an enum in order; a value is its index. */
  readonly words?: readonly string[];
}

/** The attributes of one reader's features by number, and what they are like. */
export class Attributes {
  readonly #numbers = new Map<string, number>();
  readonly #words: (Set<string> | null)[] = [];
  readonly tallies: AttributeTally[] = [];

  /** The number of a name. */
  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.tallies.length;
    this.#numbers.set(name, number);
    this.tallies.push({ name, booleans: 0, numbers: 0, texts: 0, whole: true, single: true, min: Infinity, max: -Infinity, words: [] });
    this.#words.push(new Set());
    return number;
  }

  take(number: number, value: AttributeValue): void {
    const tally = this.tallies[number];
    if (typeof value === 'boolean') tally.booleans++;
    else if (typeof value === 'number') {
      tally.numbers++;
      if (value < tally.min) tally.min = value;
      if (value > tally.max) tally.max = value;
      if (tally.whole && !Number.isInteger(value)) tally.whole = false;
      if (tally.single && Math.fround(value) !== value) tally.single = false;
    } else {
      tally.texts++;
      const words = this.#words[number];
      if (words === null || words.has(value)) return;
      if (words.size < MOST_WORDS) {
        words.add(value);
        tally.words!.push(value);
      } else {
        this.#words[number] = null;
        tally.words = null;
      }
    }
  }
}

/** What several readers saw, as one. */
export function mergeTallies(lists: readonly (readonly AttributeTally[])[]): AttributeTally[] {
  const merged = new Map<string, AttributeTally>();
  for (const tally of lists.flat()) {
    const there = merged.get(tally.name);
    if (!there) {
      merged.set(tally.name, { ...tally, words: tally.words && [...tally.words] });
      continue;
    }
    there.booleans += tally.booleans;
    there.numbers += tally.numbers;
    there.texts += tally.texts;
    there.whole &&= tally.whole;
    there.single &&= tally.single;
    there.min = Math.min(there.min, tally.min);
    there.max = Math.max(there.max, tally.max);
    const words = there.words && tally.words ? [...new Set([...there.words, ...tally.words])] : null;
    there.words = words && words.length <= MOST_WORDS ? words : null;
  }
  return [...merged.values()];
}

const fixed = ['feature', 'id', 'height', 'base', 'storeys', 'use', 'name', 'address', 'lon', 'lat', 'more'];

/** Columns for what was seen, by name, whatever order it was seen in; the commonest {@link MOST_COLUMNS} of them. */
export function columnsOf(tallies: readonly AttributeTally[]): AttributeColumn[] {
  const seen = (tally: AttributeTally): number => tally.booleans + tally.numbers + tally.texts;
  const before = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const chosen = tallies.toSorted((a, b) => seen(b) - seen(a) || before(a.name, b.name)).slice(0, MOST_COLUMNS);
  const used = new Set(fixed);
  return chosen.toSorted((a, b) => before(a.name, b.name)).map((tally) => ({ name: fixed.includes(tally.name) ? `${tally.name}_` : tally.name, key: keyOf(tally.name, used), ...typeOf(tally) }));
}

function keyOf(name: string, used: Set<string>): string {
  const plain = name.normalize('NFKD').replace(/[^A-Za-z0-9_]+/gu, '_').replace(/^(?=\d)/u, '_');
  const stem = /[A-Za-z0-9]/u.test(plain) ? plain : 'attribute';
  let key = stem;
  for (let n = 2; used.has(key); n++) key = `${stem}_${n}`;
  used.add(key);
  return key;
}

function typeOf({ booleans, numbers, texts, whole, single, min, max, words }: AttributeTally): Pick<AttributeColumn, 'type' | 'min' | 'max' | 'words'> {
  if (texts === 0 && numbers === 0) return { type: 'boolean' };
  if (texts === 0 && booleans === 0) return { type: whole ? integerFor(min, max) : single ? 'float32' : 'float64', min, max };
  // Words that come again and again: fewer than half as many as there are texts.
  if (numbers === 0 && booleans === 0 && words && words.length * 2 <= texts + 1) return { type: 'enum', words: words.toSorted() };
  return { type: 'text' };
}

/** The narrowest type that holds the range and one value more, which stands for none. */
function integerFor(min: number, max: number): AttributeColumn['type'] {
  if (min >= 0 && max < 255) return 'uint8';
  if (min > -128 && max <= 127) return 'int8';
  if (min >= 0 && max < 65_535) return 'uint16';
  if (min > -32_768 && max <= 32_767) return 'int16';
  if (min >= 0 && max < 4_294_967_295) return 'uint32';
  return min > -2_147_483_648 && max <= 2_147_483_647 ? 'int32' : 'float64';
}

/** The value of a column that stands for none; undefined for texts, whose none is ''. */
export function noDataOf({ type }: AttributeColumn): number | undefined {
  const none: Partial<Record<AttributeColumn['type'], number>> = { boolean: 255, enum: 255, uint8: 255, int8: -128, uint16: 65_535, int16: -32_768, uint32: 4_294_967_295, int32: -2_147_483_648, float32: -3.4028234663852886e38, float64: -Number.MAX_VALUE };
  return none[type];
}
