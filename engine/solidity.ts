import type { SceneDocument } from './document.ts';

/** One ground for all ground layers of a scene: as solid as the most solid of them, and solid where there is none. */
export function groundSolidity(document: SceneDocument, without = ''): number {
  const grounds = Object.entries(document.layers).filter(([id, { type }]) => type === 'ground' && id !== without);
  return grounds.length === 0 ? 1 : Math.max(...grounds.map(([, { visible, opacity }]) => (visible ? opacity : 0)));
}
