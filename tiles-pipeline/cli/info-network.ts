import type { Issue } from '../../engine/errors.ts';
import { numberOf, wordOf, type Network, type NetworkTable } from '../../workers/models/network/network.ts';
import { isSchematic, locate } from '../stages/place-networks.ts';
import { drawingScale } from '../../workers/models/network/layout.ts';

const heightsSaid: Readonly<Record<string, string>> = { inverts: 'inverts at both ends of its links', elevations: 'elevations of its nodes', depths: 'depths of its lines' };

/** What a network file holds, where it lies, whether its drawing is a map. */
export function networkLines(network: Network): string[] {
  const { nodes, links, kind, title } = network;
  const issues: Issue[] = [];
  const located = locate(network, {}, null, issues);
  const fit = located?.fit ?? drawingScale(network);
  const total = (column: string): number => Array.from({ length: links.count }, (_, row) => numberOf(links, column, row)).reduce((sum, value) => sum + (value > 0 ? value : 0), 0);
  const diameters = Array.from({ length: links.count }, (_, row) => numberOf(links, 'diameter', row)).filter((value) => value > 0).toSorted((a, b) => a - b);
  const range = diameters.length > 0 ? `diameters ${Math.round(diameters[0] * 1000)} to ${Math.round(diameters.at(-1)! * 1000)} mm` : 'no diameters';
  const where = located ? `lies at ${boundsOf(located.nodes)} (${located.crs})` : 'does not say where it lies: build it with --crs or --place';
  const drawing = Number.isNaN(fit.spread) ? 'no stated lengths to hold the drawing against' : `${fit.scale.toPrecision(4)} m a unit of the drawing, lengths spread ${fit.spread.toFixed(2)} times: ${isSchematic(fit) ? 'a schematic' : 'a map'}`;
  return [
    `${kind} network${title ? ` “${title}”` : ''}: ${nodes.count} nodes (${typesOf(nodes)}), ${links.count} links (${typesOf(links)}), ${(total('length') / 1000).toFixed(1)} km as stated, ${range}`,
    where, drawing, `heights: ${network.heights ? heightsSaid[network.heights] : 'none stated'}`,
  ];
}

function typesOf(table: NetworkTable): string {
  const counts = new Map<string, number>();
  for (let row = 0; row < table.count; row++) counts.set(wordOf(table, 'type', row), (counts.get(wordOf(table, 'type', row)) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([type, count]) => `${count} ${type}`).join(', ');
}

function boundsOf(lonlat: Float64Array): string {
  const side = (axis: number, pick: (a: number, b: number) => number): string => Array.from({ length: lonlat.length / 2 }, (_, i) => lonlat[2 * i + axis]).reduce((a, b) => pick(a, b)).toFixed(5);
  return [side(0, Math.min), side(1, Math.min), side(0, Math.max), side(1, Math.max)].join(', ');
}
