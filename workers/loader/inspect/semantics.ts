import { isObject, type JsonObject } from './json.ts';
import { isVariable } from './types.ts';

type Kind = 'float' | 'double' | 'unsigned' | 'uint8' | 'uint64' | '';
/** Type, kind of component ('' for none), and entries of a list: 0 for none, -1 for any number. */
type Meaning = readonly [type: string, component: Kind, entries: number];

const BOUNDS: Readonly<Record<string, Meaning>> = {
  BOUNDING_BOX: ['SCALAR', 'float', 12], BOUNDING_REGION: ['SCALAR', 'double', 6], BOUNDING_SPHERE: ['SCALAR', 'float', 4], BOUNDING_S2_CELL: ['SCALAR', 'uint64', 0],
  MINIMUM_HEIGHT: ['SCALAR', 'float', 0], MAXIMUM_HEIGHT: ['SCALAR', 'float', 0], HORIZON_OCCLUSION_POINT: ['VEC3', 'float', 0],
};

/** @source 3D Metadata Semantic Reference, general and 3D Tiles semantics */
const MEANINGS: Readonly<Record<string, Meaning | null>> = {
  ID: null, NAME: ['STRING', '', 0], DESCRIPTION: ['STRING', '', 0], ATTRIBUTION_IDS: ['SCALAR', 'unsigned', -1], ATTRIBUTION_STRINGS: ['STRING', '', -1],
  TILESET_FEATURE_ID_LABELS: ['STRING', '', -1], TILESET_CRS_GEOCENTRIC: ['STRING', '', 0], TILESET_CRS_COORDINATE_EPOCH: ['STRING', '', 0], TILESET_TILE_COUNT: ['SCALAR', 'unsigned', 0],
  TILE_GEOMETRIC_ERROR: ['SCALAR', 'float', 0], TILE_REFINE: ['SCALAR', 'uint8', 0], TILE_TRANSFORM: ['MAT4', 'float', 0],
  CONTENT_URI: ['STRING', '', 0], CONTENT_GROUP_ID: ['SCALAR', 'unsigned', 0],
  ...Object.fromEntries(['TILE', 'CONTENT'].flatMap((of) => Object.entries(BOUNDS).map(([name, meaning]) => [`${of}_${name}`, meaning]))),
};

const KINDS: Readonly<Record<Kind, RegExp>> = { float: /^FLOAT/u, double: /^FLOAT64$/u, unsigned: /^UINT/u, uint8: /^UINT8$/u, uint64: /^UINT64$/u, '': /^undefined$/u };

/** What is wrong with the semantic of a property; `unknown` where nobody but its maker knows it; null when nothing is. */
export function semanticProblem(property: JsonObject): { message: string; unknown: boolean } | null {
  const { semantic } = property;
  if (semantic === undefined) return null;
  if (typeof semantic !== 'string') return { message: 'semantic is no text', unknown: false };
  if (!Object.hasOwn(MEANINGS, semantic)) return { message: `the semantic ${semantic.slice(0, 60)} is not one of the standard's`, unknown: true };
  const meaning = MEANINGS[semantic];
  if (!meaning) return null;
  const [type, kind, entries] = meaning;
  const shaped = entries === 0 ? property.array !== true : entries < 0 ? isVariable(property) || isObject(property) && property.array === true : property.array === true && property.count === entries;
  if (property.type === type && KINDS[kind].test(String(property.componentType)) && shaped && property.normalized !== true) return null;
  return { message: `${semantic} is ${entries === 0 ? 'one' : entries < 0 ? 'a list of' : `${entries} of`} ${type}${kind ? ` (${kind})` : ''}, which the property is not`, unknown: false };
}
