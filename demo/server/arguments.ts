import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseCover, parseCrs, parsePlace, type ForFile, type Placement } from 'citymirror/tiles';

/** What `npm start -- …` asks for. */
export interface StartOptions {
  readonly data: readonly string[];
  readonly sensors: readonly string[];
  /** A SUMO scenario (a folder with one .sumocfg, or the file) whose traffic is shown in place of the simulator's. */
  readonly sumo?: string;
  /** Where files stand that do not say it themselves. */
  readonly places: readonly ForFile<Placement>[];
  /** Reference systems of files that do not say theirs. */
  readonly crs: readonly ForFile<string>[];
  /** Metres from the ground to the crown of pipes whose depth nobody states; absent: the pipeline's own. */
  readonly cover?: number;
  /** How many times faster than it was measured a series is replayed. */
  readonly rate: number;
  /** Origins that the pages may ask beside this server: tile services. */
  readonly allow: readonly string[];
  readonly dev: boolean;
}

/** An hour of data every five seconds. */
export const RATE = 720;
const RATES = [60, 36_000] as const;
const USAGE = 'npm start takes: --data FILE|FOLDER…, --place [FILE@]lon,lat,height|ground,heading[,scale], --crs [FILE@]EPSG:code, --cover METRES, --sensors FILE…, --rate X, --sumo FOLDER, --allow ORIGIN… and --dev';

/** The folder the user typed in; npm runs scripts in the package's own. */
function typedIn(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

function filesOf(option: string, list: readonly string[]): string[] {
  const files = list.map((file) => resolve(typedIn(), file));
  if (files.length === 0) throw new Error(`${option} needs at least one file: ${option === '--data' ? 'npm start -- --data buildings.geojson roads.geojson, or a folder: npm start -- --data data/' : 'npm start -- --sensors series.csv'}`);
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`There is no ${option === '--data' ? 'file or folder' : 'file'} ${missing.join(', ')}. Check the path.`);
  return files;
}

function originOf(word: string): string {
  const url = URL.canParse(word) ? new URL(word) : null;
  if (!url || !/^https?:$/u.test(url.protocol) || url.href !== `${url.origin}/`) throw new Error(`--allow takes origins, as in --allow https://tiles.example; “${word}” is none.`);
  return url.origin;
}

/** Reads the command's words. @throws Error with a sentence for what cannot be meant */
export function startOptions(args: readonly string[]): StartOptions {
  const given = new Map<string, string[]>();
  let open: string[] | null = null;
  for (const arg of args) {
    if (arg.startsWith('--')) {
      if (!['--data', '--place', '--crs', '--cover', '--sensors', '--rate', '--sumo', '--allow', '--dev'].includes(arg)) throw new Error(`${arg} is not known. ${USAGE}`);
      given.set(arg, (open = given.get(arg) ?? []));
    } else if (open) open.push(arg);
    else throw new Error(`“${arg}” follows no option. ${USAGE}`);
  }
  const [word] = given.get('--rate') ?? [String(RATE)];
  const rate = Number(word);
  if (!(rate >= RATES[0] && rate <= RATES[1])) throw new Error(`--rate is “${word ?? ''}”; it must be a number from ${RATES[0]} (an hour of data a minute) to ${RATES[1]} (ten hours a second). It is how many times faster than measured a series is shown.`);
  if (given.has('--rate') && !given.has('--sensors')) throw new Error('--rate is for --sensors: npm start -- --sensors series.csv --rate 720');
  for (const word of ['--place', '--crs', '--cover']) if (given.has(word) && !given.has('--data')) throw new Error(`${word} is for --data: npm start -- --data model.ifc city.geojson --place model.ifc@113.94,22.53,ground,30`);
  const sumo = given.get('--sumo');
  if (sumo && sumo.length !== 1) throw new Error('--sumo takes one folder with a .sumocfg in it: npm start -- --sumo scenario/');
  return {
    ...(sumo && { sumo: resolve(typedIn(), sumo[0]) }),
    places: (given.get('--place') ?? []).map(parsePlace), crs: (given.get('--crs') ?? []).map(parseCrs), ...(given.has('--cover') && { cover: parseCover(given.get('--cover')?.[0] ?? '') }),
    data: given.has('--data') ? filesOf('--data', given.get('--data') ?? []) : [],
    sensors: given.has('--sensors') ? filesOf('--sensors', given.get('--sensors') ?? []) : [],
    rate, allow: (given.get('--allow') ?? []).map(originOf), dev: given.has('--dev'),
  };
}
