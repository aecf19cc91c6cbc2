import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hasShared, shared } from '../tests/shared.ts';
import { readChunks } from '../tiles-pipeline/formats/las/chunk-table.ts';
import { decodeRecords, pointColumns } from '../tiles-pipeline/formats/las/decode.ts';
import { readHeader } from '../tiles-pipeline/formats/las/header.ts';
import { BLOCK, PointReader } from '../tiles-pipeline/formats/las/read-points.ts';
import { fileSource } from '../tiles-pipeline/formats/source.ts';
import type { PointLayout } from '../tiles-pipeline/formats/point-table.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

const POINTS = 10_000_000;
const REPEATS = 12;
const CRS = 'EPSG:4547';

/** Metres of ground, roofs and crowns over a square kilometre; seeded, no two runs differ. */
function* seededPoints(count: number): Generator<{ x: number; y: number; z: number; class: number; rgb: readonly [number, number, number] }> {
  let state = 20_241;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let k = 0; k < count; k++) {
    const [x, y] = [random() * 1000, random() * 1000];
    const ground = 20 * Math.sin(x / 180) + 12 * Math.cos(y / 130);
    const [i, j] = [Math.floor(x / 40), Math.floor(y / 40)];
    const inside = x % 40 > 12 && y % 40 > 12;
    const kind = (i * 7 + j * 13) % 5;
    if (inside && kind < 3) yield { x, y, z: ground + 9 + 6 * kind + random() * 0.05, class: 6, rgb: [170 + 20 * kind, 160, 150] };
    else if (inside && kind === 3) yield { x, y, z: ground + random() * 12, class: 5, rgb: [60, 110 + Math.floor(random() * 40), 50] };
    else yield { x, y, z: ground + random() * 0.08, class: 2, rgb: [130, 128, 120] };
  }
}

async function writeLas(path: string): Promise<void> {
  const head = Buffer.alloc(227);
  head.write('LASF', 0, 'latin1');
  head[24] = 1;
  head[25] = 2;
  head.writeUInt16LE(227, 94);
  head.writeUInt32LE(227, 96);
  head[104] = 2;
  head.writeUInt16LE(26, 105);
  head.writeUInt32LE(POINTS, 107);
  [0.001, 0.001, 0.001, 500_000, 2_495_000, 0, 501_000, 500_000, 2_496_000, 2_495_000, 60, -40].forEach((value, k) => head.writeDoubleLE(value, 131 + 8 * k));
  const file = createWriteStream(path);
  file.write(head);
  let block = Buffer.alloc(26 * 100_000);
  let at = 0;
  for (const point of seededPoints(POINTS)) {
    block.writeInt32LE(Math.round(point.x * 1000), at);
    block.writeInt32LE(Math.round(point.y * 1000), at + 4);
    block.writeInt32LE(Math.round(point.z * 1000), at + 8);
    block.writeUInt16LE((point.class * 37 + at) & 255, at + 12);
    block[at + 15] = point.class;
    point.rgb.forEach((channel, k) => block.writeUInt16LE(channel << 8, at + 20 + 2 * k));
    at += 26;
    if (at < block.length) continue;
    if (!file.write(block)) await new Promise<void>((resolve) => file.once('drain', () => resolve()));
    block = Buffer.alloc(26 * 100_000);
    at = 0;
  }
  await new Promise<void>((resolve, reject) => file.end((error?: Error | null) => (error ? reject(error) : resolve())));
}

/** A copy of a file that lies some metres farther east and north. */
async function shifted(from: string, to: string, east: number, north: number): Promise<void> {
  const bytes = await readFile(from);
  for (const [at, by] of [[155, east], [163, north], [179, east], [187, east], [195, north], [203, north]] as const) bytes.writeDoubleLE(bytes.readDoubleLE(at) + by, at);
  await writeFile(to, bytes);
}

