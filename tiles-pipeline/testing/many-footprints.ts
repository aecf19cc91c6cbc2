import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { seeded } from './seeded-city.ts';

/** A footprint as a pattern: corners in degrees of latitude from its middle, with its height. */
export interface Pattern {
  /** East and north in turn, both in metres. */
  readonly corners: Float64Array;
  readonly height: number;
}

interface Outline {
  readonly geometry: { readonly type: string; readonly coordinates: unknown } | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

const METRES = 111_320;

/** Patterns of the outlines of a file, each in metres about its middle. */
export function patternsOf(features: readonly Outline[]): Pattern[] {
  const outlines = features.flatMap(({ geometry, properties }) => {
    const polygons = geometry?.type === 'MultiPolygon' ? (geometry.coordinates as number[][][][]) : geometry?.type === 'Polygon' ? [geometry.coordinates as number[][][]] : [];
    return polygons.map(([outer]) => ({ outer, properties }));
  });
  return outlines.filter(({ outer }) => outer.length > 3).map(({ outer, properties }) => {
    const ring = outer.slice(0, -1);
    const [lon, lat] = [0, 1].map((k) => ring.reduce((sum, at) => sum + at[k], 0) / ring.length);
    const squeeze = Math.cos((lat * Math.PI) / 180);
    const corners = Float64Array.from(ring.flatMap(([x, y]) => [(x - lon) * METRES * squeeze, (y - lat) * METRES]));
    return { corners, height: Number(properties.height) > 0 ? Number(properties.height) : 3 * (Number(properties.Floor ?? properties.floors) || 3) };
  });
}

const useWords = ['residential', 'commercial', 'office', 'industrial', 'school', 'public'];
const structures = ['砖混', '框架', '剪力墙', '钢结构', '木结构'];

export interface ManyOptions {
  readonly count: number;
  readonly seed: number;
  /** Features a square kilometre. */
  readonly density: number;
  /** One file, or so many, each a square of its own. */
  readonly files?: number;
  /** Rows changed beside the first: heights of these are a metre more. */
  readonly changed?: ReadonlySet<number>;
}

/**
 * Writes so many footprints as GeoJSON, one a line: corners, sizes and turns as the patterns have them, ids unique and in no order, and six attributes (two enums, an
 * integer, a date, a decimal, a name of 50,000). They stand in a jittered grid, so that a file is a square of the city. The same seed gives the same bytes.
 * @param path of file `n`
 */
export async function writeMany(patterns: readonly Pattern[], { count, seed, density, files = 1, changed }: ManyOptions, path: (file: number) => string): Promise<void> {
  const side = Math.sqrt(1 / density) * 1000;
  const blocks = Math.ceil(Math.sqrt(files));
  const each = Math.ceil(count / files);
  const columns = Math.ceil(Math.sqrt(each));
  for (let file = 0; file < files; file++) {
    const random = seeded(seed + file);
    const out = createWriteStream(path(file), { highWaterMark: 1 << 20 });
    const origin = [(file % blocks) * columns, Math.floor(file / blocks) * columns];
    let text = '';
    for (let n = file * each; n < Math.min(count, (file + 1) * each); n++) {
      const k = n - file * each;
      const east = (origin[0] + (k % columns) + random() * 0.3) * side;
      const north = (origin[1] + Math.floor(k / columns) + random() * 0.3) * side;
      text += line(n, patterns[Math.floor(random() * patterns.length)], [east, north], random, changed?.has(n) ? 1 : 0);
      if (text.length < 1 << 20) continue;
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
    out.end(text);
    await once(out, 'close');
  }
}

function line(n: number, { corners, height }: Pattern, [east, north]: readonly [number, number], random: () => number, more: number): string {
  const lat = 22.3 + north / METRES;
  const perLon = METRES * Math.cos((lat * Math.PI) / 180);
  const turn = random() * Math.PI * 2;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const lon = 113.6 + east / (METRES * Math.cos((22.3 * Math.PI) / 180));
  const ring: string[] = [];
  for (let i = 0; i < corners.length; i += 2) ring.push(`[${(lon + (corners[i] * cos - corners[i + 1] * sin) / perLon).toFixed(7)},${(lat + (corners[i] * sin + corners[i + 1] * cos) / METRES).toFixed(7)}]`);
  ring.push(ring[0]);
  const id = (Math.imul(n + 1, 2654435761) >>> 0).toString(36);
  const year = 1960 + Math.floor(random() * 65);
  const date = `${year}-${String(1 + Math.floor(random() * 12)).padStart(2, '0')}-${String(1 + Math.floor(random() * 28)).padStart(2, '0')}`;
  const name = `南山小区 ${Math.floor(random() * 50_000)}`;
  const properties = `"height":${(height + more).toFixed(1)},"use":"${useWords[Math.floor(random() * useWords.length)]}","structure":"${structures[Math.floor(random() * structures.length)]}","households":${Math.floor(random() * 400)},"built":"${date}","area":${(random() * 5000).toFixed(2)},"name":"${name}"`;
  return `{"type":"Feature","id":"B${id}","properties":{${properties}},"geometry":{"type":"Polygon","coordinates":[[${ring.join(',')}]]}}\n`;
}
