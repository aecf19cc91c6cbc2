import type { Format, ReadContext, Source } from './format.ts';
import { Composition, isObject, type IfcxFile } from './ifcx/compose.ts';
import { IfcxScene } from './ifcx/scene.ts';
import type { ModelTable } from './model-table.ts';

const MOST = { bytes: 500_000_000, layers: 64 };

/** IFC5 as .ifcx (alpha): a composed tree of nodes. Every node with a class and a mesh becomes a feature of one {@link ModelTable}. */
export const ifcx = {
  id: 'ifcx',
  title: 'IFC5 (building model, .ifcx)',
  extensions: ['.ifcx'],
  sniff: (head) => /^\s*(?:\u00EF\u00BB\u00BF)?\s*\{[\s\S]*"ifcxVersion"\s*:/u.test(new TextDecoder('latin1').decode(head)),
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<ModelTable> {
  const { issues } = context;
  const file = await parsed(source, context);
  if (!file) return;
  const composition = new Composition();
  for (const layer of await layersOf(file, source, context, new Set([source.path]))) composition.add(layer);
  composition.add(file);
  context.signal?.throwIfAborted();
  const scene = new IfcxScene(source.name, (reason, count) => context.skip(reason, count));
  scene.walk(composition.roots());
  if (composition.circles > 0) {
    context.skip('node that stands in itself, or nested too deep', composition.circles);
    issues.push({ code: 'ifcx-node', severity: 'warning', message: `${source.name}: ${composition.circles} nodes stand in themselves or nest too deep; they are left out there.`, path: source.name });
  }
  if (composition.full) issues.push({ code: 'too-large', severity: 'error', message: `${source.name} has more than a million nodes when put together; what is beyond is left out.`, path: source.name });
  const table = scene.done(source.name.replace(/^.*[/\\]/u, '').replace(/\.[^.]*$/u, ''), `IFC5 ${String(file.header?.ifcxVersion ?? '').slice(0, 40)}`.trim(), issues);
  if (table) yield table;
}

async function parsed(source: Source, { issues }: ReadContext): Promise<IfcxFile | undefined> {
  const fail = (what: string): undefined => void issues.push({ code: 'ifcx-broken', severity: 'error', message: `${source.name} is no sound .ifcx: ${what}.`, path: source.name });
  if (source.size > MOST.bytes) return fail(`it has ${(source.size / 1e6).toFixed(0)} MB, more than ${MOST.bytes / 1e6} MB`);
  try {
    const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.bytes())) as unknown;
    return isObject(json) && Array.isArray(json.data) ? (json as IfcxFile) : fail('it has no list `data`');
  } catch (cause) {
    return fail(`its JSON cannot be parsed (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

/** Files it builds on that lie beside it, the deepest first. What is named by an address elsewhere holds schemas and is not fetched. */
async function layersOf(file: IfcxFile, source: Source, context: ReadContext, seen: Set<string>): Promise<IfcxFile[]> {
  const layers: IfcxFile[] = [];
  for (const wanted of Array.isArray(file.imports) ? file.imports : []) {
    const uri = wanted?.uri;
    if (typeof uri !== 'string' || /^[a-z][\w+.-]*:/iu.test(uri) || seen.size > MOST.layers) continue;
    const beside = await source.beside(uri.replace(/^\.\//u, ''));
    if (!beside) {
      context.issues.push({ code: 'ifcx-import', severity: 'warning', message: `${source.name} builds on ${uri.slice(0, 80)}, which is not in its folder; what that says is missing.`, path: source.name });
      continue;
    }
    if (seen.has(beside.path)) continue;
    seen.add(beside.path);
    const layer = await parsed(beside, context);
    if (layer) layers.push(...(await layersOf(layer, beside, context, seen)), layer);
  }
  return layers;
}
