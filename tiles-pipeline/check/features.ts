import type { FeatureColumn, FeatureIndex } from '../sinks/feature-columns.ts';
import type { CheckedContent } from '../tileset/check-content.ts';
import type { CityFiles } from './city-files.ts';
import type { IssueLog } from './issue-log.ts';
import type { ContentJob } from './tree.ts';

type Value = number | string;

/** A column of a features.bin, read where it lies. */
type Column = (row: number) => Value;

/** What a features.json and its features.bin say, against what the contents of the tileset beside them say. */
export class FeatureCheck {
  readonly #columns = new Map<string, Column>();
  /** The value of a column that stands for none. */
  readonly #none = new Map<string, number>();
  readonly #uses: Uint8Array;

  private constructor(
    private readonly count: number,
    private readonly folder: string,
    private readonly log: IssueLog,
  ) {
    this.#uses = new Uint8Array(count);
  }

  /** @param folder path of the tileset's folder, with a slash at its end, or '' @returns undefined where there is no features.json */
  static async open(files: CityFiles, folder: string, log: IssueLog): Promise<FeatureCheck | undefined> {
    const text = await files.read(`${folder}features.json`);
    if (!text) return undefined;
    let index: FeatureIndex;
    try {
      index = JSON.parse(new TextDecoder().decode(text)) as FeatureIndex;
    } catch (cause) {
      log.add('json-broken', `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, `${folder}features.json`);
      return undefined;
    }
    const bytes = (await files.read(`${folder}features.bin`)) ?? new Uint8Array();
    const check = new FeatureCheck(index.count, folder, log);
    for (const column of index.columns) check.#take(column, bytes);
    return check;
  }

  #take(column: FeatureColumn, bytes: Uint8Array): void {
    const report = this.log.at(`${this.folder}features.bin`);
    if (column.offset % 8 !== 0 || column.offset + column.byteLength > bytes.length) return report('features-range', `column ${column.name} does not lie in the file on a multiple of eight`);
    const view = new DataView(bytes.buffer, bytes.byteOffset + column.offset, column.byteLength);
    const size = { float32: 4, float64: 8, uint16: 2, uint32: 4, category: 2, string: 4 }[column.type];
    if (column.type === 'string') return this.#takeTexts(column.name, view, report);
    if (column.byteLength !== this.count * size) return report('features-broken', `column ${column.name} has ${column.byteLength} bytes, not ${this.count * size}`);
    const number = numberAt(column.type, view);
    if (column.noData !== undefined) this.#none.set(column.name, column.noData);
    let wrong = 0;
    const most = column.type === 'category' ? (column.dictionary?.length ?? 0) - 1 : (column.max ?? Infinity);
    for (let row = 0; row < this.count; row++) if (number(row) !== column.noData && (number(row) < (column.min ?? -Infinity) || number(row) > most)) wrong++;
    if (wrong > 0) report('features-broken', column.type === 'category' ? `${wrong} rows of column ${column.name} name no word of its dictionary` : `column ${column.name} leaves its ${column.min}…${column.max}`);
    this.#columns.set(column.name, column.type === 'category' ? (row) => column.dictionary?.[number(row)] ?? '' : number);
  }

  #takeTexts(name: string, view: DataView, report: (code: string, message: string) => void): void {
    const start = (this.count + 1) * 4;
    if (view.byteLength < start) return report('features-broken', `column ${name} has no offsets`);
    for (let row = 0, before = 0; row <= this.count; row++) {
      const at = view.getUint32(row * 4, true);
      if (at < before || start + at > view.byteLength) return report('features-broken', `column ${name}: text ${Math.max(0, row - 1)} runs to ${at}`);
      before = at;
    }
    const decoder = new TextDecoder('utf-8');
    this.#columns.set(name, (row) => decoder.decode(new Uint8Array(view.buffer, view.byteOffset + start + view.getUint32(row * 4, true), view.getUint32(row * 4 + 4, true) - view.getUint32(row * 4, true))));
  }

  /** Rows of one content against the columns. Where nothing is drawn instead of it, each of its features is counted. */
  compare({ numbers, columns }: CheckedContent, job: ContentJob): void {
    const report = this.log.at(job.path);
    const foreign = numbers.filter((number) => number >= this.count).length;
    if (foreign > 0) report('feature-foreign', `${foreign} rows carry a feature number beyond ${this.count}`);
    if (job.leaf || job.refine === 'ADD') for (const number of numbers) if (number < this.count) this.#uses[number] = Math.min(255, this.#uses[number] + 1);
    for (const [name, values] of columns) {
      const known = this.#columns.get(name);
      if (!known) continue;
      const none = this.#none.get(name);
      const differs = (own: Value, value: number | string | boolean): boolean => own !== value && own !== none && String(own) !== String(value);
      const wrong = values.filter((value, row) => numbers[row] < this.count && differs(known(numbers[row]), value)).length;
      if (wrong > 0) report('features-disagree', `${wrong} rows of column ${name} differ from features.bin`);
    }
  }

  /** Every feature is drawn, and once. */
  end(document: string): void {
    const ids = this.#columns.get('id');
    let [missing, twice] = [0, 0];
    for (const [number, uses] of this.#uses.entries()) {
      // A number without an id stands for nothing: units keep some free.
      if (uses === 0) missing += ids?.(number) === '' ? 0 : 1;
      else if (uses > 1) twice++;
    }
    if (missing > 0) this.log.add('feature-missing', `${missing} features are in no leaf`, document);
    if (twice > 0) this.log.add('feature-twice', `${twice} features are in more than one leaf`, document);
  }
}

function numberAt(type: Exclude<FeatureColumn['type'], 'string'>, view: DataView): (row: number) => number {
  if (type === 'float32') return (row) => view.getFloat32(row * 4, true);
  if (type === 'float64') return (row) => view.getFloat64(row * 8, true);
  if (type === 'uint32') return (row) => view.getUint32(row * 4, true);
  return (row) => view.getUint16(row * 2, true);
}
