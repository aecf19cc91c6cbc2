import { isCount, isObject, isSane, type JsonObject } from './parse-json.ts';

const PI = Math.PI + 1e-9;

function numbersOf(value: unknown, length: number, name: string): string | null {
  if (!Array.isArray(value)) return `${name} is no array`;
  if (value.length !== length) return `${name} has ${value.length} numbers instead of ${length}`;
  const bad = value.findIndex((each) => !isSane(each));
  return bad < 0 ? null : `${name}/${bad} is no usable number`;
}

/** Why a bounding volume cannot be used; null when it can. */
export function volumeProblem(value: unknown, name: string): string | null {
  if (!isObject(value)) return `${name} is missing or no object`;
  let known = 0;
  for (const [kind, length] of [['box', 12], ['region', 6], ['sphere', 4]] as const) {
    if (!(kind in value)) continue;
    known++;
    const problem = numbersOf(value[kind], length, `${name}/${kind}`);
    if (problem) return problem;
  }
  if (known === 0) return `${name} has none of box, region and sphere`;
  if (Array.isArray(value.sphere) && value.sphere[3] < 0) return `${name}/sphere has a negative radius`;
  if (Array.isArray(value.region)) {
    const [west, south, east, north, low, high] = value.region as number[];
    if (Math.abs(west) > PI || Math.abs(east) > PI || Math.abs(south) > PI / 2 || Math.abs(north) > PI / 2) return `${name}/region is not in radians`;
    if (south > north) return `${name}/region has its south north of its north`;
    if (low > high) return `${name}/region has its lowest height above its highest`;
  }
  return null;
}

function determinant(m: readonly number[]): number {
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[4] * (m[1] * m[10] - m[2] * m[9]) + m[8] * (m[1] * m[6] - m[2] * m[5]);
}

export function transformProblem(value: unknown): string | null {
  const problem = numbersOf(value, 16, 'transform');
  if (problem) return problem;
  const m = value as number[];
  if (Math.abs(m[3]) + Math.abs(m[7]) + Math.abs(m[11]) > 1e-9 || Math.abs(m[15] - 1) > 1e-9) return 'transform is not affine: its last row is not 0, 0, 0, 1';
  const scale = [0, 4, 8].map((column) => Math.hypot(m[column], m[column + 1], m[column + 2]));
  if (Math.min(...scale) < 1e-9 || Math.abs(determinant(m)) < 1e-9 * scale[0] * scale[1] * scale[2]) return 'transform cannot be inverted';
  return null;
}

function implicitProblem(tile: JsonObject): string | null {
  const tiling = tile.implicitTiling ?? (isObject(tile.extensions) ? tile.extensions['3DTILES_implicit_tiling'] : undefined);
  if (tiling === undefined) return null;
  if (!isObject(tiling)) return 'implicitTiling is no object';
  const scheme = tiling.subdivisionScheme;
  if (scheme !== 'QUADTREE' && scheme !== 'OCTREE') return 'implicitTiling/subdivisionScheme is neither QUADTREE nor OCTREE';
  if (!isCount(tiling.subtreeLevels, 15) || tiling.subtreeLevels === 0) return 'implicitTiling/subtreeLevels is no count from 1 to 15';
  const levels = tiling.availableLevels ?? tiling.maximumLevel;
  if (!isCount(levels, 64) || (levels === 0 && tiling.availableLevels !== undefined)) return 'implicitTiling/availableLevels is no count from 1 to 64';
  if (!isObject(tiling.subtrees) || typeof tiling.subtrees.uri !== 'string' || tiling.subtrees.uri === '') return 'implicitTiling/subtrees has no uri';
  if (!/\{level\}/.test(tiling.subtrees.uri)) return 'implicitTiling/subtrees/uri has no {level}';
  if (Array.isArray(tile.children) && tile.children.length > 0) return 'implicitTiling and children exclude each other';
  if (isObject(tile.boundingVolume) && !('box' in tile.boundingVolume) && !('region' in tile.boundingVolume)) return 'implicitTiling needs a box or a region';
  return null;
}

/** Why a tile cannot be used at all; null when it can. Contents and children are looked at apart. */
export function tileProblem(tile: unknown): string | null {
  if (!isObject(tile)) return 'the tile is no object';
  if (!isSane(tile.geometricError, 1e15) || tile.geometricError < 0) return 'geometricError is missing or no number ≥ 0';
  if (tile.refine !== undefined && (typeof tile.refine !== 'string' || !/^(add|replace)$/i.test(tile.refine))) return 'refine is neither ADD nor REPLACE';
  if (tile.content !== undefined && tile.contents !== undefined) return 'content and contents exclude each other';
  if (tile.extensions !== undefined && !isObject(tile.extensions)) return 'extensions is no object';
  return volumeProblem(tile.boundingVolume, 'boundingVolume')
    ?? (tile.viewerRequestVolume === undefined ? null : volumeProblem(tile.viewerRequestVolume, 'viewerRequestVolume'))
    ?? (tile.transform === undefined ? null : transformProblem(tile.transform))
    ?? implicitProblem(tile);
}
