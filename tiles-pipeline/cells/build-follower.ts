import { Crew } from './crew.ts';
import { openBuilds, queueOf, withdraw, type OpenBuild } from './open-builds.ts';
import type { RedisLink } from './redis-link.ts';
import { TaskTaker } from './task-taker.ts';
import { VERSION } from './work-folder.ts';

/** Milliseconds that a build may be silent before its work is let go of. */
const SILENCE = 10_000;

export interface FollowerOptions {
  readonly link: RedisLink;
  /** Processes, for all builds together. */
  readonly count: number;
  readonly name: string;
  say(sentence: string): void;
}

interface Followed {
  readonly build: OpenBuild;
  readonly taker: TaskTaker;
  seen: number;
}

/** Takes part in every build of a Redis whose work folder it reaches. */
export class BuildFollower {
  readonly #followed = new Map<string, Followed>();
  /** Builds that it takes no part in, each said once; and queues of dead builds, with when they were first seen. */
  readonly #left = new Set<string>();
  readonly #dead = new Map<string, number>();
  #done = 0;

  constructor(private readonly options: FollowerOptions) {}

  /** Joins builds that are new and leaves those that are gone. */
  async look(): Promise<void> {
    const { link } = this.options;
    if (!link.ready) return;
    const found = await openBuilds(link.redis).catch(() => undefined);
    if (!found) return;
    const now = Date.now();
    for (const build of found.open) {
      const followed = this.#followed.get(build.queue);
      if (followed) followed.seen = now;
      else if (!this.#left.has(nameOf(build))) this.#join(build);
    }
    const open = new Set(found.open.map(({ queue }) => queue));
    const waits = (queue: string, seen: number): boolean => open.has(queue) || (found.dead.includes(queue) && now - seen < SILENCE);
    for (const [queue, { seen }] of this.#followed) if (!waits(queue, seen)) await this.#leave(queue);
    await this.#bury(found.dead, now);
  }

  #join(build: OpenBuild): void {
    const { link, count, name, say } = this.options;
    const where = `${build.work} (process ${build.pid} on ${build.host})`;
    const why = this.#whyNot(build);
    if (why) {
      this.#left.add(nameOf(build));
      return say(`No part in the build in ${where}: ${why}`);
    }
    const unreachable = (sentence: string): void => {
      if (this.#left.has(nameOf(build))) return;
      this.#left.add(nameOf(build));
      say(`No part any more in the build in ${where}: ${sentence}`);
      // Not before this very task has been answered for.
      setTimeout(() => void this.#leave(build.queue, ''), 50);
    };
    const crew = new Crew(count, undefined, { tries: 1 });
    this.#followed.set(build.queue, { build, seen: Date.now(), taker: new TaskTaker({ link, build, crew, count, name, unreachable }) });
    this.#share();
    say(`Taking part in the build in ${where}.`);
  }

  #whyNot({ queue, work, version }: OpenBuild): string | undefined {
    const own = queueOf(work);
    if (own === '') return 'its work folder is not there. Workers need inputs and work folder under the same paths as the builder: a shared disk.';
    if (own !== queue) return 'another folder stands here under this path. Workers need inputs and work folder under the same paths as the builder: a shared disk.';
    return version === VERSION ? undefined : 'it is of another version of this program; install the same everywhere.';
  }

  /** All builds together get no more processes than there are to be. */
  #share(): void {
    for (const { taker } of this.#followed.values()) taker.count = Math.floor(this.options.count / this.#followed.size);
  }

  async #leave(queue: string, word = 'has ended'): Promise<void> {
    const followed = this.#followed.get(queue);
    if (!followed) return;
    this.#followed.delete(queue);
    this.#share();
    await followed.taker.stop(0);
    const { tasks, failed } = followed.taker.done;
    this.#done += tasks;
    if (word) this.options.say(`The build in ${followed.build.work} ${word}: ${tasks} tasks done here${failed > 0 ? `, ${failed} failed` : ''}.`);
  }

  /** Takes away the queues of builds that were killed; their pieces lie in their work folders. */
  async #bury(dead: readonly string[], now: number): Promise<void> {
    const { redis, library } = this.options.link;
    for (const queue of this.#dead.keys()) if (!dead.includes(queue)) this.#dead.delete(queue);
    for (const queue of dead) {
      const since = this.#dead.get(queue) ?? now;
      this.#dead.set(queue, since);
      if (now - since < SILENCE || this.#followed.has(queue)) continue;
      const grave = new library.Queue(queue, { connection: redis });
      grave.on('error', () => undefined);
      await grave.obliterate({ force: true }).then(() => withdraw(redis, queue)).catch(() => undefined);
      await grave.close().catch(() => undefined);
    }
  }

  /** @returns how many tasks were done */
  async stop(patience: number): Promise<number> {
    const all = [...this.#followed.values()];
    await Promise.all(all.map(({ taker }) => taker.stop(patience)));
    return all.reduce((sum, { taker }) => sum + taker.done.tasks, this.#done);
  }
}

function nameOf({ queue, host, pid }: OpenBuild): string {
  return `${queue} ${host} ${pid}`;
}
