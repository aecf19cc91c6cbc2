import proj4, { type Converter } from 'proj4';
import { bd09OfGcj02, gcj02Of, transverseMercator, wgs84OfBd09, wgs84OfGcj02, type PairwiseInto, type TransverseMercator } from '#geo';
import { readSystem, type System } from './names.ts';
import type { Definition } from './systems.ts';

/** x, y of a system to lon, lat in WGS 84 degrees. What lies nowhere becomes NaN, NaN; nothing is thrown. */
export type ToDegrees = (x: number, y: number) => [lon: number, lat: number];

/** Both ways between a reference system and WGS 84 degrees. Files of coordinates have x (east) before y (north), whatever axis order the register gives the system. */
export interface Projector {
  /** `EPSG:4547`, `GCJ-02`, or the name its definition gives. */
  readonly label: string;
  /** True where the system's coordinates are WGS 84 degrees as they stand. */
  readonly identity: boolean;
  /** One sentence, where places stay metres off whatever we do. */
  readonly notice?: string;
  /** Degrees of the central meridian of a transverse Mercator system. */
  readonly meridian?: number;
  readonly toDegrees: ToDegrees;
  readonly fromDegrees: ToDegrees;
  /** The first `count` pairs, each at a multiple of `stride` (2), from the system to degrees, in place. */
  readonly forwardInto: PairwiseInto;
  /** The same the other way. */
  readonly inverseInto: PairwiseInto;
}

/** The way from a system to WGS 84 degrees; undefined for one that is not known here. @param crs see {@link readSystem} */
export function toDegrees(crs: string): ToDegrees | undefined {
  return projector(crs)?.toDegrees;
}

/** The way from WGS 84 degrees to a system; undefined for one that is not known here. */
export function fromDegrees(crs: string): ToDegrees | undefined {
  return projector(crs)?.fromDegrees;
}

/** Both ways, for single places and for whole arrays; undefined for a system that is not known here. */
export function projector(crs: string): Projector | undefined {
  const system = readSystem(crs);
  if (!system) return undefined;
  const head = { label: system.label, identity: system.definition === 'degrees', notice: noticeOf(system) };
  if (system.definition === 'gcj02') return { ...head, ...singly(wgs84OfGcj02, gcj02Of) };
  if (system.definition === 'bd09') return { ...head, ...singly(wgs84OfBd09, (lon, lat) => bd09OfGcj02(...gcj02Of(lon, lat))) };
  if (system.definition === 'degrees') return { ...head, ...singly((x, y) => [x, y], (lon, lat) => [lon, lat]), forwardInto: nothing, inverseInto: nothing };
  const own = transverseOf(system.definition);
  return own ? { ...head, meridian: own.meridian, ...wholly(own) } : byProj4(system.definition, head);
}

function noticeOf({ label, loose }: System): string | undefined {
  if (!loose) return undefined;
  return `${label} is on the datum ${loose}, whose way to WGS 84 no public parameters give exactly: without your city's own its places are tens of metres off, up to some hundred. Convert them with your surveying office's parameters first, or give these in a PROJ string: --crs FILE@"+proj=… +towgs84=dx,dy,dz,rx,ry,rz,ppm".`;
}

function nothing(): void {
  // Degrees stay as they are.
}

type Ways = Pick<Projector, 'toDegrees' | 'fromDegrees' | 'forwardInto' | 'inverseInto'>;

function singly(to: ToDegrees, from: ToDegrees): Ways {
  const all = (way: ToDegrees): PairwiseInto => (pairs, count, stride = 2) => {
    for (let i = 0, at = 0; i < count; i++, at += stride) {
      const [a, b] = way(pairs[at], pairs[at + 1]);
      pairs[at] = a;
      pairs[at + 1] = b;
    }
  };
  return { toDegrees: to, fromDegrees: from, forwardInto: all(to), inverseInto: all(from) };
}

function wholly(own: TransverseMercator): Ways {
  const ways = transverseMercator(own);
  const pair = new Float64Array(2);
  const one = (way: PairwiseInto): ToDegrees => (x, y) => {
    pair[0] = x;
    pair[1] = y;
    way(pair, 1);
    return [pair[0], pair[1]];
  };
  return { toDegrees: one(ways.toDegrees), fromDegrees: one(ways.toMetres), forwardInto: ways.toDegrees, inverseInto: ways.toMetres };
}

function byProj4(definition: Definition, head: Pick<Projector, 'label' | 'identity' | 'notice'>): Projector | undefined {
  let converter: Converter;
  try {
    converter = proj4(definition, 'WGS84');
    converter.forward([0, 0]);
  } catch {
    // A method or a parameter that proj4 does not know.
    return undefined;
  }
  // proj4 throws at what is no number, and gives infinities for what lies nowhere.
  const safe = (way: 'forward' | 'inverse'): ToDegrees => (x, y) => {
    if (!Number.isFinite(x + y)) return [Number.NaN, Number.NaN];
    const [a, b] = converter[way]([x, y]);
    return Number.isFinite(a + b) ? [a, b] : [Number.NaN, Number.NaN];
  };
  return { ...head, ...singly(safe('forward'), safe('inverse')) };
}

/** Semi-major axis and inverse flattening of ellipsoids whose degrees need no shift, or have none that is known. @source EPSG dataset, 7019, 7030, 7049 */
const ellipsoids: Readonly<Record<string, readonly [number, number]>> = { GRS80: [6378137, 298.257222101], WGS84: [6378137, 298.257223563], IAU76: [6378140, 298.257] };

/** The numbers of a transverse Mercator in metres without a change of datum; undefined for everything else. */
function transverseOf(definition: Definition): TransverseMercator | undefined {
  const given = new Map(definition.split(/\s+/u).map((part) => [part.replace(/^\+|=.*$/gu, ''), part.replace(/^[^=]*=?/u, '')]));
  const kind = given.get('proj');
  if ((kind !== 'tmerc' && kind !== 'utm') || ['pm', 'to_meter', 'nadgrids', 'approx', 'b', 'R'].some((key) => given.has(key)) || (given.get('units') ?? 'm') !== 'm') return undefined;
  if ((given.get('towgs84') ?? '').split(',').some((value) => Number(value) !== 0)) return undefined;
  const number = (key: string, other: number): number => (given.has(key) ? Number(given.get(key)) : other);
  const [axis, inverse] = given.has('a') ? [number('a', 0), number('rf', 0)] : (ellipsoids[given.get('ellps') ?? (given.get('datum') === 'NAD83' ? 'GRS80' : (given.get('datum') ?? ''))] ?? [0, 0]);
  if (!(axis > 6e6 && inverse > 100)) return undefined;
  const base = { axis, flattening: 1 / inverse };
  const zone = number('zone', 0);
  if (kind === 'utm') return zone >= 1 && zone <= 60 ? { ...base, meridian: 6 * zone - 183, latitude: 0, scale: 0.9996, falseEasting: 500_000, falseNorthing: given.has('south') ? 1e7 : 0 } : undefined;
  const own = { ...base, meridian: number('lon_0', 0), latitude: number('lat_0', 0), scale: number('k', number('k_0', 1)), falseEasting: number('x_0', 0), falseNorthing: number('y_0', 0) };
  return Object.values(own).every(Number.isFinite) ? own : undefined;
}
