// THIRD_PARTY.md: what the package brings along, from the lock file and the installed packages. `node .ci/third-party.mjs [--check]`
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ALLOWED, READ, refusal } from './licences.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Rooms whose code reaches a browser, and the one that runs in Node alone. */
const ROOMS = { page: ['engine', 'layers', 'workers'], cli: ['tiles-pipeline'] };

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The path in node_modules that `name` resolves to from the package at `from`, as Node does it. */
function resolved(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = `${at}${at ? '/' : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (at === '') return null;
  }
}

/** All packages that an installation without development dependencies has, with the direct dependencies that bring each. */
export function closureOf(lock) {
  const { packages } = lock;
  const found = new Map();
  const visit = (from, name, by, needed) => {
    const path = resolved(packages, from, name);
    if (!path) {
      if (needed) throw new Error(`${name}, which ${from || 'the package'} needs, is not in the lock file; run npm install.`);
      return;
    }
    const known = found.get(path) ?? { path, name, version: packages[path].version, by: new Set() };
    if (known.by.has(by)) return;
    known.by.add(by);
    found.set(path, known);
    for (const each of Object.keys(packages[path].dependencies ?? {})) visit(path, each, by, true);
    const { optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path];
    const peers = Object.keys(peerDependencies).filter((each) => !peerDependenciesMeta[each]?.optional);
    for (const each of [...Object.keys(optionalDependencies ?? {}), ...peers]) visit(path, each, by, false);
  };
  for (const name of Object.keys({ ...packages[''].dependencies, ...packages[''].optionalDependencies })) visit('', name, name, true);
  return [...found.values()];
}

/** Direct dependencies that NOTICE does not name. */
export function unnamedIn(notice, rows) {
  return rows.filter((row) => row.by.has(row.name) && !notice.includes(row.name));
}

/** Licence as declared, its text, and the line that says whose it is. */
function licenceOf(folder, lockEntry) {
  const manifest = existsSync(join(folder, 'package.json')) ? read(join(folder, 'package.json')) : {};
  const declared = manifest.license ?? manifest.licenses ?? lockEntry.license;
  const licence = READ[`${manifest.name}@${manifest.version}`] ?? (typeof declared === 'string' ? declared : Array.isArray(declared) ? declared.map((each) => each.type ?? each).join(' OR ') : (declared?.type ?? ''));
  const files = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice)/iu.test(entry.name)).map((entry) => entry.name) : [];
  const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const line = /^[^\n\w]*(copyright (?:\(c\)|©|\d{4})[^\n]*|©[^\n]*)$/imu.exec(text)?.[1].trim();
  const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
  return { licence, text, copyright: (line ?? (author ? `Copyright ${author.replace(/\s*[<(].*/u, '')}` : 'the authors named in the package')).replaceAll(/[|]/gu, '/') };
}

/** Names that the sources of some rooms import. */
function imported(rooms) {
  const names = new Set();
  for (const room of rooms) {
    for (const file of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })) {
      if (!/\.m?ts$/u.test(file) || /\.(test|bench)\.ts$|(^|[\\/])testing[\\/]/u.test(file)) continue;
      for (const [, name] of readFileSync(join(root, room, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^']*)?'/gmu)) names.add(name);
    }
  }
  return names;
}

/** One row a package. @param folder where node_modules lies */
export function rowsOf(lock, folder = root) {
  const page = imported(ROOMS.page);
  const cli = imported(ROOMS.cli);
  return closureOf(lock).map((each) => {
    const found = licenceOf(join(folder, each.path), lock.packages[each.path]);
    const [inPage, inCli] = [[...each.by].some((name) => page.has(name)), [...each.by].some((name) => cli.has(name))];
    const goes = each.name.startsWith('@types/') ? 'types alone' : inPage ? (inCli ? 'page, command line' : 'page') : inCli ? 'command line' : 'installed with it';
    return { ...each, ...found, goes, refused: refusal(found.licence, found.text) };
  }).sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** The document; rows of one package at one version stand once. */
export function documentOf(rows) {
  const lines = rows.map((row) => `| ${row.name} | ${row.version} | ${row.licence} | ${row.copyright} | ${row.goes} |${row.by.has(row.name) ? '' : ` ${[...row.by].sort().join(', ')}`} |`);
  return `# Software of others

Everything an installation of the package brings along, by the lock file: made by \`node .ci/third-party.mjs\`, checked by \`tests/third-party.test.ts\`. The licences' texts are in each
package and in [NOTICE](NOTICE). “Page” is what a browser may load (parts of it only when asked for); “command line” is \`citymirror\` in Node. None is under the GPL, the AGPL or the LGPL; taken are ${ALLOWED.join(', ')}.

| package | version | licence | copyright | goes into | comes with |
| --- | --- | --- | --- | --- | --- |
${[...new Set(lines)].join('\n')}
`;
}

function main(check) {
  const rows = rowsOf(read(join(root, 'package-lock.json')));
  const refused = rows.filter((row) => row.refused);
  for (const row of refused) console.error(`${row.name} ${row.version}: ${row.refused}`);
  const unnamed = unnamedIn(readFileSync(join(root, 'NOTICE'), 'utf8'), rows);
  for (const row of unnamed) console.error(`NOTICE does not name ${row.name} (${row.licence}); add it.`);
  const wanted = documentOf(rows);
  const file = join(root, 'THIRD_PARTY.md');
  const stale = !existsSync(file) || readFileSync(file, 'utf8') !== wanted;
  if (!check) writeFileSync(file, wanted);
  else if (stale) console.error('THIRD_PARTY.md is not current; run node .ci/third-party.mjs');
  console.log(`${rows.length} packages of others, ${refused.length} refused`);
  return refused.length > 0 || unnamed.length > 0 || (check && stale) ? 1 : 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(main(process.argv.includes('--check')));
