import { hostname, availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';
import { BuildFollower } from '../cells/build-follower.ts';
import { RedisLink } from '../cells/redis-link.ts';
import { n } from './figures.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';
import { parseWorkers } from './worker-count.ts';

const spec = {
  name: 'tiles work',
  operands: '--queue URL',
  what: 'do the work of builds that share theirs, until stopped',
  options: {
    queue: { type: 'string', value: 'URL', help: 'the Redis of the builds: redis://[user:password@]host[:port][/db]' },
    workers: { type: 'string', value: 'N', help: 'processes that work (one a core)' },
    name: { type: 'string', value: 'TEXT', help: 'what this worker is called (host and process)' },
  },
  notes: ['Inputs and work folder must be on a disk that builder and workers reach under the same paths.', 'The password may stand in CITYMIRROR_REDIS_PASSWORD. Ctrl-C or SIGTERM finishes or gives back what is in hand.'],
  example: 'tiles work --queue redis://10.0.0.5:6379 --workers 8',
} as const satisfies CommandSpec;

/** Milliseconds between two looks for builds. */
const LOOK = 1000;
/** Milliseconds to finish what is in hand when told to stop. */
const PATIENCE = 2500;
/** Exit code of what was stopped; by which signal is for the process to say. */
const STOPPED = 130;

/** `tiles work --queue URL`: until stopped. */
export const work: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values, positionals } = parseCommand(spec, args);
    if (positionals.length > 0) throw new TwinError('bad-input', `tiles work takes no inputs (${positionals[0]}): builds say what is to be done.`);
    if (!values.queue) throw new TwinError('bad-input', 'Name the Redis of the builds: citymirror tiles work --queue redis://host:port');
    const count = values.workers === undefined ? availableParallelism() : parseWorkers(values.workers);
    const name = values.name ?? `${hostname()}-${process.pid}`;
    const say = (sentence: string): void => terminal.out(`${sentence}\n`);
    const { signal } = terminal;
    const link = await RedisLink.open(values.queue, { say, patience: Infinity, signal });
    const follower = new BuildFollower({ link, count, name, say });
    say(`${name} takes work from ${link.shown} with ${count} ${count === 1 ? 'process' : 'processes'} (Ctrl-C stops it).`);
    while (!signal.aborted) {
      await follower.look();
      await sleep(LOOK, undefined, { signal }).catch(() => undefined);
    }
    const done = await follower.stop(PATIENCE);
    link.close();
    say(`Stopped; ${n(done)} tasks were done.`);
    return STOPPED;
  },
};
