import type { CityCatalogue } from 'citymirror';
import { readCity } from './cities.ts';

/** City catalogues by address, each read once a page. */
export class Catalogues {
  readonly #read = new Map<string, Promise<CityCatalogue | null>>();

  /** The catalogue at an address; null when it is none (a foreign tileset) or cannot be read: the layer's own status says which. */
  of(url: string | undefined): Promise<CityCatalogue | null> {
    if (!url) return Promise.resolve(null);
    const address = new URL(url, location.href).href;
    let reading = this.#read.get(address);
    if (!reading) {
      reading = readCity(address).catch(() => {
        this.#read.delete(address);
        return null;
      });
      this.#read.set(address, reading);
    }
    return reading;
  }

  /** Absolute address of the feature table of a city's buildings, or of its models; null when it has none. */
  async features(url: string | undefined, part: 'buildings' | 'models' = 'buildings'): Promise<string | null> {
    const city = await this.of(url);
    const reference = city?.layers[part]?.features;
    return reference && url ? new URL(reference, new URL(url, location.href)).href : null;
  }
}
