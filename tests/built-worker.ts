import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { repository } from './shared.ts';

/**
 * Bundles a worker's source into one file that Node's `worker_threads` and a page can start: tests of workers run against what ships, not against sources.
 * @param source path in the repository @returns absolute path of the built module
 */
export async function buildWorker(source: string): Promise<string> {
  const name = source.replaceAll(/[/\\.]/g, '-');
  const outDir = join(repository, '.cache/workers', `${name}-${process.pid}`);
  mkdirSync(outDir, { recursive: true });
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: false,
    root: repository,
    logLevel: 'error',
    resolve: { alias: [{ find: /^#geo$/, replacement: join(repository, 'engine/geo/index.ts') }, { find: /^#models$/, replacement: join(repository, 'workers/models/index.ts') }] },
    build: {
      target: 'es2022', outDir, emptyOutDir: true, minify: false, copyPublicDir: false,
      lib: { entry: join(repository, source), formats: ['es'], fileName: () => 'worker.mjs' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const file = join(outDir, 'worker.mjs');
  if (!existsSync(file)) throw new Error(`${source} was not built`);
  return file;
}

/** A Node worker from a built file, with a heap small enough that running out of it takes a moment only. */
export function startWorker(file: string, heap = 64): Worker {
  return new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heap } });
}
