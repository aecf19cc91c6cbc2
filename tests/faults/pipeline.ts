import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { formats, sniffFormat } from '../../tiles-pipeline/formats/index.ts';
import { checkTileset } from '../../tiles-pipeline/tileset/check.ts';
import { demTiff } from '../../tiles-pipeline/testing/dem-tiff.ts';
import { collection, seededBuildings } from '../../tiles-pipeline/testing/seeded-city.ts';
import { hasShared, repository, shared } from '../shared.ts';
import { building, collectionOf, lasOf, monsters, shapefileOf, SLIPS, xmlBombs, XML_ROOTS, zipBombs, zipOf } from './hostile.ts';
import { mutants } from './mutants.ts';
import { atMost, can, equal, filesOf, hashOf, hasOption, inFolder, notRun, put, reportOf, seeded, some, tiles, told, touched, type Figure, type Run } from './pipeline-run.ts';

const MiB = 2 ** 20;
/** Seconds and bytes a command takes that does nothing: what a refusal is measured above. */
let idle: Promise<Run> | undefined;
const idling = (): Promise<Run> => (idle ??= tiles(['info', 'nowhere.geojson']));

/** Whether a run ended as a run may: by itself, with a code that is documented. */
function wellEnded(run: Run): boolean {
  return !run.hung && run.signal === null && [0, 1, 2].includes(run.code ?? -1) && !run.err.includes('broke down') && !/^\s+at .*:\d+:\d+\)?$/mu.test(run.err);
}

/** Every real input file, one by one. */
function corpus(): string[] {
  const folders = ['bim', 'city', 'terrain', 'utilities', 'traffic/osm', 'traffic/roads', 'emergency/cap'];
  return folders.filter((folder) => existsSync(shared(`data/${folder}`))).flatMap((folder) => readdirSync(shared(`data/${folder}`), { recursive: true, encoding: 'utf8' }).map((name) => shared(`data/${folder}/${name}`))).filter((path) => statSync(path).isFile()).toSorted();
}

