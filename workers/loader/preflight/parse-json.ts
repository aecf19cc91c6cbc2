import { TwinError } from '../../../engine/errors.ts';

/**
 * Deepest nesting of a JSON text, found without parsing it: `JSON.parse` has no limit of its own, and what is deeper than a stack
 * breaks whoever walks it later.
 */
export function nestingOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i];
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** @throws TwinError `refused`: empty, HTML, too deep, no JSON. `where` is already fit to be shown. */
export function parseJson(bytes: Uint8Array, nesting: number, where: string): unknown {
  const text = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  if (text.length === 0) throw new TwinError('refused', `${where} is empty`, { where });
  if (looksLikeHtml(text)) throw new TwinError('refused', `${where}: got HTML, likely a login page or an error page, where data was expected`, { where });
  const head = new TextDecoder('latin1').decode(text.subarray(0, 6));
  if (head.startsWith('PK\u0003\u0004') || head === 'SQLite') throw new TwinError('refused', `${where} cannot be used: it is a package (.${head === 'SQLite' ? '3dtiles' : '3tz'}), not a tileset; unpack it and give the tileset.json inside`, { where });
  const deepest = nestingOf(text);
  if (deepest > nesting) throw new TwinError('refused', `${where} nests ${deepest} levels deep; at most ${nesting} are taken`, { where });
  try {
    return JSON.parse(new TextDecoder('utf-8').decode(text)) as unknown;
  } catch (cause) {
    throw new TwinError('refused', `${where} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { where, cause });
  }
}

export function looksLikeHtml(bytes: Uint8Array): boolean {
  let start = 0;
  while (start < bytes.length && (bytes[start] <= 0x20 || bytes[start] === 0xef || bytes[start] === 0xbb || bytes[start] === 0xbf)) start++;
  const head = new TextDecoder('latin1').decode(bytes.subarray(start, start + 64)).toLowerCase();
  return /^<(!doctype html|html|head|body|script|!--)/.test(head);
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A finite number no larger than anything on Earth can be: squares and products of it stay finite. */
export function isSane(value: unknown, most = 1e12): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= most;
}

export function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}
