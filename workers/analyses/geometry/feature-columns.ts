/** Features as columns: geometry flat in typed arrays, properties by name. Never an object a feature. */
export interface FeatureColumns {
  readonly count: number;
  /** [2m] lon, lat in degrees. Rings of polygons are closed: the first vertex is repeated. */
  readonly xy: Float64Array;
  /** [r + 1] first vertex of each ring, line or point. */
  readonly rings: Uint32Array;
  /** [p + 1] first ring of each part: a polygon with its holes, or a line. */
  readonly parts: Uint32Array;
  /** [n + 1] first part of each feature. */
  readonly starts: Uint32Array;
  /** [n] of a column of text; '' where there is none. */
  text(name: string): readonly string[];
  /** [n] of a column of numbers (booleans as 0 and 1); NaN where there is none. */
  numbers(name: string): Float64Array;
}

class Growing<Kind extends Float64Array | Uint32Array> {
  #array: Kind;
  length = 0;

  constructor(array: Kind) {
    this.#array = array;
  }

  push(value: number): void {
    if (this.length === this.#array.length) {
      const larger = new (this.#array.constructor as new (length: number) => Kind)(this.#array.length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.length++] = value;
  }

  done(): Kind {
    return this.#array.slice(0, this.length) as Kind;
  }
}

/** Collects features one after another. */
export class ColumnsBuilder {
  readonly #xy = new Growing(new Float64Array(4096));
  readonly #rings = new Growing(new Uint32Array(512));
  readonly #parts = new Growing(new Uint32Array(256));
  readonly #starts = new Growing(new Uint32Array(256));
  readonly #texts = new Map<string, string[]>();
  readonly #numbers = new Map<string, Growing<Float64Array>>();
  #count = 0;

  vertex(lon: number, lat: number): void {
    this.#xy.push(lon);
    this.#xy.push(lat);
  }

  beginFeature(): void {
    this.#starts.push(this.#parts.length);
    this.#count++;
  }

  beginPart(): void {
    this.#parts.push(this.#rings.length);
  }

  beginRing(): void {
    this.#rings.push(this.#xy.length / 2);
  }

  text(name: string, value: string): void {
    const column = this.#texts.get(name) ?? [];
    this.#texts.set(name, column);
    while (column.length < this.#count - 1) column.push('');
    column.push(value);
  }

  number(name: string, value: number): void {
    const column = this.#numbers.get(name) ?? new Growing(new Float64Array(256));
    this.#numbers.set(name, column);
    while (column.length < this.#count - 1) column.push(NaN);
    column.push(value);
  }

  done(): FeatureColumns {
    const count = this.#count;
    this.#starts.push(this.#parts.length);
    this.#parts.push(this.#rings.length);
    this.#rings.push(this.#xy.length / 2);
    for (const column of this.#texts.values()) while (column.length < count) column.push('');
    const numbers = new Map<string, Float64Array>();
    for (const [name, column] of this.#numbers) {
      while (column.length < count) column.push(NaN);
      numbers.set(name, column.done());
    }
    return {
      count, xy: this.#xy.done(), rings: this.#rings.done(), parts: this.#parts.done(), starts: this.#starts.done(),
      text: (name) => this.#texts.get(name) ?? Array.from({ length: count }, (_, i) => { const value = numbers.get(name)?.[i]; return value === undefined || Number.isNaN(value) ? '' : String(value); }),
      numbers: (name) => numbers.get(name) ?? new Float64Array(count).fill(NaN),
    };
  }
}