/** P06: every feature of every real file is accounted for; what is of no kind read here is said. P19: and what was built is whole. */
export async function ledger(share = some(1000) / 1000): Promise<{ accounts: Figure[]; checked: Figure[] }> {
  if (!hasShared) return { accounts: [notRun('real files', 'the shared data are missing')], checked: [notRun('real files', 'the shared data are missing')] };
  return inFolder(async (folder) => {
    const every = Math.max(1, Math.round(1 / share));
    const files = corpus().filter((_, k) => k % every === 0);
    const seen = { known: 0, built: 0, unaccounted: [] as string[], empty: [] as string[], silent: [] as string[], ended: [] as string[], faulty: [] as string[], unchecked: 0 };
    for (const [k, path] of files.entries()) {
      const out = join(folder, `city-${k}`);
      const run = await tiles(['build', path, '-o', out, '--place', '117.49,30.66,0,0']);
      const name = path.replace(/^.*\/data\//u, '');
      if (sniffFormat(readFileSync(path).subarray(0, 4096))) seen.known++;
      if (!wellEnded(run)) seen.ended.push(name);
      if (run.code === 2 && run.err.trim().length < 10) seen.silent.push(name);
      const report = reportOf(out);
      if (!report) continue;
      seen.built++;
      const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
      if (report.in !== report.out + skipped) seen.unaccounted.push(name);
      if (report.out === 0 && !report.terrain && run.code === 0 && Object.keys((JSON.parse(readFileSync(join(out, 'city.json'), 'utf8')) as { layers: object }).layers).length === 0) seen.empty.push(name);
      if (!/\bcheck(ed)?\b/iu.test(run.out)) seen.unchecked++;
      const faults = [...(existsSync(join(out, 'tileset.json')) ? await checkTileset(out) : []), ...(existsSync(join(out, 'models/tileset.json')) ? await checkTileset(join(out, 'models')) : [])];
      if (faults.some(({ severity }) => severity === 'error')) seen.faulty.push(`${name}: ${faults[0].message}`);
      rmSync(out, { recursive: true });
    }
    return {
      accounts: [
        told('real files', files.length), told('of a kind that is read', seen.known), told('built', seen.built),
        named('unaccounted for (in ≠ out + skipped)', seen.unaccounted), named('“0 features, exit 0”', seen.empty), named('ended without a word', seen.silent), named('ended otherwise than with 0, 1 or 2 and a sentence', seen.ended),
      ],
      checked: [told('cities built', seen.built), named('with faults in their tiles', seen.faulty), equal('runs that did not say that they checked what they wrote', seen.unchecked, 0, `of ${seen.built}`)],
    };
  });
}

/** A count of cases that must be none, with the first of them. */
function named(what: string, cases: readonly string[], of = ''): Figure {
  return equal(`${what}${cases.length > 0 ? ` (${cases.slice(0, 4).join(', ')}${cases.length > 4 ? ' …' : ''})` : ''}`, cases.length, 0, of);
}

/** Builds and looks at each file by itself and holds it to limits. */
async function each(files: Readonly<Record<string, string | Uint8Array>>, limits: { seconds: number; rss: number }, folder: string): Promise<{ figures: Figure[]; runs: Map<string, Run> }> {
  const base = await idling();
  const runs = new Map<string, Run>();
  const [slow, fat, bad, silent]: string[][] = [[], [], [], []];
  let [seconds, rss] = [0, 0];
  for (const [name, content] of Object.entries(files)) {
    const path = put(folder, `in/${name}`, content);
    const run = await tiles(['build', path, '-o', join(folder, 'out/city')], { deadline: 60 });
    runs.set(name, run);
    const took = Math.max(0, run.cpu - base.cpu);
    [seconds, rss] = [Math.max(seconds, took), Math.max(rss, run.rss)];
    if (took > limits.seconds) slow.push(`${name} ${took.toFixed(1)} s`);
    if (run.rss > limits.rss) fat.push(`${name} ${Math.round(run.rss / MiB)} MiB`);
    if (!wellEnded(run)) bad.push(`${name} ${run.hung ? 'hung' : run.signal ?? run.code}`);
    if (run.code !== 0 && !run.err.includes(name)) silent.push(name);
    rmSync(join(folder, 'out'), { recursive: true, force: true });
    rmSync(path);
  }
  const of = `of ${Object.keys(files).length}`;
  return { runs, figures: [told('files', Object.keys(files).length), named('ended otherwise than with a code and a sentence', bad, of), named('refused without being named', silent, of), named(`over ${limits.seconds} s of processor time above an idle command`, slow, of), named(`larger than ${Math.round(limits.rss / MiB)} MiB`, fat, of), told('most processor time above an idle command', Number(seconds.toFixed(2)), 's'), told('most resident', Math.round(rss / MiB), `MiB (idle: ${Math.round(base.rss / MiB)})`)] };
}

/** A small real model, or the least that is one. */
function anyModel(): Uint8Array {
  const path = shared('data/bim/ifc4x3_add2/beam-extruded-solid.ifc');
  return existsSync(path) ? readFileSync(path) : Buffer.from('ISO-10303-21;\nEND-ISO-10303-21;\n');
}

/** P09 */
export async function bombs(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { figures, runs } = await each(zipBombs(anyModel()), { seconds: 2, rss: 256 * MiB }, folder);
    const archive = put(folder, 'bomb.3tz', zipOf([{ name: 'tileset.json', data: Buffer.from('{"asset":{"version":"1.1"}}'), raw: { packed: zipBombs(anyModel())['ten-gigabytes.ifczip'].slice(40), size: 2 ** 31 } }]));
    const info = await tiles(['info', archive], { deadline: 60 });
    return [...figures, named('accepted', [...runs].filter(([, run]) => run.code === 0).map(([name]) => name)), equal('info of a .3tz bomb: ended with a sentence', wellEnded(info) && info.code !== 0 ? 1 : 0, 1), atMost('… most resident', info.rss / MiB, 256, 'MiB')];
  });
}

