import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookAt } from '../../tiles-pipeline/cli/info-file.ts';
import { wounded } from './hostile.ts';

/** Files that are read together, the first of them by its reader; where mutants are written; which to try. */
export interface MutantOrders {
  readonly files: readonly string[];
  readonly folder: string;
  readonly from: number;
  readonly to: number;
}

export interface MutantNews {
  readonly at: number;
  readonly end: boolean;
  /** What a reader threw; issues are as it should be. */
  readonly threw?: string;
  /** Nothing came and nothing was said. */
  readonly silent?: boolean;
}

/** Reads mutants one after another in this process, telling before and after each: who started it knows which one killed it. */
async function tryAll({ files, folder, from, to }: MutantOrders): Promise<void> {
  const whole = files.map((path) => readFileSync(path));
  const names = files.map((path) => `m${/\.[^./]*$/u.exec(path)?.[0] ?? ''}`);
  for (let at = from; at < to; at++) {
    process.send?.({ at, end: false } satisfies MutantNews);
    const victim = at % files.length;
    for (const [k, bytes] of whole.entries()) writeFileSync(join(folder, names[k]), k === victim ? wounded(bytes, at + 1) : bytes);
    process.send?.({ at, end: true, ...(await read(join(folder, names[0]))) } satisfies MutantNews);
  }
}

async function read(path: string): Promise<{ threw?: string; silent?: boolean }> {
  if (!existsSync(path)) return {};
  try {
    const info = await lookAt(path);
    const broke = info.issues.find(({ code }) => code === 'reader-broke');
    const came = (info.features?.count ?? 0) + info.models.length + info.rasters.length + info.networks.length + Object.keys(info.others).length;
    return broke ? { threw: broke.message.replace(/^.*broke down \(/u, '').slice(0, 160) } : { silent: came === 0 && info.issues.length === 0 && Object.keys(info.skipped).length === 0 };
  } catch (cause) {
    // Of no kind that is read: that is an answer.
    return cause instanceof Error && cause.name === 'TwinError' ? {} : { threw: String(cause).slice(0, 160) };
  }
}

process.on('message', (orders: MutantOrders) => {
  void tryAll(orders).then(() => process.exit(0), (cause: unknown) => {
    console.error(cause);
    process.exit(3);
  });
});
