import { describe, expect, test } from 'vitest';
import { project } from '#geo';
import type { AffectedInput, AffectedOutput, DrapeInput, DrapeOutput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { emergency, emergencyLayer, type EmergencyResult, type Incident } from './emergency.ts';

const FEATURES = 'http://city.test/city/features.json';
const fire: Incident = { id: 'i1', kind: 'fire', lon: 117.49, lat: 30.66, radius: 200, at: 1_799_999_000, title: '长江路火情' };
const gas: Incident = { id: 'i2', kind: 'gas', lon: 117.5, lat: 30.66, radius: 100, at: 1_799_999_500 };

function answer(input: AffectedInput): AffectedOutput {
  const numbers = input.lon === gas.lon ? [7, 8] : Array.from({ length: input.radius / 50 }, (_, i) => i + 4);
  return {
    numbers: new Uint32Array(numbers), ids: numbers.map(String), distances: Float64Array.from(numbers), heights: new Float32Array(numbers.length).fill(33), storeys: new Uint16Array(numbers.length),
    uses: numbers.map((n) => (n === 4 ? 'school' : 'residential')), names: numbers.map(() => ''), addresses: numbers.map(() => ''), total: numbers.length, bytesRead: 900, bytesTotal: 90_000,
  };
}

function ring(input: DrapeInput): DrapeOutput {
  const r = input.circle!.radius;
  return { anchor: input.anchor!, places: new Float32Array([0, 0, 0, r, 0, 0, 0, r, 0]), indices: new Uint32Array([0, 1, 2]), outline: { places: new Float32Array([r, 0, 0, 0, r, 0]), starts: new Uint32Array([0, 2]) }, area: r * r };
}

const analyses = {
  affected: ((input: AffectedInput, run: { onProgress?: (fraction: number) => void }) => { run.onProgress?.(0.5); return answer(input); }) as unknown as FakeAnalysis,
  drape: ((input: DrapeInput) => ring(input)) as unknown as FakeAnalysis,
  heights: (() => ({ heights: new Float32Array([25]), datum: 'ellipsoid' })) as unknown as FakeAnalysis,
};
const bench = (incidents: readonly Incident[], more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(emergencyLayer, emergency({ url: 'city/city.json', incidents }), { files: { [CITY_URL]: CITY }, analyses, ...more });

describe('the emergency layer', () => {
  test('rings an incident, stands a symbol on the ground and answers from the companion', async () => {
    const { backend, staged, calls, labels, marks, until } = await bench([fire]);
    await until(() => staged.status.state === 'ready');
    expect(calls.find((call) => call.name === 'affected')?.input).toEqual({ companion: 'http://city.test/city/buildings.fgb', lon: 117.49, lat: 30.66, radius: 200 });
    expect(backend.drawn.map((drawn) => drawn.kind).toSorted()).toEqual(['lines', 'mesh', 'points']);
    const symbol = backend.drawn.find((drawn) => drawn.kind === 'points')!;
    expect(symbol.batch).toMatchObject({ anchor: { height: 25 }, symbol: 'alert', stem: 60 });
    expect(symbol.at(0).places[2]).toBeCloseTo(0, 3);
    expect(labels).toMatchObject([{ text: '长江路火情 · 4', alarm: true, height: 85 }]);
    expect((staged.layer.result!() as EmergencyResult).i1).toMatchObject({ total: 4, bytesRead: 900 });
    expect([...marks.for('x', new AbortController().signal).of(FEATURES)[0].numbers]).toEqual([4, 5, 6, 7]);
    expect(staged.layer.moments!()).toEqual([{ time: fire.at, kind: 'incident', title: { zh: fire.title, en: fire.title } }]);
    expect(staged.status).toMatchObject({ count: 4, progress: null, message: { zh: '1 起事件，影响建筑 4 栋' } });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
    expect(marks.for('x', new AbortController().signal).of(FEATURES)).toEqual([]);
  });

  test('counts a building that two incidents reach once', async () => {
    const { staged, until } = await bench([fire, gas]);
    await until(() => staged.status.state === 'ready');
    expect(Object.keys(staged.layer.result!() as EmergencyResult)).toEqual(['i1', 'i2']);
    expect(staged.status.count).toBe(5);
    expect(staged.layer.extent()!.east).toBeGreaterThan(117.5);
    expect(staged.layer.legend()?.entries).toHaveLength(2);
    staged.detach();
  });

  test('a circle that moves is computed again and the old question cancelled; a new title is not', async () => {
    let release: (() => void) | null = null;
    const slow = ((input: AffectedInput) => (input.radius === 200 ? new Promise((resolve) => { release = () => resolve(answer(input)); }) : answer(input))) as unknown as FakeAnalysis;
    const { backend, staged, calls, update, labels, reports, until } = await bench([fire], { analyses: { ...analyses, affected: slow } });
    await until(() => release !== null);
    expect(staged.status).toMatchObject({ state: 'loading' });
    update({ options: { incidents: [{ ...fire, radius: 300 }] } });
    expect(staged.layer.result!()).toEqual({});
    expect(calls.find((call) => call.name === 'affected')?.signal?.aborted).toBe(true);
    release!();
    await until(() => staged.status.state === 'ready');
    expect((staged.layer.result!() as EmergencyResult).i1.total).toBe(6);
    expect(backend.drawn).toHaveLength(3);
    update({ visible: false });
    expect(labels).toHaveLength(0);
    update({ visible: true });
    update({}, { light: 'night' });
    expect(labels[0].colour).toBe('#ff8a7a');
    const asked = calls.length;
    update({ options: { incidents: [{ ...fire, radius: 300, title: '已控制' }] } });
    expect(calls).toHaveLength(asked);
    expect(labels[0].text).toBe('已控制 · 6');
    update({ options: { incidents: [] } });
    expect(backend.drawn).toHaveLength(0);
    expect(staged.layer.result!()).toEqual({});
    expect(labels).toHaveLength(0);
    expect(reports).toEqual([]);
    staged.detach();
  });

  test('the last answer stays painted until the next one is there', async () => {
    let release: (() => void) | null = null;
    const second = ((input: AffectedInput) => (input.radius === 250 ? new Promise((resolve) => { release = () => resolve(answer(input)); }) : answer(input))) as unknown as FakeAnalysis;
    const { staged, update, marks, until } = await bench([fire], { analyses: { ...analyses, affected: second } });
    const painted = (): number[] => marks.for('x', new AbortController().signal).of(FEATURES).flatMap(({ numbers }) => [...numbers]);
    await until(() => painted().length === 4);
    update({ options: { incidents: [{ ...fire, radius: 250 }] } });
    await until(() => release !== null);
    expect(painted()).toHaveLength(4);
    expect(staged.layer.result!()).toEqual({});
    release!();
    await until(() => painted().length === 5);
    staged.detach();
  });

  test('a wrong incident is told and left out, the others stand', async () => {
    const { staged, reports, until } = await bench([{ ...gas, radius: -1 }, fire, { ...fire }]);
    await until(() => staged.status.state === 'ready');
    expect(Object.keys(staged.layer.result!() as EmergencyResult)).toEqual(['i1']);
    expect(reports.map((error) => [error.code, error.where])).toEqual([['bad-input', 'subject/options/incidents/0'], ['bad-input', 'subject/options/incidents/2']]);
    expect(reports[0].message).toContain('radius must be more than 0');
    staged.detach();
  });

  test('says when the answer failed, and when there is nothing to ask', async () => {
    const failing = await bench([fire], { analyses: { ...analyses, affected: (() => { throw new Error('companion cut short'); }) as unknown as FakeAnalysis } });
    await failing.until(() => failing.staged.status.state === 'failed');
    expect(failing.reports.map((error) => [error.code, error.message])).toEqual([['analysis-failed', 'companion cut short']]);
    expect(failing.backend.drawn).toHaveLength(3);
    failing.staged.detach();
    const bare = await bench([fire], { files: { [CITY_URL]: { ...CITY, layers: {} } } });
    await bare.until(() => bare.staged.status.state === 'ready');
    expect(bare.staged.status.message?.en).toContain('no buildings in the data');
    bare.staged.detach();
  });

  test('is picked by its symbol and describes itself', async () => {
    const { staged, pick, card, until } = await bench([fire]);
    await until(() => staged.status.state === 'ready');
    const ask = pick(640, 360);
    const point = project(ask.clip({ lon: 117.49, lat: 30.66, height: 85 }), 1280, 720, 0, 0, 0, new Float64Array(3));
    expect(await staged.layer.pick!({ ...ask, x: point[0] + 40 })).toBeNull();
    const hit = await staged.layer.pick!({ ...ask, x: point[0] + 9, y: point[1] });
    expect(hit).toMatchObject({ id: 'i1', height: 25 });
    const shown = await card(hit!);
    expect(shown).toMatchObject({ title: { zh: '长江路火情' }, asOf: 1_799_999_000 });
    expect(shown!.rows).toContainEqual({ label: { zh: '其中学校、医院', en: 'of these schools and hospitals' }, value: 1 });
    staged.detach();
  });

  test('the digest waits for the answers and differs with them', async () => {
    const one = await bench([fire]);
    const two = await bench([fire]);
    const wider = await bench([{ ...fire, radius: 400 }]);
    const [a, b, c] = await Promise.all([one, two, wider].map(({ staged }) => staged.layer.digest!(0)));
    expect(a).toBe(b);
    expect(c).not.toBe(a);
    for (const { staged } of [one, two, wider]) staged.detach();
  });
});
