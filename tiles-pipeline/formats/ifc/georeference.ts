import type { Georeference } from '../model-table.ts';
import { isRef, numberOf, refsOf, textOf, type StepFile, type StepValue } from './step.ts';
import { metresOf, type Units } from './units.ts';

/** Scales nearer to 1 than this are a projection's; others only change units, which our metres have done already. */
const SCALE_SLACK = 0.02;

/** Where the file says its model stands: IfcMapConversion with IfcProjectedCRS, else the site's latitude and longitude. Null where it says nothing. */
export function georeferenceOf(file: StepFile, units: Units): Georeference | null {
  return mapOf(file, units) ?? propertySetMapOf(file, units) ?? siteOf(file, units);
}

function mapOf(file: StepFile, units: Units): Georeference | null {
  for (const id of file.of('IFCMAPCONVERSION', 'IFCMAPCONVERSIONSCALED', 'IFCRIGIDOPERATION')) {
    const args = file.args(id);
    const crs = isRef(args[1]) ? file.args(args[1].ref) : [];
    const unit = crs.length > 6 && isRef(crs[6]) ? (metresOf(file, crs[6].ref) ?? 1) : 1;
    const numbers = args.slice(2).map((value) => numberOf(value));
    const rigid = file.type(id) === 'IFCRIGIDOPERATION';
    const [east, north, height = 0] = numbers;
    if (east === undefined || north === undefined) continue;
    const [abscissa = 1, ordinate = 0, scale] = rigid ? [] : numbers.slice(3);
    return { kind: 'map', crs: crsText(crs), east: east * unit, north: north * unit, height: height * unit, axis: abscissa === 0 && ordinate === 0 ? [1, 0] : [abscissa, ordinate], scale: scaleOf(scale, unit, units.metres) };
  }
  return null;
}

/** @param given file's own scale: system units a model unit */
function scaleOf(given: number | undefined, systemMetres: number, modelMetres: number): number {
  const scale = ((given ?? 1) * systemMetres) / modelMetres;
  if (Math.abs(scale - 1) < SCALE_SLACK) return scale;
  return given !== undefined && Math.abs(given - 1) < SCALE_SLACK ? given : 1;
}

/** Name, geodetic datum, projection and zone of an IfcProjectedCRS as one text. */
function crsText(crs: readonly StepValue[]): string {
  return [crs[0], crs[1], crs[2], crs[4], crs[5]].map(textOf).filter(Boolean).join('; ');
}

/** What IFC2x3 files carry instead: the property sets ePSet_MapConversion and ePSet_ProjectedCRS. @source buildingSMART, User Guide for Geo-referencing in IFC */
function propertySetMapOf(file: StepFile, units: Units): Georeference | null {
  const values = new Map<string, StepValue>();
  for (const id of file.of('IFCPROPERTYSET')) {
    const args = file.args(id);
    if (!/^epset_(mapconversion|projectedcrs)$/iu.test(textOf(args[2]))) continue;
    for (const property of refsOf(args[4])) {
      const [name, , value] = file.args(property);
      values.set(textOf(name).toLowerCase(), value);
    }
  }
  const number = (name: string): number | undefined => {
    const value = values.get(name);
    return numberOf(value) ?? (textOf(value) !== '' && Number.isFinite(Number(textOf(value))) ? Number(textOf(value)) : undefined);
  };
  const [east, north] = [number('eastings'), number('northings')];
  if (east === undefined || north === undefined) return null;
  const axis = [number('xaxisabscissa') ?? 1, number('xaxisordinate') ?? 0] as const;
  const crs = ['name', 'description', 'geodeticdatum', 'mapprojection', 'mapzone'].map((name) => textOf(values.get(name))).filter(Boolean).join('; ');
  return { kind: 'map', crs, east, north, height: number('orthogonalheight') ?? 0, axis: axis[0] === 0 && axis[1] === 0 ? [1, 0] : axis, scale: scaleOf(number('scale'), 1, units.metres) };
}

function siteOf(file: StepFile, units: Units): Georeference | null {
  for (const id of file.of('IFCSITE')) {
    const args = file.args(id);
    const lat = angle(args[9]);
    const lon = angle(args[10]);
    if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180 || (lat === 0 && lon === 0)) continue;
    const at = isRef(args[5]) ? placedAt(file, args[5].ref).map((value) => value * units.metres) : [0, 0, 0];
    return { kind: 'site', lon, lat, height: (numberOf(args[11]) ?? 0) * units.metres, at: [at[0], at[1], at[2]], heading: headingOf(file) };
  }
  return null;
}

/** Degrees, minutes, seconds and millionths of them, all of one sign. */
function angle(value: StepValue | undefined): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const parts = (value as readonly StepValue[]).map((part) => numberOf(part) ?? 0);
  if (parts.length < 3) return undefined;
  return parts[0] + parts[1] / 60 + parts[2] / 3600 + (parts[3] ?? 0) / 3.6e9;
}

/** Degrees clockwise from true north to the model's y axis, by the context's TrueNorth. */
function headingOf(file: StepFile): number {
  for (const id of file.of('IFCGEOMETRICREPRESENTATIONCONTEXT')) {
    const north = file.args(id)[5];
    const [x, y] = (isRef(north) ? directionOf(file, north.ref) : undefined) ?? [0, 1];
    if (x !== 0 || y < 0) return (-Math.atan2(x, y) * 180) / Math.PI;
  }
  return 0;
}

function directionOf(file: StepFile, id: number): number[] | undefined {
  const ratios = file.args(id)[0];
  const values = Array.isArray(ratios) ? (ratios as readonly StepValue[]).map((value) => numberOf(value) ?? 0) : [];
  return values.length >= 2 ? values : undefined;
}

/** The origin of a local placement in the file's own lengths, through all placements it is relative to. */
function placedAt(file: StepFile, placement: number): [number, number, number] {
  let at: [number, number, number] = [0, 0, 0];
  let id: number | undefined = placement;
  for (let depth = 0; id !== undefined && depth < 32; depth++) {
    const [parent, axes]: readonly StepValue[] = file.args(id);
    at = isRef(axes) ? through(file, axes.ref, at) : at;
    id = isRef(parent) ? parent.ref : undefined;
  }
  return at;
}

/** A place through one IfcAxis2Placement3D. */
function through(file: StepFile, axes: number, [x, y, z]: readonly [number, number, number]): [number, number, number] {
  const [location, axis, reference] = file.args(axes);
  const origin = (isRef(location) ? directionOf(file, location.ref) : undefined) ?? [0, 0, 0];
  const up = unit((isRef(axis) ? directionOf(file, axis.ref) : undefined) ?? [0, 0, 1]);
  const wanted = (isRef(reference) ? directionOf(file, reference.ref) : undefined) ?? [1, 0, 0];
  const along = up[0] * wanted[0] + up[1] * wanted[1] + up[2] * (wanted[2] ?? 0);
  const right = unit([wanted[0] - along * up[0], wanted[1] - along * up[1], (wanted[2] ?? 0) - along * up[2]]);
  const front = [up[1] * right[2] - up[2] * right[1], up[2] * right[0] - up[0] * right[2], up[0] * right[1] - up[1] * right[0]];
  const part = (k: number): number => (origin[k] ?? 0) + x * right[k] + y * front[k] + z * up[k];
  return [part(0), part(1), part(2)];
}

function unit(vector: readonly number[]): [number, number, number] {
  const [x = 0, y = 0, z = 0] = vector;
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}
