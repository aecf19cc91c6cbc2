import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Workers of Cesium that a twin starts: terrain of both kinds, and the decoders that foreign tilesets may ask for. */
const WORKERS = ['createVerticesFromHeightmap', 'createVerticesFromQuantizedTerrainMesh', 'upsampleQuantizedTerrainMesh', 'transferTypedArrayTest', 'incrementallyBuildTerrainPicker', 'decodeDraco', 'transcodeKTX2'];
const DECODERS = ['draco_decoder.wasm', 'basis_transcoder.wasm'];

/** Name of the file by which the view sees that its assets are there. */
export const MARK = 'citymirror-assets.json';

function engineFolder(from) {
  return dirname(createRequire(from).resolve('@cesium/engine/package.json'));
}

/** The workers and every chunk they import, however deep. */
function workerFiles(folder) {
  const found = new Set();
  const queue = WORKERS.map((name) => `${name}.js`);
  for (let name = queue.pop(); name; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, chunk] of text.matchAll(/(?:from|import)\s*\(?\s*["']\.\/([\w.-]+\.js)["']/g)) if (!found.has(chunk)) queue.push(chunk);
  }
  return [...found].toSorted();
}

/**
 * What the globe view fetches besides its script: path under the assets' folder → file of the installed engine.
 * @param {string | URL} [from] a module of the project that has @cesium/engine installed
 * @returns {{ files: Map<string, string>, mark: string }} `mark` is the text of {@link MARK}
 */
export function cesiumAssets(from = import.meta.url) {
  const engine = engineFolder(from);
  const workers = join(engine, 'Build/Workers');
  const files = new Map(workerFiles(workers).map((name) => [`Workers/${name}`, join(workers, name)]));
  for (const name of DECODERS) {
    const path = join(engine, 'Source/ThirdParty', name);
    if (existsSync(path)) files.set(`ThirdParty/${name}`, path);
  }
  const { version } = JSON.parse(readFileSync(join(engine, 'package.json'), 'utf8'));
  return { files, mark: `${JSON.stringify({ engine: '@cesium/engine', version, files: files.size })}\n` };
}

/**
 * Copies what the globe view needs into a folder that the host serves.
 * @param {string} folder @returns {{ files: number, bytes: number }}
 */
export function copyAssets(folder, from = import.meta.url) {
  const { files, mark } = cesiumAssets(from);
  let bytes = 0;
  for (const [path, source] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, target);
    bytes += readFileSync(source).byteLength;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARK), mark);
  return { files: files.size, bytes };
}
