import type { ReadContext } from '../format.ts';
import { northFirst, systemName, verticalUnits, type SystemName } from './crs-names.ts';

type Convert = (x: number, y: number) => [lon: number, lat: number];

/** Metres in a degree of longitude and of latitude: for areas and planes within one object, never for places. */
export function metresInDegree(lat: number): [east: number, north: number] {
  const radians = (lat * Math.PI) / 180;
  const sine2 = Math.sin(radians) ** 2;
  return [(6378137 / Math.sqrt(1 - 0.00669438 * sine2)) * Math.cos(radians) * (Math.PI / 180), (6335439 / (1 - 0.00669438 * sine2) ** 1.5) * (Math.PI / 180)];
}

/** The way from a source's coordinates to WGS 84 degrees and metres. */
export class Frame {
  #lift: number | undefined;

  constructor(
    private readonly system: SystemName,
    private readonly convert: Convert,
    private readonly note: (code: string, message: string) => void,
  ) {}

  /** x, y, z in turn → lon, lat in degrees and metres; NaN where a coordinate is none or the place is not on the earth. */
  degrees(ring: readonly number[]): number[] {
    const out: number[] = [];
    for (let i = 0; i + 2 < ring.length; i += 3) {
      // proj4 throws at what is no number.
      const [lon, lat] = Number.isFinite(ring[i] + ring[i + 1]) ? this.#place(ring[i], ring[i + 1]) : [Number.NaN, Number.NaN];
      const lift = Number.isFinite(lon) ? (this.#lift ??= this.#unit(ring[i], ring[i + 1])) : 1;
      const sound = Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && Math.abs(ring[i + 2]) < 1e5;
      if (sound) out.push(lon, lat, ring[i + 2] * lift);
      else out.push(Number.NaN, Number.NaN, Number.NaN);
    }
    return out;
  }

  /** Whether the source's own coordinates are lengths: a straight line in them may bend in degrees. */
  get planar(): boolean {
    return !this.system.degrees;
  }

  /** The source coordinates that lie `east`, `north` and `up` metres from a place; in a projected system along its axes and in its unit. */
  moved(x: number, y: number, z: number, [east, north, up]: readonly [number, number, number]): [number, number, number] {
    if (!this.system.degrees) return [x + east, y + north, z + up];
    const latitudeFirst = this.#latitudeFirst(x, y);
    const [perLon, perLat] = metresInDegree(latitudeFirst ? x : y);
    return latitudeFirst ? [x + north / perLat, y + east / perLon, z + up] : [x + east / perLon, y + north / perLat, z + up];
  }

  #latitudeFirst(x: number, y: number): boolean {
    return this.system.latitudeFirst && !(Math.abs(x) > 90 && Math.abs(y) <= 90);
  }

  #place(x: number, y: number): [number, number] {
    if (this.#latitudeFirst(x, y)) return this.convert(y, x);
    if (!northFirst(this.system.code, x, y)) return this.convert(x, y);
    this.note('north-first', `has north before east in ${this.system.crs}, told by the numbers; they were turned round`);
    return this.convert(y, x);
  }

  /** Metres in a unit of height: what the vertical system says, else the unit the plane is in where that is feet. */
  #unit(x: number, y: number): number {
    if (this.system.vertical !== undefined) return verticalUnits[this.system.vertical] ?? 1;
    if (this.system.degrees) return 1;
    const [a, b] = [this.#place(x, y), this.#place(x + 1, y)];
    const [perLon, perLat] = metresInDegree(a[1]);
    const scale = Math.hypot((b[0] - a[0]) * perLon, (b[1] - a[1]) * perLat);
    if (Math.abs(scale - 0.3048) > 0.003) return 1;
    this.note('height-unit', `counts in feet in ${this.system.crs} and does not say in what its heights are; they were taken as feet too`);
    return 0.3048006096012192;
  }
}

/**
 * The way from a file's system to degrees. What the file says goes before what the user said, except where it is not known here.
 * A failure is one issue on the context and undefined.
 * @param named the file's own name of it, undefined where it has none
 */
export function frameOf(named: string | undefined, file: string, context: ReadContext): Frame | undefined {
  const note = (code: string, message: string): void => {
    if (context.issues.some((issue) => issue.code === code && issue.path === file)) return;
    context.issues.push({ code, severity: 'info', message: `${file} ${message}.`, path: file });
  };
  for (const text of [named, context.crs]) {
    if (!text) continue;
    const system = systemName(text);
    const convert: Convert | undefined = system.degrees ? (x, y) => [x, y] : context.toDegrees?.(system.crs);
    if (convert) return new Frame(system, convert, note);
  }
  const code = named ? 'foreign-crs' : 'no-crs';
  if (context.issues.some((issue) => issue.code === code && issue.path === file)) return undefined;
  const message = named
    ? `${file} says its coordinates are in ${named.slice(0, 200)}, which is not known here. Say a system that is with --crs EPSG:…, or convert the file first.`
    : `${file} does not say which reference system its coordinates are in. Say it with --crs EPSG:… and try again.`;
  context.issues.push({ code, severity: 'error', message, path: file });
  return undefined;
}
