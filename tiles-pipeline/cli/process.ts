import type { Terminal } from './terminal.ts';

/** Milliseconds after which a stop that does not come about is forced. */
const PATIENCE = 4500;
/** Milliseconds between looks at whether the program that started this one is still there. */
const LOOK = 1000;
/** Exit code by signal: 128 and its number, as shells have it. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Stop = keyof typeof CODES;

export interface OwnProcess {
  readonly terminal: Terminal;
  /** The exit code of what was asked to stop; null where nothing was. */
  stopped(): number | null;
  end(): void;
}

/**
 * This process as a command's terminal. The first Ctrl-C, SIGTERM or SIGHUP asks the command to stop; a second one, or some seconds without an end, ends
 * it at once. Who reads the output may go away: then there is nobody to work for, and the command stops likewise.
 */
export function ownProcess(): OwnProcess {
  const controller = new AbortController();
  let code: number | null = null;
  const stop = (with_: number): void => {
    if (code !== null) process.exit(code);
    code = with_;
    controller.abort();
    setTimeout(() => {
      process.stderr.write('The command was stopped before it could tidy up; nothing was changed.\n');
      process.exit(with_);
    }, PATIENCE).unref();
  };
  const handlers = (Object.keys(CODES) as Stop[]).map((signal) => [signal, (): void => stop(CODES[signal])] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  const gone = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    if (code === null) stop(CODES.SIGHUP);
  };
  process.stdout.on('error', gone);
  process.stderr.on('error', gone);
  const parent = process.ppid;
  // A write is how one learns that a pipe has lost its reader. A log that is still read gets one line and the work goes on.
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.stderr.write('The program that started this one has ended; going on as long as the output is read.\n');
  }, LOOK).unref();
  return {
    terminal: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      redraw: Boolean(process.stderr.isTTY),
      columns: process.stderr.columns || 80,
      signal: controller.signal,
    },
    stopped: () => code,
    end() {
      clearInterval(watch);
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
