import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDrainage, drainageInp } from './drainage.ts';
import { buildGas } from './gas.ts';
import type { Place } from './place.ts';
import type { Building } from './plots.ts';
import type { RoadGraph } from './roads.ts';
import type { Point } from './shape.ts';
import { buildWater, waterInp } from './water.ts';

/** Writes the networks below the streets: water as an EPANET input file, drainage as one of SWMM, gas as GeoJSON. @param degrees plan metres → [lon, lat] */
export function writeUtilities(out: string, graph: RoadGraph, buildings: readonly Building[], hydrants: readonly Place[], degrees: (at: Point) => number[]): void {
  writeFileSync(join(out, 'water.inp'), waterInp(buildWater(graph, buildings, hydrants), degrees, '池州示例城市给水管网（合成数据） Sample city water supply (synthetic)'));
  writeFileSync(join(out, 'drainage.inp'), drainageInp(buildDrainage(graph), degrees, '池州示例城市雨水管网（合成数据） Sample city storm drainage (synthetic)'));
  const { nodes, pipes } = buildGas(graph);
  const features = [
    ...nodes.map(({ properties, at }) => ({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: degrees(at[0]) } })),
    ...pipes.map(({ properties, at }) => ({ type: 'Feature', properties, geometry: { type: 'LineString', coordinates: at.map(degrees) } })),
  ].map((feature) => JSON.stringify(feature));
  writeFileSync(join(out, 'gas.geojson'), `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`);
}
