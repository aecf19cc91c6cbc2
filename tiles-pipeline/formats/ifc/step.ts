import { decodeText } from './step-text.ts';

/** A value of a STEP file: `{ ref }` is `#12`, `{ word }` is `.ELEMENT.`, `{ type, value }` is `IFCLABEL('…')`, null is `$` or `*`. */
export type StepValue = number | string | null | StepRef | StepWord | StepTyped | readonly StepValue[];
export interface StepRef {
  readonly ref: number;
}
export interface StepWord {
  readonly word: string;
}
export interface StepTyped {
  readonly type: string;
  readonly value: StepValue;
}

export function isRef(value: StepValue | undefined): value is StepRef {
  return typeof value === 'object' && value !== null && 'ref' in value;
}

/** The ids a value refers to: of one reference or of a list of them. */
export function refsOf(value: StepValue | undefined): number[] {
  if (isRef(value)) return [value.ref];
  return Array.isArray(value) ? (value as readonly StepValue[]).filter(isRef).map((each) => each.ref) : [];
}

export function textOf(value: StepValue | undefined): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'object' && value !== null && 'value' in value ? textOf(value.value) : '';
}

export function numberOf(value: StepValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'object' && value !== null && 'value' in value ? numberOf(value.value) : undefined;
}

/** The instances of a STEP physical file by id and by type; arguments are parsed when they are asked for. */
export class StepFile {
  readonly schema: string;
  readonly #text: string;
  /** [instances] where their arguments begin, and which of the types they are, in the order of the file. */
  #starts = new Uint32Array(1 << 12);
  #kinds = new Uint16Array(1 << 12);
  #count = 0;
  /** Ids are nearly dense: [id] instance + 1. Those far beyond are in a map. */
  #dense = new Uint32Array(1 << 12);
  readonly #sparse = new Map<number, number>();
  readonly #names: string[] = [];
  readonly #kindOf = new Map<string, number>();
  /** The same by the names as they are written, whatever their case. */
  readonly #known = new Map<string, number>();
  readonly #ids: number[][] = [];

  constructor(text: string) {
    this.#text = text.includes('/*') ? withoutComments(text) : text;
    this.schema = /FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'/u.exec(this.#text.slice(0, 20_000))?.[1].toUpperCase() ?? '';
    this.#index();
  }

  get size(): number {
    return this.#count;
  }

  types(): readonly string[] {
    return this.#names;
  }

  /** Ids of all instances of the types named, in the order of the file. */
  of(...types: readonly string[]): readonly number[] {
    const own = (type: string): readonly number[] => this.#ids[this.#kindOf.get(type) ?? -1] ?? [];
    return types.length === 1 ? own(types[0]) : types.flatMap(own);
  }

  /** '' where there is no such instance. */
  type(id: number): string {
    const at = this.#place(id);
    return at < 0 ? '' : this.#names[this.#kinds[at]];
  }

  /** The arguments of an instance; empty where there is none of that id. */
  args(id: number): readonly StepValue[] {
    const at = this.#place(id);
    return at < 0 ? [] : new Reader(this.#text, this.#starts[at]).list();
  }

  #place(id: number): number {
    // An id that was far beyond when it came may be within the table by now.
    return (this.#dense[id] || (this.#sparse.get(id) ?? 0)) - 1;
  }

  /** One pass over the instances: `#id=TYPE(…);` Semicolons within quotes end nothing. */
  #index(): void {
    const text = this.#text;
    let quote = -2;
    let at = text.indexOf('#', Math.max(0, text.indexOf('DATA;')));
    while (at >= 0) {
      const start = this.#head(at);
      if (start < 0) {
        at = text.indexOf('#', at + 1);
        continue;
      }
      let from = start + 1;
      let end = text.indexOf(';', from);
      if (quote !== -1 && quote < from) quote = text.indexOf("'", from);
      while (quote !== -1 && end !== -1 && quote < end) {
        from = text.indexOf("'", quote + 1) + 1;
        if (from === 0) return;
        end = end < from ? text.indexOf(';', from) : end;
        quote = text.indexOf("'", from);
      }
      if (end < 0) return;
      at = text.indexOf('#', end);
    }
  }

