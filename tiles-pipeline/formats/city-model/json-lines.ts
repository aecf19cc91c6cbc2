import type { Source } from '../format.ts';

/** A text that cannot be read at all; `what` goes on from the file's name. */
export class TextFault extends Error {
  constructor(
    readonly code: string,
    readonly what: string,
    readonly line: number,
  ) {
    super(what);
  }
}

export interface JsonPiece {
  readonly text: string;
  /** Number of its first line. */
  readonly line: number;
  /** Bytes of the file up to its end. */
  readonly read: number;
}

/**
 * A file's one document, or its lines where the first is a document in itself and more follow (a text sequence).
 * @throws TextFault where a piece is longer than `most` bytes or no UTF-8
 */
export async function* jsonLines(source: Source, most: number): AsyncGenerator<JsonPiece> {
  if (await isSequence(source, most)) yield* lines(source, most);
  else if (source.size > most) throw tooLong(most, 1);
  else yield { text: decoded(await source.bytes(), 1), line: 1, read: source.size };
}

function tooLong(most: number, line: number): TextFault {
  return new TextFault('too-large', `is too long to be read at once (over ${Math.round(most / 1e6)} MB in one piece); turn it into CityJSONSeq first, for instance with cjseq cat`, line);
}

async function isSequence(source: Source, most: number): Promise<boolean> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.stream()) {
    const end = chunk.indexOf(10);
    parts.push((end < 0 ? chunk : chunk.subarray(0, end)).slice());
    length += parts.at(-1)!.length;
    if (end >= 0) break;
    if (length > most) return false;
  }
  const rest = await source.slice(length, Math.min(source.size, length + 4096));
  if (!rest.some((byte) => byte > 32)) return false;
  const line = joined(parts, length);
  try {
    JSON.parse(new TextDecoder().decode(line));
    return true;
  } catch {
    return false;
  }
}

async function* lines(source: Source, most: number): AsyncGenerator<JsonPiece> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let [line, read] = [1, 0];
  const take = (): string => {
    const text = decoded(joined(parts, length), line);
    parts = [];
    length = 0;
    return text;
  };
  for await (const chunk of source.stream()) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      length += end - start;
      const text = take();
      if (text.trim() !== '') yield { text, line, read: read + end };
      line++;
      start = end + 1;
    }
    parts.push(chunk.slice(start));
    length += chunk.length - start;
    read += chunk.length;
    if (length > most) throw tooLong(most, line);
  }
  const text = take();
  if (text.trim() !== '') yield { text, line, read };
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function decoded(bytes: Uint8Array, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TextFault('bad-encoding', 'holds bytes that are no UTF-8 (GBK or UTF-16 text, perhaps); save it as UTF-8 and try again', line);
  }
}
