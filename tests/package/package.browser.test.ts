import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags } from '../browser.ts';
import { findChromium } from '../install.mjs';
import { smallCity } from '../view-checks.ts';
import { serveFolder } from '../../demo/server/files.ts';
import { startHost, policy, type Host } from './host.ts';
import { packAndInstall, writePortal, type Installed } from './installed.ts';
import { look } from './look.ts';
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
    const strange = installed.files.filter((path) => !/^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE|dist\/.+\.(js|mjs|d\.ts|d\.mts|css|json))$/.test(path));
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

describe('the five lines for a portal', () => {
  const hosts: Host[] = [];
  afterAll(async () => { for (const host of hosts) await host.close(); });

  async function check(folder: string): Promise<void> {
    const host = await startHost({ '/city/': city.folder, '/': folder });
    hosts.push(host);
    for (const backend of backends) {
      const { colours, scripts: _scripts, ...wrong } = await look(browser, `${host.origin}/${backend}/`, true);
      expect({ backend, ...wrong }).toEqual({ backend, refused: [], faults: [], errors: [] });
      expect(colours).toBeGreaterThan(8);
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
        expect(colours).toBeGreaterThan(8);
      }
    } finally {
      await server.close();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