/** Seconds for the bare decoding of a file, in one thread. */
async function decoded(path: string): Promise<number> {
  const source = await fileSource(path);
  const header = await readHeader(source);
  if (!('format' in header)) throw new Error(header[1]);
  const chunks = header.compressed ? await readChunks(source, header) : undefined;
  if (chunks && !('bytes' in chunks)) throw new Error(chunks[1]);
  const layout: PointLayout = { path, format: header.format, recordLength: header.recordLength, start: chunks?.start ?? header.start, count: header.promised, scale: header.scale, offset: header.offset, colour: 'sixteen', ...(chunks && { chunks }) };
  const reader = new PointReader();
  const columns = pointColumns(BLOCK);
  const started = performance.now();
  for await (const { bytes, count } of reader.read(layout, { from: 0, to: chunks ? chunks.bytes.length : layout.count }, () => undefined)) {
    columns.count = 0;
    decodeRecords(bytes, count, layout, columns);
  }
  reader.close();
  return (performance.now() - started) / 1000;
}

interface Run { seconds: number; cpu: number; peak: number; points: number; bytes: number; zipped: number }

/** A build in a process of its own, so that its memory is its own. */
async function built(inputs: readonly string[], out: string): Promise<Run> {
  const code = `
    import { convert } from ${JSON.stringify(new URL('../tiles-pipeline/convert.ts', import.meta.url).href)};
    const started = performance.now();
    let peak = 0;
    setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20).unref();
    const { report } = await convert({ inputs: ${JSON.stringify(inputs)}, out: ${JSON.stringify(out)}, crs: [{ file: null, value: '${CRS}' }] });
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, peak: peak / 2 ** 20, points: report.layers.points, bytes: report.points.bytes }));`;
  const script = `${out}.mjs`;
  await writeFile(script, code);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`the build ended with ${String(status)}`);
  const run = JSON.parse(text) as Omit<Run, 'zipped'>;
  const names = await readdir(join(out, 'points/tiles'));
  let zipped = 0;
  for (const name of names) zipped += gzipSync(await readFile(join(out, 'points/tiles', name))).length;
  return { ...run, zipped };
}

function rows(what: string, { seconds, cpu, peak, points, bytes, zipped }: Run, bare: number, least: number): Row[] {
  const rate = Math.round(points / seconds);
  return [
    { what: `${what}: bare decoding, one thread`, value: Math.round(points / bare), unit: 'points/s', reach: null, met: true },
    { what: `${what}: file to tiles`, value: rate, unit: 'points/s', reach: `≥ ${least.toLocaleString('en')}`, met: rate >= least },
    { what: `${what}: the same by CPU time of all threads, their start included`, value: Math.round(points / cpu), unit: 'points/s', reach: null, met: true },
    { what: `${what}: points`, value: points, unit: '', reach: null, met: true },
    { what: `${what}: peak resident memory`, value: Math.round(peak), unit: 'MiB', reach: '≤ 512', met: peak <= 512 },
    { what: `${what}: bytes a point`, value: Math.round((bytes / points) * 100) / 100, unit: 'B', reach: null, met: true },
    { what: `${what}: the same, gzipped`, value: Math.round((zipped / points) * 100) / 100, unit: 'B', reach: null, met: true },
  ];
}

/** Point clouds to tiles: speed, memory, size. The LAS is seeded; as no library here compresses, the LAZ is a real one given a dozen times over, side by side. */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-bench-'));
  try {
    const las = join(folder, 'seeded.las');
    await writeLas(las);
    const out = rows(`LAS, ${POINTS / 1e6} million seeded`, await built([las], join(folder, 'las')), await decoded(las), 1_500_000);
    if (!hasShared) return out;
    const indoor = shared('data/terrain/pointcloud/indoor.laz');
    const inputs = Array.from({ length: REPEATS }, (_, k) => join(folder, `indoor-${k}.laz`));
    for (const [k, input] of inputs.entries()) await shifted(indoor, input, 40 * (k % 4), 20 * Math.floor(k / 4));
    return [...out, ...rows(`LAZ, indoor.laz ${REPEATS} times`, await built(inputs, join(folder, 'laz')), REPEATS * (await decoded(indoor)), 1_000_000)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
