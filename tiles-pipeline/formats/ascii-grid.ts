import type { Format, RasterTable, ReadContext, Source } from './format.ts';
import { asTable, baseName, heightOf, MAX_SIDE, saidSystem, systemOfBox, type Refusal } from './height-grid.ts';
import type { PlacedGrid } from './regrid-raster.ts';

/** Longest word taken for a number. */
const LONGEST_WORD = 64;
/** A name and its number in the header. */
const PAIR = /^\s*(ncols|nrows|[xy]ll(?:corner|center)|cellsize|d[xy]|nodata_value|byteorder)\s+(\S+)(?=\s)/iu;
const SPACE = /[ \t\r\n]+/u;

interface Header {
  readonly columns: number;
  readonly rows: number;
  readonly west: number;
  readonly south: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly noData: number;
}

/**
 * Esri's ASCII grids of heights in metres: a header of names and numbers, then rows from the north. Its system stands in a `.prj` beside it, or is said.
 * @source https://desktop.arcgis.com/en/arcmap/latest/manage-data/raster-and-images/esri-ascii-raster-format.htm
 */
export const asciiGrid = {
  id: 'ascii-grid',
  title: 'ASCII grid of heights (.asc)',
  extensions: ['asc', 'grd'],
  sniff: (head) => /^(?:\u00EF\u00BB\u00BF)?\s*ncols\s+\d+\s+nrows\s+\d+\s/iu.test(new TextDecoder('latin1').decode(head.subarray(0, 256))),
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<RasterTable> {
  context.signal?.throwIfAborted();
  const refuse = ([code, sentence]: Refusal): void => void context.issues.push({ code, severity: 'error', message: `${source.name}: ${sentence}`, path: source.name });
  const head = headerOf(source.head);
  const wrong = typeof head === 'string' ? head : faultOf(head, source.size);
  if (typeof head === 'string' || wrong) return refuse(['broken-grid', `${wrong as string}`]);
  const { columns, rows, west, south, stepX, stepY } = head;
  const box = { west, south, east: west + (columns - 1) * stepX, north: south + (rows - 1) * stepY };
  const system = systemOfBox(box, await saidSystem(source, context), context);
  if (typeof system !== 'string') return refuse(system);
  const samples = new Float32Array(columns * rows).fill(Number.NaN);
  let [at, odd] = [-head.words, 0];
  for await (const words of wordsOf(source, context.signal))
    for (const word of words) {
      const value = Number(word);
      if (at >= 0 && Number.isNaN(value) && !/^[-+]?nan$/iu.test(word)) odd++;
      if (at >= 0 && at < samples.length) samples[at] = heightOf(value, head.noData);
      at++;
    }
  if (odd > 0) context.issues.push({ code: 'not-a-number', severity: 'warning', message: `${source.name}: ${odd.toLocaleString('en')} of its values are no numbers (a decimal comma?) and were taken as places without a height.`, path: source.name, count: odd });
  if (at < samples.length) refuse(['cut-short', `it has ${at.toLocaleString('en')} values where ${columns} × ${rows} are announced; what is there was used. Copy it again.`]);
  if (at > samples.length) refuse(['too-many-values', `it has ${(at - samples.length).toLocaleString('en')} values more than the ${columns} × ${rows} announced; its places may be wrong. Export it again.`]);
  const grid: PlacedGrid = { ...box, width: columns, height: rows, samples };
  const table = asTable(grid, system, context, { name: baseName(source.name) });
  if ('kind' in table) yield table;
  else refuse(table);
}

/** What is wrong with the announced sizes, judged before anything is allocated. */
function faultOf({ columns, rows, west, south, stepX, stepY }: Header, size: number): string | undefined {
  if (!(columns >= 2 && rows >= 2)) return 'a height model needs two samples each way.';
  if (columns > MAX_SIDE || rows > MAX_SIDE) return `it is ${columns} × ${rows} samples, more than ${MAX_SIDE} on a side; cut it or resample it first.`;
  if (!(stepX > 0 && stepY > 0 && Number.isFinite(west + south + stepX + stepY))) return 'its corner or its cell size is no number.';
  // A value takes a digit and a space at least.
  if (columns * rows > size) return `it announces ${columns} × ${rows} values and has ${size.toLocaleString('en')} bytes, room for less than half; copy it again.`;
  return undefined;
}

/** The header, and how many words it is long; or what is wrong. */
function headerOf(head: Uint8Array): (Header & { words: number }) | string {
  let text = new TextDecoder('latin1').decode(head).replace(/^\u00EF\u00BB\u00BF/u, '');
  const said = new Map<string, number>();
  let words = 0;
  for (let found = PAIR.exec(text); found; found = PAIR.exec(text)) {
    said.set(found[1].toLowerCase(), Number(found[2]));
    text = text.slice(found[0].length);
    words += 2;
  }
  if (text.trim() === '') return 'it ends within its header.';
  const [stepX, stepY] = [said.get('cellsize') ?? said.get('dx') ?? Number.NaN, said.get('cellsize') ?? said.get('dy') ?? Number.NaN];
  const corner = (axis: 'x' | 'y', step: number): number => said.get(`${axis}llcenter`) ?? (said.get(`${axis}llcorner`) ?? Number.NaN) + step / 2;
  return { columns: Math.trunc(said.get('ncols') ?? 0), rows: Math.trunc(said.get('nrows') ?? 0), west: corner('x', stepX), south: corner('y', stepY), stepX, stepY, noData: said.get('nodata_value') ?? -9999, words };
}

/** The words of a file, some thousands at a time. */
async function* wordsOf(source: Source, signal?: AbortSignal): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('latin1');
  let rest = '';
  for await (const chunk of source.stream()) {
    signal?.throwIfAborted();
    const words = (rest + decoder.decode(chunk)).split(SPACE);
    rest = (words.pop() ?? '').slice(0, LONGEST_WORD);
    yield words.filter((word) => word !== '');
  }
  if (rest !== '') yield [rest];
}
