import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mulberry32: the same numbers for the same seed, everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface SeededBuilding {
  type: 'Feature';
  id?: string;
  properties: Record<string, unknown>;
  geometry: { type: 'Polygon'; coordinates: number[][][] };
}

/** About so many footprints in blocks of a street grid around 117.49 E, 30.66 N: houses, slabs, courts, some towers; every tenth without a height. */
export function seededBuildings(count: number, seed = 7): SeededBuilding[] {
  const random = seeded(seed);
  const side = Math.ceil(Math.sqrt(count));
  const step = 0.00042;
  return Array.from({ length: count }, (_, n) => {
    const lon = 117.49 + ((n % side) - side / 2) * step + (n % 8 === 0 ? 0.0002 : 0);
    const lat = 30.66 + (Math.floor(n / side) - side / 2) * step;
    const [w, h] = [0.00012 + random() * 0.0002, 0.0001 + random() * 0.0002];
    const outer = [
      [lon, lat],
      [lon + w, lat],
      [lon + w, lat + h],
      [lon, lat + h],
      [lon, lat],
    ];
    const court = [
      [lon + w * 0.3, lat + h * 0.3],
      [lon + w * 0.3, lat + h * 0.6],
      [lon + w * 0.6, lat + h * 0.6],
      [lon + w * 0.6, lat + h * 0.3],
      [lon + w * 0.3, lat + h * 0.3],
    ];
    const tower = random() > 0.97;
    const height = tower ? 60 + random() * 120 : 6 + random() * 24;
    const use = ['residential', 'commercial', 'office', 'industrial', 'old-town'][Math.floor(random() * 5)];
    const said = n % 10 === 3 ? {} : n % 10 === 4 ? { storeys: Math.ceil(height / 3) } : { height: Math.round(height * 10) / 10 };
    return {
      type: 'Feature' as const,
      properties: { id: `b${n}`, use, ...said, ...(n % 5 === 0 && { name: `楼 ${n}` }), ...(n % 7 === 0 && { address: `人民路${n}号` }) },
      geometry: { type: 'Polygon' as const, coordinates: n % 20 === 0 ? [outer, court] : [outer] },
    };
  });
}

export function collection(features: readonly unknown[]): string {
  return JSON.stringify({ type: 'FeatureCollection', features });
}

/** A folder for one test file; `drop()` takes it away. */
export async function workFolder(): Promise<{ path(name: string): string; put(name: string, content: string | Uint8Array): Promise<string>; drop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-'));
  return {
    path: (name) => join(folder, name),
    async put(name, content) {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}
