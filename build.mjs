// Builds the package: dist/ for bundlers (dependencies stay imports), dist/standalone/ for a plain page (all in), dist/cli/ for Node, dist/types/.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('./', import.meta.url));
const at = (path) => join(root, path);
const dist = at(process.env.CITYMIRROR_DIST ?? 'dist');
const doors = { '#geo': 'engine/geo/index.ts', '#engine': 'engine/index.ts', '#models': 'workers/models/index.ts', '#analysis': 'workers/analyses/index.ts' };
const alias = Object.entries(doors).map(([find, file]) => ({ find, replacement: at(file) }));

const layers = readdirSync(at('layers'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && existsSync(at(`layers/${entry.name}/${entry.name}.ts`))).map((entry) => entry.name);
const entries = {
  citymirror: at('layers/citymirror.ts'),
  element: at('layers/element.ts'),
  analysis: at('workers/analyses/index.ts'),
  three: at('engine/backends/three/index.ts'),
  cesium: at('engine/backends/cesium/index.ts'),
  headless: at('engine/backends/headless/index.ts'),
  ...Object.fromEntries(layers.map((name) => [`layers/${name}`, at(`layers/${name}/${name}.ts`)])),
};

/** `new Worker(new URL('./x.js', import.meta.url))` is the one form that browsers, Vite and webpack all follow; Vite writes another. */
const plainWorkerUrls = {
  name: 'plain-worker-urls',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      chunk.code = chunk.code.replace(/new URL\(\s*(?:\/\*\s*@vite-ignore\s*\*\/\s*)?new URL\((["'`])([^"'`]+)\1,\s*import\.meta\.url\)\.href,\s*(?:""|''|``)\s*\+\s*import\.meta\.url\s*\)/gu, (_all, _quote, file) => `new URL("${file.startsWith('.') ? file : `./${file}`}", import.meta.url)`);
    }
  },
};

/** Shaders are texts in the bundle, and no minifier takes their comments out. */
const bareShaders = {
  name: 'bare-shaders',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/engine\/(?:drawing|backends)\/.*\.ts$/u.test(id.split('?')[0])) return null;
    return { code: code.replace(/\/\*[\s\S]*?\*\/\n?/gu, '').replace(/\n[ \t]+/gu, '\n'), map: null };
  },
};

function browserBuild(outDir, input, external, minify) {
  return build({
    configFile: false, root, base: './', publicDir: false, logLevel: 'warn', resolve: { alias }, plugins: [bareShaders, plainWorkerUrls],
    worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'workers/[name].js', chunkFileNames: 'workers/[name]-[hash].js' } } },
    define: external ? {} : { 'process.env.NODE_ENV': '"production"' },
    build: {
      target: 'es2022', outDir, emptyOutDir: true, minify, assetsInlineLimit: 0, chunkSizeWarningLimit: 6000, lib: { entry: input, formats: ['es'] },
      rolldownOptions: { external: external ?? [], output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  });
}

/** Specifiers of the sources (`#geo`, `./x.ts`) become those of the emitted declarations. */
function mendTypes(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8').replace(/(from\s+|import\()(['"])([^'"]+)\2/gu, (_all, lead, quote, specifier) => {
      const target = doors[specifier] ? relative(dirname(file), join(folder, doors[specifier])) : specifier;
      const mended = target.startsWith('.') || doors[specifier] ? (target.startsWith('.') ? target : `./${target}`).replace(/\.ts$/u, '.js') : target;
      return `${lead}${quote}${mended}${quote}`;
    });
    writeFileSync(file, text);
  }
}

rmSync(dist, { recursive: true, force: true });
const only = process.argv[2];
if (!only || only === 'library') await browserBuild(dist, entries, [/^(?!#)[^./]/u], false);
if (!only || only === 'standalone') await browserBuild(join(dist, 'standalone'), { citymirror: entries.citymirror, element: entries.element }, null, true);
if (!only || only === 'cli') {
  await build({
    configFile: false, root, publicDir: false, logLevel: 'warn', resolve: { alias }, ssr: { noExternal: [], external: true },
    build: { ssr: true, target: 'node20', outDir: join(dist, 'cli'), emptyOutDir: true, minify: false, rolldownOptions: { input: { citymirror: at('tiles-pipeline/cli/bin.ts'), pipeline: at('tiles-pipeline/convert.ts'), 'ifc-worker': at('tiles-pipeline/formats/ifc/ifc.worker.ts'), 'cell-worker': at('tiles-pipeline/cells/cell.worker.ts'), 'points-worker': at('tiles-pipeline/tileset/points/points.worker.ts') }, output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' } } },
  });
}
if (!only || only === 'cli') {
  mkdirSync(join(dist, 'vite'), { recursive: true });
  for (const name of ['vite-plugin.mjs', 'assets.mjs', 'vite-plugin.d.mts', 'assets.d.mts']) copyFileSync(at(`engine/backends/cesium/${name}`), join(dist, 'vite', name));
  const bin = join(dist, 'cli/citymirror.js');
  writeFileSync(bin, `#!/usr/bin/env node\n${readFileSync(bin, 'utf8')}`);
  writeFileSync(join(dist, 'cli/tiles-pipeline.js'), "#!/usr/bin/env node\nprocess.argv.splice(2, 0, 'tiles');\nawait import('./citymirror.js');\n");
  for (const name of ['citymirror.js', 'tiles-pipeline.js']) chmodSync(join(dist, 'cli', name), 0o755);
}
if (!only || only === 'types') {
  const compiler = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '--noEmit', 'false', '--emitDeclarationOnly', '--declaration', '--outDir', join(dist, 'types'), '--rootDir', root, '-p', at('tsconfig.json')], { stdio: 'inherit' });
  if (compiler.status !== 0) process.exit(compiler.status ?? 1);
  const types = join(dist, 'types');
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (/^(demo|tests|bench)(\/|$)|(^|\/)testing(\/|$)|\.(test|bench)\.d\.ts$|^[^/]+\.config\.d\.ts$/u.test(name.replaceAll('\\', '/'))) rmSync(join(types, name), { recursive: true, force: true });
  }
  mendTypes(types);
}
console.log(`built ${relative(root, dist)}`);
