import type { Issue } from '../../engine/errors.ts';

/** Files named for one fault; beyond, they are counted. */
const MOST_EACH = 20;

/** The faults of a check: each with its file, and where one comes again and again a count in place of the rest. */
export class IssueLog {
  readonly #issues: Issue[] = [];
  readonly #counts = new Map<string, { told: number; more: number; severity: Issue['severity'] }>();

  add(code: string, message: string, path: string, severity: Issue['severity'] = 'error'): void {
    const key = `${severity} ${code}`;
    const count = this.#counts.get(key) ?? { told: 0, more: 0, severity };
    this.#counts.set(key, count);
    if (count.told < MOST_EACH) {
      count.told++;
      this.#issues.push({ code, severity, message, path });
    } else count.more++;
  }

  /** For one file. */
  at(path: string): (code: string, message: string, severity?: Issue['severity']) => void {
    return (code, message, severity) => this.add(code, message, path, severity);
  }

  done(): Issue[] {
    const rest = [...this.#counts].filter(([, { more }]) => more > 0).map(([key, { more, severity }]): Issue => ({ code: key.split(' ')[1], severity, message: `the same ${more} times more`, count: more }));
    return [...this.#issues, ...rest];
  }
}
