import { TwinError } from '../../engine/errors.ts';
import { assetsCommand } from './assets.ts';
import { buildCommand } from './build.ts';
import { checkCommand, infoCommand } from './info.ts';
import { serveCommand } from './serve.ts';
import type { Command, Terminal } from './terminal.ts';

const usage = `citymirror: tools of the city twin

  citymirror tiles build INPUT… -o DIR   turn files into a city folder (3D Tiles, companions, terrain)
      --title TEXT  --datum ellipsoid|egm96|egm2008|1985|local|unknown
      --survey-date DATE  --synthetic  --source TEXT (repeatable)
      --place [FILE@]lon,lat,height|ground,heading[,scale]  --crs [FILE@]EPSG:code   for inputs that do not say where they are
      --cover METRES   from the ground to the top of pipes whose depth nobody states (1.2)
      --credit 'TEXT|URL|LICENCE' (repeatable)  --review-number TEXT (审图号)
  citymirror tiles info DIR|FILE         say what a city folder holds, or a building model and where it lies
  citymirror tiles check DIR             look through every file of a city folder for faults
  citymirror tiles serve DIR [--port N]  serve a city folder on this machine
  citymirror assets DIR                  copy Cesium's own workers where a portal can serve them

Inputs are GeoJSON (WGS 84; one document or one feature a line), one-band GeoTIFF heights (EPSG:4326), networks
(EPANET and SWMM .inp, pandapipes and pandapower JSON, LandXML, GeoJSON lines with a diameter) and building models: IFC2x3,
IFC4, IFC4x3 (.ifc, .ifcZIP). A model without a georeference stands where --place puts its own zero:
  citymirror tiles build model.ifc city.geojson --place model.ifc@113.94,22.53,ground,30 -o city
Exit code: 0 all well, 1 built but some input was not (wholly) usable, or faults found, 2 nothing done, 130 stopped.
`;

const tiles: Readonly<Record<string, Command>> = { build: buildCommand, info: infoCommand, check: checkCommand, serve: serveCommand };

/** Runs one command; Ctrl-C stops it cleanly, a second one at once. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await run(args, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      redraw: Boolean(process.stderr.isTTY),
      columns: process.stderr.columns ?? 80,
      signal: controller.signal,
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** {@link main} without the process around it. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [group, name, ...rest] = args;
  if (group === undefined || group === 'help' || args.includes('--help') || args.includes('-h')) {
    terminal.out(usage);
    return group === undefined ? 2 : 0;
  }
  const command = group === 'tiles' ? tiles[name ?? ''] : group === 'assets' && name !== undefined ? (): Promise<number> => assetsCommand([name, ...rest], terminal) : undefined;
  if (!command) {
    terminal.err(`There is no command "${[group, name].filter(Boolean).join(' ')}".\n\n${usage}`);
    return 2;
  }
  try {
    return await command(rest, terminal);
  } catch (cause) {
    if (cause instanceof TwinError) {
      terminal.err(`${cause.message}\n`);
      return cause.code === 'aborted' ? 130 : 2;
    }
    if (cause instanceof TypeError && (cause as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
      terminal.err(`${cause.message}\n\n${usage}`);
      return 2;
    }
    throw cause;
  }
}
