/** What a reading says of itself, in the order of the numbers it is kept as. */
export const READING_QUALITIES = ['good', 'simulated', 'replayed', 'suspect', 'invalid'] as const;

export type ReadingQuality = (typeof READING_QUALITIES)[number];

/** Number of a word; a word that is none of ours counts as suspect. */
export function qualityNumber(word: string): number {
  const at = (READING_QUALITIES as readonly string[]).indexOf(word);
  return at < 0 ? READING_QUALITIES.indexOf('suspect') : at;
}

/** Word of a number; null where nothing was said. */
export function qualityOf(number: number): ReadingQuality | null {
  return READING_QUALITIES[number] ?? null;
}
