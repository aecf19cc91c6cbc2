import type { Issue } from '../../../engine/errors.ts';
import type { Network, NetworkLinks, NetworkNodes, NetworkTable, WordColumn } from './network.ts';

export interface DraftNode {
  readonly id: string;
  readonly type: string;
  readonly line: number;
  x: number;
  y: number;
  readonly numbers?: Record<string, number>;
  readonly words?: Record<string, string>;
}

export interface DraftLink {
  readonly id: string;
  readonly type: string;
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** x, y of the vertices between the end nodes. */
  vertices: number[];
  readonly numbers?: Record<string, number>;
  readonly words?: Record<string, string>;
}

/** What a reader tells beside the network: problems, and what it could not use. */
export interface NetworkReport {
  readonly file: string;
  readonly issues: Issue[];
  skip(reason: string, count?: number): void;
}

/** So many faults of one kind are named one by one; the rest are counted. */
const NAMED = 20;

/** Says one fault of the data: file, line, what, and what to do. Beyond twenty of a kind they are counted on the last. */
export function fault(report: NetworkReport, code: string, line: number, what: string, severity: Issue['severity'] = 'error'): void {
  const same = report.issues.filter((issue) => issue.code === code && issue.message.startsWith(`${report.file},`));
  if (same.length >= NAMED) {
    const last = same[same.length - 1];
    last.count = (last.count ?? 1) + 1;
    return;
  }
  report.issues.push({ code, severity, message: `${report.file}, line ${line}: ${what}`, path: `line ${line}` });
}

/** Says a fault of the file as a whole. */
export function faultOfFile(report: NetworkReport, code: string, what: string, severity: Issue['severity'] = 'error'): void {
  report.issues.push({ code, severity, message: `${report.file}: ${what}` });
}

type Head = Omit<Network, 'nodes' | 'links'>;

/** Collects nodes and links as a file brings them, and makes columns of what holds together. */
export class NetworkDraft {
  readonly nodes = new Map<string, DraftNode>();
  readonly links = new Map<string, DraftLink>();

  constructor(private readonly report: NetworkReport) {}

  /** A node; a second one of its id is left out and said. */
  node(node: DraftNode): void {
    const there = this.nodes.get(node.id);
    if (!there) return void this.nodes.set(node.id, node);
    this.report.skip('id used twice');
    fault(this.report, 'repeated-id', node.line, `the node ${node.id} stands on line ${there.line} already; the second was left out. Give it an id of its own.`);
  }

  link(link: DraftLink): void {
    const there = this.links.get(link.id);
    if (!there) return void this.links.set(link.id, link);
    this.report.skip('id used twice');
    fault(this.report, 'repeated-id', link.line, `the link ${link.id} stands on line ${there.line} already; the second was left out. Give it an id of its own.`);
  }

  /** The network of what holds together; null where nothing does. Links without both their nodes, and what has no coordinates, are left out and said. */
  done(head: Head, where: string): Network | null {
    const placed = [...this.nodes.values()].filter((node) => Number.isFinite(node.x + node.y));
    const lost = this.nodes.size - placed.length;
    if (lost > 0) {
      this.report.skip('node without coordinates', lost);
      const first = [...this.nodes.values()].find((node) => !Number.isFinite(node.x + node.y))!;
      if (placed.length > 0) fault(this.report, 'no-coordinates', first.line, `the node ${first.id}${lost > 1 ? ` and ${lost - 1} more have` : ' has'} no coordinates and cannot be drawn; give them in ${where}.`, 'warning');
      else faultOfFile(this.report, 'no-coordinates', `none of its ${lost} nodes has coordinates, so there is nothing to draw; give them in ${where}.`);
    }
    const rows = new Map(placed.map((node, row) => [node.id, row]));
    const links = [...this.links.values()].filter((link) => this.#holds(link, rows));
    if (placed.length === 0) return null;
    return { ...head, nodes: nodesOf(placed), links: linksOf(links, placed, rows) };
  }

  #holds(link: DraftLink, rows: ReadonlyMap<string, number>): boolean {
    for (const [end, id] of [['begins', link.from], ['ends', link.to]] as const) {
      if (rows.has(id)) continue;
      if (this.nodes.has(id)) this.report.skip('link to a node without coordinates');
      else {
        this.report.skip('link to a node that is not there');
        fault(this.report, 'missing-node', link.line, `the ${link.type} ${link.id} ${end} at node ${id}, which is not in the file; it was left out, the rest was kept. Add the node or mend the ${link.type}.`);
      }
      return false;
    }
    return true;
  }
}

function nodesOf(nodes: readonly DraftNode[]): NetworkNodes {
  return { ...tableOf(nodes), xy: Float64Array.from(nodes.flatMap(({ x, y }) => [x, y])) };
}

function linksOf(links: readonly DraftLink[], nodes: readonly DraftNode[], rows: ReadonlyMap<string, number>): NetworkLinks {
  const starts = new Uint32Array(links.length + 1);
  const xy: number[] = [];
  for (const [row, link] of links.entries()) {
    const [from, to] = [nodes[rows.get(link.from)!], nodes[rows.get(link.to)!]];
    xy.push(from.x, from.y);
    for (const value of link.vertices) xy.push(value);
    xy.push(to.x, to.y);
    starts[row + 1] = xy.length / 2;
  }
  return {
    ...tableOf(links), starts, xy: Float64Array.from(xy),
    from: Uint32Array.from(links, (link) => rows.get(link.from)!), to: Uint32Array.from(links, (link) => rows.get(link.to)!),
  };
}

/** Columns of rows: every name that a row has becomes one. */
function tableOf(rows: readonly (DraftNode | DraftLink)[]): NetworkTable {
  const numbers: Record<string, Float32Array> = {};
  const texts: Record<string, string[]> = { type: rows.map((row) => row.type) };
  for (const [i, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row.numbers ?? {})) if (!Number.isNaN(value)) (numbers[name] ??= new Float32Array(rows.length).fill(Number.NaN))[i] = value;
    for (const [name, value] of Object.entries(row.words ?? {})) if (value !== '') (texts[name] ??= Array.from({ length: rows.length }, () => ''))[i] = value;
  }
  return { count: rows.length, ids: rows.map((row) => row.id), numbers, words: Object.fromEntries(Object.entries(texts).map(([name, values]) => [name, wordColumn(values)])) };
}

/** Words as codes of a dictionary in the order they are met. */
export function wordColumn(values: readonly string[]): WordColumn {
  const known = new Map<string, number>();
  const codes = Uint16Array.from(values, (value) => {
    const code = known.get(value) ?? known.size;
    known.set(value, code);
    return code;
  });
  return { dictionary: [...known.keys()], codes };
}
