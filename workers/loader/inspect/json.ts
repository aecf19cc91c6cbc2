// The pre-flight has the same three lines: shared, they would be a file of their own that every page fetches before its first tile.
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A finite number of at most `most`. */
export function isSane(value: unknown, most = 1e12): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= most;
}

export function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}
