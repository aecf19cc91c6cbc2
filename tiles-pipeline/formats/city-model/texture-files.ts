import type { ReadContext, Source } from '../format.ts';

type Fault = 'missing' | 'refused' | 'unknown';

/** Finds the images that a file's textures name, each once; what is not there is counted and said when the file has been read. */
export class TextureFiles {
  readonly found = new Map<string, string>();
  readonly #faults = new Map<Fault, Set<string>>();
  readonly #asked = new Set<string>();

  constructor(private readonly source: Source) {}

  /** Looks for names that were not asked for before. */
  async look(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      if (this.#asked.has(name)) continue;
      this.#asked.add(name);
      const outcome = await this.#find(name);
      if (typeof outcome === 'string') this.#faults.set(outcome, (this.#faults.get(outcome) ?? new Set()).add(name));
      else this.found.set(name, outcome.path);
    }
  }

  async #find(name: string): Promise<Fault | { path: string }> {
    const path = name.trim().replaceAll('\\', '/').replace(/^(\.\/)+/u, '');
    if (path === '' || path.length > 1000) return 'missing';
    if (/^([a-z][\w+.-]*:|\/)/iu.test(path) || path.split('/').includes('..')) return 'refused';
    const file = (await this.source.beside(path)) ?? (await this.source.beside(decoded(path)));
    if (!file) return 'missing';
    return isImage(file.head) ? { path: file.path } : 'unknown';
  }

  report(context: ReadContext): void {
    const sentences: Readonly<Record<Fault, readonly [code: string, one: string, what: string]>> = {
      missing: ['texture-missing', 'image is not there', 'put the folder of images beside the file'],
      refused: ['texture-refused', 'image lies outside the folder of the file or on the network, where nothing is read', 'put it into a folder beside the file and name it from there'],
      unknown: ['texture-format', 'image is no PNG, JPEG or WebP', 'convert it'],
    };
    for (const [fault, names] of this.#faults) {
      const [code, one, what] = sentences[fault];
      const first = [...names][0].slice(0, 200);
      const message = `${this.source.name}: ${names.size === 1 ? `one texture's ${one}` : `${names.size} textures: the ${one}`} (${first}); ${what}. The surfaces keep their colour.`;
      context.issues.push({ code, severity: 'warning', message, path: first, count: names.size });
    }
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isImage(head: Uint8Array): boolean {
  const text = String.fromCodePoint(...head.subarray(0, 12));
  return text.startsWith('\u0089PNG') || text.startsWith('\u00FF\u00D8\u00FF') || (text.startsWith('RIFF') && text.endsWith('WEBP'));
}
