import type { CommandSpec } from './options.ts';

/** What a command gets: its arguments, where to write, and when to stop. */
export interface Terminal {
  out(text: string): void;
  /** Progress and complaints: kept apart from results. */
  err(text: string): void;
  /** Whether `err` is a terminal that a line can be redrawn on. */
  readonly redraw: boolean;
  readonly columns: number;
  readonly signal: AbortSignal;
}

export interface Command {
  readonly spec: CommandSpec;
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
