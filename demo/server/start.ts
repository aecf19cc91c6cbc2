import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOptions } from './arguments.ts';
import { bikeShare } from './bike-share.ts';
import { ownCity, sampleCity, type City } from './cities.ts';
import { builtPages, livePages } from './pages.ts';
import { placedSeries } from './placed-series.ts';
import { checkSensorFile } from './sensor-files.ts';
import { startServer } from './server.ts';
import type { SimulatorOrders, SimulatorSays } from './simulator/main.ts';
import type { TipperRules } from './simulator/tippers.ts';
import { roadsOf } from './sumo/net.ts';
import { openScenario } from './sumo/simulation.ts';
import type { SumoOrders, SumoSays } from './sumo/sumo-main.ts';
import type { SensorAbout, SensorOrders } from './simulator/sensors-main.ts';

/** Vehicles of the sample city; other cities get their share by road length, at most as many. */
const VEHICLES = 5000;

/** Where a page's sensor layer reads what its readings are. */
const ABOUT = '/feeds/sensors.json';
/** Where a page's fleet layer reads the rules of the simulated tippers. */
const FLEET = '/feeds/fleet.json';
/** Where a page's junctions layer reads its junctions. */
const JUNCTIONS = '/feeds/junctions.json';
/** Where it reads its car parks and bike stations, and its buses' timetable. */
const STANDS = '/feeds/stands.json';
const BUSES = '/feeds/buses.zip';

/** `npm start [-- --data FILE|FOLDER… [--place PLACE]] [--sensors FILE… [--rate X]] [--sumo FOLDER] [--allow ORIGIN…] [--dev]`. */
export async function start(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
  const port = Number(environment.PORT ?? 5173);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`PORT is “${environment.PORT}”; it must be a number from 0 to 65535.`);
  const options = startOptions(args);
  for (const file of options.sensors) checkSensorFile(file);
  const stations = placedSeries(cache, options);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  const bar = progressBar();
  const sumo = options.sumo === undefined ? null : sumoRoads(cache, options.sumo);
  const data = [...options.data, ...(sumo ? [sumo] : [])];
  const cities: City[] = data.length > 0 ? [await ownCity(cache, { ...options, data: [...data, ...(stations ? [stations] : [])] }, bar.tell, stopping.signal)] : [await sampleCity(cache, bar.tell, stopping.signal)];
  const dev = options.dev ? await livePages() : null;
  const pages = dev ? dev.handler : await builtPages((what) => bar.tell(what, 0));
  bar.done();
  let about: SensorAbout | Record<string, never> = {};
  const junctions = firstWord<SimulatorSays['junctions']>({ junctions: [], corridors: [], synthetic: true, skipped: {} });
  const stands = firstWord<SimulatorSays['stands']>({ stands: [], synthetic: true, skipped: {} });
  const buses = firstWord<Uint8Array>(new Uint8Array(0));
  let rules: TipperRules | Record<string, never> = {};
  const server = await startServer({ port, pages, cities, documents: { [ABOUT]: () => about, [JUNCTIONS]: () => junctions.heard, [STANDS]: () => stands.heard, [BUSES]: () => buses.heard, [FLEET]: () => rules, ...bikeShare('/feeds/bikes', middleOf(cities[0])) }, allow: options.allow, ...(dev ? { headers: {} } : {}) });
  const simulators = [
    ...(options.sumo === undefined ? [] : [playSumo({ scenario: options.sumo, broker: broker(server.port), prefix: 'city' }, (said) => junctions.say(said.junctions))]),
    ...cities.filter((city) => city.roads !== null && options.sumo === undefined).map((city) => simulate(city, server.port, (said) => {
      rules = said.fleet ?? {};
      junctions.say(said.junctions);
      stands.say(said.stands);
      buses.say(Buffer.from(said.buses ?? '', 'base64'));
    })),
    ...cities.filter(({ stations }) => stations?.length).map(({ stations }) => measure({ stations: stations ?? [], broker: broker(server.port), prefix: 'city', seed: 1, files: options.sensors, rate: options.rate }, (told) => { about = told; })),
  ];
  if (options.sensors.length > 0 && !cities.some(({ stations }) => stations?.some(({ kind }) => kind === 'air'))) console.error('--sensors: this city has no air stations (places of kind air-station), so the series are shown nowhere. Place each: --place series.csv@lon,lat,ground,0');
  console.log(`CityMirror ready: ${server.url}`);
  if (!stopping.signal.aborted) await new Promise<void>((done) => stopping.signal.addEventListener('abort', () => done(), { once: true }));
  for (const simulator of simulators) simulator.kill('SIGTERM');
  await Promise.all([server.close(), dev?.vite.close()]);
}

/** A city's middle, as its catalogue says. */
function middleOf({ folder }: City): readonly [number, number] {
  return (JSON.parse(readFileSync(join(folder, 'city.json'), 'utf8')) as { center: readonly [number, number] }).center;
}

/** Seconds that a page waits for what a simulator has yet to say. */
const PATIENCE = 60;

/** What another process says once it is ready; who asks before waits, and gets `otherwise` where nothing comes. */
function firstWord<Said>(otherwise: Said): { heard: Promise<Said>; say(said: Said): void } {
  let say: (said: Said) => void = () => {};
  const word = {
    heard: new Promise<Said>((resolve) => {
      say = resolve;
      setTimeout(() => resolve(otherwise), PATIENCE * 1000).unref();
    }),
    say(said: Said): void {
      say(said);
      word.heard = Promise.resolve(said);
    },
  };
  return word;
}

/** Vehicles in a process of their own, as they would be in a city. */
function simulate(city: City, port: number, tell: (said: SimulatorSays) => void): ChildProcess {
  const child = fork(fileURLToPath(new URL('./simulator/main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const places = join(city.folder, 'places.fgb');
  const orders: SimulatorOrders = { roads: city.roads!, places: existsSync(places) ? places : null, broker: broker(port), prefix: 'city', vehicles: VEHICLES, seed: 1 };
  child.on('message', (message) => tell(message as SimulatorSays));
  child.send(orders);
  child.once('exit', (code) => {
    if (code) console.error(`The vehicle simulator ended (${code}); the map goes on without new vehicles.`);
  });
  return child;
}

/** SUMO and who talks with it, in a process of their own. */
function playSumo(orders: SumoOrders, tell: (said: SumoSays) => void): ChildProcess {
  const child = fork(fileURLToPath(new URL('./sumo/sumo-main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => tell(message as SumoSays));
  child.send(orders);
  child.once('exit', (code) => {
    if (code) console.error(`SUMO’s player ended (${code}); the map goes on without new vehicles.`);
  });
  return child;
}

/** The net's edges as a file of roads for the pipeline, so that vehicles follow them. */
function sumoRoads(cache: string, path: string): string {
  const { scenario, net } = openScenario(path);
  const folder = join(cache, 'sumo');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${basename(scenario.net).replace(/\.net\.xml(\.gz)?$/u, '')}-roads.geojson`);
  const text = JSON.stringify(roadsOf(net));
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  return file;
}

/** Stations, simulated or replayed, in a process of their own. */
function measure(orders: SensorOrders, tell: (about: SensorAbout) => void): ChildProcess {
  const child = fork(fileURLToPath(new URL('./simulator/sensors-main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => tell((message as { about: SensorAbout }).about));
  child.send(orders);
  child.once('exit', (code) => {
    if (code) console.error(`The stations ended (${code}); the map goes on with what they said last.`);
  });
  return child;
}

function broker(port: number): string {
  return `ws://127.0.0.1:${port}/mqtt`;
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