  /** Takes `#12 = IFCWALL (` at `at`. @returns where its arguments begin; −1 where it is none */
  #head(at: number): number {
    const text = this.#text;
    let i = at + 1;
    let id = 0;
    for (let c = text.charCodeAt(i); c >= 48 && c <= 57; c = text.charCodeAt(++i)) id = id * 10 + c - 48;
    if (i === at + 1) return -1;
    while (text.charCodeAt(i) <= 32) i++;
    if (text.charCodeAt(i) !== 61) return -1;
    i++;
    while (text.charCodeAt(i) <= 32) i++;
    const name = i;
    while (isWordLetter(text.charCodeAt(i))) i++;
    const end = i;
    while (text.charCodeAt(i) <= 32) i++;
    if (end === name || text.charCodeAt(i) !== 40) return -1;
    this.#add(id, text.slice(name, end), i);
    return i;
  }

  #add(id: number, type: string, at: number): void {
    let kind = this.#known.get(type);
    if (kind === undefined) {
      const upper = type.toUpperCase();
      kind = this.#kindOf.get(upper);
      if (kind === undefined) {
        // A file of more words than there are types is none; what is beyond has no type.
        if (this.#names.length === 65_535) return;
        kind = this.#names.push(upper) - 1;
        this.#kindOf.set(upper, kind);
        this.#ids.push([]);
      }
      this.#known.set(type, kind);
    }
    if (this.#count === this.#starts.length) {
      this.#starts = grown(this.#starts, this.#count * 2);
      const kinds = new Uint16Array(this.#count * 2);
      kinds.set(this.#kinds);
      this.#kinds = kinds;
    }
    this.#starts[this.#count] = at;
    this.#kinds[this.#count] = kind;
    this.#count++;
    if (id >= this.#dense.length && id < this.#count * 8 + 65_536) this.#dense = grown(this.#dense, id * 2);
    if (id < this.#dense.length) this.#dense[id] = this.#count;
    else this.#sparse.set(id, this.#count);
    this.#ids[kind].push(id);
  }
}

function grown(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(length);
  out.set(from);
  return out;
}

function isWordLetter(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 95;
}

function withoutComments(text: string): string {
  return text.replace(/'(?:[^']|'')*'|\/\*[\s\S]*?\*\//gu, (part) => (part.startsWith("'") ? part : ' '));
}

const DEEPEST = 64;

/** Reads one list of arguments; what is broken reads as null, never throws. */
class Reader {
  constructor(
    private readonly text: string,
    private at: number,
  ) {}

  list(depth = 0): StepValue[] {
    const values: StepValue[] = [];
    this.at++;
    for (;;) {
      this.#space();
      const c = this.text.charCodeAt(this.at);
      if (Number.isNaN(c) || c === 59 || depth > DEEPEST) return values;
      if (c === 41) {
        this.at++;
        return values;
      }
      if (c === 44) this.at++;
      else values.push(this.#value(c, depth));
    }
  }

  #space(): void {
    while (this.text.charCodeAt(this.at) <= 32) this.at++;
  }

  #value(c: number, depth: number): StepValue {
    if (c === 39) return this.#string();
    if (c === 40) return this.list(depth + 1);
    if (c === 35) return this.#reference();
    if (c === 36 || c === 42) {
      this.at++;
      return null;
    }
    if (c === 46) return { word: this.#run(/\.([A-Za-z0-9_]*)\.?/uy, 1).toUpperCase() };
    if (c === 34) return this.#run(/"([^"]*)"?/uy, 1);
    if ((c >= 48 && c <= 57) || c === 43 || c === 45) return this.#number();
    const start = this.at;
    while (isWordLetter(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === start) {
      this.at++;
      return null;
    }
    const type = this.text.slice(start, this.at).toUpperCase();
    this.#space();
    if (this.text.charCodeAt(this.at) !== 40) return { word: type };
    const inner = this.list(depth + 1);
    return { type, value: inner.length === 1 ? inner[0] : inner };
  }

  /** `#12`; a `#` with no number behind it is a reference to nothing. */
  #reference(): StepRef {
    let ref = 0;
    for (let c = this.text.charCodeAt(++this.at); c >= 48 && c <= 57; c = this.text.charCodeAt(++this.at)) ref = ref * 10 + c - 48;
    return { ref };
  }

  #number(): number {
    const start = this.at;
    for (let c = this.text.charCodeAt(this.at); (c >= 48 && c <= 57) || c === 46 || c === 43 || c === 45 || c === 69 || c === 101; c = this.text.charCodeAt(++this.at));
    return Number(this.text.slice(start, this.at));
  }

  #run(pattern: RegExp, group: number): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) {
      this.at++;
      return '';
    }
    this.at = pattern.lastIndex;
    return found[group];
  }

  #string(): string {
    const start = ++this.at;
    let end = this.text.indexOf("'", start);
    while (end >= 0 && this.text.charCodeAt(end + 1) === 39) end = this.text.indexOf("'", end + 2);
    if (end < 0) end = this.text.length;
    this.at = end + 1;
    return decodeText(this.text.slice(start, end));
  }
}
