import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownCity, sampleCity, type City } from './cities.ts';
import { builtPages, livePages } from './pages.ts';
import { startServer } from './server.ts';
import type { SimulatorOrders } from './simulator/main.ts';

/** Vehicles of the sample city; other cities get their share by road length, at most as many. */
const VEHICLES = 5000;

/** `npm start [-- --data FILE…] [--dev]`. */
export async function start(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
  const port = Number(environment.PORT ?? 5173);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`PORT is “${environment.PORT}”; it must be a number from 0 to 65535.`);
  const files = filesOf(args);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  const bar = progressBar();
  const cities: City[] = files.length > 0 ? [await ownCity(cache, files, bar.tell, stopping.signal)] : [await sampleCity(cache, bar.tell, stopping.signal)];
  const dev = args.includes('--dev') ? await livePages() : null;
  const pages = dev ? dev.handler : await builtPages((what) => bar.tell(what, 0));
  bar.done();
  const server = await startServer({ port, pages, cities, ...(dev ? { headers: {} } : {}) });
  const simulators = cities.filter((city) => city.roads !== null).map((city) => simulate(city, server.port));
  console.log(`CityMirror ready: ${server.url}`);
  if (!stopping.signal.aborted) await new Promise<void>((done) => stopping.signal.addEventListener('abort', () => done(), { once: true }));
  for (const simulator of simulators) simulator.kill('SIGTERM');
  await Promise.all([server.close(), dev?.vite.close()]);
}

function filesOf(args: readonly string[]): string[] {
  const at = args.indexOf('--data');
  const unknown = args.filter((arg, i) => arg.startsWith('--') && arg !== '--dev' && i !== at);
  if (unknown.length > 0) throw new Error(`${unknown[0]} is not known. npm start takes: --data FILE… and --dev`);
  if (at < 0) return [];
  const files = args.slice(at + 1).filter((arg) => !arg.startsWith('--')).map((file) => resolve(environmentFolder(), file));
  if (files.length === 0) throw new Error('--data needs at least one file: npm start -- --data buildings.geojson roads.geojson');
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`There is no file ${missing.join(', ')}.`);
  return files;
}

/** The folder the user typed in; npm runs scripts in the package's own. */
function environmentFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

/** Vehicles in a process of their own, as they would be in a city. */
function simulate(city: City, port: number): ChildProcess {
  const child = fork(fileURLToPath(new URL('./simulator/main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const orders: SimulatorOrders = { roads: city.roads!, broker: `ws://127.0.0.1:${port}/mqtt`, prefix: 'city', vehicles: VEHICLES, seed: 1 };
  child.send(orders);
  child.once('exit', (code) => {
    if (code) console.error(`The vehicle simulator ended (${code}); the map goes on without new vehicles.`);
  });
  return child;
}

/** One line that fills on a terminal; a line a step elsewhere. */
function progressBar(): { tell: (what: string, fraction: number) => void; done: () => void } {
  const terminal = process.stdout.isTTY;
  let said = '';
  return {
    tell(what, fraction) {
      const filled = Math.round(fraction * 30);
      if (terminal) process.stdout.write(`\r\x1b[K${'█'.repeat(filled)}${'·'.repeat(30 - filled)} ${Math.round(fraction * 100)} % ${what}`);
      else if (said !== what) console.log(`${what} …`);
      said = what;
    },
    done() {
      if (terminal && said) process.stdout.write('\r\x1b[K');
    },
  };
}
