import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPackages } from '../tests/install.mjs';

const folder = fileURLToPath(new URL('./', import.meta.url));
const out = join(folder, 'results/latest');

/** One line a row: what, value with unit, what it must reach, whether it does. */
function print(rows) {
  const table = rows.map((row) => [row.what, `${row.value} ${row.unit}`, row.reach === null || row.reach === undefined ? '' : String(row.reach), row.met ? 'met' : 'NOT MET']);
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((cells) => cells[column].length)));
  for (const cells of table) console.log(cells.map((cell, column) => (column === 1 ? cell.padStart(widths[1]) : cell.padEnd(widths[column] ?? 0))).join('  '));
}

const known = readdirSync(folder).filter((file) => /^[a-z0-9-]+\.ts$/.test(file)).map((file) => file.slice(0, -3)).toSorted();
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No benchmark is called ${unknown.join(', ')}.`);
  console.log(`npm run bench -- NAME…   names: ${known.join(', ') || 'none yet'}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
installPackages();
const { register } = await import('tsx/esm/api');
register();
mkdirSync(out, { recursive: true });
let met = true;
for (const name of names) {
  console.log(`\n${name}`);
  const { run } = await import(pathToFileURL(join(folder, `${name}.ts`)).href);
  const rows = await run();
  print(rows);
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(rows, null, 2)}\n`);
  met &&= rows.every((row) => row.met);
}
process.exit(met ? 0 : 1);
