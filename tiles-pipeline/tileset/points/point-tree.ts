import { type Anchor } from '#geo';
import type { CubeFrame } from '../points-glb.ts';
import type { Box } from '../quantize.ts';
import type { TileJson } from '../tileset.ts';
import { boxVolume, frameAt, loosened, union } from '../volume.ts';
import type { WrittenContent } from './jobs.ts';
import { BITS, type Cube } from './octree.ts';

/** Points on a side of a node's raster. */
const RASTER = 128;
/**
 * Geometric error of a node, in distances between its points: with the sixteen pixels that engines aim at by themselves, a node's children come
 * when its points stand more than two pixels apart.
 */
const ERROR_WEIGHT = 8;

interface Node extends Cube {
  readonly leaf: boolean;
  readonly contents: { readonly uri: string; readonly box: Box; readonly count: number }[];
  readonly children: Node[];
}

/** The tree as its contents are written, and the tileset of it. */
export class PointTree {
  readonly #nodes = new Map<string, Node>();

  constructor(private readonly frame: CubeFrame) {}

  add({ level, x, y, z, leaf, box, count }: WrittenContent, uri: string): void {
    const key = keyOf(level, x, y, z);
    let node = this.#nodes.get(key);
    if (!node) this.#nodes.set(key, (node = { level, x, y, z, leaf, contents: [], children: [] }));
    node.contents.push({ uri, box, count });
  }

  /** `spacing`: metres from a point to the next in the leaves, the middle of all leaves by their points. */
  tileset(anchor: Anchor): { tileset: Record<string, unknown>; spacing: number; depth: number } {
    const nodes = [...this.#nodes.values()].toSorted((a, b) => a.level - b.level || a.x - b.x || a.y - b.y || a.z - b.z);
    const tops: Node[] = [];
    for (const node of nodes) (this.#above(node)?.children ?? tops).push(node);
    const side = this.frame.step * 2 ** BITS;
    const made = tops.map((node) => this.#tile(node));
    const root = made.length === 1 ? made[0] : gathered(made);
    const tileset = {
      asset: { version: '1.1', generator: 'CityMirror' },
      geometricError: Math.max(side, root.tile.geometricError),
      root: { transform: Array.from(frameAt(anchor).matrix), refine: 'ADD', ...root.tile },
    };
    return { tileset, spacing: spacingOf(nodes), depth: root.depth };
  }

  /** The nearest node above that has points; those between have none. */
  #above({ level, x, y, z }: Cube): Node | undefined {
    for (let up = 1; up <= level; up++) {
      const found = this.#nodes.get(keyOf(level - up, x >>> up, y >>> up, z >>> up));
      if (found) return found;
    }
    return undefined;
  }

  #tile(node: Node): Made {
    const [first, ...more] = node.contents;
    const children = [...more.map((content) => leafOf(content)), ...node.children.map((child) => this.#tile(child))];
    const box = loosened(union([first.box, ...children.map((child) => child.box)]));
    const error = (ERROR_WEIGHT * this.frame.step * 2 ** (BITS - node.level)) / RASTER;
    return {
      box, depth: 1 + children.reduce((most, { depth }) => Math.max(most, depth), 0),
      tile: { boundingVolume: { box: boxVolume(box) }, geometricError: children.length > 0 ? error : 0, content: { uri: first.uri }, ...(children.length > 0 && { children: children.map(({ tile }) => tile) }) },
    };
  }
}

interface Made {
  readonly tile: TileJson;
  readonly box: Box;
  readonly depth: number;
}

function keyOf(level: number, x: number, y: number, z: number): string {
  return `${level}/${x}/${y}/${z}`;
}

function leafOf({ uri, box }: Node['contents'][number]): Made {
  const around = loosened(box);
  return { box: around, depth: 1, tile: { boundingVolume: { box: boxVolume(around) }, geometricError: 0, content: { uri } } };
}

/** Trees without a common node, which only broken data have. */
function gathered(made: readonly Made[]): Made {
  const box = loosened(union(made.map((each) => each.box)));
  const error = made.reduce((most, { tile }) => Math.max(most, tile.geometricError), 0);
  return { box, depth: 1 + made.reduce((most, { depth }) => Math.max(most, depth), 0), tile: { boundingVolume: { box: boxVolume(box) }, geometricError: error, children: made.map(({ tile }) => tile) } };
}

function spacingOf(nodes: readonly Node[]): number {
  const leaves = nodes.filter(({ leaf }) => leaf).flatMap(({ contents }) => contents).map(({ box, count }) => {
    const [widest, second] = box.max.map((value, axis) => value - box.min[axis]).toSorted((a, b) => b - a);
    return { spacing: Math.sqrt((widest * second) / count), count };
  }).toSorted((a, b) => a.spacing - b.spacing);
  const half = leaves.reduce((sum, { count }) => sum + count, 0) / 2;
  let before = 0;
  for (const { spacing, count } of leaves) if ((before += count) >= half) return Math.round(spacing * 1000) / 1000;
  return 0;
}
