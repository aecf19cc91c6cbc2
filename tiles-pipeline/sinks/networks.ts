import { placer, type Placer } from '../../engine/geo/place.ts';
import type { CompanionCell, CompanionColumn, CompanionNetwork, CompanionTable, CompanionType, NetworkCompanion, NetworkEntry } from '../../workers/models/network/companion.ts';
import { wordOf, type NetworkTable } from '../../workers/models/network/network.ts';
import type { BuriedNetwork } from '../stages/bury-networks.ts';
import { isPipe, isSchematic } from '../stages/place-networks.ts';
import { packStrings } from '../tileset/property-table.ts';

/** Cells a tenth of a degree wide, and how far from its middle a line may run on: together within a batch's 20 km. */
const CELLS_A_DEGREE = 10;
const REACH = 9500;

/** Columns one after another, each on a multiple of eight. */
class Columns {
  readonly #parts: Uint8Array[] = [];
  #at = 0;

  add(name: string, type: CompanionType, bytes: Uint8Array, dictionary?: readonly string[]): CompanionColumn {
    const column = { name, type, offset: this.#at, byteLength: bytes.length, ...(dictionary ? { dictionary } : {}) };
    const rest = (8 - (bytes.length % 8)) % 8;
    this.#parts.push(bytes, new Uint8Array(rest));
    this.#at += bytes.length + rest;
    return column;
  }

  numbers(name: string, type: CompanionType, values: ArrayBufferView, dictionary?: readonly string[]): CompanionColumn {
    return this.add(name, type, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dictionary);
  }

  texts(name: string, values: readonly string[]): CompanionColumn {
    const { bytes, offsets } = packStrings(values);
    const out = new Uint8Array(offsets.byteLength + bytes.length);
    out.set(new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength));
    out.set(bytes, offsets.byteLength);
    return this.add(name, 'string', out);
  }

  /** Id, numbers and words of a table of the model. */
  table({ ids, numbers, words }: NetworkTable): CompanionColumn[] {
    return [
      this.texts('id', ids),
      ...Object.entries(numbers).map(([name, values]) => this.numbers(name, 'float32', values)),
      ...Object.entries(words).map(([name, { codes, dictionary }]) => this.numbers(name, 'uint16', codes, dictionary)),
    ];
  }

  done(): Uint8Array {
    const out = new Uint8Array(this.#at);
    let cursor = 0;
    for (const bytes of this.#parts) {
      out.set(bytes, cursor);
      cursor += bytes.length;
    }
    return out;
  }
}

/** networks.json and networks.bin: attributes and batch-ready places of every network. */
export function encodeNetworks(networks: readonly BuriedNetwork[], cover: number): { index: NetworkCompanion; bytes: Uint8Array } {
  const columns = new Columns();
  const list = networks.map((buried): CompanionNetwork => {
    const { network, nodes, nodeHeights, nodeGround } = buried;
    const coordinate = (axis: number): Float64Array => Float64Array.from({ length: network.nodes.count }, (_, i) => nodes[2 * i + axis]);
    return {
      ...entryOf(buried, cover),
      nodeTable: {
        count: network.nodes.count,
        columns: [...columns.table(network.nodes), columns.numbers('lon', 'float64', coordinate(0)), columns.numbers('lat', 'float64', coordinate(1)), columns.numbers('place', 'float32', Float32Array.from(nodeHeights)), columns.numbers('ground', 'float32', Float32Array.from(nodeGround))],
      },
      linkTable: {
        count: network.links.count,
        columns: [
          ...columns.table(network.links), columns.numbers('from', 'uint32', network.links.from), columns.numbers('to', 'uint32', network.links.to), columns.numbers('cover', 'float32', buried.covers),
          columns.numbers('assumed', 'uint8', buried.assumed), columns.numbers('drawn', 'float32', buried.lengths),
        ],
      },
      cells: cellsOf(buried, columns),
    };
  });
  return { index: { version: 1, networks: list }, bytes: columns.done() };
}

/** What the catalogue says of a network. @param cover metres from the ground to the crown where nobody stated a depth */
export function entryOf({ network, nodes, vertices, by, crs, scale, fit, used, assumed, lengths }: BuriedNetwork, cover: number): NetworkEntry {
  const guessed = assumed.reduce((sum, one) => sum + one, 0);
  const all = network.links.count;
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const xy of [nodes, vertices]) for (let i = 0; i < xy.length; i += 2) bounds.splice(0, 4, Math.min(bounds[0], xy[i]), Math.min(bounds[1], xy[i + 1]), Math.max(bounds[2], xy[i]), Math.max(bounds[3], xy[i + 1]));
  const round = (value: number, places: number): number => Number(value.toFixed(places));
  return {
    name: network.name, title: network.title, kind: network.kind, format: network.format, nodes: network.nodes.count, links: all, length: Math.round(lengths.reduce((sum, length) => sum + length, 0)),
    schematic: Number.isNaN(fit.spread) ? null : { ratio: round(fit.spread, 3), is: isSchematic(fit) },
    depth: guessed === all ? 'assumed' : guessed === 0 ? 'attributes' : 'mixed', heights: used === 'none' ? null : used, cover: guessed > 0 ? cover : null,
    crs, placed: by, scale: scale === null ? null : Number(scale.toPrecision(6)), bounds: bounds.map((value) => round(value, 7)) as [number, number, number, number],
  };
}

