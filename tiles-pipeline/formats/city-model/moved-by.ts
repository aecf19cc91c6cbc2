import type { Frame } from './frame.ts';

export function isMatrix(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length === 16 && value.every((each) => typeof each === 'number' && Number.isFinite(each));
}

/** A template's own corners (metres) through a matrix of four rows, then to a place in the source's system. */
export function movedBy(own: ArrayLike<number>, matrix: readonly number[], place: ArrayLike<number>, frame: Frame): number[] {
  const out: number[] = [];
  for (let i = 0; i + 2 < own.length; i += 3) {
    const row = (r: number): number => matrix[r] * own[i] + matrix[r + 1] * own[i + 1] + matrix[r + 2] * own[i + 2] + matrix[r + 3];
    const w = row(12) || 1;
    out.push(...frame.moved(place[0], place[1], place[2], [row(0) / w, row(4) / w, row(8) / w]));
  }
  return out;
}
