import { TwinError } from '../../../engine/errors.ts';
import { entriesOf } from '../../models/zip.ts';

/** Bytes that all wanted files together may have, and how many times larger than packed one may be. */
const MOST = { bytes: 600_000_000, ratio: 200 } as const;

/**
 * The wanted files of a ZIP archive as text, also where they stand in one folder of it. Runs in a worker and in Node.
 * @throws TwinError `bad-input` where the archive cannot be read, or a file grows beyond what it says or what is allowed
 */
export async function unzipTexts(bytes: Uint8Array<ArrayBuffer>, wanted: (name: string) => boolean, where: string): Promise<Map<string, string>> {
  const fail = (why: string): TwinError => new TwinError('bad-input', `${where} cannot be read as a ZIP archive: ${why}.`, { where });
  const entries = entriesOf(bytes);
  if (typeof entries === 'string') throw fail(entries);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Map<string, string>();
  let total = 0;
  for (const { name, method, packed, size, at } of entries) {
    const plain = name.slice(name.lastIndexOf('/') + 1);
    if (!wanted(plain) || texts.has(plain)) continue;
    total += size;
    if (total > MOST.bytes || size > Math.max(1, packed) * MOST.ratio) throw fail(`${plain} would grow to ${(size / 1e6).toFixed(1)} MB of ${(packed / 1e6).toFixed(3)}`);
    if (at + 30 > bytes.length) throw fail(`the place of ${plain} is wrong`);
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    const body = bytes.subarray(start, start + packed);
    if (body.length < packed) throw fail('it was cut short');
    if (method !== 0 && method !== 8) throw fail(`the compression of ${plain} (${method}) is not known here`);
    texts.set(plain, new TextDecoder().decode(method === 0 ? body : await inflated(body, size, () => fail(`${plain} is broken`))));
  }
  return texts;
}

async function inflated(body: Uint8Array<ArrayBuffer>, size: number, broken: () => TwinError): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  let at = 0;
  try {
    const reader = new Blob([body]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      // `set` throws where more comes than the archive says, and the rest is not asked for.
      out.set(value, at);
      at += value.length;
    }
  } catch {
    throw broken();
  }
  if (at !== size) throw broken();
  return out;
}
