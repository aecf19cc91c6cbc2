import { judgeLabels, type LabelAsk } from './drawing/declutter.ts';
import type { LabelJudge } from './label-board.ts';
import type { AnalysisPort } from './ports.ts';

/** Verdicts from the analysis workers; where none answers, from here: labels are seen in any case. */
export function labelJudge(analysis: AnalysisPort): LabelJudge {
  return async (ask) => {
    try {
      return await analysis.run<LabelAsk, Uint8Array>('labels', ask, { priority: 5, deadline: 5 });
    } catch {
      return judgeLabels(ask);
    }
  };
}
