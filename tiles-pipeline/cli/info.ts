import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import type { NetworkEntry } from '../../workers/models/network/companion.ts';
import type { Catalogue } from '../catalogue.ts';
import { checkTileset } from '../tileset/check.ts';
import { infoFile } from './info-file.ts';
import type { Terminal } from './terminal.ts';

/** Reads DIR/city.json. @throws {TwinError} `not-found` or `bad-input` */
async function catalogueIn(args: readonly string[], command: string): Promise<{ dir: string; city: Catalogue }> {
  const [dir] = args;
  if (!dir) throw new TwinError('bad-input', `Name the city folder: citymirror tiles ${command} DIR`);
  let text: string;
  try {
    text = await readFile(join(dir, 'city.json'), 'utf8');
  } catch (cause) {
    throw new TwinError('not-found', `${dir} is no city folder: there is no city.json in it. Make one with: citymirror tiles build INPUT… -o ${dir}`, { cause });
  }
  try {
    return { dir, city: JSON.parse(text) as Catalogue };
  } catch (cause) {
    throw new TwinError('bad-input', `${join(dir, 'city.json')} is broken; build the folder again.`, { cause });
  }
}

/** `tiles info DIR` or `tiles info FILE` */
export async function infoCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args[0] && (await stat(args[0]).catch(() => undefined))?.isFile()) return infoFile(args[0], terminal);
  const { dir, city } = await catalogueIn(args, 'info');
  const lines = [
    `${city.title ?? dir}${city.synthetic ? ' (synthetic)' : ''}`,
    `bounds: ${city.bounds.map((value) => value.toFixed(5)).join(', ')} (west, south, east, north)`,
    `heights above: ${city.heightDatum}; surveyed: ${city.surveyDate ?? 'not stated'}; source: ${city.source.join(', ') || 'not stated'}`,
  ];
  const { buildings, terrain, imagery, networks, models, points, ...companions } = city.layers;
  if (buildings) lines.push(`buildings: ${buildings.count} (${buildings.cimLevel}), ${buildings.heights.min} to ${buildings.heights.max} m high`, ...(await sizes(dir, [buildings.tileset, buildings.features, buildings.companion])));
  for (const [name, layer] of Object.entries(companions)) lines.push(`${name}: ${layer.count}`, ...(await sizes(dir, [layer.companion])));
  if (networks) lines.push(...networks.networks.map(networkLine), ...(await sizes(dir, [networks.companion, networks.companion.replace(/json$/u, 'bin')])));
  if (models) lines.push(...models.models.map(modelLine), ...storeyLines(models.storeys), ...(await sizes(dir, [models.tileset, models.features, models.properties])));
  if (points) lines.push(`points: ${points.count}`, ...(await sizes(dir, [points.tileset])));
  if (terrain) lines.push('terrain:', ...(await sizes(dir, [terrain.quantizedMesh, terrain.dem])), ...(terrain.sources ?? []).map(({ name, datum, step, share }) => `  ${(share * 100).toFixed(1)} % from ${name}: ${step.toFixed(1)} m, heights above ${datum}`));
  for (const { url, minzoom, maxzoom } of imagery ?? []) lines.push(`imagery: ${url}, levels ${minzoom} to ${maxzoom}`);
  if (city.missing.length > 0) lines.push(`not in the data: ${city.missing.join(', ')}`);
  terminal.out(`${lines.join('\n')}\n`);
  return 0;
}

type Models = NonNullable<Catalogue['layers']['models']>;

function modelLine({ name, schema, products, georeferenced, anchor, heading, replaces }: Models['models'][number]): string {
  const instead = replaces.length > 0 ? `; stands for ${replaces.length} buildings` : '';
  return `model ${name} (${schema}): ${products} elements at ${anchor[0].toFixed(6)}, ${anchor[1].toFixed(6)}, ${anchor[2].toFixed(2)} m, heading ${heading.toFixed(1)}°, ${georeferenced ? 'by its own georeference' : 'put by hand'}${instead}`;
}

function storeyLines(storeys: Models['storeys']): string[] {
  return storeys.toReversed().map(({ name, elevation, count, classes }) => `  ${elevation === null ? 'on no storey' : `${name} (${elevation.toFixed(2)} m)`}: ${count} elements: ${Object.entries(classes).map(([type, n]) => `${n} ${type}`).join(', ')}`);
}

function networkLine({ name, kind, format, nodes, links, length, depth, cover, schematic, crs, placed }: NetworkEntry): string {
  const where = placed === 'crs' ? crs : placed === 'place' ? 'put by hand' : 'put in the middle of the city';
  const deep = depth === 'attributes' ? 'depths from its attributes' : `depths ${depth === 'mixed' ? 'partly ' : ''}assumed (crown ${cover} m below the ground)`;
  return `${kind} network ${name} (${format}): ${nodes} nodes, ${links} links, ${(length / 1000).toFixed(1)} km; ${where}; ${deep}${schematic?.is ? `; schematic layout (lengths spread ${schematic.ratio} times)` : ''}`;
}

async function sizes(dir: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(
    names.map(async (name) => {
      const info = await stat(join(dir, name)).catch(() => undefined);
      return `  ${name}${info ? ` ${(info.size / 1000).toFixed(1)} kB` : ' is missing'}`;
    }),
  );
}

/** `tiles check DIR`: exit code 1 where faults were found */
export async function checkCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { dir, city } = await catalogueIn(args, 'check');
  const { buildings, models } = city.layers;
  if (!buildings && !models) {
    terminal.out(`${dir} has no buildings and no models: nothing to check.\n`);
    return 0;
  }
  const issues = buildings ? await checkTileset(dir) : [];
  if (models) issues.push(...(await checkTileset(join(dir, 'models'))).map((issue) => ({ ...issue, path: `models/${issue.path ?? ''}` })));
  for (const issue of issues) terminal.out(`${issue.severity} ${issue.code} ${issue.path ?? ''}: ${issue.message}\n`);
  terminal.out(issues.length === 0 ? 'no faults found\n' : `${issues.length} faults\n`);
  return issues.some((issue) => issue.severity === 'error') ? 1 : 0;
}
