import type { Text } from '../drawing/rule.ts';
import { ChineseErrors } from './errors-zh.ts';

export type Language = 'zh' | 'en';

/** One language's texts by key. `{name}` stands for a value; `{name#one|other}` chooses by whether the value is 1. */
export type Dictionary<Key extends string = string> = Readonly<Record<Key, string>>;

/** The texts of a page in the language shown now. Not global: two twins on one page may speak two languages. */
export class Words<Key extends string = string> {
  readonly #dictionaries: Readonly<Record<Language, Dictionary<Key>>>;
  readonly #listeners = new Set<(language: Language) => void>();
  #language: Language;
  #chinese: ChineseErrors | null = null;

  constructor(dictionaries: Readonly<Record<Language, Dictionary<Key>>>, language: Language) {
    this.#dictionaries = dictionaries;
    this.#language = language;
  }

  get language(): Language {
    return this.#language;
  }

  set language(language: Language) {
    if (language === this.#language) return;
    this.#language = language;
    // A copy: whoever listens may build itself anew and listen again meanwhile.
    const now = Array.from(this.#listeners);
    for (const listener of now) listener(language);
  }

  /** The text of a key; values are put in as they are (numbers are formatted by the caller where they need it). */
  say(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
    const pattern = this.#dictionaries[this.#language][key];
    return pattern.replace(/\{(\w+)(?:#([^|}]*)\|([^}]*))?\}/gu, (whole, name: string, one?: string, other?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one === undefined) return String(value);
      return String(value) === '1' ? one : (other ?? '');
    });
  }

  /** The half of a two-language text that is shown now. */
  text(text: Text): string {
    return text[this.#language];
  }

  /** An error's sentence in the language shown; as it came where its Chinese is not known. */
  explain(message: string): string {
    return this.#language === 'zh' ? ((this.#chinese ??= new ChineseErrors()).say(message) ?? message) : message;
  }

  onChange(listener: (language: Language) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }
}
