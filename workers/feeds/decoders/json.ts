/** What a message may be at most. @see docs/errors.md, `refused` */
export interface JsonLimits {
  readonly bytes: number;
  readonly depth: number;
  /** Keys of all objects together. */
  readonly keys: number;
}

export const JSON_LIMITS: JsonLimits = { bytes: 4 * 1024 * 1024, depth: 24, keys: 200_000 };

export type GuardedJson = { readonly value: unknown } | { readonly code: string; readonly message: string };

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COLON, COMMA] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c];

const strict = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Parses JSON from bytes that nobody vouches for. Size, depth, number of keys, keys that reach for prototypes and keys said twice are
 * refused in one walk over the bytes, before anything is built from them.
 */
export function guardedJson(bytes: Uint8Array, limits: JsonLimits = JSON_LIMITS): GuardedJson {
  if (bytes.length === 0) return { code: 'empty', message: 'The message is empty.' };
  if (bytes.length > limits.bytes) return { code: 'too-large', message: `The message has ${bytes.length} bytes; ${limits.bytes} are the most.` };
  const fault = scan(bytes, limits);
  if (fault) return fault;
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    return { code: 'not-utf8', message: 'The message is not text in UTF-8.' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { code: 'not-json', message: `The message is not JSON; it begins with ${JSON.stringify(text.slice(0, 24))}.` };
  }
}

/** Keys of one open object, to find one said twice: byte ranges. */
interface Level {
  readonly keys: number[];
  readonly object: boolean;
  /** Keys after the first {@link NEAR}. */
  more: Set<string> | null;
}

/** Keys of an object that are compared byte by byte; further ones go through a set. */
const NEAR = 64;

/** Looks at brackets, strings and keys only; whether the rest is JSON is the parser's question. */
function scan(bytes: Uint8Array, limits: JsonLimits): { code: string; message: string } | null {
  const levels: Level[] = [];
  let keys = 0;
  let expectKey = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const start = i + 1;
      let escaped = false;
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) {
        if (bytes[i] === BACKSLASH) {
          escaped = true;
          i++;
        }
      }
      if (!expectKey) continue;
      expectKey = false;
      if (++keys > limits.keys) return { code: 'too-many-keys', message: `The message has more than ${limits.keys} keys.` };
      const fault = keyFault(bytes, start, i, escaped, levels[levels.length - 1]);
      if (fault) return fault;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (levels.length >= limits.depth) return { code: 'too-deep', message: `The message is nested deeper than ${limits.depth} levels.` };
      levels.push({ keys: [], object: byte === OPEN_OBJECT, more: null });
      expectKey = byte === OPEN_OBJECT;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      levels.pop();
      expectKey = false;
    } else if (byte === COMMA) {
      expectKey = levels.length > 0 && levels[levels.length - 1].object;
    } else if (byte === COLON) {
      expectKey = false;
    }
  }
  return null;
}

function keyFault(bytes: Uint8Array, start: number, end: number, escaped: boolean, level: Level | undefined): { code: string; message: string } | null {
  const length = end - start;
  // Only keys of these lengths, or with escapes, can be one of the forbidden.
  if (escaped || length === 9 || length === 11) {
    const key = keyText(bytes, start, end, escaped);
    if (FORBIDDEN.has(key)) return { code: 'forbidden-key', message: `The message uses the key ${JSON.stringify(key)}.` };
  }
  if (!level) return null;
  for (let k = 0; k < level.keys.length; k += 2) {
    if (level.keys[k + 1] - level.keys[k] !== length) continue;
    let same = true;
    for (let i = 0; i < length && same; i++) same = bytes[level.keys[k] + i] === bytes[start + i];
    if (same) return duplicate(keyText(bytes, start, end, escaped));
  }
  if (level.keys.length < 2 * NEAR) {
    level.keys.push(start, end);
    return null;
  }
  const key = keyText(bytes, start, end, escaped);
  level.more ??= new Set();
  if (level.more.has(key)) return duplicate(key);
  level.more.add(key);
  return null;
}

function duplicate(key: string): { code: string; message: string } {
  return { code: 'duplicate-key', message: `An object of the message says the key ${JSON.stringify(key.slice(0, 40))} twice.` };
}

function keyText(bytes: Uint8Array, start: number, end: number, escaped: boolean): string {
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  if (!escaped) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
