import { judgeLabels, type LabelAsk } from './drawing/declutter.ts';
import type { LabelJudge } from './label-board.ts';
import type { AnalysisPort } from './ports.ts';

/** As many labels are judged in well under a millisecond: less than a message and the wait for a worker that is at something long. */
const FEW = 2000;

/** Verdicts from the analysis workers where labels are many; where they are few, or no worker answers, from here: labels are seen in any case. */
export function labelJudge(analysis: AnalysisPort): LabelJudge {
  return async (ask) => {
    if (ask.lifts.length <= FEW) return judgeLabels(ask);
    try {
      return await analysis.run<LabelAsk, Uint8Array>('labels', ask, { priority: 5, deadline: 5 });
    } catch {
      return judgeLabels(ask);
    }
  };
}
