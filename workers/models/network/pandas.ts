import type { Network } from './network.ts';
import { faultOfFile, NetworkDraft, type NetworkReport } from './network-draft.ts';

/** One table of a saved net: column names and rows, each with its index. */
interface Frame {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  readonly data: readonly (readonly unknown[])[];
}

type Row = Readonly<Record<string, unknown>>;

/** A net as pandapipes or pandapower save it: tables of pandas inside JSON. */
interface Net {
  readonly table: (name: string) => ReadonlyMap<string, Row>;
  readonly program: 'pandapipes' | 'pandapower';
  readonly fields: Row;
}

const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
const word = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/**
 * Reads a net saved by pandapipes (gas, water, heat) or pandapower: junctions or buses with coordinates, pipes or lines, valves, pumps, sources.
 * @source pandapipes 0.8 and pandapower 2.14 documentation, "file input/output" @returns null where nothing can be drawn
 */
export function readPandas(text: string, report: NetworkReport, name: string): Network | null {
  const net = parse(text, report);
  if (!net) return null;
  const draft = new NetworkDraft(report);
  const power = net.program === 'pandapower';
  if (power) powerNet(net, draft);
  else pipesNet(net, draft);
  return draft.done({
    name, title: word(net.fields.name), kind: power ? 'power' : kindOf(net), format: net.program, crs: crsOf(draft), unit: null, heights: power ? null : 'elevations', reference: 'centre',
  }, power ? 'the column geo of bus' : 'junction_geodata');
}

function parse(text: string, report: NetworkReport): Net | null {
  let json: { _class?: unknown; _object?: Row };
  try {
    json = JSON.parse(text) as typeof json;
  } catch (cause) {
    const at = /position (\d+)/u.exec(cause instanceof Error ? cause.message : '');
    const line = at ? text.slice(0, Number(at[1])).split('\n').length : text.split('\n').length;
    faultOfFile(report, 'broken-json', `it is cut off or broken at line ${line}: no valid JSON. Save the net again.`);
    return null;
  }
  const fields = json._object ?? {};
  const table = (name: string): Map<string, Row> => {
    const saved = (fields[name] as { _object?: unknown } | undefined)?._object;
    const frame = (typeof saved === 'string' ? parsed(saved) : saved) as Frame | undefined;
    if (saved === undefined) return new Map();
    if (!isFrame(frame)) {
      faultOfFile(report, 'broken-json', `its table “${name}” is no table and was left out. Save the net again.`);
      return new Map();
    }
    return new Map(frame.data.map((values, i) => [String(frame.index[i]), Object.fromEntries(frame.columns.map((column, k) => [column, values[k]]))]));
  };
  return { table, program: json._class === 'pandapowerNet' ? 'pandapower' : 'pandapipes', fields };
}

