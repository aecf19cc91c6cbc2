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
  readonly #at = new Map<number, number>();
  readonly #types = new Map<string, number[]>();
  readonly #typeOf = new Map<number, string>();

  constructor(text: string) {
    this.#text = text.includes('/*') ? withoutComments(text) : text;
    this.schema = /FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'/u.exec(this.#text.slice(0, 20_000))?.[1].toUpperCase() ?? '';
    this.#index();
  }

  get size(): number {
    return this.#at.size;
  }

  types(): IterableIterator<string> {
    return this.#types.keys();
  }

  /** Ids of all instances of the types named, in the order of the file. */
  of(...types: readonly string[]): readonly number[] {
    return types.length === 1 ? (this.#types.get(types[0]) ?? []) : types.flatMap((type) => this.#types.get(type) ?? []);
  }

  /** '' where there is no such instance. */
  type(id: number): string {
    return this.#typeOf.get(id) ?? '';
  }

  /** The arguments of an instance; empty where there is none of that id. */
  args(id: number): readonly StepValue[] {
    const at = this.#at.get(id);
    return at === undefined ? [] : new Reader(this.#text, at).list();
  }

  /** One pass over the instances: `#id=TYPE(…);` Semicolons within quotes end nothing. */
  #index(): void {
    const text = this.#text;
    const head = /#(\d+)\s*=\s*([A-Za-z0-9_]+)\s*\(/uy;
    let quote = -2;
    let at = text.indexOf('#', Math.max(0, text.indexOf('DATA;')));
    while (at >= 0) {
      head.lastIndex = at;
      const found = head.exec(text);
      if (!found) {
        at = text.indexOf('#', at + 1);
        continue;
      }
      this.#add(Number(found[1]), found[2].toUpperCase(), head.lastIndex - 1);
      let from = head.lastIndex;
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

  #add(id: number, type: string, at: number): void {
    this.#at.set(id, at);
    this.#typeOf.set(id, type);
    const list = this.#types.get(type);
    if (list) list.push(id);
    else this.#types.set(type, [id]);
  }
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
    if (c === 35) return { ref: Number(this.#run(/#(\d+)/uy, 1)) };
    if (c === 36 || c === 42) {
      this.at++;
      return null;
    }
    if (c === 46) return { word: this.#run(/\.([A-Za-z0-9_]*)\.?/uy, 1).toUpperCase() };
    if (c === 34) return this.#run(/"([^"]*)"?/uy, 1);
    if ((c >= 48 && c <= 57) || c === 43 || c === 45) return Number(this.#run(/[-+0-9.eE]+/uy, 0));
    const type = this.#run(/[A-Za-z0-9_]+/uy, 0);
    if (type === '') {
      this.at++;
      return null;
    }
    this.#space();
    if (this.text.charCodeAt(this.at) !== 40) return { word: type.toUpperCase() };
    const inner = this.list(depth + 1);
    return { type: type.toUpperCase(), value: inner.length === 1 ? inner[0] : inner };
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
