import type { Issue } from '../../engine/errors.ts';
import { projector, type Projector } from './projector.ts';

/** Degrees from its central meridian at which a place of a zone is no longer believed. */
const FARTHEST = 12;
/** Metres no system reaches: the earth is 4e7 round, the largest zone number makes 6e7. */
const LARGEST = 1e8;

/**
 * What is wrong with the first places of a file as its system reads them: axes changed over, metres in a file of degrees, degrees in a file of metres, a zone number
 * that is there or not, places off the earth. One sentence with the numbers, or undefined where all looks well. GCJ-02 taken for WGS 84 cannot be seen: places are only 500 m off.
 * @param places x, y pairs as they stand in the file; a few hundred are enough
 */
export function doubtOf(file: string, places: ArrayLike<number>, system: Projector): Issue | undefined {
  const said = system.identity ? doubtOfDegrees(places) : doubtOfMetres(places, system);
  return said && { code: said.code, severity: said.severity, path: file, message: `${file}: ${said.text}` };
}

type Doubt = { code: string; severity: Issue['severity']; text: string } | undefined;

const shown = (x: number, y: number): string => `${round(x)}, ${round(y)}`;
const round = (value: number): string => String(Math.round(value * 1e4) / 1e4);

function doubtOfDegrees(places: ArrayLike<number>): Doubt {
  const first = find(places, (x, y) => Math.abs(x) > 180 || Math.abs(y) > 90);
  if (!first) return undefined;
  const [x, y] = first;
  const all = every(places, (a, b) => Math.abs(a) <= 90 && Math.abs(b) <= 180);
  if (all) return { code: 'swapped-axes', severity: 'error', text: `its first place off the earth is ${shown(x, y)}: read as longitude, latitude there is no latitude ${round(y)}; latitude stands first. Change the two over (in a GIS: swap X and Y) and try again.` };
  const zone = Math.floor(x / 1e6);
  const guess = y > 0 && y < 1e7 && zone >= 25 && zone <= 45 ? ` The ${zone} before the easting is a 3° zone of China's: --crs FILE@EPSG:${4488 + zone}, if they are CGCS2000.` : '';
  return { code: 'metres-as-degrees', severity: 'error', text: `its places are read as degrees, but ${shown(x, y)} are none: they look like metres of a projected system. Say which: --crs FILE@EPSG:code.${guess}` };
}

function doubtOfMetres(places: ArrayLike<number>, system: Projector): Doubt {
  const off = (x: number, y: number, by = system): boolean => {
    if (!(Math.max(Math.abs(x), Math.abs(y)) < LARGEST)) return true;
    const [lon, lat] = by.toDegrees(x, y);
    const away = by.meridian === undefined ? 0 : Math.abs(((lon - by.meridian + 540) % 360) - 180);
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && away <= FARTHEST)) return true;
    // Some projections give a place for any numbers; from there no way leads back.
    const [a, b] = by.fromDegrees(lon, lat);
    return !(Math.hypot(a - x, b - y) <= 1 + Math.hypot(x, y) / 1000);
  };
  const degrees = every(places, (x, y) => Math.abs(x) <= 180 && Math.abs(y) <= 90);
  const [x0, y0] = [places[0], places[1]];
  if (degrees && places.length >= 2 && (x0 !== 0 || y0 !== 0) && !/GCJ|BD/u.test(system.label) && !isDegrees(system))
    return { code: 'degrees-as-metres', severity: 'warning', text: `its places are read as metres of ${system.label}, but ${shown(x0, y0)} look like degrees. If they are, say so: --crs FILE@EPSG:4326.` };
  const first = find(places, off);
  if (!first) return undefined;
  const [x, y] = first;
  const [lon, lat] = system.toDegrees(x, y);
  const nowhere = !(Math.max(Math.abs(x), Math.abs(y)) < LARGEST && Number.isFinite(lon + lat));
  const where = nowhere ? 'lies nowhere on the earth' : `lies at ${round(lon)}°, ${round(lat)}°${system.meridian === undefined ? '' : `, far from the meridian ${round(system.meridian)}°`}`;
  return { code: 'wrong-crs', severity: nowhere ? 'error' : 'warning', text: `${shown(x, y)} read as ${system.label} ${where}. ${remedy(places, off, first, system)}` };
}

/** What would put the places where they could be. */
function remedy(places: ArrayLike<number>, off: (x: number, y: number, by?: Projector) => boolean, [x, y]: readonly [number, number], system: Projector): string {
  if (every(places, (a, b) => !off(b, a))) {
    const [lon, lat] = system.toDegrees(y, x);
    return `With x and y changed over it lies at ${round(lon)}°, ${round(lat)}°: northing stands first, as surveyors write it. Change the two over (in a GIS: swap X and Y) and try again.`;
  }
  const code = Number(/^EPSG:(\d+)$/u.exec(system.label)?.[1]);
  const other = otherNumbering(code);
  const by = other === undefined ? undefined : projector(`EPSG:${other}`);
  if (by && every(places, (a, b) => !off(a, b, by))) {
    const [lon, lat] = by.toDegrees(x, y);
    return `Its easting is written ${x > 1e6 ? 'with' : 'without'} the zone's number: as EPSG:${other} it lies at ${round(lon)}°, ${round(lat)}°. Say so: --crs FILE@EPSG:${other}.`;
  }
  return 'Check the code: --crs FILE@EPSG:code says another.';
}

/** The same zone with its number before the easting, or without. @source EPSG dataset */
function otherNumbering(code: number): number | undefined {
  const pairs = [[4491, 4502, 11], [4513, 4534, 21], [21413, 21453, 11], [2401, 2422, 21], [2327, 2338, 11], [2349, 2370, 21]] as const;
  for (const [numbered, bare, count] of pairs) {
    if (code >= numbered && code < numbered + count) return bare + code - numbered;
    if (code >= bare && code < bare + count) return numbered + code - bare;
  }
  return undefined;
}

/** Whether a system other than WGS 84's is one of degrees: a place of it stays about where it is. */
function isDegrees(system: Projector): boolean {
  const [lon, lat] = system.toDegrees(10, 50);
  return Math.abs(lon - 10) + Math.abs(lat - 50) < 0.1;
}

function find(places: ArrayLike<number>, test: (x: number, y: number) => boolean): [number, number] | undefined {
  for (let i = 0; i + 1 < places.length; i += 2) if (test(places[i], places[i + 1])) return [places[i], places[i + 1]];
  return undefined;
}

function every(places: ArrayLike<number>, test: (x: number, y: number) => boolean): boolean {
  return find(places, (x, y) => !test(x, y)) === undefined;
}
