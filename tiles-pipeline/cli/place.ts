import { TwinError } from '../../engine/errors.ts';
import { readSystem } from '../projection/names.ts';

/** Where something without a georeference of its own is put: degrees, metres above the city's height datum, degrees clockwise from north, metres a unit (null: as the file says, or found out). */
export interface Placement {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly heading: number;
  readonly scale: number | null;
  /** True where the height is that of the ground there (`ground` in place of the number). */
  readonly onGround?: boolean;
}

/** Something said of one input (by its file name), or of every input that lacks it (`file` null). */
export interface ForFile<T> {
  readonly file: string | null;
  readonly value: T;
}

const baseName = (path: string): string => path.replace(/^.*[/\\]/u, '');

/** What was said of a file: by its path or its name, else what was said of all. */
export function saidOf<T>(list: readonly ForFile<T>[], path: string): T | undefined {
  const own = list.find(({ file }) => file !== null && (file === path || baseName(file) === baseName(path)));
  return (own ?? list.find(({ file }) => file === null))?.value;
}

/** Splits `FILE@rest`; without an `@` it is said of every file. */
function split(text: string): { file: string | null; rest: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { file: null, rest: text } : { file: text.slice(0, at), rest: text.slice(at + 1) };
}

/** `[FILE@]lon,lat,height,heading[,scale]` @throws {TwinError} `bad-input` saying what is wrong with it */
export function parsePlace(text: string): ForFile<Placement> {
  const { file, rest } = split(text);
  const parts = rest.split(',').map((part) => part.trim());
  const onGround = parts[2] === 'ground';
  const numbers = parts.map((part, k) => (k === 2 && onGround ? 0 : part === '' ? Number.NaN : Number(part)));
  const wrong = (what: string): TwinError => new TwinError('bad-input', `--place ${text}: ${what}. It is written [FILE@]lon,lat,height,heading[,scale], for instance model.ifc@113.94,22.53,ground,30`);
  if (numbers.length < 4 || numbers.length > 5) throw wrong(`four or five numbers are needed, ${numbers.length} were given`);
  if (!numbers.every(Number.isFinite)) throw wrong('one of them is no number');
  const [lon, lat, height, heading, scale] = numbers;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90) throw wrong('longitude goes from −180 to 180, latitude from −90 to 90');
  if (scale !== undefined && scale <= 0) throw wrong('the scale must be above 0');
  return { file, value: { lon, lat, height, heading, scale: scale ?? null, ...(onGround && { onGround }) } };
}

/** `[FILE@]EPSG:code`, or any other name of a reference system: GCJ-02, BD-09, a PROJ string @throws {TwinError} `bad-input` */
export function parseCrs(text: string): ForFile<string> {
  const { file, rest } = split(text);
  const code = /^(?:EPSG:)?(\d{4,6})$/iu.exec(rest.trim());
  if (code) return { file, value: `EPSG:${code[1]}` };
  if (!readSystem(rest)) throw new TwinError('bad-input', `--crs ${text} is no reference system: it is written [FILE@]EPSG:code, for instance pipes.inp@EPSG:4547, or [FILE@]GCJ-02, [FILE@]BD-09, [FILE@]"+proj=…"`);
  return { file, value: rest.trim() };
}

/** Metres from the ground to the crown of pipes whose depth nobody states. @throws {TwinError} `bad-input` */
export function parseCover(text: string): number {
  const cover = Number(text);
  if (!(cover >= 0 && cover <= 50) || text.trim() === '') throw new TwinError('bad-input', `--cover ${text} is no depth: give the metres from the ground to the top of a pipe, 0 to 50.`);
  return cover;
}
