import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '../../../tests/shared.ts';
import type { LoadKind } from '../examine.ts';

export interface ValidatorCase {
  readonly file: string;
  readonly valid: boolean;
  readonly issueTypes: readonly string[];
  /** Folder of all cases. */
  readonly folder: string;
  /** What is opened first, and as what. */
  readonly root: string;
  readonly kind: LoadKind;
  /** What an engine then asks for that no text names (subtrees). */
  readonly further: readonly string[];
  /** Files that hold the case: a tileset around a subtree, a schema or a table. */
  readonly made: Readonly<Record<string, string>>;
}

const read = (folder: string, file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const BOX = { box: [0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5] };

/** The class that the property tables of the cases are of, by the properties they name. */
const FULL_METADATA = {
  id: 'full', classes: { fullMetadataClass: { properties: {
    example_INT8_SCALAR: { type: 'SCALAR', componentType: 'INT8' }, example_STRING: { type: 'STRING' },
    example_variable_length_INT8_SCALAR_array: { type: 'SCALAR', componentType: 'INT8', array: true },
  } } },
};

function tilesetOf(part: object): string {
  return JSON.stringify({ asset: { version: '1.1' }, geometricError: 2, root: { boundingVolume: BOX, geometricError: 1, refine: 'ADD' }, ...part });
}

/** A tileset whose one subtree is the case. */
function aroundSubtree(folder: string, name: string, schema: unknown): string {
  const tiling = read(folder, 'subtrees/validSubtreeImplicitTiling.json.input') as object;
  return tilesetOf({ schema, root: { boundingVolume: BOX, geometricError: 1, refine: 'ADD', content: { uri: '../tilesets/tiles/glTF/Triangle/Triangle.gltf?{level}-{x}-{y}' }, implicitTiling: { ...tiling, subtrees: { uri: `{level}-{x}-{y}-${name}` } } } });
}

/** All cases of the reference validator, each as a file that an engine could open. The oracle is the validator's own expectation. */
export function validatorCases(): ValidatorCase[] {
  const folder = shared('data/tiles3d/validator-cases');
  const { cases } = read(folder, 'expected.json') as { cases: { file: string; issueCount: number; issueTypes: string[] }[] };
  return cases.map(({ file, issueCount, issueTypes }) => {
    const base = { file, folder, valid: issueCount === 0, issueTypes, further: [], made: {} };
    const [kind, name] = [file.split('/')[0], file.split('/').at(-1)!];
    const holder = `${kind}/holder.json`;
    if (kind === 'gltfExtensions' && !file.endsWith('.json')) return { ...base, root: holder, kind: 'tileset', made: { [holder]: tilesetOf({ root: { boundingVolume: { sphere: [0, 0, 0, 10] }, geometricError: 1, refine: 'ADD', content: { uri: file.slice(kind.length + 1) } } }) } };
    if (kind === 'schemas') return { ...base, root: holder, kind: 'tileset', made: { [holder]: tilesetOf({ schemaUri: name }) } };
    if (kind === 'subtrees' || kind === 'buffers' || kind === 'propertyTables') {
      const whole = kind === 'subtrees' ? {} : { tileAvailability: { constant: 1 }, childSubtreeAvailability: { constant: 0 }, ...(read(folder, file) as object), ...(kind === 'propertyTables' && { tileMetadata: 0 }) };
      const subtree = `${kind}/0-0-0-${name}`;
      const schema = kind === 'propertyTables' ? FULL_METADATA : read(folder, 'schemas/validSchema.json');
      const text = kind === 'subtrees' ? readFileSync(join(folder, file), 'latin1') : JSON.stringify(whole);
      return { ...base, root: holder, kind: 'tileset', further: [subtree], made: { [holder]: aroundSubtree(folder, name, schema), [subtree]: text } };
    }
    return { ...base, root: file, kind: 'tileset' };
  });
}
