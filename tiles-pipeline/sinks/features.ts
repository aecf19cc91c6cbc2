import type { BuildingTable } from '../stages/buildings.ts';
import { USES } from '../stages/words.ts';
import { FeatureColumns, type FeatureIndex } from './feature-columns.ts';

/** features.json and features.bin: every building's properties by feature number. */
export function encodeFeatures(table: BuildingTable): { index: FeatureIndex; bytes: Uint8Array } {
  const inside = (axis: number): Float64Array => Float64Array.from({ length: table.count }, (_, n) => table.inside[n * 2 + axis]);
  return new FeatureColumns()
    .texts('id', table.id)
    .numbers('height', table.height)
    .numbers('base', table.base)
    .numbers('storeys', table.storeys, 0)
    .codes('use', Uint16Array.from(table.use), USES)
    .texts('name', table.name)
    .texts('address', table.address)
    .numbers('lon', inside(0))
    .numbers('lat', inside(1))
    .done(table.count);
}
