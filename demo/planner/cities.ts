import { readCityCatalogue, TwinError, type CityCatalogue } from 'citymirror';
import { PAGE_EN } from './dictionary-en.ts';
import { PAGE_ZH } from './dictionary-zh.ts';

/** A city that the server has: its catalogue stands at `url`. */
export interface CityEntry {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly url: string;
  /** Whether the server has live data of it. */
  readonly live: boolean;
  /** Whether it has stations that report. */
  readonly sensors: boolean;
}

/** The sample city's title in both languages; other cities are called as their data say. */
const TITLES: Readonly<Record<string, { zh: string; en: string }>> = { sample: { zh: PAGE_ZH['city.sample'], en: PAGE_EN['city.sample'] } };

/** The server's list of cities; empty when it has none. */
export async function readCities(address = '/cities/index.json'): Promise<CityEntry[]> {
  const response = await fetch(address);
  if (!response.ok) return [];
  const json = (await response.json()) as { cities?: { id: string; title?: string | { zh: string; en: string }; url?: string; live?: boolean; sensors?: boolean }[] };
  return (json.cities ?? []).map((city) => {
    const title = TITLES[city.id] ?? city.title ?? city.id;
    return { id: city.id, title: typeof title === 'string' ? { zh: title, en: title } : title, url: city.url ?? `/cities/${city.id}/city.json`, live: city.live ?? false, sensors: city.sensors ?? false };
  });
}

/** A city's catalogue. @throws TwinError `not-found`, `bad-input` */
export async function readCity(url: string): Promise<CityCatalogue> {
  const response = await fetch(url);
  if (!response.ok) throw new TwinError('not-found', `The city’s catalogue ${url} could not be read (${response.status}).`, { where: url });
  return readCityCatalogue(await response.json(), new URL(url, location.href).href);
}
