import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installChromium, installMosquitto, installPackages, root } from '../install.mjs';

const folder = fileURLToPath(new URL('./', import.meta.url));

/** All rows of the files beside this one: name → function that makes the fault and returns its figures. */
async function load() {
  const { register } = await import('tsx/esm/api');
  register();
  const rows = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))) {
    const module = await import(pathToFileURL(join(folder, file)).href);
    for (const [name, run] of Object.entries(module.rows ?? {})) rows.set(name, run);
  }
  return rows;
}

async function runRow(name, run) {
  const started = Date.now();
  let figures;
  try {
    figures = await run();
  } catch (error) {
    figures = [{ what: error instanceof Error ? error.message : String(error), value: 'threw', unit: '', reach: null, met: false }];
  }
  for (const figure of figures) {
    const reach = figure.reach === null || figure.reach === undefined ? '' : ` (${figure.reach})`;
    console.log(`${name}  ${figure.met ? 'met    ' : 'NOT MET'}  ${figure.what}: ${figure.value} ${figure.unit}${reach}`);
  }
  console.log(`${name}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { row: name, figures };
}

installPackages();
const wanted = process.argv.slice(2);
// The pipeline's rows need neither browser nor broker.
if (!wanted.every((name) => /^P\d+Q?$/u.test(name))) {
  installChromium();
  installMosquitto();
}
const rows = await load();
const unknown = wanted.filter((name) => name !== 'all' && !rows.has(name));
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No fault row is called ${unknown.join(', ')}.`);
  console.log(`npm run faults -- ROW… | all   rows: ${[...rows.keys()].toSorted().join(', ') || 'none yet'}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
const results = [];
for (const name of wanted.includes('all') ? [...rows.keys()].toSorted() : wanted) results.push(await runRow(name, rows.get(name)));
mkdirSync(join(root, '.cache/tests'), { recursive: true });
writeFileSync(join(root, '.cache/tests/faults.json'), `${JSON.stringify(results, null, 2)}\n`);
const failed = results.filter((result) => result.figures.some((figure) => !figure.met)).length;
console.log(`${results.length - failed} rows met, ${failed} not met`);
process.exit(failed === 0 ? 0 : 1);
