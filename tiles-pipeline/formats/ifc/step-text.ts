/** How the text of a file is written: the standard allows only ASCII with escapes, but files with raw UTF-8, GBK and Latin-1 are about. */
export type TextEncoding = 'ascii' | 'utf-8' | 'gb18030' | 'latin1';

/** The file as text, and what its bytes were taken for. */
export function decodeBytes(bytes: Uint8Array): { text: string; encoding: TextEncoding } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const high = highBytes(bytes);
  if (high.count === 0) return { text: buffer.toString('latin1'), encoding: 'ascii' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    // Chinese characters of GBK are nearly always two high bytes; single accents of Latin-1 are not.
    const encoding = high.paired / high.count > 0.7 ? 'gb18030' : 'latin1';
    return { text: encoding === 'latin1' ? buffer.toString('latin1') : new TextDecoder('gb18030').decode(bytes), encoding };
  }
}

/** Brackets in brackets that no schema comes near; the geometry's reader goes through deeper ones for ever. */
const DEEPEST = 256;

/** Whether an instance has brackets within brackets beyond any schema's. Those in texts do not count. */
export function nestsTooDeep(bytes: Uint8Array): boolean {
  for (let i = 0, depth = 0, quoted = false; i < bytes.length; i++) {
    const c = bytes[i];
    if (c > 59) continue;
    if (c === 39) quoted = !quoted;
    else if (quoted) continue;
    else if (c === 40) {
      if (++depth > DEEPEST) return true;
    } else if (c === 41) depth--;
    else if (c === 59) depth = 0;
  }
  return false;
}

/** Whether a STEP file ends as it must; one that was cut short does not. */
export function endsWhole(bytes: Uint8Array): boolean {
  return /END-ISO-10303-21\s*;\s*(?:\0|\s)*$/u.test(new TextDecoder('latin1').decode(bytes.subarray(-2000)));
}

function highBytes(bytes: Uint8Array): { count: number; paired: number } {
  let count = 0;
  let paired = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] < 0x80) continue;
    const start = i;
    while (i < bytes.length && bytes[i] >= 0x80) i++;
    count += i - start;
    paired += (i - start) & ~1;
  }
  return { count, paired };
}

const pages = ['latin1', 'iso-8859-2', 'iso-8859-3', 'iso-8859-4', 'iso-8859-5', 'iso-8859-6', 'iso-8859-7', 'iso-8859-8', 'iso-8859-9'];

/**
 * A string of a STEP file as it is meant: `''` and `\\` undone, `\X2\`, `\X4\`, `\X\` and `\S\` (with its code page) decoded.
 * @source ISO 10303-21:2016, 6.4.3
 */
export function decodeText(raw: string): string {
  const text = raw.includes("''") ? raw.replaceAll("''", "'") : raw;
  if (!text.includes('\\')) return text;
  let page = 0;
  return text.replace(/\\X2\\([0-9A-Fa-f]*)\\X0\\|\\X4\\([0-9A-Fa-f]*)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\P([A-I])\\|\\S\\([\s\S])|\\\\/gu, (all, two?: string, four?: string, one?: string, letter?: string, shifted?: string) => {
    if (two !== undefined) return units(two, 4);
    if (four !== undefined) return units(four, 8);
    if (one !== undefined) return String.fromCharCode(Number.parseInt(one, 16));
    if (letter !== undefined) {
      page = letter.charCodeAt(0) - 65;
      return '';
    }
    if (shifted !== undefined) return new TextDecoder(pages[page]).decode(Uint8Array.of(shifted.charCodeAt(0) | 0x80));
    return all === '\\\\' ? '\\' : all;
  });
}

function units(digits: string, width: number): string {
  let text = '';
  for (let i = 0; i + width <= digits.length; i += width) {
    const code = Number.parseInt(digits.slice(i, i + width), 16);
    text += width === 4 ? String.fromCharCode(code) : code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  }
  return text;
}
