import { materialOf } from '../../workers/models/network/materials.ts';
import { NETWORK_KINDS, type Network, type NetworkKind } from '../../workers/models/network/network.ts';
import { NetworkDraft } from '../../workers/models/network/network-draft.ts';
import type { SourceFeature } from '../formats/format.ts';
import { number, word, type Properties, type Shape } from './classify.ts';

const keys = {
  diameter: ['diameter', 'DIAMETER', 'Diameter', 'diam', 'inner_diameter', '内径', '直径'],
  millimetres: ['diameter_mm', 'dn', 'DN', 'DN_mm', '管径', '管径mm', 'pipe_dn'],
  depth: ['depth', 'DEPTH', 'burial_depth', 'cover', '埋深', '平均埋深'],
  startDepth: ['start_depth', '起点埋深', '起始埋深'], endDepth: ['end_depth', '终点埋深', '终止埋深'],
  length: ['length', 'LENGTH', '长度', '管长'], roughness: ['roughness'],
  from: ['from', 'from_node', 'start_node_name', 'start_node', '起点', '起点编号'], to: ['to', 'to_node', 'end_node_name', 'end_node', '终点', '终点编号'],
  id: ['id', 'ID', 'name', 'NAME', '编号', '管线编号', '管点编号'], material: ['material', 'MATERIAL', '材质', '管材'],
} as const;

/** Words for what flows, in properties and in file names. */
const kindWords: readonly (readonly [NetworkKind, RegExp])[] = [
  ['drainage', /drain|sewer|storm|waste|排水|雨水|污水|雨污/iu], ['gas', /gas|燃气|煤气|天然气/iu], ['heat', /heat|热力|供热|暖/iu], ['power', /power|electric|电力|供电/iu],
  ['telecom', /telecom|fibre|fiber|通信|电信|光缆/iu], ['industry', /industr|工业|oil|石油/iu], ['water', /water|给水|供水|自来水|上水/iu],
];

/** What a line or point is a pipe or node of; null where it is neither: a pipe has a diameter, or is called a pipeline; a node says of which network, or carries what only models have. */
export function pipeKind(properties: Properties, shape: Shape, file: string): NetworkKind | null {
  const named = word(properties, 'network') || word(properties, '管线类型') || word(properties, '管类');
  const own = NETWORK_KINDS.find((kind) => kind === named) ?? (named ? kindIn(named) : null);
  if (shape === 'point') return own ?? (['base_demand', 'init_level', 'base_head', 'pump_type', 'valve_type'].some((key) => key in properties) ? 'water' : null);
  if (shape !== 'line' || word(properties, 'highway') || word(properties, 'railway')) return null;
  const piped = [...keys.diameter, ...keys.millimetres].some((key) => number(properties, key) > 0) || word(properties, 'man_made') === 'pipeline' || ('pump_type' in properties && 'start_node_name' in properties);
  if (!piped && !own) return null;
  return own ?? kindIn(word(properties, 'substance')) ?? kindIn(file.replace(/^.*[/\\]/u, '')) ?? ('check_valve' in properties ? 'water' : 'unknown');
}

