import { cpSync, mkdirSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type InlineConfig } from 'vite';
import webpack from 'webpack';
import { writePortal, type Installed } from './installed.ts';

const pages = ['three', 'cesium'];
const run = promisify(execFile);

/** What a Vite app of somebody else says: the plugin of the installed package and nothing more. */
export async function viteApp(installed: Installed, root: string): Promise<InlineConfig> {
  const { citymirror } = (await import(/* @vite-ignore */ pathToFileURL(join(installed.folder, 'node_modules/citymirror/dist/vite/vite-plugin.mjs')).href)) as { citymirror: () => never };
  return { root, configFile: false, logLevel: 'error', appType: 'mpa', plugins: [citymirror()] };
}

/** A bare Vite app, built. @returns the folder to serve */
export async function buildVite(installed: Installed): Promise<string> {
  const root = join(installed.folder, 'vite-app');
  writePortal(root);
  const config = await viteApp(installed, root);
  await build({ ...config, build: { reportCompressedSize: false, chunkSizeWarningLimit: 6000, rolldownOptions: { input: Object.fromEntries(pages.map((page) => [page, join(root, page, 'index.html')])) } } });
  return join(root, 'dist');
}

/** The installed command copies Cesium's own workers into a folder that is served. */
async function copyAssets(installed: Installed, out: string): Promise<void> {
  await run('npx', ['--no-install', 'citymirror', 'assets', join(out, 'citymirror-assets')], { cwd: installed.folder });
}

/** A webpack 5 app, built without any loader or plugin. @returns the folder to serve */
export async function buildWebpack(installed: Installed): Promise<string> {
  const root = join(installed.folder, 'webpack-app');
  const out = join(root, 'dist');
  writePortal(root);
  await new Promise<void>((resolve, reject) => {
    webpack({
      context: root, mode: 'production', performance: false, optimization: { minimize: false },
      entry: Object.fromEntries(pages.map((page) => [page, join(root, page, 'portal.js')])), output: { path: out, filename: '[name]/portal.js', chunkFilename: 'chunks/[name]-[contenthash].js', publicPath: '/' },
    }, (error, stats) => {
      const faults = stats?.toJson({ all: false, errors: true, warnings: true });
      const told = [...(faults?.errors ?? []), ...(faults?.warnings ?? [])].map((fault) => `${fault.moduleName ?? ''} ${fault.message}`);
      if (error || told.length > 0) reject(error ?? new Error(told.join('\n')));
      else resolve();
    });
  });
  for (const page of pages) cpSync(join(root, page, 'index.html'), join(out, page, 'index.html'));
  cpSync(join(root, 'public'), out, { recursive: true });
  await copyAssets(installed, out);
  return out;
}

/** A page without a bundler: the standalone build beside it. @returns the folder to serve */
export async function writePlain(installed: Installed): Promise<string> {
  const out = join(installed.folder, 'plain');
  mkdirSync(out, { recursive: true });
  writePortal(out, '/citymirror/citymirror.js');
  cpSync(join(out, 'public'), out, { recursive: true });
  cpSync(join(installed.folder, 'node_modules/citymirror/dist/standalone'), join(out, 'citymirror'), { recursive: true });
  await copyAssets(installed, out);
  return out;
}
