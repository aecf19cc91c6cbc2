import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placer, project } from '#geo';
import type { AnalysisPort, LayerDocument } from '#engine';
import { benchLayer, leftOn, NOTHING_LEFT, type LayerBench } from '../../tests/stage.ts';
import { convert } from '../../tiles-pipeline/convert.ts';
import { analysisCache } from '../../workers/analyses/context.ts';
import { analyse } from '../../workers/analyses/run.ts';
import { pipeline, pipelineLayer, type PipelineOptions } from './pipeline.ts';

const AT = { lon: 117.49, lat: 30.66, height: 0 };
const PAGE = 'http://city.test/';
let folder: string;
let files: Record<string, ArrayBuffer>;

/** Water in degrees (a valve between two pipes, a hydrant), storm drainage 200 m beside it, a schematic in the middle. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'citymirror-pipes-'));
  const local = placer(AT);
  const at = (x: number, y: number): string => [...local.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)].map((value) => value.toFixed(9)).join(' ');
  const put = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), lines.join('\n'));
    return join(folder, name);
  };
  const inputs = [
    put('water.inp', ['[JUNCTIONS]', 'A 0 5', 'B 0 0', 'C 0 0', 'H 0 0', '[TANKS]', 'T 30 2 0 4 20', '[PIPES]', 'P1 A B 100 400 120', 'P2 C H 100 200 120', 'P3 A T 100 600 120', '[VALVES]', 'V1 B C 400 TCV 0', '[TAGS]', 'NODE H HYDRANT', 'LINK P1 DI', '[OPTIONS]', 'Units LPS', '[COORDINATES]', `A ${at(-100, 0)}`, `B ${at(0, 0)}`, `C ${at(2, 0)}`, `H ${at(102, 0)}`, `T ${at(-100, 100)}`]),
    put('drains.inp', ['[OPTIONS]', 'FLOW_UNITS CMS', '[JUNCTIONS]', 'M1 -3 3', 'M2 -4 4', '[OUTFALLS]', 'O -5', '[CONDUITS]', 'D1 M1 M2 80 0.013 0 0', 'D2 M2 O 80 0.013 0 0', '[XSECTIONS]', 'D1 CIRCULAR 0.8', 'D2 CIRCULAR 0.8', '[MAP]', 'UNITS Degrees', '[COORDINATES]', `M1 ${at(-80, 200)}`, `M2 ${at(0, 200)}`, `O ${at(80, 200)}`]),
    put('sketch.inp', ['[JUNCTIONS]', 'S1 0', 'S2 0', 'S3 0', '[PIPES]', 'Q1 S1 S2 100 100', 'Q2 S2 S3 900 100', '[OPTIONS]', 'Units LPS', '[COORDINATES]', 'S1 0 0', 'S2 1 0', 'S3 2 0']),
  ];
  await convert({ inputs, out: join(folder, 'city'), declared: { synthetic: true }, places: [{ file: 'sketch.inp', value: { lon: 117.5, lat: 30.65, height: 0, heading: 0, scale: null } }] });
  files = Object.fromEntries(['city.json', 'networks.json', 'networks.bin'].map((name) => [`${PAGE}city/${name}`, new Uint8Array(readFileSync(join(folder, 'city', name))).buffer]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real analyses, reading what a server would give. */
function port(): AnalysisPort {
  const cache = analysisCache();
  return {
    run: async (name, input, options) => (await analyse(name as never, input as never, { cache, signal: options?.signal, load: async (url) => ({ bytes: new Uint8Array(files[url].slice(0)), total: null, partial: false }) })) as never,
    dispose: () => {},
  };
}

const bench = (more: Partial<PipelineOptions> = {}, document: Partial<LayerDocument> = {}): Promise<LayerBench> => benchLayer(pipelineLayer, { ...pipeline({ url: 'city/city.json', ...more }), ...document }, { files, analysis: port() });
/** Where something lies on the screen. */
function screen({ pick }: LayerBench, x: number, y: number, z: number): [number, number] {
  const ask = pick(0, 0);
  const out = project(ask.clip(AT), ask.width, ask.height, x, y, z, new Float64Array(3));
  return [out[0], out[1]];
}

