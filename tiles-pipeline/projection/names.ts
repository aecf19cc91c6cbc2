import { systemOf } from '../stages/system-name.ts';
import { BEIJING54, definitionOf, XIAN80, type Definition } from './systems.ts';
import { readWkt } from './wkt.ts';

/** A reference system that can be computed. */
export interface System {
  /** Short, for messages: `EPSG:4547`, `GCJ-02`, or the name its text gives. */
  readonly label: string;
  readonly definition: Definition | 'gcj02' | 'bd09';
  /** Name of the datum, where places stay metres off without parameters of the city's own. */
  readonly loose?: string;
}

/** Longest text that is a name and not a definition. */
const NAME = 400;

/**
 * A system by whatever a file or a person calls it: an EPSG code as `EPSG:n`, `n`, a URN or a URL of OGC, alone or the first of a compound; CRS84; WKT 1 or 2;
 * a PROJ string; GCJ-02 or BD-09; a name like `CGCS2000 / 3-degree Gauss-Kruger CM 114E`. undefined for one that is not known here.
 */
export function readSystem(text: string): System | undefined {
  const name = text.replace(/^\uFEFF/u, '').trim();
  if (/^[A-Za-z_]+\s*[[(]/u.test(name)) return byWkt(name);
  if (name.length > NAME) return undefined;
  if (/^GCJ[-_ ]?0?2$/iu.test(name)) return { label: 'GCJ-02', definition: 'gcj02' };
  if (/^BD[-_ ]?0?9(LL)?$/iu.test(name)) return { label: 'BD-09', definition: 'bd09' };
  if (/^(.*[:/])?CRS:?84h?$/iu.test(name) || /^WGS[\s_-]?(19)?84$/iu.test(name)) return { label: 'EPSG:4326', definition: 'degrees' };
  if (/^\+?(proj|init)=/u.test(name)) return byProj(name.startsWith('+') ? name : `+${name}`);
  const code = codeOf(name);
  return code === undefined ? undefined : byCode(code);
}

/** The EPSG code in a name; of a compound name the first, which is the horizontal part's. */
function codeOf(name: string): number | undefined {
  const found = /^(\d{2,6})$/u.exec(name) ?? /EPSG(?:[:/.\s]|%3A)*(?:\d+(?:\.\d+)*)?[:/#]+(\d{4,6})\b/iu.exec(name) ?? /EPSG[:\s#/]*(?:xml#)?(\d{4,6})\b/iu.exec(name) ?? /epsg\.xml#(\d{4,6})/iu.exec(name);
  if (found) return Number(found[1]);
  // Germany's surveys: urn:adv:crs:DE_DHDN_3GK3*DE_DHHN92_NH
  const zone = /DHDN_?3GK([2-5])/iu.exec(name)?.[1];
  return zone ? 31_464 + Number(zone) : systemOf(name);
}

function byCode(code: number): System | undefined {
  const definition = definitionOf(code);
  return definition && { label: `EPSG:${code}`, definition, loose: looseDatum(definition) };
}

function looseDatum(definition: Definition): string | undefined {
  if (definition.endsWith(BEIJING54)) return 'Beijing 1954';
  return definition.endsWith(XIAN80) ? "Xi'an 1980" : undefined;
}

function byWkt(text: string): System | undefined {
  const found = readWkt(text);
  if (!found) return undefined;
  const known = found.code === undefined ? undefined : byCode(found.code);
  if (known) return known;
  return found.definition && { label: found.name === '' ? 'its own system' : found.name, definition: simplest(found.definition), loose: found.loose };
}

/** Axis order is dropped: files have x first. So are names of grids, which are files we do not read. */
function byProj(text: string): System | undefined {
  const code = /^\+init=epsg:(\d{4,6})/iu.exec(text)?.[1];
  if (code) return byCode(Number(code));
  const kept = text.split(/\s+(?=\+)/u).filter((part) => !/^\+(axis|type|wktext|no_defs|vunits|geoidgrids)\b/u.test(part));
  if (kept.some((part) => /^\+nadgrids=(?!@null$)/u.test(part))) return undefined;
  return { label: text.length > 60 ? `${text.slice(0, 57)}…` : text, definition: simplest(kept.join(' ') as Definition) };
}

/** Degrees on GRS 80 or WGS 84 without a shift are WGS 84 degrees. */
function simplest(definition: Definition): Definition {
  const bare = definition.replace(/ \+towgs84=0(,0)*(?= |$)/u, '');
  return /^\+proj=(longlat|latlong)( \+(ellps|datum)=(WGS84|GRS80|NAD83)| \+a=6378137(\.0*)? \+rf=298\.257[12]\d*){1,2}$/u.test(bare) ? 'degrees' : definition;
}