/** P10 */
export async function slips(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const before = Date.now() - 1000;
    const ended: string[] = [];
    const accepted: string[] = [];
    let tried = 0;
    const kinds = ['ifczip', '3tz', 'kmz', 'zip'];
    const names = SLIPS.filter((_, k) => k % Math.max(1, Math.round(1 / some(100) * 100)) === 0);
    for (const [k, name] of names.entries()) {
      for (const kind of kinds.slice(0, k < 4 ? 4 : 1)) {
        tried++;
        const path = put(folder, `deep/er/in/slip-${k}.${kind}`, zipOf([{ name, data: anyModel() }, { name: 'a-link.ifc', data: Buffer.from('../../../../etc/passwd'), mode: 0o120777 }]));
        const run = await tiles(kind === '3tz' ? ['info', path] : ['build', path, '-o', join(folder, 'deep/er/out/city'), '--place', '117.49,30.66,0,0']);
        if (!wellEnded(run)) ended.push(`${name.slice(0, 40)} in ${kind}`);
        if (run.code === 0 && /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Z]:/u.test(name)) accepted.push(name);
        rmSync(join(folder, 'deep/er/out'), { recursive: true, force: true });
      }
    }
    const escaped = [...touched(folder, before, [join(folder, 'deep/er/in')]), ...readdirSync(tmpdir()).filter((name) => name.startsWith('citymirror-escaped'))];
    return [told('archives', tried), named('files written outside', escaped), named('archives with a way out that were taken', accepted), named('ended otherwise than with a code and a sentence', ended)];
  });
}

/** P11. @param quick the least of it: one build, one pipe, one output that is a link */
export async function links(quick = false): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const data = join(folder, 'data');
    put(folder, 'data/a/good.geojson', collection(seededBuildings(20)));
    put(folder, 'outside/secret.geojson', collectionOf([building(10, 10, { name: 'canary-4711' })]));
    symlinkSync(data, join(data, 'a/loop'));
    symlinkSync(join(folder, 'outside'), join(data, 'out'));
    symlinkSync(join(folder, 'outside/secret.geojson'), join(data, 'secret.geojson'));
    symlinkSync('/dev/zero', join(data, 'zero.geojson'));
    symlinkSync('self.geojson', join(data, 'self.geojson'));
    symlinkSync(join(data, 'a/good.geojson'), join(data, 'inside.geojson'));
    const special = [spawnSync('mkfifo', [join(data, 'pipe.geojson')]).status === 0, spawnSync('mknod', [join(data, 'null.geojson'), 'c', '1', '3']).status === 0];
    const runs: [string, Run][] = [];
    for (const more of quick ? [['--follow']] : [[], ['--follow']]) runs.push([`build ${more.join('')}`, await tiles(['build', data, '-o', join(folder, `city${more.length}`), ...more], { deadline: 30 })]);
    runs.push(['a pipe by name', await tiles(['build', join(data, 'pipe.geojson'), '-o', join(folder, 'city-pipe')], { deadline: 30 })]);
    if (!quick) runs.push(['info', await tiles(['info', data], { deadline: 30 })], ['a device by name', await tiles(['info', '/dev/zero'], { deadline: 30 })]);
    const leaked = ['city0', 'city1'].filter((name) => existsSync(join(folder, name)) && filesOf(join(folder, name)).some((file) => readFileSync(join(folder, name, file)).includes('canary-4711')));
    // The output's name is a link to a folder with other files; and a link into nowhere.
    put(folder, 'precious/file.txt', 'precious');
    symlinkSync(join(folder, 'precious'), join(folder, 'linked-out'));
    const over = await tiles(['build', join(data, 'a/good.geojson'), '-o', join(folder, 'linked-out')]);
    return [
      told('pipes and devices made', special.filter(Boolean).length, 'of 2'), named('hangs over 30 s', runs.filter(([, run]) => run.hung).map(([name]) => name), `of ${runs.length}`), named('ended otherwise than with a code and a sentence', runs.filter(([, run]) => !wellEnded(run)).map(([name]) => name)),
      named('cities with what lies outside the folder', leaked), equal('builds that read the good file', runs.filter(([name, run]) => name.startsWith('build') && run.out.includes('20 buildings')).length, quick ? 1 : 2),
      equal('a foreign folder behind a linked output kept', existsSync(join(folder, 'precious/file.txt')) && over.code === 2 ? 1 : 0, 1),
    ];
  });
}

const NAMES = ['../../x', '..', '/etc/x', 'CON', 'nul.txt', 'x'.repeat(300), '🏙️', 'a\u0000b', 'a\nb', '\u202Egnp.exe', 'C:\\x', '~', '$HOME', '-rf', ' ', '.', '__proto__', '<script>', 'a/b/c', 'é', 'e\u0301'];

