import { judgeLabels, type LabelAsk } from '../../engine/drawing/declutter.ts';

/** Which of a screen's labels are shown, none over another. */
export function labels(ask: LabelAsk): Uint8Array {
  return judgeLabels(ask);
}
