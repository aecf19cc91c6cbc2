import { TwinError } from '../../engine/errors.ts';
import type { Report } from '../convert.ts';
import { n } from './figures.ts';

/**
 * Reasons that are no loss: what a city does not show by rule, however sound it is. They are counted and listed like all others, but say nothing against an
 * input, so they do not count towards `--max-skipped`. Any reason that is not here is a loss.
 */
const BY_RULE: readonly RegExp[] = [
  /^opening \(cut out/u, /^space \(a room/u, /^drawn as lines or points only/u,
  /^a label point /u, /^a point of an? .*, no outline/u, /^a point that says nothing/u, /^a ferry route/u, /^a line that is no road/u, /^a line of water without area/u,
  /^a relation that is no area/u, /^a relation of a building without an outline of its own/u, /^deleted in the \.dbf/u,
];

/** How many features of a build were lost. */
export function lostOf(report: Pick<Report, 'skipped'>): number {
  return Object.entries(report.skipped).reduce((sum, [reason, count]) => (BY_RULE.some((rule) => rule.test(reason)) ? sum : sum + count), 0);
}

/** What `--max-skipped` allows. */
export interface SkipLimit {
  allows(lost: number, of: number): boolean;
}

/** `12` or `5%`: how many of all may be skipped. @throws {TwinError} `bad-input` */
export function parseSkipLimit(text: string): SkipLimit {
  const match = /^(\d+(?:\.\d+)?)(%?)$/u.exec(text.trim());
  if (!match || (match[2] && Number(match[1]) > 100)) throw new TwinError('bad-input', `--max-skipped ${text} is no limit: give a number of features, or a share as in --max-skipped 5%`);
  const most = Number(match[1]);
  return { allows: (lost, of) => (match[2] ? lost * 100 <= most * of : lost <= most) };
}

/** A sentence where more was lost than is allowed; null where not. */
export function tooManyLost(report: Pick<Report, 'skipped' | 'in'>, limit: SkipLimit): string | null {
  const lost = lostOf(report);
  if (limit.allows(lost, report.in)) return null;
  return `${n(lost)} of ${n(report.in)} could not be used, more than --max-skipped allows (exit code 1). The reasons stand above and in report.json; mend the data, or accept as many with --max-skipped ${Math.ceil((lost / report.in) * 100)}%.`;
}
