import { materialOf } from './materials.ts';
import type { Network, NetworkKind } from './network.ts';
import { fault, faultOfFile, NetworkDraft, type NetworkReport } from './network-draft.ts';

/** Metres of a unit as LandXML names it. @source LandXML 1.2 schema, enumerations of linear and diameter units */
const METRES: Readonly<Record<string, number>> = { meter: 1, millimeter: 0.001, centimeter: 0.01, kilometer: 1000, foot: 0.3048, ussurveyfoot: 1200 / 3937, inch: 0.0254 };
const KINDS: Readonly<Record<string, NetworkKind>> = { storm: 'drainage', sanitary: 'drainage', combined: 'drainage', water: 'water', gas: 'gas', electrical: 'power', telecom: 'telecom' };

type Attributes = Readonly<Record<string, string>>;

interface Tag {
  readonly name: string;
  readonly attributes: Attributes;
  /** Text up to the next tag. */
  readonly text: string;
  readonly line: number;
}

/** Opening tags in order. Entities other than XML's own five are left as they stand: no file is ever fetched for one. */
function* tagsOf(source: string): Generator<Tag> {
  // Comments become blanks: line numbers stay.
  const text = source.replace(/<!--[\s\S]*?-->/gu, (comment) => comment.replace(/[^\n]+/gu, (run) => ' '.repeat(run.length)));
  let line = 1;
  let at = 0;
  for (const match of text.matchAll(/<([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>([^<]*)/gu)) {
    for (; at < match.index; at++) if (text.charCodeAt(at) === 10) line++;
    const attributes = Object.fromEntries([...match[2].matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu)].map(([, name, double, single]) => [name, plain(double ?? single ?? '')]));
    yield { name: match[1].replace(/^.*:/u, ''), attributes, text: match[3].trim(), line };
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/gu, (_, name: string) => entities[name]);
const number = (text: string | undefined): number => (text === undefined || text === '' ? Number.NaN : Number(text));

interface Struct {
  readonly id: string;
  readonly line: number;
  x: number;
  y: number;
  rim: number;
  sump: number;
  readonly inverts: Map<string, number>;
}

interface Pipe {
  readonly id: string;
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly length: number;
  diameter: number;
  material: string;
  shape: string;
}

/** Reads the pipe networks of a LandXML file: structures as nodes, pipes with inverts. @source LandXML 1.2 schema, PipeNetworks @returns null where there is none */
export function readLandXml(text: string, report: NetworkReport, name: string): Network | null {
  const [structs, pipes]: [Struct[], Pipe[]] = [[], []];
  const head = { title: '', kind: 'drainage' as NetworkKind, crs: null as string | null, length: 1, diameter: 1 };
  let open: Struct | Pipe | null = null;
  for (const { name: tag, attributes, text: inner, line } of tagsOf(text)) {
    if (tag === 'Metric' || tag === 'Imperial') {
      head.length = METRES[(attributes.linearUnit ?? 'meter').toLowerCase()] ?? 1;
      head.diameter = METRES[(attributes.diameterUnit ?? attributes.linearUnit ?? 'meter').toLowerCase()] ?? head.length;
    } else if (tag === 'CoordinateSystem' && /^\d{4,6}$/u.test(attributes.epsgCode ?? '')) head.crs = `EPSG:${attributes.epsgCode}`;
    else if (tag === 'PipeNetwork') [head.title, head.kind] = [head.title || (attributes.name ?? ''), KINDS[attributes.pipeNetType ?? ''] ?? head.kind];
    else if (tag === 'Struct') structs.push((open = { id: attributes.name ?? '', line, x: Number.NaN, y: Number.NaN, rim: number(attributes.elevRim), sump: number(attributes.elevSump), inverts: new Map() }));
    else if (tag === 'Pipe') pipes.push((open = { id: attributes.name ?? '', line, from: attributes.refStart ?? '', to: attributes.refEnd ?? '', length: number(attributes.length), diameter: Number.NaN, material: '', shape: '' }));
    else if (tag === 'Center' && open && 'inverts' in open) [open.y, open.x] = inner.split(/\s+/u).map(Number);
    else if (tag === 'Invert' && open && 'inverts' in open) open.inverts.set(attributes.refPipe ?? '', number(attributes.elev));
    else if (/^(Circ|Egg|Elli|Rect)Pipe$/u.test(tag) && open && 'from' in open) {
      open.diameter = number(attributes.diameter ?? attributes.height);
      [open.material, open.shape] = [attributes.material ?? '', tag.replace('Pipe', '').toLowerCase()];
    }
  }
  if (structs.length === 0 && pipes.length === 0) {
    faultOfFile(report, 'no-links', 'it holds no pipe network (PipeNetworks), only other things such as surfaces. Export the pipes and structures too.');
    return null;
  }
  return draftOf(structs, pipes, head, report, name);
}

function draftOf(structs: readonly Struct[], pipes: readonly Pipe[], head: { title: string; kind: NetworkKind; crs: string | null; length: number; diameter: number }, report: NetworkReport, name: string): Network | null {
  const draft = new NetworkDraft(report);
  const places = new Map(structs.map((struct) => [struct.id, struct]));
  for (const { id, line, x, y, rim, sump } of structs) {
    if (!Number.isFinite(x + y)) fault(report, 'no-number', line, `the centre of the structure ${id} is no northing and easting; it was left out. Write it as two numbers.`);
    draft.node({ id, type: 'junction', line, x, y, numbers: { elevation: sump * head.length, rim: rim * head.length } });
  }
  for (const { id, line, from, to, length, diameter, material, shape } of pipes) {
    const invert = (end: string): number => (places.get(end)?.inverts.get(id) ?? Number.NaN) * head.length;
    draft.link({
      id, type: 'pipe', line, from, to, vertices: [],
      numbers: { length: length * head.length, diameter: diameter * head.diameter, startInvert: invert(from), endInvert: invert(to) }, words: { material: materialOf(material) || material, shape },
    });
  }
  return draft.done({ name, title: head.title, kind: head.kind, format: 'landxml', crs: head.crs, unit: head.length, heights: 'inverts', reference: 'invert' }, '<Center>');
}
