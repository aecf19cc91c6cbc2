import { ModelBuilder, type ModelPart } from '../model-builder.ts';
import type { ModelTable } from '../model-table.ts';
import type { ReadContext } from '../format.ts';
import { triangulated } from './triangulate.ts';
import type { Material } from './materials.ts';

const MOST = { vertices: 100_000_000, triangles: 60_000_000, features: 1_000_000 };
const GREY = [204, 204, 204, 255] as const;
/** Metres from which on a place is a map's, and not the model's own. */
const MAP = 10_000;

/** Numbers in the order they come, without an object each. */
class Column {
  #values = new Float64Array(4096);
  length = 0;

  push(...values: number[]): void {
    if (this.length + values.length > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    for (const value of values) this.#values[this.length++] = value;
  }

  at(index: number): number {
    return this.#values[index];
  }
}

/** Faces of one object or group with one material. */
interface Piece {
  readonly material: string;
  /** Three corners a triangle: place and coordinate in turn; −1 = none. */
  readonly corners: Column;
}

interface Group {
  readonly name: string;
  readonly pieces: Map<string, Piece>;
}

/** Takes the lines of an OBJ one by one. @source Wavefront OBJ 3.0: v, vt, f, o, g, usemtl, mtllib */
export class ObjScene {
  line = 0;
  full = false;
  readonly #places = new Column();
  readonly #tints = new Column();
  readonly #coordinates = new Column();
  readonly #groups: Group[] = [];
  readonly #named = new Map<string, Group>();
  #object = '';
  #group = '';
  #material = '';
  #current: Piece | undefined;
  #triangles = 0;
  #flat = 0;
  readonly #faults = new Map<string, { count: number; first: number }>();

  constructor(
    private readonly name: string,
    private readonly context: ReadContext,
  ) {}

  tooLong(line: number): void {
    this.#fault('line of more than a million letters', line);
  }

  #fault(reason: string, line = this.line): void {
    const known = this.#faults.get(reason);
    if (known) known.count++;
    else this.#faults.set(reason, { count: 1, first: line });
  }

  /** @returns the name of a material library where the line names one */
  take(raw: string): string | undefined {
    this.line++;
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return undefined;
    const space = line.search(/\s/u);
    const word = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? '' : line.slice(space + 1).trim();
    switch (word) {
      case 'v': return void this.#vertex(rest);
      case 'vt': return void this.#coordinate(rest);
      case 'f': return void this.#face(rest);
      case 'o': this.#object = rest; this.#group = ''; break;
      case 'g': this.#group = rest.split(/\s+/u).filter((name) => name !== 'default').join(' '); break;
      case 'usemtl': this.#material = rest; break;
      case 'mtllib': return rest || undefined;
      default: return void this.#other(word);
    }
    this.#current = undefined;
    return undefined;
  }

