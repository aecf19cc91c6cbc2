import { SaxesParser, type SaxesTagNS } from 'saxes';
import type { Source } from '../format.ts';
import { TextFault } from './json-lines.ts';

/** Levels of elements within each other; city models have some forty. */
const DEEPEST = 200;
/** Bytes without an element's begin or end: no list of coordinates is longer. */
const LONGEST_TEXT = 64e6;

export interface XmlHandler {
  open(tag: SaxesTagNS, line: number): void;
  text(text: string): void;
  close(tag: SaxesTagNS): void;
}

/**
 * Sends a file through a strict parser and gives the bytes read after each chunk. No DOCTYPE and no entity is allowed, nothing is fetched.
 * @throws TextFault with the line, at the first thing that is no well-formed XML or beyond the limits
 */
export async function* parseXml(source: Source, handler: XmlHandler): AsyncGenerator<number> {
  const decoder = decoderOf(source.head);
  const parser = new SaxesParser({ xmlns: true });
  let depth = 0;
  let quiet = 0;
  const fault = (code: string, what: string): never => {
    throw new TextFault(code, what, parser.line);
  };
  parser.on('error', (error) => fault(/unclosed|must contain a root/u.test(error.message) ? 'cut-short' : 'broken-xml', `is no well-formed XML (${error.message.replace(/^\d+:\d+: /u, '').slice(0, 160)})`));
  parser.on('doctype', () => fault('doctype', 'has a DOCTYPE, which is refused: it can make a small file endless. Remove it'));
  parser.on('opentag', (tag) => {
    quiet = 0;
    if (++depth > DEEPEST) fault('too-deep', `has elements more than ${DEEPEST} deep in each other`);
    handler.open(tag, parser.line);
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));
  parser.on('closetag', (tag) => {
    quiet = 0;
    depth--;
    handler.close(tag);
  });
  let read = 0;
  for await (const chunk of source.stream()) {
    read += chunk.length;
    quiet += chunk.length;
    const text = decoded(decoder, chunk);
    parser.write(text.text);
    if (text.cut) fault('bad-encoding', badBytes(decoder));
    if (quiet > LONGEST_TEXT) fault('too-large', `has a text of more than ${LONGEST_TEXT / 1e6} MB in one element`);
    yield read;
  }
  const rest = decoded(decoder, undefined);
  if (rest.cut) fault('bad-encoding', badBytes(decoder));
  parser.write(rest.text);
  parser.close();
}

function badBytes({ encoding }: TextDecoder): string {
  return `holds bytes that are no ${encoding} text; say its encoding in the first line, or save it as UTF-8`;
}

/** A chunk's text; where it holds bytes that are none, what stands before them. */
function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined): { text: string; cut: boolean } {
  try {
    return { text: chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode(), cut: false };
  } catch {
    return { text: chunk ? new TextDecoder(decoder.encoding).decode(chunk).replace(/\uFFFD[\s\S]*$/u, '') : '', cut: true };
  }
}

/** By byte order mark, else by what the first line declares, else UTF-8. */
function decoderOf(head: Uint8Array): TextDecoder {
  const declared = /^[^>]*\bencoding\s*=\s*["']([\w.:-]{1,40})["']/u.exec(new TextDecoder('latin1').decode(head.subarray(0, 300)))?.[1];
  const label = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : (declared ?? 'utf-8');
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    throw new TextFault('bad-encoding', `says it is written in ${label}, which is not known; save it as UTF-8`, 1);
  }
}
