import { TwinError, shownUrl } from '../../engine/errors.ts';
import { networkKindLook, parseColour, type NetworkCell, type NetworkElement, type NetworkElementsInput, type NetworkElementsOutput, type NetworkInput, type NetworkOutput } from '#models';
import { companionNumbers, companionTexts, readCompanion, type CompanionNetwork, type CompanionTable, type NetworkCompanion } from '../models/network/companion.ts';
import type { AnalysisContext } from './context.ts';
import { painterOf, type ValueSource } from './geometry/rule-painter.ts';
import { test } from './style.ts';

interface Companion {
  readonly index: NetworkCompanion;
  readonly bytes: Uint8Array;
  /** Columns decoded so far, by network and name. */
  readonly columns: Map<string, Column | null>;
}

type Column = { readonly numeric: boolean; number(row: number): number; text(row: number): string | null };

function companionAt(url: string, context: AnalysisContext): Promise<Companion> {
  return context.cache.keep(`networks ${url}`, async () => {
    const [json, bin] = await Promise.all([context.load(url), context.load(url.replace(/\.json(?=$|[?#])/u, '.bin'))]);
    let parsed: unknown;
    try {
      parsed = JSON.parse(new TextDecoder().decode(json.bytes));
    } catch (cause) {
      throw new TwinError('bad-input', `${shownUrl(url)} is not JSON. Build the city again.`, { where: shownUrl(url), cause });
    }
    return { index: readCompanion(parsed, shownUrl(url)), bytes: bin.bytes, columns: new Map() };
  });
}

/** Every column of a table by row; null for no-data. `cover` is what a person calls the depth: metres from the ground to the crown as drawn. */
function columnOf({ bytes, columns }: Companion, network: CompanionNetwork, table: 'linkTable' | 'nodeTable', name: string): Column | null {
  const key = `${network.name} ${table} ${name}`;
  const known = columns.get(key);
  if (known !== undefined) return known;
  const texts = companionTexts(network[table], name, bytes);
  const numbers = texts ? null : companionNumbers(network[table], name, bytes);
  const constant = name === 'kind' ? network.kind : name === 'network' ? network.name : null;
  const column: Column | null = texts
    ? { numeric: false, number: () => Number.NaN, text: (row) => texts[row] || null }
    : numbers
      ? { numeric: true, number: (row) => numbers[row], text: (row) => (Number.isNaN(numbers[row]) ? null : String(numbers[row])) }
      : constant === null ? null : { numeric: false, number: () => Number.NaN, text: () => constant };
  columns.set(key, column);
  return column;
}

/** Networks with their colours: by kind, or by a rule; links that fail a condition are hidden. @throws TwinError `bad-input` for a rule on a column that no network has */
export async function network(input: NetworkInput, context: AnalysisContext): Promise<NetworkOutput> {
  const companion = await companionAt(input.networks, context);
  const wanted = companion.index.networks.filter(({ kind }) => !input.kinds || input.kinds.includes(kind));
  const colours = coloursOf(companion, wanted, input);
  const cells = wanted.flatMap((each, at) => each.cells.map((cell): NetworkCell => {
    const numbers = (table: CompanionTable, name: string): never => companionNumbers(table, name, companion.bytes) as never;
    const rows: Uint32Array = numbers(cell.lines, 'rows');
    const own = new Uint8Array(4 * rows.length);
    for (const [slot, row] of rows.entries()) own.set(colours.of[at].subarray(4 * row, 4 * row + 4), 4 * slot);
    const [pointRows, link]: [Uint32Array, Uint8Array] = [numbers(cell.points, 'rows'), numbers(cell.points, 'link')];
    const types = (['nodeTable', 'linkTable'] as const).map((table) => columnOf(companion, each, table, 'type'));
    return {
      network: at, anchor: { lon: cell.anchor[0], lat: cell.anchor[1], height: cell.anchor[2] },
      lines: { places: numbers(cell.lines, 'places'), starts: numbers(cell.lines, 'starts'), rows, radii: numbers(cell.lines, 'radii'), colours: own },
      points: { places: numbers(cell.points, 'places'), tops: numbers(cell.points, 'tops'), rows: pointRows, link, types: Array.from(pointRows, (row, i) => types[link[i]]?.text(row) ?? 'junction') },
    };
  }));
  const networks = wanted.map(({ nodeTable: _nodes, linkTable: _links, cells: _cells, ...entry }) => entry);
  return { networks, cells, legend: colours.legend, counts: { ...colours.counts, nodes: wanted.reduce((sum, { nodes }) => sum + nodes, 0) } };
}

/** Colours of every network's links by row ([4n] each). */
function coloursOf(companion: Companion, networks: readonly CompanionNetwork[], { rule, filter = [] }: NetworkInput): { of: Uint8Array[]; legend: NetworkOutput['legend']; counts: { links: number; shown: number; unknown: number } } {
  const starts = networks.reduce<number[]>((all, { links }) => [...all, all.at(-1)! + links], [0]);
  const joined = (key: string): ValueSource => joinedColumn(companion, networks, starts, key);
  const painter = rule ? painterOf(rule, joined(rule.key), starts.at(-1)!) : null;
  const passes = filter.map((condition) => test(condition, joined(condition.key)));
  const counts = { links: starts.at(-1)!, shown: 0, unknown: 0 };
  const of = networks.map(({ kind, links }, at) => {
    const own = parseColour(networkKindLook(kind).colour)!;
    const out = new Uint8Array(4 * links);
    for (let row = 0; row < links; row++) {
      const global = starts[at] + row;
      if (!passes.every((pass) => pass(global))) continue;
      counts.shown++;
      const entry = painter ? painter.entry(global) : -1;
      if (painter && entry < 0) counts.unknown++;
      else if (painter) painter.counts[entry]++;
      const [r, g, b] = painter ? (entry < 0 ? NO_VALUE : painter.colour(global, entry)) : own;
      out.set([r, g, b, 255], 4 * row);
    }
    return out;
  });
  return { of, legend: painter?.legend() ?? null, counts };
}

/** Links without a value of the rule's: there, and quiet. */
const NO_VALUE = [139, 149, 156] as const;

function joinedColumn(companion: Companion, networks: readonly CompanionNetwork[], starts: readonly number[], key: string): ValueSource {
  const columns = networks.map((each) => columnOf(companion, each, 'linkTable', key));
  if (networks.length > 0 && columns.every((column) => column === null)) {
    const names = [...new Set(networks.flatMap(({ linkTable }) => linkTable.columns.map(({ name }) => name)))].join(', ');
    throw new TwinError('bad-input', `No network here has a column “${key}”; they have ${names}, kind, network`);
  }
  const at = (global: number): number => starts.findLastIndex((start) => start <= global);
  const numeric = columns.some((column) => column?.numeric);
  const indices = new Uint16Array(starts.at(-1)!);
  for (let i = 0; i < indices.length; i++) indices[i] = i === 0 || starts.includes(i) ? at(i) : indices[i - 1];
  return {
    numeric, words: null, code: () => 0,
    number: (row) => columns[indices[row]]?.number(row - starts[indices[row]]) ?? Number.NaN,
    text: (row) => columns[indices[row]]?.text(row - starts[indices[row]]) ?? null,
  };
}

/** What is known of some elements: every attribute the model has, and how deep it lies. Ids that nothing has are left out. */
export async function networkElements({ networks: url, rows = [], ids = [] }: NetworkElementsInput, context: AnalysisContext): Promise<NetworkElementsOutput> {
  const companion = await companionAt(url, context);
  const found = rows.flatMap(({ network: name, link, row }) => {
    const of = companion.index.networks.find((each) => each.name === name);
    return of && row < (link ? of.links : of.nodes) ? [elementOf(companion, of, link, row)] : [];
  });
  for (const id of ids) {
    const element = byId(companion, id);
    if (element) found.push(element);
  }
  return { elements: found };
}

function byId(companion: Companion, id: string): NetworkElement | null {
  for (const of of companion.index.networks) {
    for (const [table, prefix] of [['linkTable', `${of.name}/link/`], ['nodeTable', `${of.name}/node/`]] as const) {
      if (!id.startsWith(prefix)) continue;
      const row = companionTexts(of[table], 'id', companion.bytes)?.indexOf(id.slice(prefix.length)) ?? -1;
      if (row >= 0) return elementOf(companion, of, table === 'linkTable', row);
    }
  }
  return null;
}

function elementOf(companion: Companion, of: CompanionNetwork, link: boolean, row: number): NetworkElement {
  const table = link ? 'linkTable' : 'nodeTable';
  const value = (name: string, from = row, source: typeof table = table): string | number | null => {
    const column = columnOf(companion, of, source, name);
    if (!column) return null;
    const number = column.numeric ? column.number(from) : Number.NaN;
    return column.numeric ? (Number.isNaN(number) ? null : number) : column.text(from);
  };
  const properties = Object.fromEntries(of[table].columns.map(({ name }) => [name, value(name)]));
  const near = link ? Number(properties.from) : row;
  if (link) for (const end of ['from', 'to']) properties[end] = value('id', Number(properties[end]), 'nodeTable');
  const [lon, lat, height] = ['lon', 'lat', 'place'].map((name) => Number(value(name, near, 'nodeTable')));
  return { id: `${of.name}/${link ? 'link' : 'node'}/${String(properties.id)}`, network: of.name, link, row, properties: { ...properties, kind: of.kind, network: of.name, format: of.format }, lon, lat, height };
}

