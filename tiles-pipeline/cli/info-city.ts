import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import type { NetworkEntry } from '../../workers/models/network/companion.ts';
import type { Catalogue } from '../catalogue.ts';
import { n, size } from './figures.ts';
import { whereItLies } from './info-place.ts';

/** Reads DIR/city.json. @throws {TwinError} `not-found` or `bad-input` */
export async function catalogueIn(dir: string | undefined, command: string): Promise<{ dir: string; city: Catalogue }> {
  if (!dir) throw new TwinError('bad-input', `Name the city folder: citymirror tiles ${command} DIR`);
  let text: string;
  try {
    text = await readFile(join(dir, 'city.json'), 'utf8');
  } catch (cause) {
    throw new TwinError('not-found', `${dir} is no city folder: there is no city.json in it. Make one with: citymirror tiles build INPUT… -o ${dir}`, { cause });
  }
  try {
    const city = JSON.parse(text) as Catalogue;
    if (!Array.isArray(city.bounds) || typeof city.layers !== 'object' || city.layers === null) throw new Error('it has no bounds and layers');
    return { dir, city };
  } catch (cause) {
    throw new TwinError('bad-input', `${join(dir, 'city.json')} is broken; build the folder again.`, { cause });
  }
}

/** What a city folder holds, for people. */
export async function cityLines(dir: string, city: Catalogue): Promise<string[]> {
  const lines = [
    `${city.title ?? dir}${city.synthetic ? ' (synthetic)' : ''}`,
    `it ${whereItLies(city.bounds)}`,
    `bounds: ${city.bounds.map((value) => value.toFixed(5)).join(', ')} (west, south, east, north)`,
    `heights above: ${city.heightDatum}; surveyed: ${city.surveyDate ?? 'not stated'}; source: ${city.source.join(', ') || 'not stated'}`,
  ];
  const { buildings, terrain, networks, models, ...others } = city.layers;
  if (buildings) lines.push(`buildings: ${n(buildings.count)} (${buildings.cimLevel}), ${buildings.heights.min} to ${buildings.heights.max} m high`, ...(buildings.attributes ? [`  attributes: ${buildings.attributes.map(({ name }) => name).join(', ')}`] : []), ...(await sizes(dir, [buildings.tileset, buildings.features, buildings.companion])));
  for (const [name, layer] of Object.entries(others)) lines.push(...(await entryLines(dir, name, layer)));
  if (networks) lines.push(...networks.networks.map(networkLine), ...(await sizes(dir, [networks.companion, networks.companion.replace(/json$/u, 'bin')])));
  if (models) lines.push(...models.models.map(modelLine), ...storeyLines(models.storeys), ...(await sizes(dir, [models.tileset, models.features, models.properties])));
  if (terrain) lines.push('terrain:', ...(await sizes(dir, [terrain.quantizedMesh, terrain.dem])));
  if (city.missing.length > 0) lines.push(`not in the data: ${city.missing.join(', ')}`);
  return lines;
}

/** Any entry of the catalogue: its count and words, and the files it names. */
async function entryLines(dir: string, name: string, entry: unknown): Promise<string[]> {
  if (typeof entry !== 'object' || entry === null) return [`${name}: ${String(entry)}`];
  const members = Object.entries(entry);
  const files = members.filter(([, value]) => typeof value === 'string' && /^[\w./{}-]+\.(json|fgb|bin|subtree|glb)$/u.test(value)).map(([, value]) => value as string);
  const { count } = entry as { count?: unknown };
  const words = members.filter(([key, value]) => key !== 'count' && !files.includes(value as string) && (typeof value === 'string' || typeof value === 'number')).map(([key, value]) => `${key} ${String(value)}`);
  return [`${name}: ${[...(typeof count === 'number' ? [n(count)] : []), ...words].join(', ')}`.trim(), ...(await sizes(dir, files))];
}

type Models = NonNullable<Catalogue['layers']['models']>;

function modelLine({ name, schema, products, georeferenced, anchor, heading, replaces }: Models['models'][number]): string {
  const instead = replaces.length > 0 ? `; stands for ${replaces.length} buildings` : '';
  return `model ${name} (${schema}): ${products} elements at ${anchor[0].toFixed(6)}, ${anchor[1].toFixed(6)}, ${anchor[2].toFixed(2)} m, heading ${heading.toFixed(1)}°, ${georeferenced ? 'by its own georeference' : 'put by hand'}${instead}`;
}

function storeyLines(storeys: Models['storeys']): string[] {
  return storeys.toReversed().map(({ name, elevation, count, classes }) => `  ${elevation === null ? 'on no storey' : `${name} (${elevation.toFixed(2)} m)`}: ${count} elements: ${Object.entries(classes).map(([type, times]) => `${times} ${type}`).join(', ')}`);
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
      return `  ${name}${info ? ` ${size(info.size)}` : ' is missing'}`;
    }),
  );
}
