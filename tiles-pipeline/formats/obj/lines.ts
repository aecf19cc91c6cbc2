const LONGEST = 1_000_000;

/** UTF-8 where the first bytes are it, else GB 18030 (GBK): the names of Chinese tools. */
export function decoderOf(head: Uint8Array): TextDecoder {
  // A letter may be cut at the end of what was looked at.
  for (let cut = 0; cut < 4; cut++)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length - cut));
      return new TextDecoder('utf-8');
    } catch {
      // One byte fewer.
    }
  return new TextDecoder('gb18030');
}

/**
 * Lines of a file, whatever ends them; a backslash at the end carries on to the next.
 * @param tooLong told where a line is longer than a million letters, which is left out
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, decoder: TextDecoder, tooLong: (line: number) => void): AsyncGenerator<string> {
  let rest = '';
  let carried = '';
  let number = 0;
  let dropped = false;
  for await (const chunk of stream) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    rest = lines.pop()!;
    for (const raw of lines) {
      number++;
      const line = carried + (raw.endsWith('\r') ? raw.slice(0, -1) : raw);
      carried = '';
      if (dropped || line.length > LONGEST) {
        tooLong(number);
        dropped = false;
      } else if (line.endsWith('\\')) carried = `${line.slice(0, -1)} `;
      else if (line.includes('\r')) yield* line.split('\r');
      else yield line;
    }
    if (rest.length + carried.length > LONGEST && !rest.includes('\r')) {
      dropped = true;
      rest = '';
      carried = '';
    } else if (rest.length > LONGEST) {
      // Ends of lines of the old Macintosh.
      const old = rest.split('\r');
      rest = old.pop()!;
      yield* old;
    }
  }
  const last = carried + rest + decoder.decode();
  if (dropped) tooLong(number + 1);
  else if (last !== '') yield* last.split('\r');
}
