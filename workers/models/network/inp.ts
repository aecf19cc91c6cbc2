/** A line of data in an .inp file: its words, its number in the file. */
export interface InpLine {
  readonly line: number;
  readonly words: readonly string[];
}

/** Sections of an .inp file by their name in capitals without brackets. Comments (after `;`) and empty lines are left out; words in quotation marks stay whole. */
export function inpSections(text: string): Map<string, InpLine[]> {
  const sections = new Map<string, InpLine[]>();
  let current: InpLine[] = [];
  let number = 0;
  for (const raw of text.split(/\r\n|\n|\r/u)) {
    number++;
    const data = raw.split(';', 1)[0].trim();
    if (data === '') continue;
    if (data.startsWith('[')) {
      const name = data.slice(1).replace(/\].*$/u, '').trim().toUpperCase();
      current = sections.get(name) ?? [];
      sections.set(name, current);
    } else current.push({ line: number, words: data.match(/"[^"]*"|\S+/gu) ?? [] });
  }
  return sections;
}

/** Which of the two programs a file is for, by its sections; null when for neither. */
export function inpDialect(sections: ReadonlyMap<string, unknown>): 'epanet' | 'swmm' | null {
  if (['CONDUITS', 'OUTFALLS', 'SUBCATCHMENTS', 'XSECTIONS', 'RAINGAGES', 'EVAPORATION'].some((name) => sections.has(name))) return 'swmm';
  return ['PIPES', 'RESERVOIRS', 'TANKS', 'VALVES', 'PUMPS'].some((name) => sections.has(name)) ? 'epanet' : null;
}

/** A word as a number; NaN where it is missing or none. */
export function numberAt(words: readonly string[], at: number): number {
  const word = words[at];
  return word === undefined || word === '' ? Number.NaN : Number(word);
}

/**
 * Text of bytes: UTF-8 (with or without byte order mark), else GBK as Chinese programs write it (GB 18030 reads GB 2312 and GBK too).
 * @returns the text and the encoding found
 */
export function decodeText(bytes: Uint8Array): { text: string; encoding: 'utf-8' | 'utf-16' | 'gb18030' } {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (wide) return { text: new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes), encoding: 'utf-16' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    return { text: new TextDecoder('gb18030').decode(bytes), encoding: 'gb18030' };
  }
}