function kindIn(text: string): NetworkKind | null {
  return kindWords.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

const first = (properties: Properties, list: readonly string[]): number => list.map((key) => number(properties, key)).find((value) => !Number.isNaN(value)) ?? Number.NaN;
const firstWord = (properties: Properties, list: readonly string[]): string => list.map((key) => word(properties, key)).find(Boolean) ?? '';

/** Metres: a diameter of five and more is meant in millimetres. */
function diameterOf(properties: Properties): number {
  const millimetres = first(properties, keys.millimetres);
  if (millimetres > 0) return millimetres / 1000;
  const diameter = first(properties, keys.diameter);
  return diameter >= 5 ? diameter / 1000 : diameter;
}

interface Gathering {
  readonly draft: NetworkDraft;
  readonly files: Set<string>;
  depths: number;
  reference: Network['reference'] | null;
  made: number;
}

/** Collects pipes and nodes that come as features, one network a kind. */
export class PipeGatherer {
  readonly #networks = new Map<NetworkKind, Gathering>();
  /** First and last place of every link. */
  readonly #ends = new WeakMap<object, readonly [readonly number[], readonly number[]]>();

  /** @returns a reason where the feature was of no use */
  add(kind: NetworkKind, shape: Shape, coordinates: unknown, feature: SourceFeature, file: string): { reason: string } | undefined {
    const positions = (shape === 'point' ? [coordinates] : coordinates) as number[][];
    if (!Array.isArray(positions) || !positions.every((at) => Number.isFinite(at?.[0]) && Number.isFinite(at?.[1]))) return { reason: 'coordinates are missing or no numbers' };
    if (shape === 'line' && positions.length < 2) return { reason: 'a line of fewer than two places' };
    const gathering = this.#of(kind);
    gathering.files.add(file.replace(/^.*[/\\]/u, ''));
    const { properties } = feature;
    const id = firstWord(properties, keys.id) || String(feature.id ?? '') || `${kind}-${++gathering.made}`;
    const table = shape === 'point' ? gathering.draft.nodes : gathering.draft.links;
    if (table.has(id)) return { reason: 'id used twice' };
    if (shape === 'point') this.#node(gathering, id, positions[0], properties);
    else this.#link(gathering, id, positions, properties, kind);
    return undefined;
  }

  #of(kind: NetworkKind): Gathering {
    const there = this.#networks.get(kind);
    if (there) return there;
    // Every end gets a node and every id is asked before: this draft has nothing to say.
    const draft = new NetworkDraft({ file: kind, issues: [], skip: () => undefined });
    const made: Gathering = { draft, files: new Set(), depths: 0, reference: null, made: 0 };
    this.#networks.set(kind, made);
    return made;
  }

  #node({ draft }: Gathering, id: string, [x, y]: readonly number[], properties: Properties): void {
    const models = { init_level: 'tank', base_head: 'reservoir', pump_type: 'pump', valve_type: 'valve' };
    const type = Object.entries(models).find(([key]) => key in properties)?.[1] ?? (word(properties, 'type') || 'junction');
    draft.node({
      id, type, line: 1, x, y, numbers: { elevation: number(properties, 'elevation'), demand: number(properties, 'base_demand'), head: number(properties, 'base_head'), level: number(properties, 'init_level') },
      words: { tag: word(properties, 'tag') },
    });
  }

  #link(gathering: Gathering, id: string, positions: readonly number[][], properties: Properties, kind: NetworkKind): void {
    const end = (at: readonly number[], named: string): string => named || `@${at[0].toFixed(6)},${at[1].toFixed(6)}`;
    const material = firstWord(properties, keys.material);
    const depth = first(properties, keys.depth);
    if (Number.isFinite(depth)) gathering.depths++;
    const said = word(properties, 'depth_reference');
    gathering.reference ??= said === 'crown' || said === 'invert' || said === 'centre' ? said : kind === 'drainage' ? 'invert' : 'crown';
    gathering.draft.link({
      id, type: 'pump_type' in properties ? 'pump' : word(properties, 'type') || 'pipe', line: 1,
      from: end(positions[0], firstWord(properties, keys.from)), to: end(positions.at(-1)!, firstWord(properties, keys.to)), vertices: positions.slice(1, -1).flatMap(([x, y]) => [x, y]),
      numbers: {
        diameter: diameterOf(properties), length: first(properties, keys.length), roughness: first(properties, keys.roughness), depth,
        startDepth: first(properties, keys.startDepth), endDepth: first(properties, keys.endDepth), pressure: number(properties, 'pressure'),
      },
      words: { material: materialOf(material) || material, status: word(properties, 'status') || word(properties, 'initial_status').toLowerCase(), tag: word(properties, 'tag') },
    });
    this.#ends.set(gathering.draft.links.get(id)!, [positions[0], positions.at(-1)!]);
  }

  /** The networks. An end that no node of the data stands at gets a junction of its own. */
  done(): Network[] {
    return [...this.#networks].flatMap(([kind, { draft, files, depths, reference }]) => {
      for (const link of draft.links.values()) {
        const ends = this.#ends.get(link)!;
        for (const [id, [x, y]] of [[link.from, ends[0]], [link.to, ends[1]]] as const) if (!draft.nodes.has(id)) draft.node({ id, type: 'junction', line: 1, x, y });
      }
      const network = draft.done({
        name: [...files].join(', '), title: '', kind, format: 'geojson', crs: 'EPSG:4326', unit: null, heights: depths > 0 ? 'depths' : null, reference: reference ?? 'crown',
      }, 'the features');
      return network ? [network] : [];
    });
  }
}
