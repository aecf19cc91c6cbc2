import { pathOf, type CityFiles } from './city-files.ts';
import type { IssueLog } from './issue-log.ts';
import type { Look } from './look.ts';

interface LayerJson {
  readonly tilejson?: string;
  readonly format?: string;
  readonly scheme?: string;
  readonly tiles?: readonly string[];
  readonly minzoom?: number;
  readonly maxzoom?: number;
  readonly available?: readonly (readonly Range[])[];
}

interface Range {
  readonly startX: number;
  readonly startY: number;
  readonly endX: number;
  readonly endY: number;
}

const MOST_TILES = 20_000_000;
/** Largest value of a coordinate in a tile. */
const FULL = 32767;

export interface PyramidFigures {
  tiles: number;
  checked: number;
}

/** Looks through quantized-mesh terrain: each tile that its layer.json says is there, and what is in it. @param sample tiles whose inside is looked at @source quantized-mesh 1.0 */
export async function checkTerrain(files: CityFiles, document: string, { log, look, sample, signal }: { log: IssueLog; look: Look; sample?: number; signal?: AbortSignal }): Promise<PyramidFigures> {
  const figures = { tiles: 0, checked: 0 };
  const report = log.at(document);
  const layer = await layerOf(files, document, report);
  if (!layer) return figures;
  const { available, tiles: [template] = [] } = layer;
  if (!available?.length || typeof template !== 'string') {
    report('terrain-layer', 'it says neither which tiles are there nor where');
    return figures;
  }
  const ranges = available.flatMap((level, z) => level.map((range) => ({ z, ...range })));
  const total = ranges.reduce((sum, { startX, endX, startY, endY }) => sum + (endX - startX + 1) * (endY - startY + 1), 0);
  if (!(total >= 0 && total <= MOST_TILES)) {
    report('terrain-layer', `it says that ${total} tiles are there`);
    return figures;
  }
  const every = sample === undefined ? 1 : Math.max(1, Math.ceil(total / Math.max(1, sample)));
  for (const { z, startX, endX, startY, endY } of ranges)
    for (let x = startX; x <= endX; x++)
      for (let y = startY; y <= endY; y++) {
        signal?.throwIfAborted();
        const path = pathOf(document, filled(template, { z, x, y }));
        const whole = figures.tiles++ % every === 0;
        const bytes = path === 'outside' ? undefined : whole ? await files.read(path) : (await files.size(path)) === undefined ? undefined : new Uint8Array();
        if (z > 0 && !isAvailable(available, z - 1, x >> 1, y >> 1)) log.add('terrain-orphan', 'it is there, the tile above it is not', path);
        if (!bytes) log.add('content-missing', 'the tile is not there', path);
        else if (whole && (await look.terrain(path, bytes))) {
          figures.checked++;
          checkTile(bytes, log.at(path));
        }
      }
  return figures;
}

async function layerOf(files: CityFiles, document: string, report: (code: string, message: string) => void): Promise<LayerJson | undefined> {
  const bytes = await files.read(document);
  if (!bytes) {
    report('content-missing', 'the file is not there');
    return undefined;
  }
  try {
    const layer = JSON.parse(new TextDecoder().decode(bytes)) as LayerJson;
    if (layer.format !== 'quantized-mesh-1.0') report('terrain-layer', `its format is ${layer.format}, not quantized-mesh-1.0`);
    if (layer.available && layer.maxzoom !== undefined && layer.maxzoom !== layer.available.length - 1) report('terrain-layer', `its maxzoom is ${layer.maxzoom}, its tiles go to level ${layer.available.length - 1}`);
    return layer;
  } catch (cause) {
    report('json-broken', `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`);
    return undefined;
  }
}

function filled(template: string, { z, x, y }: { z: number; x: number; y: number }): string {
  return template.replaceAll('{z}', `${z}`).replaceAll('{x}', `${x}`).replaceAll('{y}', `${y}`).replaceAll('{version}', '1.0.0');
}

function isAvailable(available: readonly (readonly Range[])[], z: number, x: number, y: number): boolean {
  return available[z]?.some(({ startX, endX, startY, endY }) => x >= startX && x <= endX && y >= startY && y <= endY) ?? false;
}

/** Of a tile that can be decoded: coordinates within it, heights as far as it says, edges that lie on the edges. */
function checkTile(bytes: Uint8Array, report: (code: string, message: string) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [low, high, count] = [view.getFloat32(24, true), view.getFloat32(28, true), view.getUint32(88, true)];
  if (low > high) report('terrain-heights', `its lowest height, ${low} m, is above its highest, ${high} m`);
  if (count < 3) return report('terrain-empty', `it has ${count} vertices`);
  const columns = [0, 1, 2].map((column) => unpacked(view, 92 + column * count * 2, count));
  for (const [name, values] of [['east', columns[0]], ['north', columns[1]], ['height', columns[2]]] as const) if (values.some((value) => value < 0 || value > FULL)) return report('terrain-range', `a vertex leaves the tile (${name})`);
  checkEdges(view, count, columns, report);
}

function unpacked(view: DataView, at: number, count: number): Int32Array {
  const out = new Int32Array(count);
  for (let k = 0, value = 0; k < count; k++) {
    const code = view.getUint16(at + k * 2, true);
    value += (code >> 1) ^ -(code & 1);
    out[k] = value;
  }
  return out;
}

function checkEdges(view: DataView, count: number, [u, v]: readonly Int32Array[], report: (code: string, message: string) => void): void {
  const wide = count > 65536;
  const size = wide ? 4 : 2;
  let at = 92 + count * 6;
  if (at % size !== 0) at += size - (at % size);
  at += 4 + view.getUint32(at, true) * 3 * size;
  for (const [name, column, value] of [['west', u, 0], ['south', v, 0], ['east', u, FULL], ['north', v, FULL]] as const) {
    const length = view.getUint32(at, true);
    at += 4;
    let wrong = 0;
    for (let k = 0; k < length; k++, at += size) {
      const index = wide ? view.getUint32(at, true) : view.getUint16(at, true);
      if (!(index < count) || column[index] !== value) wrong++;
    }
    if (length < 2 || wrong > 0) report('terrain-edge', length < 2 ? `its ${name} edge has ${length} vertices` : `${wrong} of the ${length} vertices of its ${name} edge lie elsewhere`);
  }
}
