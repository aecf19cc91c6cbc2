import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cesiumAssets, MARK } from './assets.mjs';

export { copyAssets } from './assets.mjs';

/** Where the plugin puts Cesium's workers, under the page's base. */
export const ASSETS_PATH = 'citymirror-assets/cesium/';

const TYPES = { js: 'text/javascript', wasm: 'application/wasm', json: 'application/json' };

function contentType(path) {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** What the built package imports from others, in the browser; nothing when the plugin runs from the sources. */
function packageImports() {
  const dist = fileURLToPath(new URL('../', import.meta.url));
  if (!existsSync(join(dist, 'citymirror.js'))) return [];
  const found = new Set();
  for (const folder of ['.', 'chunks', 'layers']) {
    for (const name of readdirSync(join(dist, folder))) {
      if (!name.endsWith('.js')) continue;
      for (const [, from] of readFileSync(join(dist, folder, name), 'utf8').matchAll(/^(?:import|export)\b(?:[^'"\n]*\bfrom)?\s*["']([^.'"][^'"]*)["']/gmu)) found.add(from);
    }
  }
  return [...found].toSorted();
}

/**
 * Vite plugin: serves Cesium's workers and decoders in development, emits them in a build. Without options they lie at `/citymirror-assets/cesium/`,
 * where the globe view looks for them.
 * @param {{ path?: string, from?: string | URL }} [options]
 */
export function citymirror({ path = ASSETS_PATH, from } = {}) {
  const prefix = path.replace(/^\/+/, '').replace(/\/*$/, '/');
  let known;
  const assets = () => (known ??= cesiumAssets(from));
  return {
    name: 'citymirror-cesium-assets',
    /**
     * Workers stay modules, so that a part which is loaded when it is asked for (the MQTT client) is not part of every worker. In development the package itself
     * is left alone (its workers stand beside its modules); what it imports is bundled at start, so that no page reloads on its first visit.
     */
    config(user) {
      const worker = { format: user.worker?.format ?? 'es' };
      const imported = packageImports();
      return imported.length === 0 ? { worker } : { worker, optimizeDeps: { exclude: ['citymirror'], include: imported.map((name) => `citymirror > ${name}`) } };
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const at = `${server.config.base ?? '/'}${prefix}`;
        const asked = decodeURIComponent((request.url ?? '').split('?', 1)[0]);
        if (!asked.startsWith(at)) return next();
        const name = asked.slice(at.length);
        const file = assets().files.get(name);
        if (name !== MARK && !file) return response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
        const body = name === MARK ? assets().mark : readFileSync(file);
        return response.writeHead(200, { 'Content-Type': contentType(name), 'Cache-Control': 'max-age=3600' }).end(body);
      });
    },
    generateBundle() {
      for (const [name, file] of assets().files) this.emitFile({ type: 'asset', fileName: prefix + name, source: readFileSync(file) });
      this.emitFile({ type: 'asset', fileName: prefix + MARK, source: assets().mark });
    },
  };
}
