import type { Format, Source } from '../formats/format.ts';
import type { Dem } from '../stages/ground.ts';
import { groundOf } from '../stages/ground.ts';
import { innerNode, type MadeNode, type Node } from '../tileset/tileset.ts';
import type { FeatureSegment } from './columns.ts';
import type { Plan, PlanNode } from './plan.ts';
import { readInput } from './read.ts';
import { renamingWithin, type FoundIds, type Renaming } from './renaming.ts';
import { KEY_LEVEL } from './grid.ts';
import { recordsOf, Spill } from './spill.ts';
import { optionsOf, type CellSummary, type ReadSummary, type Scheme } from './task.ts';
import { buildUnit } from './unit.ts';

/** An input whose features are to be read. */
export interface CellInput {
  readonly source: Source;
  readonly format: Format;
  readonly crs?: string;
  /** That was said of this very file. */
  readonly crsNamed?: boolean;
}

/** Where contents go once all of them are made: under which name, in an order that is always the same. */
export type NameOf = (uri: string) => string;

/** What a build of the buildings is given. */
export interface CellBuild {
  readonly plan: Plan;
  readonly scheme: Scheme;
  readonly renaming: Renaming;
  readonly dem: Dem | undefined;
  progress(share: number): void;
}

export interface BuiltCells {
  readonly root: Node;
  /** In the order of the plan's units. */
  readonly units: readonly CellSummary[];
}

/** A share of buildings.fgb: its features, their sizes and boxes. */
export interface CompanionSegment {
  readonly sizes: Uint32Array;
  readonly boxes: Float64Array;
  readonly bytes: Uint8Array;
}

/** Where the buildings of a city are read, kept and built: in this process and in memory, or by workers through a folder. The bytes are the same. */
export interface Cells {
  /** Summaries in the order of the inputs; an input may have several. */
  read(inputs: readonly CellInput[], progress: (bytes: number) => void): Promise<{ input: number; summary: ReadSummary }[]>;
  /** Ids of a summary, by its place in the list. */
  ids(summary: number): FoundIds;
  build(build: CellBuild): Promise<BuiltCells>;
  features(unit: number): FeatureSegment;
  /** Its bytes are good until the next is asked for. */
  companion(unit: number): CompanionSegment;
  /** Hands the contents over to the output. */
  deliver(write: (path: string, bytes: Uint8Array) => Promise<void>, nameOf: NameOf): Promise<void>;
  dispose(): void | Promise<void>;
}

/** For what fits into memory. */
export class CellsInMemory implements Cells {
  readonly #spills: Spill[] = [];
  readonly #ids: FoundIds[] = [];
  readonly #summaries: ReadSummary[] = [];
  readonly #features: FeatureSegment[] = [];
  readonly #companions: CompanionSegment[] = [];
  readonly #contents: { path: string; bytes: Uint8Array }[] = [];

  constructor(private readonly signal?: AbortSignal) {}

  async read(inputs: readonly CellInput[], progress: (bytes: number) => void): Promise<{ input: number; summary: ReadSummary }[]> {
    let before = 0;
    for (const { source, format, crs, crsNamed } of inputs) {
      const spill = new Spill();
      const { ids, keys, ...result } = await readInput(source, format, spill, { crs, crsNamed, signal: this.signal, progress: (read) => progress(before + read) });
      before += source.size;
      progress(before);
      this.#spills.push(spill);
      this.#ids.push({ ids, keys });
      this.#summaries.push({ ...result, count: ids.length });
    }
    return this.#summaries.map((summary, input) => ({ input, summary }));
  }

  ids(summary: number): FoundIds {
    return this.#ids[summary];
  }

  async build({ plan, scheme, renaming, dem, progress }: CellBuild): Promise<BuiltCells> {
    const units: CellSummary[] = [];
    const ground = dem && groundOf(dem);
    let done = 0;
    const make = async (node: PlanNode): Promise<MadeNode> => {
      const tiles: string[] = [];
      const options = { ...optionsOf(scheme, '', tiles), write: async (path: string, bytes: Uint8Array): Promise<void> => void this.#contents.push({ path, bytes }) };
      if (node.children.length > 0) {
        const children: MadeNode[] = [];
        for (const child of node.children) children.push(await make(child));
        return innerNode(node, children, options);
      }
      const stretches = this.#spills.flatMap((spill, k) => {
        const { extents, attributes } = this.#summaries[k];
        const bytes = extents.cell.length === 0 ? new Uint8Array() : recordsOf(spill.bytes(), extents, [node.run, node.run + 1], node.level);
        return bytes.length > 0 ? [{ bytes, names: attributes.map(({ name }) => name) }] : [];
      });
      const { features, companion, blocks, ...rest } = await buildUnit({ level: node.level, run: node.run, first: node.first, stretches, renaming: renamingOfCell(renaming, node), ground, models: scheme.models }, options, this.signal);
      this.#features.push(features);
      this.#companions.push(companion);
      units.push({ ...rest, tiles, rows: features.count, columns: features.columns.map(({ bytes }) => bytes.length), companion: companion.bytes.length });
      progress((done += node.count) / plan.root.count);
      return { node: rest.node, blocks };
    };
    const { node } = await make(plan.root);
    return { root: node, units };
  }

  features(unit: number): FeatureSegment {
    return this.#features[unit];
  }

  companion(unit: number): CompanionSegment {
    return this.#companions[unit];
  }

  async deliver(write: (path: string, bytes: Uint8Array) => Promise<void>, nameOf: NameOf): Promise<void> {
    for (const { path, bytes } of this.#contents.splice(0)) await write(nameOf(path), bytes);
  }

  dispose(): void {
    this.#spills.length = 0;
  }
}

/** The part of the renaming that lies in a cell. */
export function renamingOfCell(renaming: Renaming, { run, level }: { run: number; level: number }): Renaming {
  const scale = 4 ** (KEY_LEVEL - level);
  return renamingWithin(renaming, run * scale, (run + 1) * scale);
}
