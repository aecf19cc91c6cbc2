import type { Language } from 'citymirror';

/** The language asked for in the address, else the browser's; Chinese or English. */
export function languageOf(asked: string | null, languages: readonly string[]): Language {
  if (asked === 'zh' || asked === 'en') return asked;
  return (languages.find((each) => /^(zh|en)/u.test(each)) ?? 'zh').startsWith('zh') ? 'zh' : 'en';
}
