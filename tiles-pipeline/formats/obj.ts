import { decoderOf, linesOf } from './obj/lines.ts';
import { readMaterials, type Material } from './obj/materials.ts';
import { ObjScene } from './obj/scene.ts';
import type { Format, ReadContext, Source } from './format.ts';
import type { ModelTable } from './model-table.ts';

/** Wavefront OBJ with its .mtl and pictures. Every object and group becomes a feature of one {@link ModelTable}. */
export const obj = {
  id: 'obj',
  title: 'Wavefront OBJ (model)',
  extensions: ['.obj'],
  sniff,
  read,
} as const satisfies Format;

/** Comments, then lines that only an OBJ has: vertices of three numbers and more, faces, materials. */
function sniff(head: Uint8Array): boolean {
  const lines = new TextDecoder('latin1').decode(head).replace(/^\u00EF\u00BB\u00BF/u, '').split(/\r\n|\n|\r/u).slice(0, -1).map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (telling.length === 0) return false;
  const own = /^(?:v\s+[-+\d.eE]+\s+[-+\d.eE]+\s+[-+\d.eE]+(?:\s.*)?|vt\s+[-+\d.eE]+.*|vn\s+[-+\d.eE]+.*|f\s+-?\d+.*|o\s.*|o|g\s.*|g|mtllib\s.*|usemtl\s.*|usemtl|s\s+\w+|[lp]\s+-?\d+.*|vp\s.*)$/u;
  return telling.every((line) => own.test(line)) && telling.some((line) => /^(?:v\s|mtllib\s)/u.test(line));
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<ModelTable> {
  const scene = new ObjScene(source.name, context);
  const decoder = decoderOf(source.head);
  const materials = new Map<string, Material>();
  const libraries = new Set<string>();
  for await (const line of linesOf(source.stream(), decoder, (at) => scene.tooLong(at))) {
    if ((scene.line & 0xffff) === 0) context.signal?.throwIfAborted();
    const library = scene.take(line);
    if (library !== undefined && !libraries.has(library)) {
      libraries.add(library);
      for (const [name, material] of await readMaterials(library, source, context)) if (!materials.has(name)) materials.set(name, material);
    }
    if (scene.full) break;
  }
  const table = await scene.done(materials, source.name.replace(/^.*[/\\]/u, '').replace(/\.[^.]*$/u, ''));
  if (table) yield table;
}
