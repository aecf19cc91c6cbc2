import type { Source } from '../formats/format.ts';

/** A file that lies nowhere, with others beside it by their names; chunks as small as wanted. Names are told apart by their stem as on a disk. */
export function memorySource(files: Readonly<Record<string, Uint8Array | string>>, name: string, chunk = 1 << 20): Source {
  const content = files[name];
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    path: '',
    size: bytes.length,
    head: bytes.slice(0, 4096),
    async *stream() {
      for (let i = 0; i < bytes.length; i += chunk) yield bytes.slice(i, i + chunk);
    },
    bytes: async () => bytes.slice(),
    slice: async (start, end) => bytes.slice(start, Math.max(start, end)),
    beside: async (wanted) => {
      const other = wanted.startsWith('.') ? name.replace(/\.[^.]*$/u, '') + wanted : name.replace(/[^/]*$/u, '') + wanted;
      return other in files && other !== name ? memorySource(files, other, chunk) : undefined;
    },
  };
}
