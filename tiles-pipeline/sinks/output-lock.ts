import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';

/** Who holds an output. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When its process began, in the kernel's ticks; '' where that is not to be had. Tells a process from a later one of the same number. */
  readonly born: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly token: string;
}

export interface LockOptions {
  /** Milliseconds between signs of life. */
  readonly beat?: number;
  /** Milliseconds without a sign of life after which a holder on another machine counts as dead. */
  readonly patience?: number;
}

/**
 * A file beside an output that says who is at work on it. Held until {@link release}, with a sign of life (its time of change) meanwhile.
 * A lock whose process is dead on this machine, or that gave no sign of life from another, is taken over.
 */
export class OutputLock {
  readonly #token: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    token: string,
    beat: number,
  ) {
    this.#token = token;
    this.#timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beat);
    this.#timer.unref();
  }

  /**
   * @param where the output, as its user named it
   * @throws {TwinError} `refused`, naming the holder
   * @throws what the disk says
   */
  static async take(path: string, where: string, { beat = 10_000, patience = 120_000 }: LockOptions = {}): Promise<OutputLock> {
    const holder: Holder = { pid: process.pid, host: hostname(), born: birthOf(process.pid), since: new Date().toISOString(), token: randomUUID() };
    for (let tries = 0; tries < 20; tries++) {
      if (await put(path, holder)) return new OutputLock(path, holder.token, beat);
      const other = await holderOf(path);
      if (other === 'gone') continue;
      if (other === 'unreadable') await sleep(50);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
      const dead = other === 'unreadable' ? age > patience : isDead(other, age, patience);
      if (!dead && other !== 'unreadable') throw new TwinError('refused', `${where} is being written by process ${other.pid} on ${other.host} since ${other.since}. Wait for it or end it; if there is no such process, remove ${path}.`, { where, retryable: true });
      if (dead) await takeAway(path, other);
    }
    throw new TwinError('refused', `${where} is being written by another process: ${path} changes hands all the time. Try again.`, { where, retryable: true });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const holder = await holderOf(this.path);
    if (typeof holder === 'object' && holder.token === this.#token) await rm(this.path, { force: true });
  }
}

/** Appears with its content or not at all; false where there is one already. */
async function put(path: string, holder: Holder): Promise<boolean> {
  const own = `${path}-${holder.token}`;
  try {
    await writeFile(own, JSON.stringify(holder), { flag: 'wx' });
    await link(own, path);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Disks without hard links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return writeFile(path, JSON.stringify(holder), { flag: 'wx' }).then(() => true, (again: NodeJS.ErrnoException) => {
      if (again.code === 'EEXIST') return false;
      throw again;
    });
    throw cause;
  } finally {
    await rm(own, { force: true });
  }
}

async function holderOf(path: string): Promise<Holder | 'gone' | 'unreadable'> {
  try {
    const read = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return typeof read.pid === 'number' && typeof read.host === 'string' ? { born: '', since: 'an unknown time', token: '', ...read, pid: read.pid, host: read.host } : 'unreadable';
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

function isDead({ pid, host, born }: Holder, age: number, patience: number): boolean {
  if (host !== hostname()) return age > patience;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return born !== '' && birthOf(pid) !== '' && birthOf(pid) !== born;
}

/** Two that find the same dead lock: one moves it away, and the other must not move the lock of the first. */
async function takeAway(path: string, dead: Holder | 'unreadable'): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await holderOf(aside);
  const token = typeof moved === 'object' ? moved.token : '';
  if (token !== (typeof dead === 'object' ? dead.token : '')) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** @source proc(5), /proc/pid/stat, field 22 */
function birthOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
