/** A text encoding by the label of the Encoding Standard. */
export interface Encoding {
  readonly label: string;
  /** What says so: the .cpg file, the language byte of the .dbf, or only the text itself. */
  readonly by: 'cpg' | 'dbf' | 'text';
}

/** Windows and DOS code pages by number. @source Encoding Standard, names and labels; Esri, code page files */
const pages: Readonly<Record<number, string>> = {
  65001: 'utf-8', 936: 'gb18030', 54936: 'gb18030', 950: 'big5', 932: 'shift_jis', 949: 'euc-kr', 866: 'ibm866', 874: 'windows-874', 20866: 'koi8-r',
  1250: 'windows-1250', 1251: 'windows-1251', 1252: 'windows-1252', 1253: 'windows-1253', 1254: 'windows-1254', 1255: 'windows-1255', 1256: 'windows-1256', 1257: 'windows-1257', 1258: 'windows-1258',
  28591: 'windows-1252', 28592: 'iso-8859-2', 28595: 'iso-8859-5', 28605: 'iso-8859-15',
};

/** Language bytes of a .dbf that mean one encoding; 0x57 ("ANSI", whatever the writer's was) and 0 mean none. @source Esri and FoxPro, language driver ids */
const languages: Readonly<Record<number, number>> = { 0x03: 1252, 0x13: 932, 0x4d: 936, 0x4e: 949, 0x4f: 950, 0x50: 874, 0x58: 1252, 0x59: 1252, 0x7a: 936, 0x79: 949, 0x78: 950, 0x7b: 932, 0x7c: 874, 0x64: 866, 0x65: 866, 0xc8: 1250, 0xc9: 1251, 0xca: 1254, 0xcb: 1253, 0xcc: 1257 };

/** The encoding a .cpg file names (`UTF-8`, `936`, `CP936`, `ANSI 1252`, `ISO 88591`, `GBK`); undefined for one that is not known. */
export function encodingOfCpg(text: string): string | undefined {
  const name = text.replace(/^\uFEFF/u, '').split(/[\r\n\0]/u, 1)[0].trim().slice(0, 40);
  const iso = /^ISO[\s_-]*8859[\s_-]*(\d{1,2})$/iu.exec(name)?.[1];
  const page = Number(/^(?:ANSI|CP|OEM|WINDOWS|MS)?[\s_-]*(\d{3,5})$/iu.exec(name)?.[1]);
  const label = iso ? `iso-8859-${iso}` : (pages[page] ?? name.toLowerCase().replaceAll(' ', '-'));
  try {
    const known = new TextDecoder(label).encoding;
    return known === 'gbk' ? 'gb18030' : known;
  } catch {
    return undefined;
  }
}

/** The encoding that the language byte of a .dbf means. */
export function encodingOfLanguage(byte: number): string | undefined {
  return pages[languages[byte]];
}

/** What kind of text some values are: all ASCII, UTF-8 (its last letter may be cut off by the column's width), or neither. */
export function kindOf(value: Uint8Array, from = 0, to = value.length): 'ascii' | 'utf-8' | 'other' {
  let kind: 'ascii' | 'utf-8' = 'ascii';
  for (let i = from; i < to; i++) {
    const byte = value[i];
    if (byte < 0x80) continue;
    kind = 'utf-8';
    const more = byte >= 0xc2 && byte <= 0xdf ? 1 : byte >= 0xe0 && byte <= 0xef ? 2 : byte >= 0xf0 && byte <= 0xf4 ? 3 : -1;
    if (more < 0) return 'other';
    for (let k = 0; k < more; k++) {
      if (++i >= to) return kind;
      if (value[i] >> 6 !== 2) return 'other';
    }
  }
  return kind;
}

/**
 * The encoding of values that are no UTF-8: Chinese, whose letters are pairs of high bytes, or a Western one, where high bytes stand alone between letters.
 * undefined where there are none.
 */
export function guess(values: Iterable<Uint8Array>): string | undefined {
  let [utf8, pairs, alone] = [0, 0, 0];
  for (const value of values) {
    const kind = kindOf(value);
    if (kind === 'utf-8') utf8++;
    if (kind !== 'other') continue;
    for (let i = 0, run = 0; i <= value.length; i++) {
      if (i < value.length && value[i] >= 0x80) run++;
      else if (run > 0) {
        if (run % 2 === 1) alone++;
        else pairs += run / 2;
        run = 0;
      }
    }
  }
  if (pairs + alone === 0) return utf8 > 0 ? 'utf-8' : undefined;
  return alone > pairs ? 'windows-1252' : 'gb18030';
}
