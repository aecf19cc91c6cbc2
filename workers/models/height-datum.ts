import type { HeightDatum } from './city-catalogue.ts';

const texts: Readonly<Record<HeightDatum, { readonly zh: string; readonly en: string }>> = {
  ellipsoid: { zh: 'WGS 84 椭球高', en: 'WGS 84 ellipsoid' },
  egm96: { zh: 'EGM96 正高', en: 'EGM96 geoid' },
  egm2008: { zh: 'EGM2008 正高', en: 'EGM2008 geoid' },
  '1985': { zh: '1985 国家高程基准', en: '1985 national height datum' },
  local: { zh: '地方高程', en: 'local heights' },
  unknown: { zh: '高程基准未知', en: 'unknown height datum' },
};

/** A datum's name in both languages; what nobody knows is said to be unknown. */
export function heightDatumText(datum: string): { zh: string; en: string } {
  return { ...(texts[datum as HeightDatum] ?? texts.unknown) };
}