/** P12: names in data and of files that would like to be paths. */
export async function names(random = some(100)): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const all = [...NAMES, ...fc.sample(fc.string({ unit: 'grapheme', maxLength: 60 }), { numRuns: random, seed: 12 })];
    const features = all.map((name, k) => ({ ...building(117.49 + k * 5e-4, 30.66, { name, layer: name, [name]: name, class: name }), id: name }));
    const path = put(folder, 'in/deep/a.geojson', collectionOf(features));
    const before = Date.now() - 1000;
    const out = join(folder, 'out/deep/city');
    const run = await tiles(['build', path, '-o', out, '--title', '../../title']);
    const odd = existsSync(out) ? filesOf(out).filter((file) => !/^[\w./@-]+$/u.test(file) || file.includes('..')) : [];
    const escaped = touched(folder, before, [join(folder, 'in'), out]);
    const bad: string[] = [];
    for (const name of ['a b.geojson', '楼 宇.geojson', '-o.geojson', "it's.geojson", '🏙️.geojson', `${'x'.repeat(240)}.geojson`, '$(touch x).geojson', '%2e%2e.geojson']) {
      const own = put(folder, `in/names/${name}`, collectionOf([building()]));
      const built = await tiles(['build', own, '-o', join(folder, 'out/named')]);
      if (built.code !== 0) bad.push(name.slice(0, 30));
    }
    return [told('names', all.length), equal('exit code', run.code ?? -1, 0), equal('features out', reportOf(out)?.out ?? 0, all.length), named('files written outside', escaped), named('odd paths in the output', odd), named('files of an odd name that were not read', bad, 'of 8')];
  });
}

/** A listener that counts who comes, and a file that nobody may read. */
async function withTraps<T>(folder: string, work: (trap: { url: string; secret: string }) => Promise<T>): Promise<{ result: T; came: number; reads: number }> {
  let came = 0;
  const secret = put(folder, 'secret-canary.txt', 'canary-4711');
  utimesSync(secret, 1, 1);
  const server = createServer((_, response) => {
    came++;
    response.end('canary-4711');
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  try {
    const result = await work({ url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, secret });
    // A read moves the time of access of a file that is older than a day, however disks are mounted (relatime).
    return { result, came, reads: statSync(secret).atimeMs > 1000_000 ? 1 : 0 };
  } finally {
    server.close();
  }
}

/** P13 */
export async function xml(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const figures: Figure[] = [];
    for (const [format, [open, close]] of Object.entries(XML_ROOTS)) {
      const known = sniffFormat(Buffer.from(`<?xml version="1.0"?>${open}`)) !== undefined;
      const { result, came, reads } = await withTraps(folder, ({ url, secret }) => each(xmlBombs(open, close, secret, url), { seconds: 2, rss: 384 * MiB }, folder));
      figures.push(...[...result.figures, equal('requests', came, 0), equal('reads of a foreign file', reads, 0)].map((figure) => ({ ...figure, what: `${format}${known ? '' : ' (not read yet)'}: ${figure.what}` })));
    }
    return figures;
  });
}

/** Files that name others: by http, by file, by the loopback, by path out of the folder. */
function callers(url: string, secret: string): Record<string, string> {
  const places = [`${url}/a.png`, `file://${secret}`, secret, `../${secret.replace(/^.*\//u, '')}`, `/vsicurl/${url}/a.tif`, `\\\\127.0.0.1\\share\\a.png`, `${url}/a.png#x`, 'data:text/plain,x', 'http://169.254.169.254/latest/meta-data/'];
  const files: Record<string, string> = {};
  for (const [k, place] of places.entries()) {
    files[`texture-${k}.city.json`] = JSON.stringify({ type: 'CityJSON', version: '2.0', metadata: { referenceSystem: `${url}/def/crs/EPSG/0/28992` }, transform: { scale: [0.001, 0.001, 0.001], translate: [85000, 446000, 0] }, appearance: { textures: [{ type: 'PNG', image: place }], 'vertices-texture': [[0, 0], [1, 0], [1, 1]] }, extensions: { x: { url: place, version: '1' } }, vertices: [[0, 0, 0], [10_000, 0, 0], [10_000, 10_000, 0]], CityObjects: { a: { type: 'Building', geometry: [{ type: 'MultiSurface', lod: '2', boundaries: [[[0, 1, 2]]], texture: { x: { values: [[[0, 0, 1, 2]]] } } }] } } });
    files[`model-${k}.gltf`] = JSON.stringify({ asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [0] }], nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: [0, 0, 0], max: [1, 1, 1] }], bufferViews: [{ buffer: 0, byteLength: 36 }], buffers: [{ byteLength: 36, uri: place }], images: [{ uri: place }] });
    files[`model-${k}.obj`] = `mtllib ${place}\nv 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n`;
    files[`features-${k}.geojson`] = collectionOf([building(117.49, 30.66, { image: place, url: place, '@id': place })], { crs: { type: 'link', properties: { href: place, type: 'proj4' } } });
    files[`net-${k}.inp`] = `[TITLE]\nx\n[JUNCTIONS]\nA 0\nB 0\n[PIPES]\nP A B 10 100 100\n[COORDINATES]\nA 117.49 30.66\nB 117.491 30.66\n[BACKDROP]\nFILE "${place}"\n`;
    files[`schema-${k}.ifc`] = `ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCDOCUMENTREFERENCE('${place}',$,$,$,$);\n#2=IFCIMAGETEXTURE(.T.,.T.,$,$,$,'${place}');\nENDSEC;\nEND-ISO-10303-21;\n`;
    files[`raster-${k}.vrt`] = `<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand band="1"><SimpleSource><SourceFilename>${place.replaceAll('&', '&amp;')}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`;
  }
  return files;
}

