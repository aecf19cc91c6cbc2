import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { rasterSource, readAll } from '../testing/raster-source.ts';
import { asciiGrid } from './ascii-grid.ts';
import type { RasterTable } from './format.ts';
import { sniffFormat } from './index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const head = 'ncols 3\nnrows 2\nxllcorner 117\nyllcorner 30\ncellsize 0.5\nNODATA_value -1\n';

async function read(content: string, others = {}, more = {}): Promise<{ raster: RasterTable | undefined; codes: string[]; messages: string[] }> {
  const { tables, issues } = await readAll(asciiGrid, rasterSource('dem.asc', text(content), others), more);
  return { raster: tables[0] as RasterTable | undefined, codes: issues.map(({ code }) => code), messages: issues.map(({ message }) => message) };
}

describe('ASCII grids', () => {
  test('rows from the north, samples in the middle of their cells, no-data without a height', async () => {
    const { raster, codes } = await read(`${head}1 2 3\n-1 5 6.5\n`);
    expect(codes).toEqual([]);
    expect(raster).toMatchObject({ west: 117.25, east: 118.25, south: 30.25, north: 30.75, width: 3, height: 2, name: 'dem.asc' });
    expect([...raster!.samples]).toEqual([1, 2, 3, Number.NaN, 5, 6.5]);
  });

  test('corners of centres, CRLF, capitals, values broken over lines', async () => {
    const { raster } = await read('NCOLS 2\r\nNROWS 2\r\nXLLCENTER 1\r\nYLLCENTER 2\r\nDX 1\r\nDY 2\r\n1\r\n2 3\r\n4');
    expect(raster).toMatchObject({ west: 1, south: 2, east: 2, north: 4 });
    expect([...raster!.samples]).toEqual([1, 2, 3, 4]);
  });

  test('its system by a .prj beside it, or as said; without either one sentence', async () => {
    const grid = 'ncols 3\nnrows 3\nxllcorner 500000\nyllcorner 3400000\ncellsize 10\n1 2 3 4 5 6 7 8 9';
    const lost = await read(grid);
    expect(lost.codes).toEqual(['foreign-crs']);
    expect(lost.messages[0]).toMatch(/--crs FILE@EPSG/);
    for (const found of [await read(grid, { '.prj': 'PROJCS["WGS_1984_UTM_Zone_50N",GEOGCS["GCS_WGS_1984"]]' }), await read(grid, {}, { crs: 'EPSG:32650' })]) {
      expect(found.raster!.west).toBeCloseTo(117, 3);
      expect(found.raster!.samples.filter(Number.isFinite).length).toBeGreaterThan(5);
    }
  });

  const faults: [string, string, string, RegExp][] = [
    ['65,535 × 65,535 announced', 'ncols 65535\nnrows 65535\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2', 'broken-grid', /more than 16384 on a side/],
    ['16,000 × 16,000 announced in some bytes', 'ncols 16000\nnrows 16000\nxllcorner 0\nyllcorner 0\ncellsize 0.001\n1 2', 'broken-grid', /room for less than half/],
    ['one column', 'ncols 1\nnrows 9\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2', 'broken-grid', /two samples each way/],
    ['no corner', 'ncols 3\nnrows 3\ncellsize 1\n1 2 3 4 5 6 7 8 9 ', 'broken-grid', /no number/],
    ['a cell size of zero', 'ncols 3\nnrows 3\nxllcorner 0\nyllcorner 0\ncellsize 0\n1 2 3 4 5 6 7 8 9', 'broken-grid', /no number/],
    ['off the earth', 'ncols 3\nnrows 3\nxllcorner 0\nyllcorner 89\ncellsize 1\n1 2 3 4 5 6 7 8 9', 'foreign-crs', /in which system/],
  ];
  test.each(faults)('%s is one sentence', async (_, content, code, sentence) => {
    const { raster, codes, messages } = await read(content);
    expect([raster, codes]).toEqual([undefined, [code]]);
    expect(messages[0]).toMatch(sentence);
  });

  test('cut short: what is there stays, and is said; so do words that are no numbers', async () => {
    const cut = await read(`${head}1 2 3\n4`);
    expect([cut.codes, [...cut.raster!.samples]]).toEqual([['cut-short'], [1, 2, 3, 4, Number.NaN, Number.NaN]]);
    const odd = await read(`${head}1 2,5 3\n4 5 6`);
    expect([odd.codes, odd.raster!.samples[1]]).toEqual([['not-a-number'], Number.NaN]);
    expect((await read(`${head}1 2 3\n4 5 6 7`)).codes).toEqual(['too-many-values']);
  });

  test('broken copies are read or are one sentence', async () => {
    const good = `${head}1 2 3\n-1 5 6.5\n`;
    for (let k = 0; k < 300; k++) {
      const bytes = text(good);
      bytes[(k * 37) % bytes.length] = (k * 101) % 256;
      if (!asciiGrid.sniff(bytes)) continue;
      const { tables, issues } = await readAll(asciiGrid, rasterSource('mutant.asc', bytes));
      expect(tables.length + issues.length).toBeGreaterThan(0);
    }
  });
});

describeShared('real ASCII grids', () => {
  test.each([['emergency/fire/dogrib/elevation.asc', 'EPSG:32611', 357, 223], ['emergency/flood/merewether/topography1.asc', 'EPSG:32756', 321, 416]])('%s: heights where their places are', async (path, crs, columns, rows) => {
    const bytes = new Uint8Array(readFileSync(shared(`data/${path}`)));
    expect(sniffFormat(bytes.subarray(0, 4096), bytes.length)?.id).toBe('ascii-grid');
    const { tables, issues } = await readAll(asciiGrid, rasterSource('dem.asc', bytes), { crs });
    expect(issues).toEqual([]);
    const raster = tables[0] as RasterTable;
    const words = new TextDecoder().decode(bytes).trim().split(/\s+/u).slice(12).map(Number);
    expect(words).toHaveLength(columns * rows);
    const range = (values: readonly number[]): number[] => [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    const [own, stored] = [range([...raster.samples].filter(Number.isFinite)), range(words.filter((value) => value !== -9999))];
    // Between samples nothing is higher or lower than they are.
    expect(own[0] >= stored[0] && own[1] <= stored[1] && own[1] - own[0] > 0.9 * (stored[1] - stored[0])).toBe(true);
  });
});
