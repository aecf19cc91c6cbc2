import { SaxesParser } from 'saxes';

/** One element, its name without prefix and in the case it was written. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** Its own text, trimmed. */
  text: string;
}

/** Elements and levels of a document at most. */
const MOST = { elements: 500_000, depth: 60 };

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Reads a small document as a tree. A document type is refused: with it come entities that name files and addresses, or grow without end; nothing is ever fetched.
 * @throws Error with the reason where it is no well-formed XML, has a document type, or is too deep or too large
 */
export function readElements(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const open: XmlElement[] = [];
  let root: XmlElement | null = null;
  let count = 0;
  parser.on('error', (error) => {
    throw new Error(error.message);
  });
  parser.on('doctype', () => {
    throw new Error('it has a document type (DOCTYPE), which is not read');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++count > MOST.elements || open.length >= MOST.depth) throw new Error(`it has more than ${MOST.elements} elements or is deeper than ${MOST.depth} levels`);
    const element: XmlElement = { name: local(name), attributes: attributes as Record<string, string>, children: [], text: '' };
    if (open.length > 0) open[open.length - 1].children.push(element);
    else root = element;
    open.push(element);
  });
  const add = (piece: string): void => {
    if (open.length > 0) open[open.length - 1].text += piece;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element) element.text = element.text.trim();
  });
  parser.write(text).close();
  if (!root) throw new Error('it is empty');
  return root;
}

/** The text of a document's bytes, in the encoding that it declares (UTF-8 where it does not; Chinese sources may say GB2312 or GB18030). @throws RangeError, TypeError where it is not */
export function xmlText(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/u.exec(head)?.[1] ?? 'utf-8';
  return new TextDecoder(declared, { fatal: true }).decode(bytes);
}

/** Every element of a name, wherever it stands. */
export function allNamed(element: XmlElement, name: string, found: XmlElement[] = []): XmlElement[] {
  if (element.name === name) found.push(element);
  else for (const child of element.children) allNamed(child, name, found);
  return found;
}

export function childText(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}
