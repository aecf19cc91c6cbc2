import { UI_EN, UI_ZH, Words, type UiKey } from 'citymirror';
import { readCities, readCity } from '../planner/cities.ts';
import { PAGE_EN, type PageKey } from '../planner/dictionary-en.ts';
import { PAGE_ZH } from '../planner/dictionary-zh.ts';
import { languageOf } from '../planner/language.ts';

/** What every example page has: words in the language asked for (`?lang=zh|en`), its title, the element for the twin, the view asked for (`?backend=`). */
export interface ExamplePage {
  readonly words: Words<UiKey | PageKey>;
  readonly element: HTMLElement;
  readonly backend: string;
  /** Half resolution, for automated tests (`?economy`). */
  readonly economy: boolean;
  /** Writes a line under the title. */
  say(text: string): void;
  /** Adds a button beside the title. */
  button(text: string, press: () => void): HTMLButtonElement;
}

export function examplePage(title: PageKey): ExamplePage {
  const query = new URLSearchParams(location.search);
  const words = new Words({ zh: { ...UI_ZH, ...PAGE_ZH }, en: { ...UI_EN, ...PAGE_EN } }, languageOf(query.get('lang'), navigator.languages));
  document.documentElement.lang = words.language;
  document.title = words.say('page.title', { scene: words.say(title) });
  const element = document.querySelector<HTMLElement>('#map')!;
  const head = document.querySelector('header')!;
  const heading = document.createElement('h1');
  heading.textContent = words.say(title);
  const line = document.createElement('p');
  line.setAttribute('role', 'status');
  const buttons = document.createElement('div');
  head.append(heading, line, buttons);
  return {
    words, element,
    backend: query.get('backend') ?? 'three',
    economy: query.has('economy'),
    say: (text) => { line.textContent = text; },
    button(text, press) {
      const made = document.createElement('button');
      made.type = 'button';
      made.textContent = text;
      made.addEventListener('click', press);
      buttons.append(made);
      return made;
    },
  };
}

/** The server's first city: the sample, or your own data. Its catalogue's address, and its middle as [lon, lat]. */
export async function exampleCity(): Promise<{ url: string; at: readonly [number, number] }> {
  const [first] = await readCities();
  const url = first?.url ?? '/cities/sample/city.json';
  const { center } = await readCity(url);
  return { url, at: center };
}
