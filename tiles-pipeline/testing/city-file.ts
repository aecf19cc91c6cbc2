import proj4 from 'proj4';
import type { Issue } from '../../engine/errors.ts';
import type { Format, RasterTable, Source, SourceFeature } from '../formats/format.ts';
import { toDegrees } from '../stages/projection.ts';

/** A file of a test, in small chunks; beside it lies what `files` holds by path. */
export function textSource(content: string | Uint8Array, { name = 'data/楼.gml', chunk = 977, files = {} }: { name?: string; chunk?: number; files?: Readonly<Record<string, Uint8Array>> } = {}): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    path: name,
    size: bytes.length,
    head: bytes.subarray(0, 4096),
    async *stream() {
      for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
    },
    bytes: async () => bytes,
    slice: async (start, end) => bytes.slice(start, end),
    beside: async (wanted) => (Object.hasOwn(files, wanted) ? textSource(files[wanted], { name: wanted }) : undefined),
  };
}

export interface Outcome {
  readonly features: SourceFeature[];
  readonly rasters: RasterTable[];
  readonly issues: Issue[];
  readonly skipped: Readonly<Record<string, number>>;
}

/** Everything a format makes of a file. */
export async function readCity(format: Format, source: Source, crs?: string): Promise<Outcome> {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  const features: SourceFeature[] = [];
  const rasters: RasterTable[] = [];
  const context = { issues, skip: (reason: string, count = 1) => void (skipped[reason] = (skipped[reason] ?? 0) + count), toDegrees: citySystem, crs };
  for await (const table of format.read(source, context)) {
    if (table.kind === 'features') features.push(...table.features);
    else if (table.kind === 'raster') rasters.push(table);
  }
  return { features, rasters, issues, skipped };
}

const TO_WGS84 = '+towgs84=565.2369,50.0087,465.658,-0.406857,0.350733,-1.87035,4.0812';
/** Systems of the real city models. @source EPSG dataset 12: 28992 RD New, 3068 Soldner Berlin */
const systems: Readonly<Record<string, string>> = {
  'EPSG:28992': `+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel ${TO_WGS84} +units=m +no_defs`,
  'EPSG:3068': '+proj=cass +lat_0=52.4186482777778 +lon_0=13.6272036666667 +x_0=40000 +y_0=10000 +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +units=m +no_defs',
};

/** What the converter knows, and these. */
export function citySystem(crs: string): ReturnType<typeof toDegrees> {
  if (!systems[crs]) return toDegrees(crs);
  const { forward } = proj4(systems[crs], 'WGS84');
  return (x, y) => forward([x, y]) as [number, number];
}

/** Directed edges of a body that lack their way back: 0 for a closed one. */
export function openEdges(positions: ArrayLike<number>, triangles: ArrayLike<number>): number {
  const balance = new Map<string, number>();
  const corner = (index: number): string => `${positions[index * 3]},${positions[index * 3 + 1]},${positions[index * 3 + 2]}`;
  for (let t = 0; t < triangles.length; t += 3)
    for (let side = 0; side < 3; side++) {
      const [a, b] = [corner(triangles[t + side]), corner(triangles[t + ((side + 1) % 3)])];
      const [key, way] = a < b ? [`${a} ${b}`, 1] : [`${b} ${a}`, -1];
      balance.set(key, (balance.get(key) ?? 0) + way);
    }
  return [...balance.values()].filter((sum) => sum !== 0).length;
}

/** Metres³ a body encloses, positive where its faces look outward. */
export function volumeOf(positions: Float64Array, triangles: Uint32Array): number {
  const [lon, lat] = positions;
  const [east, north] = [111_320 * Math.cos((lat * Math.PI) / 180), 111_132];
  const at = (index: number): [number, number, number] => [(positions[index * 3] - lon) * east, (positions[index * 3 + 1] - lat) * north, positions[index * 3 + 2]];
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [at(triangles[t]), at(triangles[t + 1]), at(triangles[t + 2])];
    sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return sum / 6;
}

/** A file's bytes with one fault: cut short, a byte turned, a piece taken out, or written twice. Seeded. */
export function mutant(bytes: Uint8Array, seed: number): Uint8Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const at = random(bytes.length);
  const kind = random(4);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) {
    const out = bytes.slice();
    for (let k = 0; k < 1 + random(8); k++) out[random(bytes.length)] = random(256);
    return out;
  }
  const to = Math.min(bytes.length, at + random(400));
  return Uint8Array.from(kind === 2 ? [...bytes.subarray(0, at), ...bytes.subarray(to)] : [...bytes.subarray(0, to), ...bytes.subarray(at, to), ...bytes.subarray(to)]);
}
