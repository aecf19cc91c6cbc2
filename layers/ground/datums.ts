import type { SceneDocument, Text } from '#engine';
import { heightDatumText, type CityCatalogue } from '#models';

/** Another city's ground in the same scene. */
export interface OtherGround {
  readonly title: Text;
  readonly city: CityCatalogue;
}

/** Addresses and titles of the other grounds of a scene, each address once. */
export function otherGrounds(document: SceneDocument, own: string, resolve: (url: string) => string): Map<string, Text> {
  const found = new Map<string, Text>();
  for (const { type, url, title } of Object.values(document.layers)) {
    if (type !== 'ground' || !url) continue;
    const address = resolve(url);
    if (address !== own) found.set(address, title);
  }
  return found;
}

/** What a person must know of what heights are above: that nobody knows it, and that another ground of the scene counts from elsewhere. */
export function datumNotes(city: CityCatalogue, others: readonly OtherGround[]): Text[] {
  const notes: Text[] = city.layers.terrain && city.heightDatum === 'unknown' ? [heightDatumText('unknown')] : [];
  const here = heightDatumText(city.heightDatum);
  for (const { title, city: other } of others) {
    if (other.heightDatum === city.heightDatum) continue;
    const there = heightDatumText(other.heightDatum);
    notes.push({
      zh: `场景中有两种高程：此处为“${here.zh}”，“${title.zh}”为“${there.zh}”，未作换算，两处高度不可相比`,
      en: `two height datums in one scene: here “${here.en}”, in “${title.en}” “${there.en}”; nothing is converted, so heights of the two cannot be compared`,
    });
  }
  return notes;
}
