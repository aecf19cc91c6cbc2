import { isRef, refsOf, textOf, type StepFile } from './step.ts';

/** Kinds of representation that are lines, points, texts or boxes, never a body. */
const flat = /^(?:curve|point|geometriccurveset|geometricset|annotation|boundingbox|text|fillarea|lighting|segment)/iu;
/** Uses of a representation that are no body whatever it is made of. */
const aside = /^(?:axis|footprint|plan|annotation|box|profile|coordinationreference|cog|lighting|reference|surveypoints|clearance)/iu;

/** Whether a product's shape has something that should give triangles. @param shape id of its IfcProductDefinitionShape */
export function hasBody(file: StepFile, shape: number): boolean {
  return refsOf(file.args(shape)[2]).some((id) => bodyLike(file, id, 0));
}

function bodyLike(file: StepFile, representation: number, depth: number): boolean {
  const [, identifier, type, items] = file.args(representation);
  if (aside.test(textOf(identifier)) || flat.test(textOf(type))) return false;
  if (textOf(type) !== 'MappedRepresentation' || depth > 4) return refsOf(items).length > 0;
  return refsOf(items).some((item) => {
    const source = file.args(item)[0];
    const mapped = isRef(source) ? file.args(source.ref)[1] : undefined;
    return isRef(mapped) && bodyLike(file, mapped.ref, depth + 1);
  });
}
