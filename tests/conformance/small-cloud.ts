import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placer } from '../../engine/geo/place.ts';
import { convert } from '../../tiles-pipeline/convert.ts';
import { fromDegrees } from '../../tiles-pipeline/stages/projection.ts';
import { lasFile } from '../../tiles-pipeline/testing/las-file.ts';
import { HERE } from './case.ts';
import { PATCH_HEIGHT, PATCHES } from './point-cloud-cases.ts';

const CRS = 'EPSG:4548';

/** The patches as a city of points, made of an ordinary LAS file. Where it is put is the caller's to remove. */
export async function smallCloud(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-cloud-'));
  const local = placer(HERE);
  const toGrid = fromDegrees(CRS)!;
  const points = PATCHES.flatMap(({ east, north, class: kind, rgb }) => Array.from({ length: 41 * 41 }, (_, k) => {
    const [lon, lat] = local.unplace(east - 20 + (k % 41), north - 20 + Math.floor(k / 41), 0, new Float64Array(3));
    const [x, y] = toGrid(lon, lat);
    return { x, y, z: PATCH_HEIGHT, class: kind, rgb: rgb.map((channel) => channel * 257) as unknown as [number, number, number] };
  }));
  const source = join(folder, 'cloud.las');
  writeFileSync(source, lasFile({ points, offset: [Math.floor(points[0].x), Math.floor(points[0].y), 0] }));
  await convert({ inputs: [source], out: join(folder, 'city'), crs: [{ file: null, value: CRS }] });
  return { folder: join(folder, 'city'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
