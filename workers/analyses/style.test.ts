import { describe, expect, test } from 'vitest';
import { rampColour, type StyleInput, type StyleOutput } from '#models';
import { analysisCache } from './context.ts';
import { analyse } from './run.ts';
import { filesInMemory, madeTable } from './testing/made-city.ts';

const table = madeTable([
  { name: 'id', type: 'string', values: ['a', 'b', 'c', 'd', '楼5'] },
  { name: 'height', type: 'float32', values: [3, 20, 50, 100, -1], noData: -1 },
  { name: 'use', type: 'category', values: ['residential', 'school', 'office', 'residential', 'office'], dictionary: ['residential', 'school', 'office'] },
  { name: 'name', type: 'string', values: ['', 'Tower B', '', '中心大厦', ''] },
  { name: 'lon', type: 'float64', values: [1, 2, 3, 4, 5] },
]);
const load = filesInMemory({ 'http://x/features.json': table.json, 'http://x/features.bin': table.bin });
const ask = (input: Partial<StyleInput>): Promise<StyleOutput> => analyse('style', { features: 'http://x/features.json', rule: null, filter: [], ...input }, { load });
const texels = (output: StyleOutput): number[][] => Array.from({ length: output.counts.total }, (_, i) => [...output.texture.data.subarray(4 * i, 4 * i + 4)]);

