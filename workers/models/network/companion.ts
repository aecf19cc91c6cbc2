import { TwinError } from '../../../engine/errors.ts';
import type { NetworkFormat, NetworkKind } from './network.ts';

/** What city.json and networks.json say of one network. */
export interface NetworkEntry {
  readonly name: string;
  readonly title: string;
  readonly kind: NetworkKind;
  readonly format: NetworkFormat;
  readonly nodes: number;
  readonly links: number;
  /** Metres of all links together, as placed. */
  readonly length: number;
  /** How a drawing stands to the stated lengths: 95th over 5th percentile of their ratio; `is` true where it is a schematic and no map. Null where no lengths are stated. */
  readonly schematic: { readonly ratio: number; readonly is: boolean } | null;
  /** Where the depths come from. */
  readonly depth: 'attributes' | 'assumed' | 'mixed';
  /** What the attributes' heights were taken as: in the city's datum, below the model's own ground, of the pipes' middles, depths; null where none were used. */
  readonly heights: 'absolute' | 'below-rim' | 'pipe-elevations' | 'depths' | null;
  /** Metres from the ground to the crown that were assumed; null where nothing was. */
  readonly cover: number | null;
  /** The system that the coordinates were in; null where they were put by hand or for want of a place. */
  readonly crs: string | null;
  /** By its own system, as the user said, or in the middle of the city for want of better. */
  readonly placed: 'crs' | 'place' | 'centre';
  /** Metres a unit of the drawing was taken as; null where its system says it. */
  readonly scale: number | null;
  readonly bounds: readonly [number, number, number, number];
}

export type CompanionType = 'float32' | 'float64' | 'uint32' | 'uint16' | 'uint8' | 'string';

/** A column in networks.bin, little endian on a multiple of eight; with a dictionary its numbers are indices into it. */
export interface CompanionColumn {
  readonly name: string;
  readonly type: CompanionType;
  readonly offset: number;
  readonly byteLength: number;
  readonly dictionary?: readonly string[];
}

export interface CompanionTable {
  readonly count: number;
  readonly columns: readonly CompanionColumn[];
}

/** Everything of a network within one anchor's reach, ready to be drawn; places are float32 metres east, north, up of the anchor. */
export interface CompanionCell {
  readonly anchor: readonly [lon: number, lat: number, height: number];
  /** places [3m], starts [n + 1], rows [n] of the links, radii [n] metres. */
  readonly lines: CompanionTable;
  /** places [3n] at the pipe, tops [3n] on the ground over it, rows [n], link [n] (1: rows of the links: valves, pumps; 0: of the nodes). */
  readonly points: CompanionTable;
}

export interface CompanionNetwork extends NetworkEntry {
  /** id; every number and word of the model; lon, lat, height (of the middle), ground. */
  readonly nodeTable: CompanionTable;
  /** id; every number and word of the model; from, to (rows of the nodes), cover (metres from the ground to the crown), assumed (1: nobody stated the depth), drawn (metres). */
  readonly linkTable: CompanionTable;
  readonly cells: readonly CompanionCell[];
}

/** networks.json; its columns lie in networks.bin. */
export interface NetworkCompanion {
  readonly version: 1;
  readonly networks: readonly CompanionNetwork[];
}

/** Reads networks.json. @throws TwinError `bad-input` naming what is wrong */
export function readCompanion(json: unknown, where: string): NetworkCompanion {
  const wrong = (what: string): TwinError => new TwinError('bad-input', `${where} is no networks companion: ${what}. Build the city again.`, { where });
  if (typeof json !== 'object' || json === null || !Array.isArray((json as NetworkCompanion).networks)) throw wrong('it has no networks');
  const companion = json as NetworkCompanion;
  if (companion.version !== 1) throw wrong(`its version is ${String(companion.version)}, this program reads version 1`);
  for (const { name, nodeTable, linkTable, cells } of companion.networks) if (!nodeTable || !linkTable || !Array.isArray(cells)) throw wrong(`the network ${name} has no tables`);
  return companion;
}

const arrays = { float32: Float32Array, float64: Float64Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array } as const;
type Numbers = Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** A column's numbers out of networks.bin; of a copy, so that they can be handed on. @throws TwinError `bad-input` when the file is cut short */
export function companionNumbers(table: CompanionTable, name: string, bytes: Uint8Array): Numbers | null {
  const column = table.columns.find((each) => each.name === name);
  if (!column || column.type === 'string') return null;
  return new arrays[column.type](part(column, bytes).buffer);
}

/** A column's texts: of strings, or of a dictionary; null where there is no such column. @throws TwinError `bad-input` when the file is cut short */
export function companionTexts(table: CompanionTable, name: string, bytes: Uint8Array): readonly string[] | null {
  const column = table.columns.find((each) => each.name === name);
  if (!column) return null;
  if (column.dictionary) return Array.from(companionNumbers(table, name, bytes) ?? [], (code) => column.dictionary![code] ?? '');
  if (column.type !== 'string') return null;
  const own = part(column, bytes);
  const offsets = new Uint32Array(own.buffer, 0, table.count + 1);
  const text = new TextDecoder();
  const start = 4 * (table.count + 1);
  return Array.from({ length: table.count }, (_, row) => text.decode(own.subarray(start + offsets[row], start + offsets[row + 1])));
}

function part({ name, offset, byteLength }: CompanionColumn, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length < offset + byteLength) throw new TwinError('bad-input', `networks.bin is cut short: the column “${name}” ends at byte ${offset + byteLength}, ${bytes.length} are there. Build the city again.`);
  return bytes.slice(offset, offset + byteLength);
}
