type Typed = Float64Array | Uint32Array | Uint16Array | Uint8Array | Float32Array;

/** A typed array that grows by doubling; `done()` gives the filled part. */
export class Grow<T extends Typed> {
  #array: T;
  length = 0;

  constructor(private readonly make: (length: number) => T) {
    this.#array = make(1024);
  }

  push(value: number): void {
    if (this.length === this.#array.length) this.#reserve(this.length + 1);
    this.#array[this.length++] = value;
  }

  append(values: ArrayLike<number>): void {
    if (this.length + values.length > this.#array.length) this.#reserve(this.length + values.length);
    this.#array.set(values, this.length);
    this.length += values.length;
  }

  at(index: number): number {
    return this.#array[index];
  }

  #reserve(least: number): void {
    const larger = this.make(Math.max(least, this.#array.length * 2));
    larger.set(this.#array);
    this.#array = larger;
  }

  done(): T {
    return this.#array.slice(0, this.length) as T;
  }
}

export const float64 = (): Grow<Float64Array> => new Grow((n) => new Float64Array(n));
export const float32 = (): Grow<Float32Array> => new Grow((n) => new Float32Array(n));
export const uint32 = (): Grow<Uint32Array> => new Grow((n) => new Uint32Array(n));
export const uint16 = (): Grow<Uint16Array> => new Grow((n) => new Uint16Array(n));
export const uint8 = (): Grow<Uint8Array> => new Grow((n) => new Uint8Array(n));