  #other(word: string): void {
    if (word === 'l' || word === 'p') this.#fault('line or point');
    else if (['curv', 'curv2', 'surf', 'cstype'].includes(word)) this.#fault('curve or free-form surface');
    else if (!['vn', 's', 'vp', 'lod', 'bevel', 'c_interp', 'd_interp', 'mg', 'shadow_obj', 'trace_obj', 'usemap', 'maplib', 'deg', 'parm', 'end', 'trim', 'hole', 'scrv', 'sp', 'con', 'bmat', 'step', 'ctech', 'stech'].includes(word)) this.#fault('line that is no OBJ');
  }

  /** Three numbers, or six of which the last are a colour. */
  #vertex(rest: string): void {
    const values = rest.split(/\s+/u).map(Number);
    const [x, y, z] = values;
    const sound = [x, y, z].every((value) => Math.abs(value) < 1e9);
    if (!sound) this.#fault('vertex that is no place');
    this.#places.push(...(sound ? [x, y, z] : [Number.NaN, Number.NaN, Number.NaN]));
    if (values.length >= 6 && values.slice(3, 6).every((value) => value >= 0 && value <= 1)) {
      while (this.#tints.length < this.#places.length - 3) this.#tints.push(-1);
      this.#tints.push(values[3], values[4], values[5]);
    }
    if (this.#places.length > MOST.vertices * 3) this.full = true;
  }

  #coordinate(rest: string): void {
    const [u, v = 0] = rest.split(/\s+/u).map(Number);
    this.#coordinates.push(Number.isFinite(u) ? u : 0, Number.isFinite(v) ? 1 - v : 0);
  }

  #face(rest: string): void {
    const words = rest.split(/\s+/u);
    if (words.length < 3) return this.#fault('face of fewer than three corners');
    const [places, uvs]: [number[], number[]] = [[], []];
    for (const word of words) {
      const [place, uv] = word.split('/');
      const p = this.#index(place, this.#places.length / 3);
      const t = uv ? this.#index(uv, this.#coordinates.length / 2) : undefined;
      if (p === undefined || Number.isNaN(this.#places.at(p * 3))) return this.#fault('face that names a vertex that is not there');
      places.push(p);
      uvs.push(t ?? -1);
    }
    const corners = triangulated(places.map((p) => [this.#places.at(p * 3), this.#places.at(p * 3 + 1), this.#places.at(p * 3 + 2)]));
    if (corners.length === 0) return void this.#flat++;
    const piece = this.#piece();
    this.#triangles += corners.length / 3;
    if (this.#triangles > MOST.triangles || this.#groups.length > MOST.features) this.full = true;
    for (const corner of corners) piece.corners.push(places[corner], uvs[corner]);
  }

  /** Numbers count from one, or back from the last. */
  #index(word: string, count: number): number | undefined {
    const n = Number(word);
    if (!Number.isSafeInteger(n) || n === 0) return undefined;
    const index = n > 0 ? n - 1 : count + n;
    return index >= 0 && index < count ? index : undefined;
  }

  #piece(): Piece {
    if (this.#current) return this.#current;
    const name = [this.#object, this.#group].filter(Boolean).join('/');
    const group = this.#named.get(name) ?? { name, pieces: new Map<string, Piece>() };
    if (!this.#named.has(name)) {
      this.#named.set(name, group);
      this.#groups.push(group);
    }
    this.#current = group.pieces.get(this.#material) ?? { material: this.#material, corners: new Column() };
    group.pieces.set(this.#material, this.#current);
    return this.#current;
  }

  /** @returns undefined, with an issue, where nothing can be drawn */
  async done(materials: ReadonlyMap<string, Material>, stem: string): Promise<ModelTable | undefined> {
    const built = new ModelBuilder();
    const { issues } = this.context;
    const upright = this.#zUp();
    const unknown = new Set<string>();
    for (const { name, pieces } of this.#groups) {
      const parts = Array.from(pieces.values(), (piece) => this.#part(piece, materials, unknown, built, upright));
      const [material = ''] = pieces.keys();
      built.add({ id: name || stem, name: name.replace(/^.*\//u, '') || stem, class: 'group', material }, parts);
    }
    this.#tell(unknown, materials.size > 0);
    if (built.unusable > 0) issues.push({ code: 'picture-broken', severity: 'warning', message: `${this.name}: ${built.unusable} pictures are no PNG, JPEG or WebP; what has them is white.`, path: this.name });
    if (built.count === 0) {
      issues.push({ code: 'nothing-to-draw', severity: 'error', message: `${this.name} holds no face that can be drawn.`, path: this.name });
      return undefined;
    }
    issues.push({ code: 'axis-taken', severity: 'info', message: `${this.name} does not say which way is up: ${upright ? 'z, for its places are those of a map' : 'y was taken, as most programs write it'}.`, path: this.name });
    return built.done({ name: stem, schema: 'OBJ' });
  }

  #tell(unknown: ReadonlySet<string>, any: boolean): void {
    const { issues, skip } = this.context;
    const { name } = this;
    for (const [reason, { count, first }] of this.#faults) {
      if (!/^(?:vertex|line of|line that)/u.test(reason)) skip(reason, count);
      issues.push({ code: 'obj-line', severity: reason === 'line or point' ? 'info' : 'warning', message: `${name}: ${count} × ${reason}, the first in line ${first}; left out.`, path: name, count });
    }
    if (this.#flat > 0) {
      skip('face without an area', this.#flat);
      issues.push({ code: 'obj-line', severity: 'info', message: `${name}: ${this.#flat} faces have no area; left out.`, path: name, count: this.#flat });
    }
    if (any && unknown.size > 0) issues.push({ code: 'material-missing', severity: 'warning', message: `${name}: ${unknown.size} material${unknown.size > 1 ? 's are' : ' is'} in no library: ${[...unknown].slice(0, 3).join(', ')}. What has it is grey.`, path: name });
    if (this.full) issues.push({ code: 'too-large', severity: 'error', message: `${name} has more than ${MOST.triangles / 1e6} million triangles, ${MOST.vertices / 1e6} million vertices or ${MOST.features / 1e6} million groups; what comes after line ${this.line} is left out. Cut it into files.`, path: name });
  }

  /** Vertices as one piece wants them: one for each pair of place and coordinate. */
  #part({ material, corners }: Piece, materials: ReadonlyMap<string, Material>, unknown: Set<string>, built: ModelBuilder, upright: boolean): ModelPart {
    const own = materials.get(material);
    if (!own && material !== '') unknown.add(material);
    const made = new Map<number, number>();
    const order: number[] = [];
    const indices = new Uint32Array(corners.length / 2);
    const width = this.#coordinates.length / 2 + 1;
    for (let i = 0; i < indices.length; i++) {
      const key = corners.at(i * 2) * width + corners.at(i * 2 + 1) + 1;
      let vertex = made.get(key);
      if (vertex === undefined) {
        vertex = made.size;
        made.set(key, vertex);
        order.push(i * 2);
      }
      indices[i] = vertex;
    }
    const picture = own?.picture ? built.picture(own.picture) : 0;
    const positions = new Float64Array(order.length * 3);
    const uv = new Float32Array(picture > 0 ? order.length * 2 : 0);
    for (const [v, corner] of order.entries()) {
      const p = corners.at(corner) * 3;
      const [x, y, z] = [this.#places.at(p), this.#places.at(p + 1), this.#places.at(p + 2)];
      positions.set(upright ? [x, y, z] : [x, -z, y], v * 3);
      const t = corners.at(corner + 1);
      if (picture > 0 && t >= 0) uv.set([this.#coordinates.at(t * 2), this.#coordinates.at(t * 2 + 1)], v * 2);
    }
    return { positions, indices, colours: this.#coloursOf(order, corners, own), ...(picture > 0 && { uv, picture }) };
  }

  #coloursOf(order: readonly number[], corners: Column, own: Material | undefined): Uint8Array {
    const [r, g, b, opacity] = own?.picture ? [255, 255, 255, own.colour[3]] : (own?.colour ?? GREY);
    if (this.#tints.length === 0) return Uint8Array.of(r, g, b, opacity);
    const out = new Uint8Array(order.length * 4);
    for (const [v, corner] of order.entries()) {
      const at = corners.at(corner) * 3;
      const tinted = at + 2 < this.#tints.length && this.#tints.at(at) >= 0;
      out.set(tinted ? [0, 1, 2].map((k) => Math.round(255 * this.#tints.at(at + k))).concat(opacity) : [r, g, b, opacity], v * 4);
    }
    return out;
  }

  /** A map's coordinates lie in the first two: then the third is up. */
  #zUp(): boolean {
    let [y, z] = [0, 0];
    for (let i = 0; i < this.#places.length; i += 3) {
      if (Math.abs(this.#places.at(i + 1)) > y) y = Math.abs(this.#places.at(i + 1));
      if (Math.abs(this.#places.at(i + 2)) > z) z = Math.abs(this.#places.at(i + 2));
    }
    return y > MAP && z < MAP;
  }
}
