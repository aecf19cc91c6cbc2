import type { Text } from '#engine';
import { heightDatumText, type CityCatalogue } from '#models';

/** The pipeline's uses of a building. */
const useTexts: Readonly<Record<string, Text>> = {
  unknown: { zh: '未知', en: 'unknown' },
  residential: { zh: '住宅', en: 'residential' },
  commercial: { zh: '商业', en: 'commercial' },
  office: { zh: '办公', en: 'office' },
  industrial: { zh: '工业', en: 'industrial' },
  public: { zh: '公共', en: 'public' },
  school: { zh: '学校', en: 'school' },
  hospital: { zh: '医院', en: 'hospital' },
  'old-town': { zh: '老城民居', en: 'old town' },
};

const lackTexts: Readonly<Record<string, Text>> = {
  buildings: { zh: '建筑', en: 'buildings' },
  roads: { zh: '道路', en: 'roads' },
  areas: { zh: '水系与用地', en: 'water and land use' },
  places: { zh: '地名', en: 'places' },
  terrain: { zh: '地形', en: 'terrain' },
};

/** A word of ours in both languages, or the data's own word as it stands. */
export function useText(use: string): Text | string {
  return useTexts[use] ?? use;
}

/** Thousands separated, the same in both languages. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** Sentences one after another; null when there is none. */
export function sentences(parts: readonly Text[]): Text | null {
  if (parts.length === 0) return null;
  return { zh: parts.map((part) => part.zh).join('；'), en: parts.map((part) => part.en).join('; ') };
}

/** What a person must know of a city's data: made up or not, what is missing, which heights. */
export function catalogueNotes(city: CityCatalogue): Text[] {
  const notes: Text[] = [];
  if (city.synthetic) notes.push({ zh: '合成城市，非真实数据', en: 'synthetic city, not real data' });
  if (city.missing.length > 0) {
    const lacks = city.missing.map((name) => lackTexts[name] ?? { zh: name, en: name });
    notes.push({ zh: `数据中没有${lacks.map((text) => text.zh).join('、')}`, en: `no ${lacks.map((text) => text.en).join(', no ')} in the data` });
  }
  if (city.heightDatum === 'unknown') notes.push(heightDatumText('unknown'));
  return notes;
}