describe('the style texture', () => {
  test('without rule, filter and marks every feature has its own look', async () => {
    const out = await ask({});
    expect(texels(out)).toEqual(Array.from({ length: 5 }, () => [0, 0, 0, 1]));
    expect(out).toMatchObject({ legend: null, counts: { total: 5, shown: 5, coloured: 0, unknown: 0 } });
  });

  test('classes: below a limit, and no value keeps its own look', async () => {
    const out = await ask({ rule: { by: 'property', key: 'height', strength: 1, classes: { limits: [20, 100], colours: ['#010203', '#040506', '#070809'] } } });
    expect(texels(out)).toEqual([[1, 2, 3, 255], [4, 5, 6, 255], [4, 5, 6, 255], [7, 8, 9, 255], [0, 0, 0, 1]]);
    expect(out.legend?.entries.map((entry) => [entry.label.en, entry.count])).toEqual([['< 20', 1], ['20 – 100', 2], ['≥ 100', 1]]);
    const inclusive = await ask({ rule: { by: 'property', key: 'height', strength: 1, classes: { limits: [20, 100], colours: ['#010203', '#040506', '#070809'], inclusive: true } } });
    expect(texels(inclusive).map((texel) => texel[0])).toEqual([1, 1, 4, 4, 0]);
  });

  test('match by category and by text, with other; strength becomes alpha', async () => {
    const out = await ask({ rule: { by: 'property', key: 'use', strength: 0.5, match: { colours: { school: '#ff0000' }, other: '#0000ff' } } });
    expect(texels(out).map(([r, , b, a]) => [r, b, a])).toEqual([[0, 255, 128], [255, 0, 128], [0, 255, 128], [0, 255, 128], [0, 255, 128]]);
    expect(out.legend?.entries.map((entry) => entry.count)).toEqual([1, 4]);
    const byText = await ask({ rule: { by: 'property', key: 'name', match: { colours: { 中心大厦: '#ff0000' }, other: '#0000ff' } } });
    expect(texels(byText).map((texel) => texel[3] > 1)).toEqual([false, true, false, true, false]);
  });

  test('ramp: clamped at both ends', async () => {
    const out = await ask({ rule: { by: 'property', key: 'height', strength: 1, ramp: { from: 3, to: 50, scheme: 'viridis' } } });
    const hex = (i: number): string => `#${texels(out)[i].slice(0, 3).map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    expect([hex(0), hex(2), hex(3)]).toEqual([rampColour('viridis', 0), rampColour('viridis', 1), rampColour('viridis', 1)]);
    expect(hex(0)).toBe('#440154');
  });

  test('join by id; a live value filters too', async () => {
    const joined = { ids: ['楼5', 'b', 'nobody'], values: Float32Array.of(7, 1, 9) };
    const rule = { by: 'join', key: 'load', strength: 1, classes: { limits: [5], colours: ['#00ff00', '#ff0000'] } } as const;
    expect(texels(await ask({ rule, joined })).map((texel) => texel.join())).toEqual(['0,0,0,1', '0,255,0,255', '0,0,0,1', '0,0,0,1', '255,0,0,255']);
    const only = await ask({ rule, joined, filter: [{ key: 'load', is: '>', value: 5 }] });
    expect(texels(only).map((texel) => texel[3])).toEqual([0, 0, 0, 0, 255]);
  });

  test.each([
    [{ key: 'height', is: '>=', value: 50 }, [2, 3]], [{ key: 'height', is: '<', value: 20 }, [0]], [{ key: 'height', is: '!=', value: 20 }, [0, 2, 3, 4]],
    [{ key: 'use', is: '=', value: 'office' }, [2, 4]], [{ key: 'use', is: 'in', value: ['school', 'residential'] }, [0, 1, 3]], [{ key: 'id', is: '=', value: '楼5' }, [4]],
  ] as const)('condition %j', async (condition, shown) => {
    const out = await ask({ filter: [condition] });
    expect(texels(out).flatMap((texel, i) => (texel[3] === 0 ? [] : [i]))).toEqual(shown);
    expect(out.counts.shown).toBe(shown.length);
  });

  test('marks lie over the rule, later over earlier, and never show what is hidden', async () => {
    const out = await ask({ hidden: [0], marks: [{ numbers: Uint32Array.of(0, 1, 2), colour: '#ff0000', strength: 1 }, { numbers: [2, 99], colour: '#00ff00', strength: 1 }] });
    expect(texels(out).slice(0, 4)).toEqual([[0, 0, 0, 0], [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 0, 1]]);
  });

  test('a column that is not there, a colour that is none, and a rule without colours are sentences', async () => {
    await expect(ask({ rule: { by: 'property', key: 'age', ramp: { from: 0, to: 1, scheme: 'blues' } } })).rejects.toThrow('has no column “age”; it has id, height');
    await expect(ask({ marks: [{ numbers: [1], colour: 'red' }] })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ask({ rule: { by: 'property', key: 'height' } })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

test('12,000 features are coloured within 50 ms once read', async () => {
  const count = 12_000;
  const large = madeTable([
    { name: 'id', type: 'string', values: Array.from({ length: count }, (_, i) => `building-${i}`) },
    { name: 'height', type: 'float32', values: Array.from({ length: count }, (_, i) => i % 200) },
  ]);
  const cache = analysisCache();
  const input: StyleInput = {
    features: 'http://x/features.json', filter: [{ key: 'height', is: '>', value: 10 }], rule: { by: 'join', key: 'load', ramp: { from: 0, to: 1, scheme: 'cividis' } },
    joined: { ids: Array.from({ length: count }, (_, i) => `building-${i}`), values: Float32Array.from({ length: count }, (_, i) => i / count) },
  };
  const source = filesInMemory({ 'http://x/features.json': large.json, 'http://x/features.bin': large.bin });
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const started = performance.now();
    const { texture, counts } = await analyse('style', input, { load: source, cache });
    times.push(performance.now() - started);
    expect([texture.width, texture.height, counts.coloured]).toEqual([2048, 6, 11_340]);
  }
  // The best of nine: the benchmark holds the median to it, this test runs beside others.
  expect(Math.min(...times)).toBeLessThan(50);
});

test('the feature table answers by number, by id and by text', async () => {
  const cards = (input: object) => analyse('features', { features: 'http://x/features.json', ...input }, { load });
  expect((await cards({ numbers: [3] })).rows).toEqual([{ number: 3, id: 'd', properties: { id: 'd', height: 100, use: 'residential', name: '中心大厦', lon: 4 } }]);
  expect((await cards({ ids: ['楼5', 'none', 'a'] })).rows.map((row) => [row.number, row.properties.height])).toEqual([[4, null], [0, 3]]);
  expect(await cards({ text: 'tower' })).toMatchObject({ matched: 1, total: 5, rows: [{ number: 1 }] });
  expect((await cards({ text: '大厦' })).rows[0].number).toBe(3);
  expect(await cards({ text: 'nothing like it' })).toEqual({ rows: [], matched: 0, total: 5 });
});
