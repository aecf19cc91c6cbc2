import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';

/** An hourly series of one station as read from a file. All arrays have one entry an hour kept. */
export interface StationSeries {
  /** Name as the file has it. */
  readonly station: string;
  /** [n] whole hours since 1970 UTC, ascending. */
  readonly hours: Int32Array;
  /** By item: µg/m³, CO in mg/m³; NaN where the file has none. */
  readonly items: Readonly<Record<string, Float32Array>>;
  /** Rows below the header; rows = hours.length + the sum of `skipped`. */
  readonly rows: number;
  /** Rows that could not be used, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Cells marked as missing (NA), by item, and cells that are neither a number nor NA (blank ones too). */
  readonly missing: Readonly<Record<string, number>>;
  readonly unreadable: Readonly<Record<string, number>>;
}

/** Columns of the Beijing multi-site series by our names, with what their numbers are divided by. @source UCI 501: PM and gases in µg/m³, CO too */
const COLUMNS: Readonly<Record<string, readonly [name: string, divisor: number]>> = {
  'PM2.5': ['pm25', 1], PM10: ['pm10', 1], SO2: ['so2', 1], NO2: ['no2', 1], CO: ['co', 1000], O3: ['o3', 1],
  TEMP: ['temperature', 1], PRES: ['pressure', 1], DEWP: ['dewPoint', 1], RAIN: ['rain', 1], WSPM: ['windSpeed', 1], wd: ['windFrom', 1],
};
/** What cannot be below zero. */
const POSITIVE = new Set(['pm25', 'pm10', 'so2', 'no2', 'co', 'o3', 'rain', 'windSpeed', 'pressure']);
const WINDS = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'];
/** Hours that Beijing time is ahead of UTC. */
const BEIJING = 8;
const LARGEST = 200e6;

/** Names of the stations in Chinese. */
const NAMES: Readonly<Record<string, string>> = {
  Aotizhongxin: '奥体中心', Changping: '昌平', Dingling: '定陵', Dongsi: '东四', Guanyuan: '官园', Gucheng: '古城', Huairou: '怀柔', Nongzhanguan: '农展馆', Shunyi: '顺义', Tiantan: '天坛', Wanliu: '万柳', Wanshouxigong: '万寿西宫',
};

export function chineseName(station: string): string {
  return NAMES[station] ?? station;
}

function notRead(file: string, why: string): Error {
  return new Error(`${basename(file)} is not read here: ${why}. --sensors takes hourly air series as CSV with the columns year, month, day, hour, PM2.5, PM10, SO2, NO2, CO, O3 and station (UCI 501, Beijing); FIWARE, SensorThings and other files are not read.`);
}

/** Cells of one line; quotes around a cell go. */
function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/u, '$1'));
}

function headerOf(file: string, line: string): string[] {
  const header = cellsOf(line.replace(/^\uFEFF/u, ''));
  const lacking = ['year', 'month', 'day', 'hour'].filter((name) => !header.includes(name));
  if (/^\s*[[{]/u.test(line)) throw notRead(file, 'it is JSON');
  if (lacking.length > 0) throw notRead(file, `its first line has no column ${lacking.join(', ')}`);
  if (!Object.keys(COLUMNS).slice(0, 6).some((name) => header.includes(name))) throw notRead(file, 'it has no column of PM2.5, PM10, SO2, NO2, CO or O3');
  return header;
}

/** Looks at a file's head only. @throws Error with a sentence where it is not a series that is read here */
export function checkSensorFile(file: string): void {
  if (statSync(file).size > LARGEST) throw notRead(file, `it has more than ${LARGEST / 1e6} MB`);
  const head = Buffer.alloc(4096);
  const handle = openSync(file, 'r');
  const size = readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  headerOf(file, head.toString('utf8', 0, size).split(/\r?\n/u)[0]);
}

/** The hour of a row, NaN where its date is none. Beijing time has no summer time. */
function hourOf(cells: readonly string[], at: readonly number[]): number {
  const [year, month, day, hour] = at.map((column) => Number(cells[column]));
  const date = new Date(Date.UTC(year, month - 1, day, hour));
  const whole = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return whole ? date.getTime() / 3600_000 - BEIJING : Number.NaN;
}

/** A cell's number; 'missing' for NA, 'unreadable' for what is neither. */
function numberOf(cell: string, name: string, divisor: number): number | 'missing' | 'unreadable' {
  if (cell === 'NA') return 'missing';
  if (name === 'windFrom') return WINDS.includes(cell) ? WINDS.indexOf(cell) * 22.5 : 'unreadable';
  const value = cell === '' ? Number.NaN : Number(cell);
  return Number.isFinite(value) && (value >= 0 || !POSITIVE.has(name)) ? value / divisor : 'unreadable';
}

/**
 * Reads an hourly series. Bad rows and cells are counted and left out, never guessed; a row out of order or for an hour that was there is left out too.
 * @throws Error with a sentence where the file is not such a series, or has no row that can be used
 */
export function readSensorFile(file: string): StationSeries {
  checkSensorFile(file);
  const [first, ...lines] = readFileSync(file, 'utf8').split(/\r?\n/u);
  const header = headerOf(file, first);
  const when = ['year', 'month', 'day', 'hour'].map((name) => header.indexOf(name));
  const columns = header.flatMap((name, at) => (COLUMNS[name] ? [{ at, name: COLUMNS[name][0], divisor: COLUMNS[name][1] }] : []));
  const stationAt = header.indexOf('station');
  const hours: number[] = [];
  const items = new Map(columns.map(({ name }) => [name, [] as number[]]));
  const counts = { skipped: {} as Record<string, number>, missing: {} as Record<string, number>, unreadable: {} as Record<string, number> };
  const count = (kind: keyof typeof counts, what: string): void => { counts[kind][what] = (counts[kind][what] ?? 0) + 1; };
  let [rows, station] = [0, ''];
  for (const line of lines) {
    if (line.trim() === '') continue;
    rows++;
    const cells = cellsOf(line);
    const hour = hourOf(cells, when);
    if (cells.length !== header.length) count('skipped', 'wrong number of cells');
    else if (Number.isNaN(hour)) count('skipped', 'no such hour');
    else if (hours.length > 0 && hour <= hours[hours.length - 1]) count('skipped', 'out of order');
    else {
      hours.push(hour);
      station ||= stationAt < 0 ? '' : cells[stationAt];
      for (const { at, name, divisor } of columns) {
        const value = numberOf(cells[at], name, divisor);
        if (typeof value === 'string') count(value, name);
        items.get(name)?.push(typeof value === 'string' ? Number.NaN : value);
      }
    }
  }
  if (hours.length === 0) throw notRead(file, `none of its ${rows} rows can be used`);
  return {
    station: station || basename(file).replace(/\.[^.]*$/u, ''), hours: Int32Array.from(hours), rows, ...counts,
    items: Object.fromEntries([...items].map(([name, values]) => [name, Float32Array.from(values)])),
  };
}
