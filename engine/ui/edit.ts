import type { Patch } from '../document.ts';
import type { TwinPort } from './port.ts';

/** Who changed the document, as the patch stream says it. */
export const BY = 'panel';

/**
 * A control that is dragged: the document follows every step, and undo knows only the whole drag.
 * `step` while it moves, `end` when it is let go.
 */
export interface Drag {
  step(value: number): void;
  end(value: number): void;
}

/** @param path JSON pointer of a number in the document @param read its value now */
export function drag(twin: TwinPort, path: string, read: () => number | undefined): Drag {
  let before: number | undefined;
  const set = (value: number, undo: boolean): void => {
    const patch: Patch = [{ op: 'replace', path, value }];
    twin.apply(patch, { by: BY, undo });
  };
  return {
    step(value) {
      before ??= read();
      set(value, false);
    },
    end(value) {
      // Back to where the drag began, silently, so that the step that undo knows spans all of it.
      if (before !== undefined && read() !== before) set(before, false);
      if (read() !== value) set(value, true);
      before = undefined;
    },
  };
}

/** Sets a value in the document, adding it where it is not there yet. */
export function put(twin: TwinPort, path: string, value: unknown, undo = true): void {
  twin.apply([{ op: 'add', path, value }], { by: BY, undo });
}

/** Layer ids from the topmost down. */
export function stacked(document: TwinPort['document']): string[] {
  return Object.entries(document.layers).toSorted(([a, x], [b, y]) => y.order - x.order || (a < b ? 1 : -1)).map(([id]) => id);
}

/** The patch that puts layers into an order, topmost first. */
export function restack(document: TwinPort['document'], ids: readonly string[]): Patch {
  return ids.flatMap((id, i) => {
    const order = ids.length - 1 - i;
    return document.layers[id].order === order ? [] : [{ op: 'replace' as const, path: `/layers/${id}/order`, value: order }];
  });
}
