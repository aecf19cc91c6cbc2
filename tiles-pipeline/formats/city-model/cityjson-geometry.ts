import type { Face, Rgba } from './city-object.ts';
import { surfaceOf } from './kinds.ts';

/** The appearance of one CityJSON document or feature, checked. */
export interface JsonAppearance {
  readonly colours: readonly (Rgba | undefined)[];
  readonly images: readonly (string | undefined)[];
  /** u, v in turn. */
  readonly uv: Float64Array;
  readonly materialTheme?: string;
  readonly textureTheme?: string;
}

/** What the faces of a geometry are read with. */
export interface JsonPart {
  /** [3 × vertices] in the source's system; NaN where a vertex is none. */
  readonly vertices: Float64Array;
  readonly appearance: JsonAppearance;
}

/** How deep the surfaces of a geometry lie in its boundaries. @source CityJSON 2.0, 3.1 */
const depths: Readonly<Record<string, number>> = { MultiSurface: 1, CompositeSurface: 1, Solid: 2, MultiSolid: 3, CompositeSolid: 3 };

interface Walk {
  readonly part: JsonPart;
  readonly types: readonly (number | undefined)[];
  readonly faces: Face[];
  broken: number;
}

/** Values that run beside the boundaries, or stand once for all of them. */
interface Beside {
  readonly semantics: unknown;
  readonly material: unknown;
  readonly texture: unknown;
}

/** The faces of a geometry with surfaces. `broken` = surfaces whose boundaries are no rings of known vertices. */
export function facesOf(geometry: Readonly<Record<string, unknown>>, part: JsonPart): { faces: Face[]; broken: number } {
  const depth = depths[String(geometry.type)];
  if (depth === undefined || !Array.isArray(geometry.boundaries)) return { faces: [], broken: 0 };
  const semantics = record(geometry.semantics);
  const surfaces = Array.isArray(semantics?.surfaces) ? (semantics.surfaces as unknown[]) : [];
  const walk: Walk = { part, types: surfaces.map((each) => surfaceOf(String(record(each)?.type))), faces: [], broken: 0 };
  const material = themed(geometry.material, part.appearance.materialTheme);
  const texture = themed(geometry.texture, part.appearance.textureTheme);
  step(walk, geometry.boundaries, { semantics: semantics?.values, material: material?.values ?? material?.value, texture: texture?.values }, depth);
  return { faces: walk.faces, broken: walk.broken };
}

function themed(themes: unknown, wanted: string | undefined): Record<string, unknown> | undefined {
  const all = record(themes);
  if (!all) return undefined;
  return record(wanted === undefined ? undefined : all[wanted]) ?? record(Object.values(all)[0]);
}

function step(walk: Walk, boundaries: unknown, beside: Beside, depth: number): void {
  if (depth === 0) return surface(walk, boundaries, beside);
  if (!Array.isArray(boundaries)) {
    walk.broken++;
    return;
  }
  for (const [index, inner] of boundaries.entries()) step(walk, inner, { semantics: at(beside.semantics, index), material: at(beside.material, index), texture: at(beside.texture, index) }, depth - 1);
}

/** A value beside; one number stands for everything below it. */
function at(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : typeof value === 'number' ? value : undefined;
}

function surface(walk: Walk, boundaries: unknown, { semantics, material, texture }: Beside): void {
  const { part } = walk;
  const rings: number[][] = [];
  const uv: number[][] = [];
  let image: string | undefined;
  for (const [index, indices] of (Array.isArray(boundaries) ? boundaries : []).entries()) {
    const own = at(texture, index);
    const coordinates = Array.isArray(own) && typeof own[0] === 'number' ? own : undefined;
    if (index === 0 && coordinates) image = part.appearance.images[coordinates[0] as number];
    const ring = ringOf(indices, part, image === undefined ? undefined : coordinates?.slice(1));
    if (!ring) {
      walk.broken++;
      return;
    }
    rings.push(ring.ring);
    uv.push(ring.uv);
  }
  if (rings.length === 0) {
    walk.broken++;
    return;
  }
  const type = typeof semantics === 'number' ? walk.types[semantics] : undefined;
  walk.faces.push({ rings, surface: type ?? 0, ...(typeof material === 'number' && part.appearance.colours[material] ? { colour: part.appearance.colours[material] } : {}), ...(image === undefined ? {} : { image, uv }) });
}

/** The corners of a ring without repeated ones, with their places in the image (0, 0 where they are not known). */
function ringOf(indices: unknown, { vertices, appearance }: JsonPart, places: readonly unknown[] | undefined): { ring: number[]; uv: number[] } | undefined {
  if (!Array.isArray(indices)) return undefined;
  const ring: number[] = [];
  const uv: number[] = [];
  for (const [index, vertex] of indices.entries()) {
    if (!Number.isInteger(vertex) || vertex < 0 || vertex * 3 >= vertices.length) return undefined;
    const [x, y, z] = [vertices[vertex * 3], vertices[vertex * 3 + 1], vertices[vertex * 3 + 2]];
    const n = ring.length;
    if (n > 0 && ring[n - 3] === x && ring[n - 2] === y && ring[n - 1] === z) continue;
    ring.push(x, y, z);
    const place = places?.[index];
    const known = typeof place === 'number' && place >= 0 && place * 2 + 1 < appearance.uv.length;
    uv.push(known ? appearance.uv[place * 2] : 0, known ? appearance.uv[place * 2 + 1] : 0);
  }
  while (ring.length > 3 && ring[0] === ring[ring.length - 3] && ring[1] === ring[ring.length - 2] && ring[2] === ring[ring.length - 1]) {
    ring.length -= 3;
    uv.length -= 2;
  }
  return { ring, uv };
}

/** Checks the appearance of a document; what is broken in it is as if it were not there. */
export function appearanceOf(value: unknown): JsonAppearance {
  const appearance = record(value) ?? {};
  const list = (key: string): unknown[] => (Array.isArray(appearance[key]) ? (appearance[key] as unknown[]) : []);
  const text = (key: string): string | undefined => (typeof appearance[key] === 'string' ? (appearance[key] as string) : undefined);
  const places = list('vertices-texture');
  const uv = new Float64Array(places.length * 2);
  for (const [index, place] of places.entries()) {
    const [u, v] = Array.isArray(place) ? (place as unknown[]) : [];
    uv[index * 2] = typeof u === 'number' && Number.isFinite(u) ? u : 0;
    uv[index * 2 + 1] = typeof v === 'number' && Number.isFinite(v) ? v : 0;
  }
  return {
    colours: list('materials').map((each) => rgba(record(each)?.diffuseColor, record(each)?.transparency)),
    images: list('textures').map((each) => (typeof record(each)?.image === 'string' ? (record(each)!.image as string) : undefined)),
    uv,
    materialTheme: text('default-theme-material'),
    textureTheme: text('default-theme-texture'),
  };
}

/** A colour of shares 0…1 and its transparency; undefined where it is none. */
export function rgba(colour: unknown, transparency: unknown): Rgba | undefined {
  if (!Array.isArray(colour) || colour.length < 3 || !colour.slice(0, 3).every((each) => typeof each === 'number' && Number.isFinite(each))) return undefined;
  const byte = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 255);
  const clear = typeof transparency === 'number' && Number.isFinite(transparency) ? transparency : 0;
  return [byte(colour[0] as number), byte(colour[1] as number), byte(colour[2] as number), byte(1 - clear)];
}

export function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
