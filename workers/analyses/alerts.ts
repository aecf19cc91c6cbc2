import { evaluateAlert, type AlertsInput, type AlertsOutput } from '#models';
import type { AnalysisContext } from './context.ts';

/** Watches stepped between two looks at whether the call was cancelled. */
const TOGETHER = 2000;

/** Alert rules stepped over what stations read since the last time: states in, states and events out. */
export async function alerts({ rules, watches, now, known }: AlertsInput, context: AnalysisContext): Promise<AlertsOutput> {
  const results: AlertsOutput['watches'][number][] = [];
  for (const { rule, state, readings } of watches) {
    results.push(evaluateAlert(rules[rule], readings, now, { from: state ?? undefined, known: known ?? undefined }));
    if (results.length % TOGETHER !== 0) continue;
    context.progress(results.length / watches.length);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return { watches: results };
}
