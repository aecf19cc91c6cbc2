const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RECORD_SEPARATOR = 0x1e;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where something stands in a file: line and byte in that line from 1, byte in the file from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** One stretch of JSON cut out of the stream: what a document says before its features, a member of `features`, or a whole top-level value. */
export interface Piece {
  readonly kind: 'head' | 'feature' | 'value';
  readonly bytes: Uint8Array;
  readonly at: Position;
}

/** The stream is no sequence of JSON values, or ends in the middle of one. */
export class ScanError extends Error {
  readonly at: Position;
  constructor(message: string, at: Position) {
    super(message);
    this.name = 'ScanError';
    this.at = at;
  }
}

type Mode = 'outside' | 'value' | 'features' | 'feature';

/**
 * Cuts a stream of bytes into the features of a GeoJSON document or sequence without parsing it: only strings, brackets and
 * newlines are followed, so a file may be larger than any string and a broken feature costs only itself.
 * A document comes out as its features, then (kind `value`) the document itself with `0` in place of each feature.
 * Go through {@link FeatureScanner.push} of each chunk to its end, then call {@link FeatureScanner.end}.
 */
export class FeatureScanner {
  #mode: Mode = 'outside';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #lineStart = 0;
  #consumed = 0;
  #feature: Uint8Array[] = [];
  #value: Uint8Array[] = [];
  #featureAt: Position = { line: 1, column: 1, offset: 0 };
  #valueAt: Position = { line: 1, column: 1, offset: 0 };
  /** The last string closed at depth 1, kept only to know the key `features`. */
  #key: number[] = [];
  #afterKey: 'none' | 'string' | 'colon' = 'none';
  #wantsComma = false;
  #hasFeatures = false;
  /** The top-level value is an array: its members are the features. */
  #bare = false;

  /** Position of the byte `index` of the chunk being read. */
  #position(index: number): Position {
    const offset = this.#consumed + index;
    return { line: this.#line, column: offset - this.#lineStart + 1, offset };
  }

  /** @throws {ScanError} at the first byte that cannot be there */
  *push(chunk: Uint8Array): Generator<Piece> {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === NEWLINE) {
        this.#line++;
        this.#lineStart = this.#consumed + i + 1;
      }
      if (this.#inString) {
        this.#followString(byte);
        continue;
      }
      if (this.#mode === 'feature') {
        if (this.#step(byte) && this.#depth === (this.#bare ? 1 : 2)) {
          this.#feature.push(chunk.slice(from, i + 1));
          const bytes = join(this.#feature);
          this.#feature = [];
          this.#mode = 'features';
          this.#wantsComma = true;
          from = i + 1;
          yield { kind: 'feature', bytes, at: this.#featureAt };
        }
      } else if (this.#mode === 'features') {
        from = this.#betweenFeatures(byte, i, chunk, from);
      } else if (this.#mode === 'value') {
        const entered = this.#insideValue(byte);
        if (entered === 'features') {
          this.#value.push(chunk.slice(from, i + 1));
          from = i + 1;
          yield { kind: 'head', bytes: join([...this.#value, closing]), at: this.#valueAt };
        } else if (entered === 'end') {
          this.#value.push(chunk.slice(from, i + 1));
          const bytes = join(this.#value);
          this.#value = [];
          this.#mode = 'outside';
          from = i + 1;
          yield { kind: 'value', bytes, at: this.#valueAt };
        }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#mode = 'value';
        this.#valueAt = this.#position(i);
        this.#depth = 1;
        this.#afterKey = 'none';
        this.#bare = byte === OPEN_BRACKET;
        if (this.#bare) this.#enterFeatures();
        from = i;
      } else if (!isBlank(byte) && byte !== RECORD_SEPARATOR && byte !== byteOrderMark[this.#consumed + i]) {
        throw new ScanError('this is no JSON', this.#position(i));
      }
    }
    if (this.#mode === 'feature') this.#feature.push(chunk.slice(from));
    else if (this.#mode !== 'outside') this.#value.push(chunk.slice(from));
    this.#consumed += chunk.length;
  }

  /** @throws {ScanError} when the stream stops inside a value: the file is cut off */
  end(): void {
    if (this.#mode === 'feature') throw new ScanError('the feature that begins here never ends', this.#featureAt);
    if (this.#mode !== 'outside') throw new ScanError('the file ends in the middle of this value', this.#hasFeatures ? this.#position(0) : this.#valueAt);
  }

  #followString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#mode === 'value' && this.#depth === 1) this.#afterKey = 'string';
    } else if (this.#mode === 'value' && this.#depth === 1 && this.#key.length < 9) this.#key.push(byte);
  }

  /** Follows brackets; true where one was closed. */
  #step(byte: number): boolean {
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#depth--;
      return true;
    }
    return false;
  }

  /** In a document, outside its `features`: says where they begin and where the document ends. */
  #insideValue(byte: number): 'features' | 'end' | undefined {
    if (this.#depth === 1 && byte === QUOTE) this.#key = [];
    const closed = this.#step(byte);
    if (closed) return this.#depth === 0 ? 'end' : undefined;
    if (this.#depth === 1 && byte === COLON && this.#afterKey === 'string') this.#afterKey = 'colon';
    else if (byte === OPEN_BRACKET && this.#depth === 2 && this.#afterKey === 'colon' && String.fromCharCode(...this.#key) === 'features') {
      this.#enterFeatures();
      return 'features';
    } else if (!isBlank(byte) && byte !== QUOTE) this.#afterKey = 'none';
    return undefined;
  }

  #enterFeatures(): void {
    this.#mode = 'features';
    this.#wantsComma = false;
    this.#hasFeatures = true;
  }

  /** Between two members of `features`; returns where the document's own bytes go on. */
  #betweenFeatures(byte: number, i: number, chunk: Uint8Array, from: number): number {
    if (isBlank(byte)) return from;
    if (byte === CLOSE_BRACKET) {
      this.#mode = 'value';
      this.#depth--;
      this.#afterKey = 'none';
      if (!this.#bare) return from;
      this.#mode = 'outside';
      this.#value = [];
      return i + 1;
    }
    if (byte === COMMA && this.#wantsComma) {
      this.#wantsComma = false;
      return from;
    }
    if (byte === OPEN_BRACE && !this.#wantsComma) {
      this.#value.push(chunk.slice(from, i), zero);
      this.#featureAt = this.#position(i);
      this.#mode = 'feature';
      this.#depth++;
      return i;
    }
    throw new ScanError(this.#wantsComma ? 'a comma or ] should stand here, after a feature' : 'a feature should stand here', this.#position(i));
  }
}

const byteOrderMark = [0xef, 0xbb, 0xbf];
const zero = Uint8Array.of(0x30);
const closing = Uint8Array.of(CLOSE_BRACKET, CLOSE_BRACE);

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
