import { bend } from './layout.ts';
import type { RoadGraph } from './roads.ts';
import type { Point } from './shape.ts';
import { NearestPlace, partOf, streetNet } from './street-net.ts';

/** Outer diameter in millimetres of the medium-pressure main in each class of street. */
const DIAMETERS: Readonly<Record<string, number>> = { primary: 200, secondary: 160, tertiary: 110 };
/** Metres from the ground to the crown: under carriageways at least 0.9. @source GB 50028-2006 (2020), 6.3.4 */
export const GAS_COVER = 0.9;
/** Step of the mains from the middle of their streets: the other side from the water's. */
export const GAS_STEP: Point = [-2.4, -2.4];
/** Medium pressure A, pascals. */
const PRESSURE = 0.4e6;

interface GasFeature {
  readonly properties: Readonly<Record<string, string | number>>;
  readonly at: readonly Point[];
}

export interface GasNetwork {
  readonly nodes: readonly GasFeature[];
  readonly pipes: readonly GasFeature[];
}

/** A medium-pressure gas supply along the wider streets: polyethylene mains, a valve behind every junction of two wide ones, two city gates. Synthetic. */
export function buildGas(graph: RoadGraph): GasNetwork {
  const net = streetNet(graph, new Set(Object.keys(DIAMETERS)), { bridges: true, step: GAS_STEP });
  const nearest = new NearestPlace(net.places);
  const gates = new Set([bend(-2215, -2665), bend(2265, 1165)].map((at) => nearest.find(at)));
  const nodes: GasFeature[] = net.places.map((at, i) => ({ properties: { network: 'gas', id: `G${i + 1}`, type: gates.has(i) ? 'station' : 'junction' }, at: [at] }));
  const pipes: GasFeature[] = [];
  for (const { road, from, to, line, length } of net.edges) {
    const number = road.id.slice(1);
    const common = { network: 'gas', dn: DIAMETERS[road.class], depth: GAS_COVER, depth_reference: 'crown', material: 'PE100', pressure: PRESSURE, status: 'open' };
    if (road.class !== 'primary' || length < 80) {
      pipes.push({ properties: { ...common, id: `GP${number}`, from: `G${from + 1}`, to: `G${to + 1}` }, at: line });
      continue;
    }
    const here = partOf(line, 0, 14).at(-1)!;
    nodes.push({ properties: { network: 'gas', id: `GV${number}`, type: 'valve' }, at: [here] });
    pipes.push({ properties: { ...common, id: `GP${number}-1`, from: `G${from + 1}`, to: `GV${number}` }, at: [...partOf(line, 0, 14).slice(0, -1), here] });
    pipes.push({ properties: { ...common, id: `GP${number}-2`, from: `GV${number}`, to: `G${to + 1}` }, at: [here, ...partOf(line, 14, length).slice(1)] });
  }
  return { nodes, pipes };
}
