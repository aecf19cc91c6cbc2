import type { Catalogue } from '../catalogue.ts';
import type { PointCloud } from '../formats/point-table.ts';
import type { Table } from '../formats/format.ts';
import { writePointTileset, type PointTiles } from '../tileset/points.ts';
import { HEIGHT_BINS, type PointCounts } from '../tileset/points/jobs.ts';
import type { Account } from './account.ts';
import type { CityDraft, Part } from './part.ts';

/** Share of the points that colours by height and intensity leave aside at either end: birds, wells, glints. */
const ASIDE = 0.01;

/** Point clouds: all of a city become one octree. */
export class PointsPart implements Part {
  readonly kind = 'points';
  readonly #clouds: PointCloud[] = [];

  /** @param threads as in `writePointTileset` */
  constructor(
    private readonly account: Account,
    private readonly threads?: number,
  ) {}

  get empty(): boolean {
    return this.#clouds.length === 0;
  }

  take(table: Table): void {
    if (table.kind !== 'points') return;
    const { cloud } = table;
    this.#clouds.push(cloud);
    // Counted now, so that the points stand with their input; what turns out to be unusable is taken back.
    this.account.in += cloud.layout.count;
    this.account.out += cloud.layout.count;
    this.account.layers.points += cloud.layout.count;
  }

  bounds(): [number, number, number, number] | null {
    const corners = this.#clouds.flatMap(({ box: [west, south, , east, north], toDegrees }) => [toDegrees(west, south), toDegrees(east, south), toDegrees(west, north), toDegrees(east, north)]).filter((corner) => corner.every(Number.isFinite));
    if (corners.length === 0) return null;
    const side = (k: 0 | 1, pick: (...values: number[]) => number): number => pick(...corners.map((corner) => corner[k]));
    return [side(0, Math.min), side(1, Math.min), side(0, Math.max), side(1, Math.max)];
  }

  async write({ catalogue, report, write, progress, signal }: CityDraft): Promise<void> {
    const made = await writePointTileset(this.#clouds, { write, progress, signal, threads: this.threads });
    this.#clouds.forEach((cloud, k) => this.#settle(cloud, made?.counts[k] ?? null));
    if (made && made.heaped > 0) this.#takeBack('point on top of a million others', made.heaped);
    // The report was begun with the account's numbers as they stood then.
    if ('out' in report) report.out = this.account.out;
    if (!made || made.figures.contents === 0) return;
    report.points = made.figures;
    catalogue.layers.points = entryOf(made, this.#clouds, this.bounds() ?? catalogue.bounds);
    widen(catalogue, catalogue.layers.points.bounds);
  }

  /** What of a cloud was not used, and why. */
  #settle({ name, layout, box }: PointCloud, counts: PointCounts | null): void {
    const error = (code: string, message: string): unknown => this.account.issues.push({ code, severity: 'error', message, path: name });
    const numbers = (value: number): string => value.toLocaleString('en');
    if (!counts) {
      this.#takeBack('point of a file that could not be used', layout.count, name);
      error('off-earth', `${name}: its places (x ${box[0]} … ${box[3]}, y ${box[1]} … ${box[4]}) are nowhere on earth in the reference system it is said to be in; say the right one with --crs FILE@EPSG:…`);
      return;
    }
    if (counts.withheld > 0) this.#takeBack('point marked as withheld', counts.withheld, name);
    if (counts.broken > 0) {
      this.#takeBack('point of a broken chunk', counts.broken, name);
      error('bad-laz', `${name}: ${numbers(counts.broken)} of its points lie in chunks that cannot be decompressed; the others are kept. Copy the file again.`);
    }
    if (counts.outside > 0) {
      this.#takeBack('point far outside the bounds of its file', counts.outside, name);
      error('point-outside', `${name}: ${numbers(counts.outside)} of its points lie far outside the bounds it states; they are left out. Repair the file (lasinfo -repair), or copy it again.`);
    }
  }

  #takeBack(reason: string, count: number, name?: string): void {
    const { account } = this;
    account.out -= count;
    account.layers.points -= count;
    account.skipped[reason] = (account.skipped[reason] ?? 0) + count;
    const input = account.inputs.find((each) => name !== undefined && each.name === name.replace(/^.*[/\\]/u, ''));
    if (input) input.out -= count;
  }
}

function entryOf({ counts, heights: [low, high], spacing }: PointTiles, clouds: readonly PointCloud[], bounds: [number, number, number, number]): NonNullable<Catalogue['layers']['points']> {
  const used = counts.filter((each) => each !== null);
  const classes = sum(used.map((each) => each.classes));
  const [dark, bright] = middle(sum(used.map((each) => each.intensities)));
  const [bottom, top] = middle(sum(used.map((each) => each.heights)));
  const height = (bin: number): number => Math.round((low + ((high - low) * bin) / HEIGHT_BINS) * 100) / 100;
  const verticals = [...new Set(clouds.map(({ vertical }) => vertical))];
  return {
    tileset: 'points/tileset.json',
    count: used.reduce((all, { taken }) => all + taken, 0),
    classes: Object.fromEntries([...classes.entries()].filter(([, count]) => count > 0)),
    colour: clouds.some(({ layout }) => layout.colour !== 'none'),
    intensity: bright > 0 ? { low: dark, high: bright } : null,
    heights: { low: height(bottom), high: height(top + 1) },
    vertical: verticals.length === 1 ? verticals[0] : null,
    spacing, bounds,
  };
}

function sum(columns: readonly (Float64Array | Uint32Array)[]): Float64Array {
  const out = new Float64Array(columns[0]?.length ?? 0);
  for (const column of columns) for (let k = 0; k < out.length; k++) out[k] += column[k];
  return out;
}

/** The first and the last bin of all but {@link ASIDE} at either end. */
function middle(bins: Float64Array): [number, number] {
  const aside = bins.reduce((all, count) => all + count, 0) * ASIDE;
  const reach = (from: number, step: 1 | -1): number => {
    let before = 0;
    let bin = from;
    while (bin >= 0 && bin < bins.length && (before += bins[bin]) <= aside) bin += step;
    return Math.max(0, Math.min(bins.length - 1, bin));
  };
  return [reach(0, 1), reach(bins.length - 1, -1)];
}

/** The city reaches as far as its points do; where there is nothing else, it is where they are. */
function widen(catalogue: Catalogue, bounds: [number, number, number, number]): void {
  const alone = !catalogue.bounds.every(Number.isFinite) || Object.keys(catalogue.layers).length === 1;
  const [west, south, east, north] = alone ? bounds : bounds.map((value, side) => (side < 2 ? Math.min : Math.max)(value, catalogue.bounds[side]));
  catalogue.bounds = [west, south, east, north];
  catalogue.center = [(west + east) / 2, (south + north) / 2];
}
