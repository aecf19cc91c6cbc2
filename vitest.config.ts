import { defineConfig } from 'vitest/config';
import { aliases } from './vite.config.ts';

const ignored = ['node_modules/**', 'dist/**', '.cache/**'];

/** Two lanes: `unit` runs in Node; `browser` runs one file after another, each with its own Chromium and page server. */
export default defineConfig({
  resolve: { alias: aliases },
  cacheDir: '.cache/vite/unit',
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/*.browser.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          pool: 'forks',
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          pool: 'forks',
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
