import type { Geometry, Position } from 'geojson';
import { doubtOf } from '../projection/doubt.ts';
import { projector, type Projector } from '../projection/projector.ts';
import type { ReadContext, SourceFeature } from './format.ts';

/** Pairs looked at to see whether a file's places can be where they are said to be. */
const SAMPLE = 500;
/** Collections within collections that are followed. */
const DEEPEST = 8;

/**
 * Turns the places of one vector file to WGS 84 degrees, in place, batch by batch. The system is what was said of this very file, else what the file says, else what was
 * said of all; GCJ-02 and BD-09 count before what the file says, for no file says them. On the first batch it says what is doubtful about the places, with numbers.
 */
export class Placing {
  #system: Projector | undefined;
  #begun = false;

  /** @param own how the file names its system; undefined where it does not @param silent the system of a file of this format that names none */
  constructor(
    private readonly file: string,
    private readonly context: ReadContext,
    private readonly own?: string,
    private readonly silent?: string,
  ) {}

  /** False where the file's system is not known, with an issue; then nothing was changed. */
  place(features: readonly Pick<SourceFeature, 'geometry'>[]): boolean {
    if (this.#system?.identity) return true;
    const places: Position[] = [];
    for (const { geometry } of features) positionsOf(geometry, places);
    if (!this.#begun) {
      if (places.length === 0) return true;
      if (!this.#begin(places)) return false;
    }
    const system = this.#system!;
    if (system.identity) return true;
    const pairs = new Float64Array(2 * places.length);
    for (let i = 0; i < places.length; i++) {
      pairs[2 * i] = places[i][0];
      pairs[2 * i + 1] = places[i][1];
    }
    system.forwardInto(pairs, places.length);
    for (let i = 0; i < places.length; i++) {
      places[i][0] = pairs[2 * i];
      places[i][1] = pairs[2 * i + 1];
    }
    return true;
  }

  #begin(places: readonly Position[]): boolean {
    const { crs, crsNamed, issues } = this.context;
    const said = crs !== undefined && (crsNamed === true || this.own === undefined || /^(GCJ|BD)/iu.test(crs)) ? crs : this.own;
    const sample = places.slice(0, SAMPLE).flatMap(([x, y]) => [x, y]);
    const name = this.file;
    if (said === undefined && this.silent === undefined) return this.#byLook(sample);
    const text = said ?? this.silent!;
    this.#system = projector(text);
    if (!this.#system) {
      const short = text.length > 80 ? `${text.slice(0, 77).trim()}…` : text;
      issues.push({ code: 'foreign-crs', severity: 'error', path: name, message: `${name} says its coordinates are in ${short}, which is not known here. Say a known one with --crs FILE@EPSG:code, or convert it first, for instance: ogr2ogr -t_srs EPSG:4326 out.geojson ${name.split('/').pop()}` });
      return false;
    }
    this.#begun = true;
    if (this.#system.notice) issues.push({ code: 'loose-datum', severity: 'warning', path: name, message: `${name}: ${this.#system.notice}` });
    const doubt = doubtOf(name, sample, this.#system);
    if (doubt) issues.push(doubt);
    return true;
  }

  /** A file that names no system: degrees, if all its places could be. */
  #byLook(sample: readonly number[]): boolean {
    const degrees = sample.every((value, i) => Math.abs(value) <= (i % 2 === 0 ? 180 : 90));
    const { issues } = this.context;
    if (degrees) issues.push({ code: 'no-crs', severity: 'info', path: this.file, message: `${this.file} does not say in which system its coordinates are; they were taken as WGS 84 degrees, which they look like. If they are others, say so: --crs FILE@EPSG:code, or GCJ-02, or BD-09.` });
    else {
      const doubt = doubtOf(this.file, sample, projector('EPSG:4326')!);
      const what = doubt?.code === 'swapped-axes' ? doubt.message : `${this.file} does not say in which system its coordinates are, and ${sample[0]}, ${sample[1]} are no degrees. Say it with --crs FILE@EPSG:code (4547 is CGCS2000, 3° zone of 114° E without a zone number).`;
      issues.push({ code: 'no-crs', severity: 'error', path: this.file, message: what });
      return false;
    }
    this.#system = projector('EPSG:4326');
    this.#begun = true;
    return true;
  }
}

const depths: Readonly<Record<string, number>> = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };

/** Adds the positions of a geometry, themselves; what is no position is left out. */
function positionsOf(geometry: Geometry | null, found: Position[], level = 0): void {
  if (!geometry) return;
  if (geometry.type !== 'GeometryCollection') collect(geometry.coordinates, depths[geometry.type] ?? -1, found);
  else if (level < DEEPEST && Array.isArray(geometry.geometries)) for (const each of geometry.geometries) positionsOf(each, found, level + 1);
}

function collect(value: unknown, depth: number, found: Position[]): void {
  if (!Array.isArray(value) || depth < 0) return;
  if (depth > 0) for (const each of value) collect(each, depth - 1, found);
  else if (typeof value[0] === 'number' && typeof value[1] === 'number') found.push(value as Position);
}