interface Draft {
  readonly frame: Placer;
  readonly places: number[];
  readonly starts: number[];
  readonly rows: number[];
  readonly points: number[];
  readonly tops: number[];
  readonly pointRows: number[];
  readonly isLink: number[];
}

/** Sorts lines and points into cells. A line that runs out of its cell's reach goes on in the next one. */
function cellsOf(buried: BuriedNetwork, columns: Columns): CompanionCell[] {
  const cells = new Map<string, Draft>();
  const cellAt = (lon: number, lat: number, height: number): Draft => {
    const [x, y] = [Math.floor(lon * CELLS_A_DEGREE), Math.floor(lat * CELLS_A_DEGREE)];
    const there = cells.get(`${x} ${y}`);
    if (there) return there;
    const frame = placer({ lon: (x + 0.5) / CELLS_A_DEGREE, lat: (y + 0.5) / CELLS_A_DEGREE, height: Math.round(height) });
    const made: Draft = { frame, places: [], starts: [0], rows: [], points: [], tops: [], pointRows: [], isLink: [] };
    cells.set(`${x} ${y}`, made);
    return made;
  };
  for (let row = 0; row < buried.network.links.count; row++) addLine(buried, row, cellAt);
  addPoints(buried, cellAt);
  return [...cells.values()].map((cell) => encodeCell(cell, buried, columns));
}

type CellAt = (lon: number, lat: number, height: number) => Draft;

/** A link as a line; in a gravity network from its higher to its lower end, whichever way it was recorded: dashes travel as the water does. */
function addLine({ network, line, starts }: BuriedNetwork, row: number, cellAt: CellAt): void {
  const out = new Float64Array(3);
  const [first, last] = [starts[row], starts[row + 1] - 1];
  const turned = network.kind === 'drainage' && line[3 * last + 2] > line[3 * first + 2] + 1e-6;
  const vertex = (i: number): [number, number, number] => {
    const at = 3 * (turned ? first + last - i : i);
    return [line[at], line[at + 1], line[at + 2]];
  };
  let cell: Draft | null = null;
  const close = (): void => {
    if (!cell) return;
    cell.starts.push(cell.places.length / 3);
    cell.rows.push(row);
  };
  for (let i = starts[row]; i < starts[row + 1]; i++) {
    const point = vertex(i);
    if (!cell) cell = cellAt(...point);
    cell.frame.place(...point, out);
    cell.places.push(...out);
    if (Math.hypot(out[0], out[1]) < REACH || i + 1 === starts[row + 1]) continue;
    close();
    cell = cellAt(...point);
    cell.frame.place(...point, out);
    cell.places.push(...out);
  }
  close();
}

function addPoints({ network, nodes, nodeHeights, nodeGround, line, starts }: BuriedNetwork, cellAt: CellAt): void {
  const out = new Float64Array(3);
  const add = (lon: number, lat: number, height: number, ground: number, row: number, isLink: number): void => {
    const cell = cellAt(lon, lat, height);
    cell.points.push(...cell.frame.place(lon, lat, height, out));
    cell.tops.push(...cell.frame.place(lon, lat, ground, out));
    cell.pointRows.push(row);
    cell.isLink.push(isLink);
  };
  for (let i = 0; i < network.nodes.count; i++) add(nodes[2 * i], nodes[2 * i + 1], nodeHeights[i], nodeGround[i], i, 0);
  for (let row = 0; row < network.links.count; row++) {
    if (isPipe(network, row) || wordOf(network.links, 'type', row) === '') continue;
    const [a, b] = [3 * starts[row], 3 * (starts[row + 1] - 1)];
    const middle = (k: number): number => (line[a + k] + line[b + k]) / 2;
    const ground = (nodeGround[network.links.from[row]] + nodeGround[network.links.to[row]]) / 2;
    add(middle(0), middle(1), middle(2), ground, row, 1);
  }
}

function encodeCell(cell: Draft, { radii }: BuriedNetwork, columns: Columns): CompanionCell {
  const { anchor } = cell.frame;
  const lines: CompanionTable = {
    count: cell.rows.length,
    columns: [
      columns.numbers('places', 'float32', Float32Array.from(cell.places)), columns.numbers('starts', 'uint32', Uint32Array.from(cell.starts)), columns.numbers('rows', 'uint32', Uint32Array.from(cell.rows)),
      columns.numbers('radii', 'float32', Float32Array.from(cell.rows, (row) => radii[row])),
    ],
  };
  const points: CompanionTable = {
    count: cell.pointRows.length,
    columns: [
      columns.numbers('places', 'float32', Float32Array.from(cell.points)), columns.numbers('tops', 'float32', Float32Array.from(cell.tops)), columns.numbers('rows', 'uint32', Uint32Array.from(cell.pointRows)),
      columns.numbers('link', 'uint8', Uint8Array.from(cell.isLink)),
    ],
  };
  return { anchor: [anchor.lon, anchor.lat, anchor.height], lines, points };
}
