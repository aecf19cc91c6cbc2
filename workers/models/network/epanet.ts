import { inpSections, numberAt, type InpLine } from './inp.ts';
import { materialOf } from './materials.ts';
import type { Network } from './network.ts';
import { fault, faultOfFile, NetworkDraft, type NetworkReport } from './network-draft.ts';

const FOOT = 0.3048;
const INCH = 0.0254;
const PSI = 6894.757;

/** Cubic metres a second of each unit of flow. US units go with feet and inches, the others with metres and millimetres. @source EPANET 2.2 manual, appendix A, table A.1 */
const FLOWS: Readonly<Record<string, readonly [number, 'us' | 'si']>> = {
  CFS: [0.028316846592, 'us'], GPM: [6.30901964e-5, 'us'], MGD: [0.0438126364, 'us'], IMGD: [0.0526168, 'us'], AFD: [0.0142764, 'us'],
  LPS: [0.001, 'si'], LPM: [1 / 60_000, 'si'], MLD: [1000 / 86_400, 'si'], CMH: [1 / 3600, 'si'], CMD: [1 / 86_400, 'si'], CMS: [1, 'si'],
};

interface Units {
  readonly length: number;
  readonly diameter: number;
  readonly flow: number;
  /** Pascals of one unit of pressure, as valves are set in. */
  readonly pressure: number;
  /** Metres of a Darcy–Weisbach roughness; 1 for the unitless ones. */
  readonly roughness: number;
}

/** Reads an EPANET 2 input file into SI units. Faults name file and line; what is whole is kept. @source EPANET 2.2 manual, appendix C @returns null where nothing can be drawn */
export function readEpanet(text: string, report: NetworkReport, name: string): Network | null {
  const sections = inpSections(text);
  const lines = (section: string): readonly InpLine[] => sections.get(section) ?? [...sections].find(([key]) => key.startsWith(section.slice(0, 4)))?.[1] ?? [];
  const units = unitsOf(lines('OPTIONS'), report);
  const draft = new NetworkDraft(report);
  const tags = tagsOf(lines('TAGS'));
  const points = pointsOf(lines('COORDINATES'), 'node', report);
  readNodes(draft, lines, units, tags, report, points);
  readLinks(draft, lines, units, tags, report, pointsOf(lines('VERTICES'), 'link', report));
  return draft.done({
    name, title: lines('TITLE')[0]?.words.join(' ') ?? '', kind: 'water', format: 'epanet', crs: null, unit: null,
    heights: 'elevations', reference: 'centre',
  }, '[COORDINATES]');
}

function unitsOf(options: readonly InpLine[], report: NetworkReport): Units {
  const option = (key: string): InpLine | undefined => options.find(({ words }) => words[0].toUpperCase() === key);
  const given = option('UNITS') ?? option('FLOW');
  const word = given?.words.at(-1)?.toUpperCase() ?? 'GPM';
  if (!(word in FLOWS)) fault(report, 'unknown-units', given?.line ?? 1, `“${word}” is no unit of flow that EPANET knows; US units (GPM, feet, inches) were taken. Say one of ${Object.keys(FLOWS).join(', ')}.`);
  const [flow, system] = FLOWS[word] ?? FLOWS.GPM;
  const darcy = option('HEADLOSS')?.words[1]?.toUpperCase() === 'D-W';
  return system === 'us'
    ? { length: FOOT, diameter: INCH, flow, pressure: PSI, roughness: darcy ? FOOT / 1000 : 1 }
    : { length: 1, diameter: 0.001, flow, pressure: 9806.65, roughness: darcy ? 0.001 : 1 };
}

function tagsOf(lines: readonly InpLine[]): { node: Map<string, string>; link: Map<string, string> } {
  const tags = { node: new Map<string, string>(), link: new Map<string, string>() };
  for (const { words } of lines) tags[/^link/iu.test(words[0]) ? 'link' : 'node'].set(words[1], words.slice(2).join(' '));
  return tags;
}

