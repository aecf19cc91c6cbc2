import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { convert } from '../tiles-pipeline/convert.ts';
import { seededBuildings } from '../tiles-pipeline/testing/seeded-city.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

const city = 12_000;
const many = 50_000;

async function write(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  for (const building of seededBuildings(count)) file.write(`${JSON.stringify(building)}\n`);
  await new Promise<void>((resolve, reject) => file.end((error?: Error | null) => (error ? reject(error) : resolve())));
}

/** Thread seconds and wall seconds of one build. */
async function timed(input: string, out: string): Promise<{ cpu: number; wall: number; peak: number }> {
  const before = process.cpuUsage();
  const started = performance.now();
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
  await convert({ inputs: [input], out });
  clearInterval(watch);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - started) / 1000, peak: peak / 2 ** 20 };
}

async function gzipped(folder: string): Promise<{ total: number; largest: number; contents: number }> {
  let [total, largest] = [0, 0];
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.glb'));
  for (const name of names) {
    const size = gzipSync(await readFile(join(folder, name))).length;
    total += size;
    largest = Math.max(largest, size);
  }
  return { total, largest, contents: names.length };
}

function row(what: string, value: number, unit: string, most: number | null): Row {
  return { what, value: Math.round(value * 100) / 100, unit, reach: most === null ? null : `≤ ${most}`, met: most === null || value <= most };
}

/** Building tiles from footprints: time, memory, bytes on the wire. Seeded footprints; CPU time, for other work may share the machine. */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-bench-'));
  try {
    await write(join(folder, 'city.geojsonl'), city);
    await write(join(folder, 'many.geojsonl'), many);
    const first = await timed(join(folder, 'city.geojsonl'), join(folder, 'city'));
    const second = await timed(join(folder, 'many.geojsonl'), join(folder, 'many'));
    const tiles = await gzipped(join(folder, 'city/tiles'));
    const companion = (await stat(join(folder, 'city/buildings.fgb'))).size;
    return [
      row('12,000 buildings, CPU time', first.cpu, 's', 5),
      row('12,000 buildings, wall time', first.wall, 's', null),
      row('50,000 buildings, CPU time per 1,000', (second.cpu / many) * 1000, 's', 0.3),
      row('50,000 buildings, peak memory of the process', second.peak, 'MiB', 768),
      row('12,000 buildings, all contents, gzip', tiles.total / 1e6, 'MB', 3),
      row('12,000 buildings, contents', tiles.contents, '', 40),
      row('largest content, gzip', tiles.largest / 1e6, 'MB', 1),
      row('all levels, gzip a building', tiles.total / city, 'B', 200),
      row('companion a building', companion / city, 'B', null),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
