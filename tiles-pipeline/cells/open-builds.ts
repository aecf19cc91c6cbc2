import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { identityOf } from './work-folder.ts';

/** Set of the queues of all builds of a Redis. */
const BUILDS = 'citymirror:builds';
/** Milliseconds without a sign of life after which a build counts as dead, and between two signs. */
const LIFE = 30_000;
export const BEAT = 5000;

/** A build that gives work away. */
export interface OpenBuild {
  /** Name of its queue. */
  readonly queue: string;
  /** Its work folder, absolute. Whoever takes work must reach it under this path. */
  readonly work: string;
  /** Of what pieces of work are: others may not make them. */
  readonly version: number;
  readonly host: string;
  readonly pid: number;
}

/** One name a work folder: builds do not mix, and one that is started again finds what it left. '' where there is no such folder here. */
export function queueOf(work: string): string {
  const identity = identityOf(work);
  return identity === '' ? '' : `citymirror-${createHash('sha256').update(`${identity} ${work}`).digest('hex').slice(0, 16)}`;
}

/** Says that a build gives work away, for {@link LIFE}; to be said again and again. */
export async function announce(redis: Redis, build: OpenBuild): Promise<void> {
  await redis.multi().sadd(BUILDS, build.queue).set(lifeOf(build.queue), JSON.stringify(build), 'PX', LIFE).exec();
}

export async function withdraw(redis: Redis, queue: string): Promise<void> {
  await redis.multi().srem(BUILDS, queue).del(lifeOf(queue)).exec();
}

/** Builds that give work away now, and queues whose build is gone. */
export async function openBuilds(redis: Redis): Promise<{ open: OpenBuild[]; dead: string[] }> {
  const queues = (await redis.smembers(BUILDS)).toSorted();
  if (queues.length === 0) return { open: [], dead: [] };
  const lives = await redis.mget(queues.map(lifeOf));
  const found = queues.map((queue, k) => ({ queue, build: buildOf(lives[k]) }));
  return { open: found.flatMap(({ queue, build }) => (build?.queue === queue ? [build] : [])), dead: found.filter(({ queue, build }) => !build && /^citymirror-[\da-f]{16}$/u.test(queue)).map(({ queue }) => queue) };
}

function lifeOf(queue: string): string {
  return `citymirror:build:${queue}`;
}

function buildOf(text: string | null): OpenBuild | undefined {
  try {
    const build = JSON.parse(text ?? 'null') as Partial<OpenBuild> | null;
    const words = build ? [build.queue, build.work, build.host] : [];
    return build && words.every((word) => typeof word === 'string') && typeof build.version === 'number' && typeof build.pid === 'number' ? (build as OpenBuild) : undefined;
  } catch {
    return undefined;
  }
}
