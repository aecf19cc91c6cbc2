import { pointsOf } from './epanet.ts';
import { inpSections, numberAt, type InpLine } from './inp.ts';
import { materialOf } from './materials.ts';
import type { Network } from './network.ts';
import { fault, faultOfFile, NetworkDraft, type NetworkReport } from './network-draft.ts';

const FOOT = 0.3048;
/** Sections open to the air. @source SWMM 5.2 user's manual, appendix D.1, [XSECTIONS] */
const OPEN = new Set(['RECT_OPEN', 'TRAPEZOIDAL', 'TRIANGULAR', 'PARABOLIC', 'POWER', 'IRREGULAR', 'STREET', 'RECT_TRIANGULAR', 'RECT_ROUND']);
const ROUND = new Set(['CIRCULAR', 'FORCE_MAIN', 'FILLED_CIRCULAR']);

interface World {
  readonly lines: (section: string) => readonly InpLine[];
  readonly draft: NetworkDraft;
  readonly report: NetworkReport;
  /** Metres of the file's unit of length. */
  readonly metre: number;
  readonly tags: ReadonlyMap<string, string>;
}

/** Reads a SWMM 5 input file into SI units: nodes and links; runoff is not read. @source SWMM 5.2 user's manual, appendix D @returns null where nothing can be drawn */
export function readSwmm(text: string, report: NetworkReport, name: string): Network | null {
  const sections = inpSections(text);
  const lines = (section: string): readonly InpLine[] => sections.get(section) ?? [];
  const option = (key: string): InpLine | undefined => lines('OPTIONS').find(({ words }) => words[0].toUpperCase() === key);
  const flow = option('FLOW_UNITS')?.words[1]?.toUpperCase() ?? 'CFS';
  if (!/^(CFS|GPM|MGD|CMS|LPS|MLD)$/u.test(flow)) fault(report, 'unknown-units', option('FLOW_UNITS')!.line, `“${flow}” is no unit of flow that SWMM knows; feet were taken. Say one of CFS, GPM, MGD, CMS, LPS, MLD.`);
  const metre = /^(CMS|LPS|MLD)$/u.test(flow) ? 1 : FOOT;
  const tags = new Map(lines('TAGS').map(({ words }) => [`${words[0].toLowerCase()} ${words[1]}`, words.slice(2).join(' ')]));
  const world: World = { lines, draft: new NetworkDraft(report), report, metre, tags };
  readNodes(world);
  readLinks(world, option('LINK_OFFSETS')?.words[1]?.toUpperCase() === 'ELEVATION');
  const map = lines('MAP').find(({ words }) => words[0].toUpperCase() === 'UNITS')?.words[1]?.toUpperCase() ?? '';
  return world.draft.done({
    name, title: titleOf(lines('TITLE')), kind: 'drainage', format: 'swmm', crs: map.startsWith('DEG') ? 'EPSG:4326' : null,
    unit: map.startsWith('FEET') ? FOOT : map.startsWith('METER') ? 1 : null, heights: 'inverts', reference: 'invert',
  }, '[COORDINATES]');
}

function titleOf(lines: readonly InpLine[]): string {
  return lines[0]?.words.join(' ') ?? '';
}

function readNodes({ lines, draft, report, metre, tags }: World): void {
  const points = pointsOf(lines('COORDINATES'), 'node', report);
  for (const [section, type] of [['JUNCTIONS', 'junction'], ['OUTFALLS', 'outfall'], ['STORAGE', 'storage'], ['DIVIDERS', 'divider']] as const) {
    for (const { line, words } of lines(section)) {
      const [id] = words;
      const [x, y] = points.get(id) ?? [Number.NaN, Number.NaN];
      const elevation = numberAt(words, 1) * metre;
      if (Number.isNaN(elevation)) fault(report, 'no-number', line, `the invert of the ${type} ${id} is “${words[1] ?? ''}”, which is no number; its depth is assumed. Write it in metres or feet.`);
      const deep = type === 'junction' || type === 'storage' ? numberAt(words, 2) * metre : Number.NaN;
      draft.node({ id, type, line, x, y, numbers: { elevation, rim: deep > 0 ? elevation + deep : Number.NaN }, words: { tag: tags.get(`node ${id}`) ?? '' } });
    }
  }
  if (draft.nodes.size === 0) faultOfFile(report, 'no-nodes', 'there is no junction, outfall, storage or divider in it. Check that [JUNCTIONS] has lines.');
}

function readLinks(world: World, elevations: boolean): void {
  const { lines, draft, report, metre, tags } = world;
  const sectionsOf = new Map(lines('XSECTIONS').map((entry) => [entry.words[0], entry]));
  const vertices = pointsOf(lines('VERTICES'), 'link', report);
  const kinds = [['CONDUITS', 'pipe'], ['PUMPS', 'pump'], ['ORIFICES', 'orifice'], ['WEIRS', 'weir'], ['OUTLETS', 'outlet']] as const;
  for (const [section, kind] of kinds) {
    for (const entry of lines(section)) {
      const [id, from, to] = entry.words;
      if (to === undefined) {
        report.skip('line too short');
        fault(report, 'short-line', entry.line, `the ${kind} “${entry.words.join(' ')}” names no two nodes; it was left out. A ${kind} is written as id, first node, second node, …`);
        continue;
      }
      const { type, numbers, words } = kind === 'pipe' ? conduit(entry, sectionsOf.get(id), metre) : { type: kind, numbers: {}, words: {} };
      if (kind === 'pipe') Object.assign(numbers, invertsOf(world, entry, elevations));
      const tag = tags.get(`link ${id}`) ?? '';
      draft.link({ id, type, line: entry.line, from, to, vertices: vertices.get(id) ?? [], numbers, words: { ...words, tag, material: materialOf(tag) } });
    }
  }
}

/** Inverts of both ends: offsets count from the nodes' inverts, or are elevations themselves (`*`: the node's). */
function invertsOf({ draft, metre }: World, { words }: InpLine, elevations: boolean): Record<string, number> {
  const end = (node: string, at: number): number => {
    const bottom = draft.nodes.get(node)?.numbers?.elevation ?? Number.NaN;
    const offset = numberAt(words, at) * metre;
    if (Number.isNaN(offset)) return bottom;
    return elevations ? offset : bottom + offset;
  };
  return { startInvert: end(words[1], 5), endInvert: end(words[2], 6) };
}

function conduit({ words }: InpLine, section: InpLine | undefined, metre: number): { type: string; numbers: Record<string, number>; words: Record<string, string> } {
  const numbers: Record<string, number> = { length: numberAt(words, 3) * metre, roughness: numberAt(words, 4) };
  const shape = section?.words[1]?.toUpperCase() ?? '';
  const high = numberAt(section?.words ?? [], 2) * metre;
  const wide = numberAt(section?.words ?? [], 3) * metre;
  if (ROUND.has(shape)) numbers.diameter = high;
  else if (high > 0) {
    numbers.height = high;
    if (wide > 0) numbers.width = wide;
    // Drawn as a round pipe of the same area of height × width.
    numbers.diameter = wide > 0 && !OPEN.has(shape) ? 2 * Math.sqrt((high * wide) / Math.PI) : high;
  }
  return { type: OPEN.has(shape) ? 'channel' : 'pipe', numbers, words: { shape: shape.toLowerCase().replaceAll('_', ' ') } };
}