describe('the pipeline layer', () => {
  test('draws tubes of true radius at their depth, shafts to the ground, symbols of nodes', async () => {
    const made = await bench();
    const { backend, staged } = made;
    const tubes = backend.drawn.flatMap(({ batch }) => (batch.kind === 'lines' && batch.metres && typeof batch.width !== 'number' ? [batch] : []));
    expect(tubes.flatMap((batch) => [...(batch.width as Float32Array)]).map((width) => Number(width.toFixed(3))).toSorted((a, b) => a - b)).toEqual([0.05, 0.05, 0.1, 0.2, 0.2, 0.3, 0.4, 0.4]);
    const water = tubes.find((batch) => batch.starts.length === 5)!;
    const local = placer(water.anchor);
    // P1 is 400 wide: its middle lies cover + radius below the flat ground.
    expect(local.unplace(water.places[0], water.places[1], water.places[2], new Float64Array(3))[2]).toBeCloseTo(-1.4, 3);
    const shafts = backend.drawn.flatMap(({ batch }) => (batch.kind === 'lines' && typeof batch.width === 'number' ? [[batch.width, batch.starts.length - 1]] : []));
    expect(shafts.toSorted((a, b) => a[0] - b[0])).toEqual([[0.07, 1], [0.12, 1], [0.4, 2]]);
    const symbols = backend.drawn.flatMap(({ batch }) => (batch.kind === 'points' ? [batch.symbol] : []));
    expect(symbols.toSorted()).toEqual(['diamond', 'dot', 'dot', 'dot', 'dot', 'ring', 'square', 'triangle']);
    // Gravity tells the way in drains; in pressure networks nobody does.
    expect(tubes.map(({ flow }) => flow > 0).toSorted()).toEqual([false, false, true]);
    expect(staged.status).toMatchObject({ state: 'ready', count: 8 });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('says what is a schematic and what was assumed', async () => {
    const { staged } = await bench();
    const { zh, en } = staged.status.message!;
    expect(en).toContain('Water supply, Drainage: 8 links');
    expect(en).toContain('schematic layout, not true places: sketch.inp');
    expect(en).toContain('depth assumed, cover 1.2 m (water.inp, sketch.inp)');
    expect(en).toContain('synthetic data');
    expect(zh).toContain('示意布局');
    expect(staged.layer.legend()?.entries.map(({ colour, label }) => [colour, label.en])).toEqual([['#43b0ee', 'Water supply'], ['#b97a3c', 'Drainage']]);
    expect(staged.layer.result?.()).toMatchObject({ links: 8, shown: 8, nodes: 11 });
    staged.detach();
  });

  test('is picked by ray against capsule once the ground is see-through, with everything the card needs', async () => {
    const made = await bench();
    const { staged, backend, pick, card } = made;
    const [x, y] = screen(made, -50, 0, -1.4);
    const solid = { ...pick(x, y), surface: async () => ({ ...AT, feature: null }) };
    expect(await staged.layer.pick!(solid)).toBeNull();
    expect(backend.drawn.some(({ visible }) => visible)).toBe(false);
    backend.groundOpacity = 0.3;
    made.wake();
    const hit = await staged.layer.pick!(pick(x, y));
    expect(hit).toMatchObject({ id: 'water.inp/link/P1', properties: { kind: 'water', from: 'A', to: 'B', material: 'ductile iron' } });
    expect(hit!.height).toBeCloseTo(-1.4, 1);
    const shown = await card(hit!);
    expect(shown!.title).toEqual({ zh: '给水管 P1', en: 'Water supply: pipe P1' });
    const value = (en: string): unknown => shown!.rows.find(({ label }) => label.en === en)?.value;
    expect([value('Diameter'), value('Length'), value('Depth of the crown'), value('From'), value('To'), value('Roughness'), value('File')]).toEqual([400, 100, 1.2, 'A', 'B', 120, 'water.inp']);
    expect(value('Depth from')).toEqual({ zh: '假定：地面以下 1.2 米', en: 'assumed: 1.2 m below the ground' });
    // The symbol of a valve lies over its pipe: it is what was meant. It shows from nearby, and through the ground only.
    const single = (): number => backend.drawn.filter(({ batch, visible }) => visible && batch.kind === 'points').length;
    const wide = single();
    await backend.look({ ...backend.view.pose, height: 300 });
    made.wake();
    expect([wide, single()]).toEqual([2, 8]);
    const valve = await staged.layer.pick!(pick(...screen(made, 1, 0, -0.05)));
    expect(valve?.id).toBe('water.inp/link/V1');
    const drain = await staged.layer.pick!(pick(...screen(made, 40, 200, -4.1)));
    expect((await card(drain!))?.rows).toEqual(expect.arrayContaining([
      { label: { zh: '埋深依据', en: 'Depth from' }, value: { zh: '属性：井面以下深度（模型高程基准与地形不同）', en: 'attributes: depth below the rim (the model’s datum is not the terrain’s)' } },
      { label: { zh: '坡度', en: 'Slope' }, value: 12.5, unit: '‰', group: { zh: '高程', en: 'Heights' } },
    ]));
    expect(await staged.layer.pick!(pick(...screen(made, 0, 60, 0)))).toBeNull();
    staged.detach();
  });

  test('a schematic says so on its card; one kind alone is asked for alone', async () => {
    const { card, staged } = await bench();
    const shown = await card({ layer: 'subject', id: 'sketch.inp/link/Q2', lon: 0, lat: 0, height: 0, depth: 0, properties: {} });
    expect(shown!.rows.at(-1)!.value).toMatchObject({ en: expect.stringContaining('schematic, no true places') });
    expect(await card({ layer: 'subject', id: 'sketch.inp/node/nobody', lon: 0, lat: 0, height: 0, depth: 0, properties: {} })).toBeNull();
    staged.detach();
    const drains = await bench({ kinds: ['drainage'] });
    expect(drains.staged.status.count).toBe(2);
    drains.staged.detach();
  });

  test('colours follow a rule and a filter without drawing anew; a selection stands out', async () => {
    const made = await bench();
    const { backend, staged, update, until } = made;
    const before = backend.drawn.length;
    update({ rule: { by: 'property', key: 'diameter', classes: { limits: [0.3], colours: ['#ff0000', '#0000ff'] } }, filter: [{ key: 'diameter', is: '>=', value: 0.2 }] });
    await until(() => staged.layer.legend()?.entries[0].colour === '#ff0000');
    expect(staged.layer.legend()?.entries.map(({ label }) => label.en)).toEqual(['< 0.3', '≥ 0.3']);
    expect(staged.status.message?.en).toContain('6 / 8 links');
    expect(backend.drawn).toHaveLength(before);
    update({}, { selection: { layer: 'subject', id: 'water.inp/link/P1' } });
    await until(() => backend.drawn.length === before + 1);
    const { batch } = backend.drawn.at(-1)!;
    expect(batch.kind === 'lines' && [batch.starts.length, Number((batch.width as number).toFixed(3)), [...batch.colours]]).toEqual([2, 0.25, [255, 255, 255, 255]]);
    update({}, { selection: null });
    await until(() => backend.drawn.length === before);
    staged.detach();
  });

  test('a city without networks is one sentence', async () => {
    const city = JSON.parse(new TextDecoder().decode(files[`${PAGE}city/city.json`])) as { layers: object };
    const { staged, reports } = await benchLayer(pipelineLayer, pipeline({ url: 'city/city.json' }), { files: { [`${PAGE}city/city.json`]: { ...city, layers: {} } }, analysis: port() });
    expect(staged.status.state).toBe('failed');
    expect(reports[0].message).toContain('There are no utility networks in the data');
  });
});
