import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../shared.ts';

/** A folder in which the packed package is installed as anybody would install it, with its own dependencies only. */
export interface Installed {
  readonly folder: string;
  /** Paths inside the package, as packed. */
  readonly files: readonly string[];
  /** Bytes of the tarball. */
  readonly bytes: number;
  remove(): void;
}

const run = promisify(execFile);

/** Builds, packs and installs the package, once for whoever shares the answer. */
export async function packAndInstall(): Promise<Installed> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'citymirror-package-')));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await run(process.execPath, [join(repository, 'build.mjs')], { cwd: repository });
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: repository, maxBuffer: 64 << 20 });
    const [packed] = JSON.parse(stdout) as { filename: string; size: number; files: { path: string }[] }[];
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'portal', private: true, type: 'module' }));
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${packed.filename}`], { cwd: folder });
    return { folder, files: packed.files.map((file) => file.path), bytes: packed.size, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The lines that README shows a portal, with the broker of this test instead of its example. */
export function portalLines(backend: string): string {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const lines = /## Five lines for a portal\s+```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (!lines) throw new Error('README.md shows no lines for a portal');
  const mended = lines.replace("backend: 'three'", `backend: '${backend}'`).replace("'wss://broker/mqtt'", '`ws://${location.host}/mqtt`');
  return `${mended}window.twin = twin;\nwindow.faults = [];\ntwin.on('error', ({ error }) => window.faults.push(error.code + ': ' + error.message));\n`;
}

/** Puts a portal of the README's lines in a folder: one page a backend, `FOLDER/three/index.html`, `FOLDER/cesium/index.html`; the rest in `FOLDER/public`. */
export function writePortal(folder: string, entry = 'citymirror'): void {
  const source = (name: string): string => join(repository, 'tests/package/portal', name);
  for (const backend of ['three', 'cesium']) {
    mkdirSync(join(folder, backend), { recursive: true });
    cpSync(source('index.html'), join(folder, backend, 'index.html'));
    writeFileSync(join(folder, backend, 'portal.js'), portalLines(backend).replace("from 'citymirror'", `from '${entry}'`));
  }
  mkdirSync(join(folder, 'public'), { recursive: true });
  for (const name of ['watch.js', 'portal.css']) cpSync(source(name), join(folder, 'public', name));
}
