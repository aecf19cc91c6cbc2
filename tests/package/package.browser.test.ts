import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags } from '../browser.ts';
import { findChromium } from '../install.mjs';
import { repository } from '../shared.ts';
import { smallCity } from '../view-checks.ts';
import { serveFolder } from '../../demo/server/files.ts';
import { startHost, policy, type Host } from './host.ts';
import { packAndInstall, writePortal, type Installed } from './installed.ts';
import { look, SHOWN } from './look.ts';
import { buildVite, buildWebpack, viteApp, writePlain } from './portals.ts';

const run = promisify(execFile);
const backends = ['three', 'cesium'] as const;

let installed: Installed;
let city: Awaited<ReturnType<typeof smallCity>>;
let browser: Browser;

beforeAll(async () => {
  [installed, city, browser] = await Promise.all([packAndInstall(), smallCity(), chromium.launch({ executablePath: findChromium()!, args: [...chromiumFlags] })]);
});
afterAll(async () => {
  await browser?.close();
  city?.remove();
  installed?.remove();
});

describe('the packed package', () => {
  it('holds what is shipped and nothing of the workshop', () => {
    const strange = installed.files.filter((path) => !/^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE|THIRD_PARTY\.md|dist\/.+\.(js|mjs|d\.ts|d\.mts|css|json))$/.test(path));
    const workshop = installed.files.filter((path) => /\.test\.|\/testing\/|\/(tests|bench|demo)\/|config\.d\.ts$|\.map$/.test(path));
    expect({ strange, workshop }).toEqual({ strange: [], workshop: [] });
    expect(installed.bytes).toBeLessThan(4e6);
  });

  it('is imported by Node where no page is needed, and its commands answer', async () => {
    const script = "for (const name of ['citymirror', 'citymirror/headless', 'citymirror/analysis', 'citymirror/tiles', 'citymirror/vite']) { const found = await import(name); console.log(name, Object.keys(found).length > 0); }";
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: installed.folder });
    expect(stdout.trim().split('\n').filter((line) => line.endsWith('true'))).toHaveLength(5);
    for (const command of [['citymirror', 'tiles', 'info', city.folder], ['tiles-pipeline', 'info', city.folder]]) {
      const { stdout: told } = await run('npx', ['--no-install', ...command], { cwd: installed.folder });
      expect(told).toContain('100');
    }
  });
});

describe('what the package brings along', () => {
  interface Locked { license?: string }
  // MPL-2.0 is web-ifc's, whose files are used unchanged; THIRD_PARTY.md says where they are. What has no licence field, or an older one, was looked at: arc is BSD, splaytree-ts BSD-3-Clause with a slip of the pen, jsts EDL-1.0 (a BSD licence).
  const FREE = /\b(MIT|ISC|0BSD|BSD-[23]-Clause|BDS-3-Clause|Apache-2\.0|CC0-1\.0|Unlicense|Zlib|EDL-1\.0|MPL-2\.0)\b/;

  it('is free, and named in NOTICE', () => {
    const modules = join(installed.folder, 'node_modules');
    const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
    const others = Object.entries(packages).filter(([name, { license }]) => !(license && FREE.test(license) && !/\bA?GPL|\bLGPL/.test(license)) && name !== 'node_modules/arc');
    expect(others).toEqual([]);
    const { dependencies } = JSON.parse(readFileSync(join(modules, 'citymirror/package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const notice = readFileSync(join(modules, 'citymirror/NOTICE'), 'utf8');
    expect(Object.keys(dependencies).filter((name) => !notice.includes(`  ${name} `))).toEqual([]);
  });

  it('is imported by what is shipped, and nothing else is', () => {
    const root = join(installed.folder, 'node_modules/citymirror');
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const imported = new Set(installed.files.filter((path) => /^dist\/(?!standalone|types|workers).*\.m?js$/.test(path)).flatMap((path) => (
      [...readFileSync(join(root, path), 'utf8').matchAll(/^(?:import|export)\b(?:[^'"\n]*\bfrom)?\s*["']((?:@[\w.-]+\/)?[a-z0-9][\w.-]*)(?:\/[^"']*)?["']/gmu)].map(([, name]) => name))));
    expect([...imported].filter((name) => !(name in dependencies) && name !== 'node')).toEqual([]);
  });

  it('has types that a strict portal compiles with, those of the package itself checked too', async () => {
    const root = join(installed.folder, 'types');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'portal.ts'), [
      "import { createTwin, tiles, type CityTwin } from 'citymirror';", "import { analyse } from 'citymirror/analysis';", "import { convert } from 'citymirror/tiles';", "import { trafficLayer } from 'citymirror/layers/traffic';", "import 'citymirror/element';",
      "const twin: CityTwin = await createTwin(document.body, { backend: 'three', at: [117.49, 30.66] });", "twin.add(tiles({ url: '/city/city.json' }));",
      "export const area: number | null = (await twin.analyse('measure', { points: [[1, 2], [3, 4], [5, 7]], closed: true })).area;", 'export { analyse, convert, trafficLayer };',
    ].join('\n'));
    for (const [module, moduleResolution] of [['ESNext', 'bundler'], ['NodeNext', 'NodeNext']]) {
      writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module, moduleResolution, strict: true, noEmit: true, skipLibCheck: false, types: [] }, include: ['portal.ts'] }));
      const told = await run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', root]).then(() => '', (error: { stdout?: string }) => error.stdout ?? String(error));
      expect(`${moduleResolution}\n${told}`).toBe(`${moduleResolution}\n`);
    }
  });
});

describe('the five lines for a portal', () => {
  const hosts: Host[] = [];
  afterAll(async () => { for (const host of hosts) await host.close(); });

  async function check(folder: string): Promise<void> {
    const host = await startHost({ '/city/': city.folder, '/': folder });
    hosts.push(host);
    for (const backend of backends) {
      const { colours, scripts: _scripts, ...wrong } = await look(browser, `${host.origin}/${backend}/`, true);
      expect({ backend, ...wrong }).toEqual({ backend, refused: [], faults: [], errors: [] });
      expect(colours).toBeGreaterThan(SHOWN);
    }
  }

  it('run in a built Vite app', async () => check(await buildVite(installed)));
  it('run in a webpack 5 app', async () => check(await buildWebpack(installed)));
  it('run on a plain page', async () => check(await writePlain(installed)));

  it('run in Vite while developing, from the first visit', async () => {
    const root = join(installed.folder, 'dev-app');
    writePortal(root);
    const handle = serveFolder(city.folder, { prefix: '/city/' });
    const config = await viteApp(installed, root);
    const server = await createServer({
      ...config, server: { host: '127.0.0.1', port: 0, headers: { 'Content-Security-Policy': policy } },
      plugins: [...(config.plugins ?? []), { name: 'city', configureServer: (vite) => void vite.middlewares.use((request, response, next) => void handle(request, response).then((done) => done || next(), next)) }],
    });
    try {
      await server.listen();
      const { port } = server.httpServer!.address() as { port: number };
      for (const backend of backends) {
        const { colours, scripts: _scripts, errors, ...wrong } = await look(browser, `http://127.0.0.1:${port}/${backend}/`, false);
        // There is no broker behind this server: the one thing that may be said is that.
        expect({ backend, ...wrong, errors: errors.filter((error) => !/\/mqtt/.test(error)) }).toEqual({ backend, refused: [], faults: [], errors: [] });
        expect(colours).toBeGreaterThan(SHOWN);
      }
    } finally {
      await server.close();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
