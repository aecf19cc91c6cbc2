import { TwinError } from '../../engine/errors.ts';
import { perform, type Task } from './task.ts';

/** What a worker answers: done, or why not. */
export type Answer = { readonly done: true } | { readonly failed: { readonly code: string; readonly message: string } };

process.on('message', (task: Task) => {
  perform(task).then(
    () => say({ done: true }),
    (cause: unknown) => say({ failed: { code: cause instanceof TwinError ? cause.code : 'failed', message: cause instanceof Error ? cause.message : String(cause) } }),
  );
});
// Whoever started it is gone: so is what for.
process.on('disconnect', () => process.exit(0));
// Signals to a whole group of processes are for the one that leads it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
say('ready');

/** To whoever started it, who may be gone. */
function say(answer: Answer | 'ready'): void {
  process.send?.(answer, undefined, undefined, () => undefined);
}
