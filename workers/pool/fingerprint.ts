const SAMPLES = 64;
const MOST_PARTS = 4000;

/**
 * A number that is the same for the same input: what a call that ended a worker is known by.
 * Long arrays are sampled, so two inputs that differ in few values of a long array may share it.
 */
export function fingerprint(name: string, input: unknown): number {
  let hash = 0x811c9dc5;
  let parts = 0;
  const word = (text: string): void => {
    for (let i = 0; i < Math.min(text.length, 512); i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  const walk = (value: unknown, depth: number): void => {
    if (++parts > MOST_PARTS || depth > 8) return;
    if (typeof value !== 'object' || value === null) return word(String(value));
    if (value instanceof ArrayBuffer) return walk(new Uint8Array(value), depth);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const list = value as unknown as ArrayLike<number>;
      word(`[${list.length}`);
      for (let i = 0; i < SAMPLES; i++) word(`${list[Math.floor((i * list.length) / SAMPLES)]}`);
      return;
    }
    for (const [key, part] of Object.entries(value)) {
      word(key);
      walk(part, depth + 1);
    }
  };
  word(name);
  walk(input, 0);
  return hash >>> 0;
}
