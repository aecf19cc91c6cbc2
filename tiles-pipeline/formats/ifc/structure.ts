import type { ModelStorey } from '../model-table.ts';
import { isRef, numberOf, refsOf, textOf, type StepFile, type StepValue } from './step.ts';

/** A product as the file states it, whether it has a shape or not. Attribute places are those of IfcProduct in every schema. */
export interface Product {
  readonly express: number;
  readonly globalId: string;
  /** Upper case, as in the file: `IFCWALL`. */
  readonly type: string;
  readonly name: string;
  readonly objectType: string;
  readonly placement: number | null;
  /** Id of its IfcProductDefinitionShape; null without. */
  readonly shape: number | null;
}

/** How elements hang together: who lies in which storey, which type and material each has. */
export interface Structure {
  readonly storeys: readonly ModelStorey[];
  /** Index of the storey an element lies in, up through spaces and assemblies; −1 = in none. */
  storeyOf(express: number): number;
  /** Name of the element's type; '' without. */
  typeOf(express: number): string;
  /** Id of the element's type; null without. */
  typeId(express: number): number | null;
  materialOf(express: number): string;
}

const shapeTypes = new Set(['IFCPRODUCTDEFINITIONSHAPE', 'IFCPRODUCTREPRESENTATION']);
/** Rooted instances that are no products: their seventh attribute means something else. */
const noProduct = /^IFC(?:REL|PROJECT|PROPERTY|ELEMENTQUANTITY|MATERIAL)|(?:TYPE|STYLE|PROPERTIES)$/u;

/** Every product of the file, in its order. */
export function productsOf(file: StepFile): Product[] {
  const products: Product[] = [];
  for (const type of file.types()) {
    if (!type.startsWith('IFC') || noProduct.test(type)) continue;
    const ids = file.of(type);
    if (!isRooted(file.args(ids[0]))) continue;
    for (const id of ids) {
      const args = file.args(id);
      const shape = isRef(args[6]) && shapeTypes.has(file.type(args[6].ref)) ? args[6].ref : null;
      products.push({ express: id, globalId: textOf(args[0]), type, name: textOf(args[2]), objectType: textOf(args[4]), placement: isRef(args[5]) ? args[5].ref : null, shape });
    }
  }
  return products.toSorted((a, b) => a.express - b.express);
}

function isRooted(args: readonly StepValue[]): boolean {
  return args.length >= 7 && typeof args[0] === 'string' && args[0].length === 22;
}

/** @param metres metres a unit of the file's lengths */
export function structureOf(file: StepFile, metres: number): Structure {
  const storeyIds = file.of('IFCBUILDINGSTOREY');
  const storeys = storeyIds.map((id): ModelStorey & { express: number } => {
    const args = file.args(id);
    return { express: id, id: textOf(args[0]) || `#${id}`, name: textOf(args[2]) || textOf(args[7]) || `#${id}`, elevation: (numberOf(args[9]) ?? 0) * metres };
  });
  storeys.sort((a, b) => a.elevation - b.elevation || a.express - b.express);
  const place = new Map(storeys.map(({ express }, index) => [express, index]));
  const parents = parentsOf(file);
  const found = new Map<number, number>();
  const storeyOf = (express: number): number => {
    const known = found.get(express);
    if (known !== undefined) return known;
    const seen = new Set<number>();
    let at: number | undefined = express;
    while (at !== undefined && !place.has(at) && !seen.has(at)) {
      seen.add(at);
      at = parents.get(at);
    }
    const index = at === undefined ? -1 : (place.get(at) ?? -1);
    found.set(express, index);
    return index;
  };
  const types = related(file, 'IFCRELDEFINESBYTYPE');
  const materials = materialsOf(file);
  return {
    storeys: storeys.map(({ id, name, elevation }) => ({ id, name, elevation })),
    storeyOf,
    typeId: (express) => types.get(express) ?? null,
    typeOf: (express) => textOf(file.args(types.get(express) ?? 0)[2]),
    materialOf: (express) => materials(express) || materials(types.get(express) ?? 0),
  };
}

/** What each thing lies in or is a part of. Containment in the building's structure goes before being a part of something. */
function parentsOf(file: StepFile): Map<number, number> {
  const parents = new Map<number, number>();
  const put = (children: StepValue | undefined, parent: StepValue | undefined): void => {
    if (!isRef(parent)) return;
    for (const child of refsOf(children)) if (!parents.has(child) && child !== parent.ref) parents.set(child, parent.ref);
  };
  for (const id of file.of('IFCRELCONTAINEDINSPATIALSTRUCTURE')) put(file.args(id)[4], file.args(id)[5]);
  for (const id of file.of('IFCRELAGGREGATES', 'IFCRELDECOMPOSES', 'IFCRELNESTS')) put(file.args(id)[5], file.args(id)[4]);
  // A door that no storey claims lies where the wall lies whose opening it fills.
  for (const id of file.of('IFCRELVOIDSELEMENT')) put(file.args(id)[5], file.args(id)[4]);
  for (const id of file.of('IFCRELFILLSELEMENT')) put(file.args(id)[5], file.args(id)[4]);
  return parents;
}

/** Element → what a relation of this kind relates it to (RelatedObjects fifth, the other sixth). */
function related(file: StepFile, relation: string): Map<number, number> {
  const map = new Map<number, number>();
  for (const id of file.of(relation)) {
    const args = file.args(id);
    if (isRef(args[5])) for (const element of refsOf(args[4])) map.set(element, args[5].ref);
  }
  return map;
}

const MOST_NAMES = 8;

/** Names of the materials of an element, the layers of a wall one after another. */
function materialsOf(file: StepFile): (express: number) => string {
  const uses = related(file, 'IFCRELASSOCIATESMATERIAL');
  const known = new Map<number, string>();
  const collect = (id: number, depth: number, names: Set<string>): void => {
    const type = file.type(id);
    if (!type.startsWith('IFCMATERIAL') || depth > 4 || names.size >= MOST_NAMES) return;
    const args = file.args(id);
    if (type === 'IFCMATERIAL') {
      if (textOf(args[0])) names.add(textOf(args[0]));
    } else for (const value of args) for (const ref of refsOf(value)) collect(ref, depth + 1, names);
  };
  return (express) => {
    const material = uses.get(express);
    if (material === undefined) return '';
    const text = known.get(material);
    if (text !== undefined) return text;
    const names = new Set<string>();
    collect(material, 0, names);
    known.set(material, [...names].join(', '));
    return known.get(material) ?? '';
  };
}