/** x, y pairs by id, one after another where an id has several; what is no number is said. */
export function pointsOf(lines: readonly InpLine[], what: string, report: NetworkReport): Map<string, number[]> {
  const points = new Map<string, number[]>();
  for (const { line, words } of lines) {
    const [x, y] = [numberAt(words, 1), numberAt(words, 2)];
    if (!Number.isFinite(x + y)) {
      fault(report, 'no-number', line, `the coordinates of the ${what} ${words[0]} are “${words.slice(1, 3).join(' ')}”, which are no two numbers; they were left out. Write them as x and y.`);
      continue;
    }
    const list = points.get(words[0]);
    if (list) list.push(x, y);
    else points.set(words[0], [x, y]);
  }
  return points;
}

type Lines = (section: string) => readonly InpLine[];
type Tags = ReturnType<typeof tagsOf>;

function readNodes(draft: NetworkDraft, lines: Lines, units: Units, tags: Tags, report: NetworkReport, points: ReadonlyMap<string, number[]>): void {
  const demands = new Map<string, number>();
  for (const { words } of lines('DEMANDS')) demands.set(words[0], (demands.get(words[0]) ?? 0) + (numberAt(words, 1) || 0));
  const add = (type: string, { line, words }: InpLine, numbers: Record<string, number>): void => {
    const [id] = words;
    const [x, y] = points.get(id) ?? [Number.NaN, Number.NaN];
    const tag = tags.node.get(id) ?? '';
    draft.node({ id, type: type === 'junction' && /hydrant|消火栓|消防栓/iu.test(tag) ? 'hydrant' : type, line, x, y, numbers, words: { tag } });
  };
  for (const entry of lines('JUNCTIONS')) {
    const demand = demands.get(entry.words[0]) ?? (numberAt(entry.words, 2) || 0);
    add('junction', entry, { elevation: numberAt(entry.words, 1) * units.length, demand: demand * units.flow });
  }
  for (const entry of lines('RESERVOIRS')) add('reservoir', entry, { head: numberAt(entry.words, 1) * units.length });
  for (const entry of lines('TANKS')) {
    const metres = (at: number): number => numberAt(entry.words, at) * units.length;
    add('tank', entry, { elevation: metres(1), level: metres(2), maxLevel: metres(4), tankDiameter: metres(5) });
  }
  if (draft.nodes.size === 0) faultOfFile(report, 'no-nodes', 'there is no junction, reservoir or tank in it. Check that [JUNCTIONS] has lines.');
  else for (const id of points.keys()) if (!draft.nodes.has(id)) report.skip('coordinates of a node that is not there');
}

function readLinks(draft: NetworkDraft, lines: Lines, units: Units, tags: Tags, report: NetworkReport, vertices: ReadonlyMap<string, number[]>): void {
  const add = (type: string, { line, words }: InpLine, numbers: Record<string, number>, more: Record<string, string>): void => {
    const [id, from, to] = words;
    if (to === undefined) {
      report.skip('line too short');
      return fault(report, 'short-line', line, `the ${type} “${words.join(' ')}” names no two nodes; it was left out. A ${type} is written as id, first node, second node, …`);
    }
    const tag = tags.link.get(id) ?? '';
    draft.link({ id, type, line, from, to, vertices: vertices.get(id) ?? [], numbers, words: { tag, material: materialOf(tag), ...more } });
  };
  for (const entry of lines('PIPES')) {
    const numbers = { length: numberAt(entry.words, 3) * units.length, diameter: numberAt(entry.words, 4) * units.diameter, roughness: numberAt(entry.words, 5) * units.roughness };
    for (const [name, at] of [['length', 3], ['diameter', 4]] as const) {
      if (numbers[name] > 0 || entry.words[2] === undefined) continue;
      fault(report, 'no-number', entry.line, `the ${name} of the pipe ${entry.words[0]} is “${entry.words[at] ?? ''}”, no positive number; the pipe is drawn without it. Write the ${name} in ${name === 'length' ? 'metres or feet' : 'millimetres or inches'}.`);
      numbers[name] = Number.NaN;
    }
    const status = entry.words.slice(6).find((word) => /^(open|closed|cv)$/iu.test(word))?.toLowerCase() ?? 'open';
    add('pipe', entry, numbers, { status: status === 'cv' ? 'check valve' : status });
  }
  for (const entry of lines('PUMPS')) add('pump', entry, {}, {});
  for (const entry of lines('VALVES')) add('valve', entry, { diameter: numberAt(entry.words, 3) * units.diameter }, { valve: (entry.words[4] ?? '').toUpperCase() });
}
