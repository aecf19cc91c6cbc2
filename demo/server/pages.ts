import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createServer, type ViteDevServer } from 'vite';
import type { Handler } from './files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo's pages, built; again only when a source changed. @returns the folders to serve: pages first, then what they share */
export async function builtPages(tell: (what: string) => void): Promise<string[]> {
  const folder = join(root, '.cache/demo');
  const stamp = join(root, '.cache/demo.stamp');
  const mark = sourcesMark();
  if (!existsSync(join(folder, 'demo/planner/index.html')) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== mark) {
    tell('building the pages');
    await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
    writeFileSync(stamp, mark);
  }
  return [join(folder, 'demo'), folder];
}

/** The pages straight from their sources, for who works on them. */
export async function livePages(): Promise<{ vite: ViteDevServer; handler: Handler }> {
  const vite = await createServer({ configFile: join(root, 'vite.config.ts'), server: { middlewareMode: true }, logLevel: 'warn' });
  const handler: Handler = (request, response) => {
    if (/^\/(planner|wall|embed|examples|scenes)\//u.test(request.url ?? '')) request.url = `/demo${request.url}`;
    return new Promise((done) => {
      response.once('close', () => done(true));
      vite.middlewares(request, response, () => done(false));
    });
  };
  return { vite, handler };
}

function sourcesMark(): string {
  const hash = createHash('sha256');
  for (const folder of ['engine', 'layers', 'workers', 'demo', 'package-lock.json', 'vite.config.ts']) {
    const path = join(root, folder);
    const names = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted() : [''];
    for (const name of names) {
      const file = join(path, name);
      if (name.includes('.test.') || name.startsWith('server') || name.startsWith('sample-city') || !statSync(file).isFile()) continue;
      hash.update(`${folder}/${name}\n`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}