/** P14 */
export async function offline(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { result, came, reads } = await withTraps(folder, async ({ url, secret }) => {
      const files = Object.entries(callers(url, secret)).map(([name, text]) => put(folder, `in/${name}`, text));
      const good = put(folder, 'in/z.geojson', collection(seededBuildings(20)));
      const whole = await tiles(['build', ...files, good, '-o', join(folder, 'city'), '--place', '117.49,30.66,0,0']);
      const log = join(folder, 'trace');
      const traced = can('strace', '-V') ? await tiles(['build', ...files, good, '-o', join(folder, 'traced'), '--place', '117.49,30.66,0,0'], { before: ['strace', '-f', '-qq', '-e', 'trace=connect', '-o', log] }) : null;
      const connects = traced ? readFileSync(log, 'utf8').split('\n').filter((line) => /connect\(.*AF_INET/u.test(line)).length : null;
      const alone = can('unshare', '-n', 'true') ? await tiles(['build', good, '-o', join(folder, 'alone')], { before: ['unshare', '-n'] }) : null;
      return { files: files.length, whole, connects, alone };
    });
    return [
      told('files that name others', result.files), equal('ended', wellEnded(result.whole) ? 1 : 0, 1), equal('requests that came', came, 0), equal('reads of a foreign file', reads, 0),
      result.connects === null ? notRun('sockets opened', 'needs strace') : equal('sockets opened', result.connects, 0),
      result.alone === null ? notRun('a build without any network', 'needs a superuser') : equal('a build without any network: exit code', result.alone.code ?? -1, 0),
    ];
  });
}

/** P15 */
export async function numbers(): Promise<Figure[]> {
  return inFolder(async (folder) => (await each(monsters(), { seconds: 3, rss: 700 * MiB }, folder)).figures);
}

/** P16 */
export async function shapefiles(): Promise<Figure[]> {
  const known = formats.some((format) => format.sniff(shapefileOf(1).shp.subarray(0, 4096), 4096));
  return inFolder(async (folder) => {
    const [silent, lost, bad]: string[][] = [[], [], []];
    const faults: Record<string, { spoil: Parameters<typeof shapefileOf>[1]; without?: readonly string[]; least: number }> = {
      'record of negative length': { spoil: { record: 5, length: -4 }, least: 35 }, 'record of huge length': { spoil: { record: 5, length: 0x7fffffff }, least: 35 }, 'record of no length': { spoil: { record: 5, length: 0 }, least: 35 },
      'garbage between records': { spoil: { garbage: 5 }, least: 35 }, 'cut short': { spoil: { cut: 2000 }, least: 10 }, 'without .dbf': { spoil: {}, without: ['dbf'], least: 40 }, 'without .shx': { spoil: {}, without: ['shx'], least: 40 },
    };
    for (const [name, { spoil, without = [], least }] of Object.entries(faults)) {
      const stem = name.replaceAll(/[ .]/gu, '-');
      const parts = shapefileOf(40, spoil);
      for (const ending of ['shp', 'shx', 'dbf'] as const) if (!without.includes(ending)) put(folder, `${stem}/a.${ending}`, parts[ending]);
      put(folder, `${stem}/a.cpg`, 'GBK');
      const run = await tiles(['build', join(folder, stem, 'a.shp'), '-o', join(folder, `${stem}-city`)]);
      if (!wellEnded(run)) bad.push(name);
      if (!run.err.includes('a.shp')) silent.push(name);
      if ((reportOf(join(folder, `${stem}-city`))?.out ?? 0) < least) lost.push(name);
    }
    const whole = shapefileOf(40);
    for (const ending of ['shp', 'shx', 'dbf'] as const) put(folder, `whole/a.${ending}`, whole[ending]);
    put(folder, 'whole/a.cpg', 'GBK');
    const fine = await tiles(['build', join(folder, 'whole/a.shp'), '-o', join(folder, 'whole-city')]);
    const chinese = existsSync(join(folder, 'whole-city/features.bin')) && readFileSync(join(folder, 'whole-city/features.bin')).includes('楼');
    const figures = [equal('a whole one: exit code', fine.code ?? -1, 0), equal('names in GBK whole', chinese ? 1 : 0, 1), named('ended otherwise than with a code and a sentence', bad, 'of 7'), named('faults not named', silent, 'of 7'), named('records behind the fault lost', lost, 'of 7')];
    return known ? figures : figures.map((figure) => ({ ...figure, what: `${figure.what} (not read yet)` }));
  });
}

