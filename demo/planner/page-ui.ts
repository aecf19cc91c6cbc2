import { TwinError, type CityTwin, type Twin, type Ui, type UiKey, type Words } from 'citymirror';
import type { Catalogues } from './catalogues.ts';
import type { CityEntry } from './cities.ts';
import type { PageKey } from './dictionary-en.ts';
import type { ToolBox } from './tools.ts';

export type PageWords = Words<UiKey | PageKey>;

/** What the planner's own widgets share beside the common ones. */
export interface PageUi extends Ui {
  readonly twin: CityTwin;
  readonly words: PageWords;
  readonly tools: ToolBox;
  readonly catalogues: Catalogues;
  readonly cities: readonly CityEntry[];
  /** The city shown now, by its id; null for a scene of its own. */
  readonly city: string | null;
  /** Opens a file that was chosen or dropped. */
  openFile(file: File): Promise<void>;
}

/** What went wrong, in the language shown: the code's sentence, with the details as they came. */
export function sayError(words: PageWords, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof TwinError)) return words.say('error.other', { message });
  const own = words.explain(message);
  // A sentence of its own says all; the code's sentence stands in for one that is not known in Chinese.
  return words.language === 'en' || own !== message ? own : words.say(`error.${cause.code}`, { message });
}

/** Layers of a type, topmost first. */
export function layersOf(twin: Pick<Twin, 'document'>, type: string): string[] {
  return Object.entries(twin.document.layers).filter(([, layer]) => layer.type === type).toSorted(([, a], [, b]) => b.order - a.order).map(([id]) => id);
}
