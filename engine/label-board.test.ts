import { expect, test } from 'vitest';
import { createBackend, type HeadlessBackend } from './backends/headless/index.ts';
import { judgeLabels, type LabelAsk } from './drawing/declutter.ts';
import { LabelBoard } from './label-board.ts';
import { labelJudge } from './label-judge.ts';
import { TwinError } from './errors.ts';

const at = [117.49, 30.66] as const;
const loader = { load: () => Promise.reject(new TwinError('not-found', 'nothing to load')) };
const backendAt = (height = 1000): Promise<HeadlessBackend> => createBackend({ at, loader, pose: { lon: at[0], lat: at[1], height, heading: 0, pitch: -90, roll: 0 } });
const alphas = (backend: HeadlessBackend): number[] => backend.drawn.flatMap(({ batch }) => (batch.kind === 'labels' ? batch.texts.map((_, i) => batch.colours[4 * i + 3]) : []));
const entry = (text: string, lon: number = at[0]) => ({ text, lon, lat: at[1], height: 0, rank: 1 });
const judge = async (ask: LabelAsk): Promise<Uint8Array> => judgeLabels(ask);
const settle = (milliseconds = 0): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

test('a label whose text changes stays in sight until the next verdict, a new one waits for it', async () => {
  const backend = await backendAt();
  const board = new LabelBoard(backend, { language: () => 'zh', judge });
  board.set('sensor', [entry('87')]);
  expect(alphas(backend)).toEqual([0]);
  board.tick();
  await settle();
  expect(alphas(backend)).toEqual([255]);
  board.set('sensor', [entry('88'), entry('12', at[0] + 0.001)]);
  expect(alphas(backend)).toEqual([255, 0]);
  board.set('sensor', []);
  expect(backend.drawn).toHaveLength(0);
});

test('an alarm goes before a selection, that before a higher layer, that before rank', async () => {
  const seen = async (sets: Readonly<Record<string, object>>): Promise<string> => {
    const backend = await backendAt();
    const board = new LabelBoard(backend, { language: () => 'zh', judge, orderOf: (layer) => Number(layer) });
    for (const [layer, more] of Object.entries(sets)) board.set(layer, [{ ...entry(layer), ...more }]);
    board.tick();
    await settle();
    const shown = Object.keys(sets).filter((_, i) => alphas(backend)[i] === 255);
    board.dispose();
    return shown.join();
  };
  expect(await seen({ 1: { alarm: true }, 9: { selected: true } })).toBe('1');
  expect(await seen({ 2: { selected: true }, 7: { rank: 900 } })).toBe('2');
  expect(await seen({ 3: { rank: 900 }, 4: {} })).toBe('4');
  expect(await seen({ 5: { rank: 2 }, 6: { rank: 1 } })).toBe('6');
});

test('what went out of sight waits a second before it comes back, an alarm does not; a verdict goes to what took the places of its labels', async () => {
  const backend = await backendAt();
  let verdicts: number[][] = [];
  let resting: number[] = [];
  const board = new LabelBoard(backend, { language: () => 'zh', judge: async (ask) => {
    resting = [...ask.resting];
    return Uint8Array.from(verdicts.shift() ?? judgeLabels(ask));
  } });
  board.set('sensor', [entry('1'), { ...entry('2', at[0] + 0.002), alarm: true }]);
  verdicts = [[1, 1], [0, 0]];
  for (let i = 0; i < 3; i++) {
    board.set('other', [entry('far', at[0] + 0.003 + i * 1e-5)]);
    board.tick();
    await settle(210);
  }
  expect(resting.slice(0, 2)).toEqual([1, 0]);
  expect(alphas(backend).slice(0, 2)).toEqual([0, 255]);
  // The camera stands still, and yet it comes back when it may.
  for (let i = 0; i < 6; i++) {
    board.tick();
    await settle(210);
  }
  expect(alphas(backend).slice(0, 2)).toEqual([255, 255]);
  board.set('sensor', [entry('1')]);
  board.tick();
  board.set('sensor', [entry('3', at[0] + 0.004)]);
  await settle();
  expect(backend.drawn).toHaveLength(2);
  board.tick();
  board.dispose();
  await settle();
  expect(backend.drawn).toHaveLength(0);
});

test('few labels are judged in place, many by a worker, and in place again where none answers', async () => {
  const ask = (count: number): LabelAsk => ({ clips: new Float64Array(16), starts: Uint32Array.from([0, count]), places: new Float32Array(3 * count), halves: new Float32Array(2 * count), lifts: new Float32Array(count), farthest: new Float32Array(count), priorities: new Float64Array(count), previous: new Uint8Array(count), resting: new Uint8Array(count), width: 8, height: 8, limit: 9 });
  const calls: string[] = [];
  const failing = labelJudge({ run: (name) => { calls.push(name); return Promise.reject(new TwinError('worker-died', 'gone')); }, dispose: () => {} });
  expect(await failing(ask(2))).toEqual(new Uint8Array(2));
  expect(calls).toEqual([]);
  expect(await failing(ask(3000))).toEqual(new Uint8Array(3000));
  expect(calls).toEqual(['labels']);
  const working = labelJudge({ run: async () => Uint8Array.from([1]) as never, dispose: () => {} });
  expect(await working(ask(3000))).toEqual(Uint8Array.from([1]));
});