/** P17 */
export async function lasLies(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const known = formats.some((format) => format.sniff(lasOf(1).subarray(0, 4096), 4096));
    const lies = {
      'billions.las': lasOf(100, { count: 4_294_967_295 }), 'offset-beyond.las': lasOf(100, { offset: 0xfffffff0 }), 'offset-in-header.las': lasOf(100, { offset: 10 }), 'record-of-0.las': lasOf(100, { length: 0 }), 'record-of-65535.las': lasOf(100, { length: 65535 }), 'vlrs.las': lasOf(100, { vlrs: 0xffffffff }), 'scale-nan.las': lasOf(100, { scale: Number.NaN }), 'scale-infinite.las': lasOf(100, { scale: Infinity }), 'format-99.las': lasOf(100, { format: 99 }), 'format-4.las': lasOf(100, { format: 4 }), 'laz-by-name.las': lasOf(100, { format: 128 }), 'cut.las': lasOf(100).slice(0, 900), 'header-only.las': lasOf(100).slice(0, 150),
    };
    const { figures, runs } = await each(lies, { seconds: 2, rss: 384 * MiB }, folder);
    const accepted = [...runs].filter(([, run]) => run.code === 0).map(([name]) => name);
    return [...figures, named('lies taken for truth', accepted)].map((figure) => (known ? figure : { ...figure, what: `${figure.what} (not read yet)` }));
  });
}

/** P18: places that cannot be, each with a word that must be in what is said of it. */
export async function places(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const at = (lon: number, lat: number): unknown => building(lon, lat);
    const cases: [name: string, features: unknown[], says: RegExp][] = [
      ['metres for degrees', [at(13_079_000, 3_590_000)], /degree|metre|crs/iu], ['axis swapped', [at(30.66, 117.49)], /swap|degree|outside|lat/iu], ['beyond the pole', [at(117.49, 95)], /degree|outside/iu], ['both zero', [at(0, 0), building(0.001, 0)], /0, 0|zero|sea|place/iu],
      ['two continents', [at(117.49, 30.66), at(-73.9, 40.7)], /apart|far|km|bounds/iu], ['one far out', [...Array.from({ length: 50 }, (_, k) => at(117.49 + k * 1e-3, 30.66)), at(17.49, 30.66)], /apart|far|km/iu], ['NaN', [{ ...building(), geometry: { type: 'Polygon', coordinates: [[[null, 30], [1, null], [2, 2], [null, 30]]] } }], /number|coordinate/iu],
    ];
    const silent: string[] = [];
    for (const [name, features, says] of cases) {
      const run = await tiles(['build', put(folder, 'in/a.geojson', collectionOf(features)), '-o', join(folder, 'city')]);
      const text = `${run.out}${run.err}`;
      if (!says.test(text.replaceAll(folder, ''))) silent.push(name);
    }
    const mixed = await tiles(['build', put(folder, 'in/b.geojson', collectionOf([building()])), put(folder, 'in/c.geojson', collectionOf([{ ...building(), geometry: { type: 'Polygon', coordinates: [[[500_000, 3_400_000], [500_020, 3_400_000], [500_020, 3_400_020], [500_000, 3_400_020], [500_000, 3_400_000]]] } }], { crs: { type: 'name', properties: { name: 'EPSG:4549' } } })), '-o', join(folder, 'mixed')]);
    return [named('not said', silent, `of ${cases.length}`), equal('two systems in one city: both read', reportOf(join(folder, 'mixed'))?.out ?? 0, 2), told('… exit code', mixed.code ?? -1)];
  });
}