/** undefined where it is no JSON: what was damaged within a text of the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFrame(frame: Partial<Frame> | null | undefined): frame is Frame {
  return Array.isArray(frame?.columns) && Array.isArray(frame.index) && Array.isArray(frame.data) && frame.data.every(Array.isArray);
}

function kindOf({ fields }: Net): Network['kind'] {
  const fluid = JSON.stringify(fields.fluid ?? '');
  return /is_gas\W+true/iu.test(fluid) ? 'gas' : 'water';
}

function pipesNet({ table }: Net, draft: NetworkDraft): void {
  const junctions = table('junction');
  const places = table('junction_geodata');
  const [grids, sources] = ['ext_grid', 'source'].map((each) => new Set([...table(each).values()].map((row) => String(row.junction))));
  const ids = new Map<string, string>();
  for (const [index, row] of junctions) {
    const named = word(row.name);
    const id = named && !draft.nodes.has(named) ? named : `${named || 'junction'}#${index}`;
    ids.set(index, id);
    const place = places.get(index) ?? placeOf(row.geo);
    const type = grids.has(index) || sources.has(index) ? 'source' : 'junction';
    draft.node({ id, type, line: 1, x: number(place?.x), y: number(place?.y), numbers: { elevation: number(row.height_m), pressure: number(row.pn_bar) * 1e5 } });
  }
  const shapes = table('pipe_geodata');
  for (const type of ['pipe', 'valve', 'pump'] as const) {
    for (const [index, row] of table(type)) {
      const named = word(row.name);
      const id = named && !draft.links.has(named) ? named : `${named || type}#${index}`;
      const coordinates = (type === 'pipe' ? (shapes.get(index)?.coords as number[][] | undefined) : undefined) ?? [];
      draft.link({
        id, type, line: 1, from: ids.get(String(row.from_junction)) ?? String(row.from_junction), to: ids.get(String(row.to_junction)) ?? String(row.to_junction), vertices: coordinates.slice(1, -1).flatMap(([x, y]) => [x, y]),
        numbers: { diameter: Number.isFinite(number(row.diameter_m)) ? number(row.diameter_m) : number(row.inner_diameter_mm) / 1000, length: number(row.length_km) * 1000, roughness: number(row.k_mm) / 1000 },
        words: { status: row.in_service === false || row.opened === false ? 'closed' : 'open', material: materialIn(word(row.stanet_std_type) || word(row.std_type)), standard: word(row.stanet_std_type) || word(row.std_type) },
      });
    }
  }
}

function powerNet({ table }: Net, draft: NetworkDraft): void {
  const ids = new Map<string, string>();
  const stations = new Set([...table('trafo').values()].flatMap((row) => [String(row.hv_bus), String(row.lv_bus)]));
  const places = table('bus_geodata');
  for (const [index, row] of table('bus')) {
    const named = word(row.name);
    const id = named && !draft.nodes.has(named) ? named : `${named || 'bus'}#${index}`;
    ids.set(index, id);
    const place = placeOf(row.geo) ?? places.get(index);
    draft.node({ id, type: stations.has(index) ? 'station' : 'junction', line: 1, x: number(place?.x), y: number(place?.y), numbers: { voltage: number(row.vn_kv) * 1000 } });
  }
  const shapes = table('line_geodata');
  for (const [index, row] of table('line')) {
    const named = word(row.name);
    const coordinates = lineOf(row.geo) ?? (shapes.get(index)?.coords as number[][] | undefined) ?? [];
    draft.link({
      id: named && !draft.links.has(named) ? named : `${named || 'line'}#${index}`, type: 'cable', line: 1, from: ids.get(String(row.from_bus)) ?? String(row.from_bus), to: ids.get(String(row.to_bus)) ?? String(row.to_bus),
      vertices: coordinates.slice(1, -1).flatMap(([x, y]) => [x, y]), numbers: { length: number(row.length_km) * 1000 }, words: { standard: word(row.std_type), status: row.in_service === false ? 'closed' : 'open' },
    });
  }
}

function placeOf(geo: unknown): { x: number; y: number } | undefined {
  if (typeof geo !== 'string') return undefined;
  const coordinates = coordinatesOf(geo);
  return coordinates && { x: coordinates[0] as number, y: coordinates[1] as number };
}

function lineOf(geo: unknown): number[][] | undefined {
  const coordinates = typeof geo === 'string' ? coordinatesOf(geo) : undefined;
  return coordinates?.every(Array.isArray) ? (coordinates as number[][]) : undefined;
}

function coordinatesOf(geo: string): unknown[] | undefined {
  const { coordinates } = (parsed(geo) ?? {}) as { coordinates?: unknown };
  return Array.isArray(coordinates) ? coordinates : undefined;
}

function materialIn(standard: string): string {
  if (/\bPE\b|PE ?\d/u.test(standard)) return 'pe';
  return /\b(ST|Stahl|steel)\b/iu.test(standard) ? 'steel' : /\bGGG|DI\b/u.test(standard) ? 'ductile iron' : '';
}

/** What the numbers of the coordinates say of their system: degrees, or a Gauß–Krüger zone of Germany by its leading digit. Null where they say nothing. */
function crsOf(draft: NetworkDraft): string | null {
  const nodes = [...draft.nodes.values()].filter(({ x, y }) => Number.isFinite(x + y));
  if (nodes.length === 0) return null;
  const all = (holds: (x: number, y: number) => boolean): boolean => nodes.every(({ x, y }) => holds(x, y));
  if (draft.links.size > 0 && all((x, y) => Math.abs(x) <= 180 && Math.abs(y) <= 90) && [...draft.links.values()].every(({ type }) => type === 'cable')) return 'EPSG:4326';
  const zone = Math.floor(nodes[0].x / 1e6);
  if (zone >= 2 && zone <= 5 && all((x, y) => Math.floor(x / 1e6) === zone && y > 5.2e6 && y < 6.2e6)) return `EPSG:${31464 + zone}`;
  return null;
}
