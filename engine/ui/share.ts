import { TwinError } from '../errors.ts';

/** A link may not unfold into more than this many bytes. */
const MOST = 4_000_000;

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MOST) {
      await reader.cancel();
      throw new TwinError('too-large', 'The scene in this link is larger than 4 MB and was not opened.');
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function through(bytes: Uint8Array<ArrayBuffer>, transform: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return collect(new Blob([bytes]).stream().pipeThrough(transform));
}

/** A scene document as the fragment of a link (without #): `z.` deflated, `j.` plain where the browser cannot deflate. Fragments never reach a server. */
export async function fragmentOf(document: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  if (typeof CompressionStream === 'undefined') return `scene=j.${toBase64Url(bytes)}`;
  return `scene=z.${toBase64Url(await through(bytes, new CompressionStream('deflate-raw')))}`;
}

/**
 * The document in a link's fragment, not yet checked against the schema; null when the fragment holds none.
 * @throws TwinError `bad-document` for a damaged link, `too-large`
 */
export async function documentIn(fragment: string): Promise<unknown> {
  const match = /(?:^#?|&)scene=([jz])\.([\w-]+)/u.exec(fragment);
  if (!match) return null;
  try {
    const bytes = fromBase64Url(match[2]);
    const plain = match[1] === 'j' ? bytes : await through(bytes, new DecompressionStream('deflate-raw'));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)) as unknown;
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    throw new TwinError('bad-document', 'The scene in this link is damaged or cut off; the link was not opened.', { cause });
  }
}