/** P20: the same bytes whatever the order of inputs, twice, and by however many workers. */
export async function sameBytes(buildings = some(20_000)): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const parts = Array.from({ length: 6 }, (_, k) => put(folder, `in/part-${k}.geojson`, collection(seededBuildings(Math.max(100, Math.round(buildings / 6)), k + 1).map((each) => ({ ...each, properties: { ...each.properties, id: `${k}-${String(each.properties.id)}` } })))));
    const dem = put(folder, 'in/dem.tif', await demTiff({ west: 117.4, north: 30.75, step: 0.0005, width: 300, height: 300 }, (lon) => 20 + 300 * (lon - 117.4)));
    const inputs = [...parts, dem];
    const build = async (name: string, from: readonly string[], ...more: string[]): Promise<string | null> => {
      await tiles(['build', ...from, '-o', join(folder, name), ...more]);
      return hashOf(join(folder, name));
    };
    const reference = await build('reference', inputs);
    const random = seeded(20);
    const shuffled = await Promise.all([1, 2].map((k) => build(`shuffled-${k}`, inputs.map((path) => ({ path, key: random() })).toSorted((a, b) => a.key - b.key).map(({ path }) => path))));
    const workers = hasOption('workers') ? await Promise.all(['1', '2', '4'].map((count) => build(`workers-${count}`, inputs, '--workers', count))) : null;
    // Features in another order within their file: as many bytes, another order of what has none of its own.
    const turned = parts.map((path, k) => put(folder, `turned/part-${k}.geojson`, collection((JSON.parse(readFileSync(path, 'utf8')) as { features: unknown[] }).features.toReversed())));
    const reversed = await build('turned-out', [...turned, dem]);
    return [
      told('a reference was built', reference === null ? 'no' : 'yes'), equal('twice', (await build('again', inputs)) === reference ? 1 : 0, 1), equal('inputs shuffled', shuffled.filter((hash) => hash === reference).length, 2, 'of 2'), equal('the folder in place of its files', (await build('folder', [join(folder, 'in')])) === reference ? 1 : 0, 1),
      workers ? equal('1, 2 and 4 workers', workers.filter((hash) => hash === reference).length, 3, 'of 3') : notRun('1, 2 and 4 workers', 'there is no --workers yet'),
      equal('features in another order within their files', reversed === reference ? 1 : 0, 1),
    ];
  });
}

/** P21: Node's permission model, on the built command: read from the inputs and the program, write to the output's folder. */
export async function permissions(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const input = put(folder, 'in/a.geojson', collection(seededBuildings(200)));
    mkdirSync(join(folder, 'out'));
    const flag = Number(process.versions.node.split('.')[0]) >= 24 ? '--permission' : '--experimental-permission';
    const run = await tiles(['build', input, '-o', join(folder, 'out/city')], { node: [flag, `--allow-fs-read=${join(folder, 'in/')}*`, `--allow-fs-read=${join(folder, 'out')}*`, `--allow-fs-read=${repository}*`, `--allow-fs-read=${realpathSync(join(repository, 'node_modules'))}/*`, `--allow-fs-write=${join(folder, 'out')}*`] });
    return [equal('exit code', run.code ?? -1, 0), equal('denied calls', (run.err.match(/ERR_ACCESS_DENIED/gu) ?? []).length, 0), equal('buildings out', reportOf(join(folder, 'out/city'))?.layers.buildings ?? 0, 200)];
  });
}

async function spoiled(): Promise<Figure[]> {
  const wanted = process.env.FAULTS_FORMAT;
  return hasShared ? mutants(wanted ? [wanted] : formats.map(({ id }) => id)) : [notRun('mutants of real files', 'the shared data are missing')];
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = {
  P05: spoiled, P06: async () => (await ledger()).accounts, P09: bombs, P10: slips, P11: links, P12: () => names(), P13: xml, P14: offline, P15: numbers, P16: shapefiles, P17: lasLies, P18: places, P19: async () => (await ledger()).checked, P20: () => sameBytes(), P21: permissions,
};
