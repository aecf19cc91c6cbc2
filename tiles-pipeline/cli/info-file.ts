import { TwinError, type Issue } from '../../engine/errors.ts';
import type { Georeference, ModelTable } from '../formats/model-table.ts';
import { sniffFormat } from '../formats/index.ts';
import { fileSource } from '../formats/source.ts';
import { placeModel } from '../stages/model-place.ts';
import { networkLines } from './info-network.ts';
import type { Terminal } from './terminal.ts';

/** `tiles info FILE`: what a model or a network holds and where it lies. @throws {TwinError} `bad-input` for a file that is neither */
export async function infoFile(path: string, terminal: Terminal): Promise<number> {
  const source = await fileSource(path);
  const format = sniffFormat(source.head, source.size);
  if (!format) throw new TwinError('bad-input', `${path} is of no kind read here; citymirror tiles --help names them.`);
  const issues: Issue[] = [];
  const skipped = new Map<string, number>();
  const lines = [`${path}: ${format.title}, ${(source.size / 1000).toFixed(1)} kB`];
  for await (const table of format.read(source, { issues, skip: (reason, count = 1) => skipped.set(reason, (skipped.get(reason) ?? 0) + count), signal: terminal.signal })) {
    if (table.kind === 'network') {
      lines.push(...networkLines(table.network));
      continue;
    }
    if (table.kind !== 'model') throw new TwinError('bad-input', `${path} is ${format.title}, neither a model nor a network; build it, and ask for the folder: citymirror tiles build ${path} -o DIR`);
    lines.push(...modelLines(table, path));
  }
  for (const [reason, count] of skipped) lines.push(`not drawn: ${count} × ${reason}`);
  terminal.out(`${lines.join('\n')}\n`);
  for (const issue of issues) terminal.err(`${issue.severity}: ${issue.message}\n`);
  return issues.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function modelLines(table: ModelTable, path: string): string[] {
  const { features, storeys, mesh, properties } = table;
  const placed = placeModel(table, path, {}, undefined, []);
  const where = placed ? `stands at ${placed.anchor.lon.toFixed(6)}, ${placed.anchor.lat.toFixed(6)}, ${placed.anchor.height.toFixed(2)} m, heading ${placed.heading.toFixed(1)}°` : 'does not say where it stands: build it with --place';
  const counts = (rows: readonly number[]): string => {
    const classes = new Map<string, number>();
    for (const row of rows) classes.set(features.class[row], (classes.get(features.class[row]) ?? 0) + 1);
    return [...classes].toSorted((a, b) => b[1] - a[1]).map(([name, n]) => `${n} ${name}`).join(', ');
  };
  const rows = Array.from({ length: features.count }, (_, row) => row);
  const none = rows.filter((row) => features.storey[row] < 0);
  return [
    `${table.schema}: ${features.count} elements, ${(mesh.indices.length / 3).toLocaleString('en')} triangles, ${(properties.bytes.length / 1000).toFixed(0)} kB of property sets`,
    `${where}${table.georeference ? ` (${georeferenceText(table.georeference)})` : ''}`,
    ...storeys.map(({ name, elevation }, k) => {
      const own = rows.filter((row) => features.storey[row] === k);
      return `  ${name} (${elevation.toFixed(2)} m): ${own.length} elements${own.length > 0 ? `: ${counts(own)}` : ''}`;
    }).toReversed(),
    ...(none.length > 0 ? [`  on no storey: ${none.length} elements: ${counts(none)}`] : []),
  ];
}

function georeferenceText(given: Georeference): string {
  return given.kind === 'map' ? `map conversion, ${given.crs.split(';')[0]}` : 'latitude and longitude of its site';
}
