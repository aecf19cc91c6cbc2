import type { LasHeader } from './header.ts';

/** What a file says of where its points are. */
export interface LasPlace {
  /** Names of its reference system, the surest first: 'EPSG:…', or a text in WKT. */
  readonly systems: readonly string[];
  /** Metres of a unit of height as the file says it; null where it does not. */
  readonly metres: number | null;
  /** Metres of a unit of length along the ground; null for degrees and where nothing is said. */
  readonly groundMetres: number | null;
  readonly vertical: string | null;
}

const FOOT: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 };
const USER_DEFINED = 32767;

/** The system of the WKT record where there is one, and of the GeoTIFF keys. @source LAS 1.4 R15, §3 */
export function placeOf({ records }: LasHeader): LasPlace {
  const own = records.filter(({ user }) => user === 'LASF_Projection');
  const wkt = own.filter(({ id }) => id === 2112).map(({ bytes }) => new TextDecoder().decode(bytes).replace(/\0[\s\S]*$/u, '').trim()).find((each) => each.length > 10);
  const keys = geoKeys(own.find(({ id }) => id === 34735)?.bytes);
  const fromKeys = [keys.get(3072), keys.get(2048)].filter((code): code is number => code !== undefined && code > 0 && code < USER_DEFINED).slice(0, 1).map((code) => `EPSG:${code}`);
  const named = wkt ? namesOf(wkt) : null;
  const unit = keys.get(4099);
  return {
    systems: [...(named?.systems ?? []), ...fromKeys],
    metres: named?.metres ?? (unit === undefined ? null : (FOOT[unit] ?? null)),
    groundMetres: named?.groundMetres ?? FOOT[keys.get(3076) ?? 0] ?? null,
    vertical: named?.vertical ?? (keys.has(4096) && keys.get(4096)! < USER_DEFINED ? `EPSG:${keys.get(4096)}` : null),
  };
}

/** Short values of a GeoTIFF key directory. @source OGC 19-008r4, §7.1 */
function geoKeys(bytes: Uint8Array | undefined): Map<number, number> {
  const keys = new Map<number, number>();
  if (!bytes || bytes.length < 8) return keys;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(data.getUint16(6, true), Math.floor((bytes.length - 8) / 8));
  for (let k = 1; k <= count; k++) if (data.getUint16(k * 8 + 2, true) === 0) keys.set(data.getUint16(k * 8, true), data.getUint16(k * 8 + 6, true));
  return keys;
}

/** One bracketed part of a WKT, with its brackets; undefined where it has none or never closes. */
function part(wkt: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(wkt);
  if (!found) return undefined;
  let depth = 0;
  for (let at = found.index; at < wkt.length; at++) {
    if (wkt[at] === '"') at = wkt.indexOf('"', at + 1) < 0 ? wkt.length : wkt.indexOf('"', at + 1);
    else if (wkt[at] === '[' || wkt[at] === '(') depth++;
    else if ((wkt[at] === ']' || wkt[at] === ')') && --depth === 0) return wkt.slice(found.index, at + 1);
  }
  return undefined;
}

function namesOf(wkt: string): LasPlace {
  const upward = part(wkt, /\b(?:VERT_?CS|VERTCRS|VERTICALCRS)\s*[[(]/iu);
  // Some programs put it inside the other.
  const level = upward ? wkt.replace(upward, '').replace(/,\s*(?=[\])])/gu, '') : wkt;
  const ground = part(level, /\b(?:PROJCS|PROJCRS|PROJECTEDCRS)\s*[[(]/iu) ?? part(level, /\b(?:GEOGCS|GEOGCRS|GEODCRS|GEOGRAPHICCRS)\s*[[(]/iu);
  // The system's own number is the last in it; those of its parts come before.
  const code = ground && /(?:AUTHORITY|ID)\s*[[(]\s*"EPSG"\s*,\s*"?(\d+)"?\s*[\])]\s*[\])]$/iu.exec(ground)?.[1];
  const lengths = [...(ground ?? '').matchAll(/\b(?:LENGTH)?UNIT\s*[[(]\s*"[^"]*"\s*,\s*([\d.eE+-]+)/gu)].map((match) => Number(match[1])).filter((value) => value > 0.1);
  // A foot of one metre is a slip that says nothing.
  const heights = [...(upward ?? '').matchAll(/\b(?:LENGTH)?UNIT\s*[[(]\s*"([^"]*)"\s*,\s*([\d.eE+-]+)/gu)].filter((match) => !(/f(?:oo|ee)t/iu.test(match[1]) && Number(match[2]) === 1)).map((match) => Number(match[2]));
  return {
    systems: [...(code ? [`EPSG:${code}`] : []), wkt, ...(ground && ground !== wkt ? [ground] : [])],
    metres: heights.find((value) => value > 0) ?? null,
    groundMetres: lengths.at(-1) ?? null,
    vertical: upward ? (/"([^"]*)"/u.exec(upward)?.[1] ?? null) : null,
  };
}
