import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

/** The repository's root, absolute, with a slash at its end. */
export const repository: string = fileURLToPath(new URL('../', import.meta.url));

const folder = process.env.CITYMIRROR_SHARED ?? join(repository, '../shared');

/** Path of a file of the shared real data (`CITYMIRROR_SHARED`, else `../shared` beside the checkout). Says nothing of whether it is there. */
export function shared(path: string): string {
  return join(folder, path);
}

/** Whether the shared real data are there. */
export const hasShared: boolean = existsSync(join(folder, 'data'));

/**
 * A group of tests that read the shared real data. Without the data the group is skipped with one line; where `CI` is set
 * the absence is a failure, so that nothing is silently left out there.
 */
export function describeShared(name: string, body: () => void): void {
  if (hasShared) {
    describe(name, body);
  } else if (process.env.CI) {
    test(name, () => {
      throw new Error(`The shared data are missing: ${folder} has no folder data`);
    });
  } else {
    console.log(`skipped: ${name} (no shared data at ${folder})`);
    describe.skip(name, body);
  }
}
