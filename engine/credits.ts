import type { LayerDocument, SceneDocument } from './document.ts';
import type { Credit, Layer } from './layer.ts';

interface Credited {
  readonly document: LayerDocument;
  readonly layer?: Layer;
}

/** A map review number (审图号) as it is printed on a map. */
function review(number: string): Credit {
  return { text: { zh: `审图号：${number}`, en: `Map review no. ${number}` }, always: true };
}

/** Whom the picture is owed to: review numbers first, then what must always be seen, then the rest; each once. Hidden layers owe nothing. */
export function creditsOf(scene: SceneDocument, layers: Iterable<Credited>): readonly Credit[] {
  const found: Credit[] = scene.reviewNumber ? [review(scene.reviewNumber)] : [];
  for (const { document, layer } of layers) {
    if (!document.visible) continue;
    if (document.reviewNumber) found.push(review(document.reviewNumber));
    found.push(...(document.credits ?? []), ...(layer?.credits?.() ?? []));
  }
  const once = new Map(found.map((credit) => [typeof credit.text === 'string' ? credit.text : credit.text.en, credit]));
  return [...once.values()].sort((a, b) => Number(b.always ?? false) - Number(a.always ?? false));
}
