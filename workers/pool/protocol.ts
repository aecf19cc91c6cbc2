import { toTwinError, TwinError, type ErrorCode } from '../../engine/errors.ts';

/**
 * Signs that travel beside Comlink's calls on the same line (Comlink ignores messages without an id of its own):
 * to the worker `ping` and `cancel`; from it `ready` once, `started` when a call begins, `progress`, and `beat`, the sign of life,
 * on every ping and from within long work; `unreadable` when a message to it could not be read.
 */
export interface Sign {
  readonly sign: 'ready' | 'ping' | 'beat' | 'started' | 'ended' | 'progress' | 'cancel' | 'note' | 'unreadable';
  readonly call?: number;
  readonly fraction?: number;
  readonly note?: unknown;
}

export function signOf(data: unknown): Sign | null {
  return typeof data === 'object' && data !== null && typeof (data as Sign).sign === 'string' ? (data as Sign) : null;
}

/** How a result crosses: Comlink keeps of an error its name and message only, so errors cross as plain data. */
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: PlainError };

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly where: string;
  readonly retryable: boolean;
}

export function plainError(cause: unknown, code: ErrorCode, where: string): PlainError {
  const error = toTwinError(cause, code, where);
  return { code: error.code, message: error.message, where: error.where, retryable: error.retryable };
}

export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  const { code, message, where, retryable } = outcome.error;
  throw new TwinError(code, message, { where, retryable });
}

/**
 * Buffers of a result that are handed over instead of copied: of typed arrays, and pictures, found up to five levels deep.
 * Everything a call returns is the caller's: an analysis never returns what it keeps.
 */
export function transferablesOf(value: unknown, found: Set<Transferable> = new Set(), depth = 0): Set<Transferable> {
  if (typeof value !== 'object' || value === null || depth > 5) return found;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (value instanceof ArrayBuffer) {
    found.add(value);
  } else if (typeof ImageBitmap !== 'undefined' && value instanceof ImageBitmap) {
    found.add(value);
  } else if (Array.isArray(value)) {
    if (typeof value[0] === 'object') for (const part of value) transferablesOf(part, found, depth + 1);
  } else {
    for (const part of Object.values(value)) transferablesOf(part, found, depth + 1);
  }
  return found;
}
