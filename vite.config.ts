import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Alias } from 'vite';
import { citymirror } from './engine/backends/cesium/vite-plugin.mjs';

const root = fileURLToPath(new URL('./', import.meta.url));
const at = (path: string): string => join(root, path);

/** The package's own entries and front doors, resolved to their sources in development, in tests and in the demo's build. */
export const aliases: Alias[] = [
  { find: /^citymirror\/layers\/([^/]+)$/, replacement: at('layers/$1/$1.ts') },
  { find: /^citymirror\/(three|cesium|headless)$/, replacement: at('engine/backends/$1/index.ts') },
  { find: /^citymirror\/analysis$/, replacement: at('workers/analyses/index.ts') },
  { find: /^citymirror\/tiles$/, replacement: at('tiles-pipeline/convert.ts') },
  { find: /^citymirror\/element$/, replacement: at('layers/element.ts') },
  { find: /^citymirror$/, replacement: at('layers/citymirror.ts') },
  { find: /^#geo$/, replacement: at('engine/geo/index.ts') },
  { find: /^#engine$/, replacement: at('engine/index.ts') },
  { find: /^#models$/, replacement: at('workers/models/index.ts') },
  { find: /^#analysis$/, replacement: at('workers/analyses/index.ts') },
];

/** Every page of the demo, as inputs of the build: `planner`, `embed/plain`, … */
function pages(folder: string, found: Record<string, string> = {}): Record<string, string> {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) pages(path, found);
    else if (entry.name.endsWith('.html')) found[path.slice(at('demo').length + 1, -'.html'.length).replaceAll('/', '-')] = path;
  }
  return found;
}

export default defineConfig({
  root,
  publicDir: false,
  cacheDir: at('.cache/vite/dev'),
  appType: 'mpa',
  resolve: { alias: aliases },
  plugins: [citymirror()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: at('.cache/demo'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000,
    rolldownOptions: { input: pages(at('demo')) },
  },
});
