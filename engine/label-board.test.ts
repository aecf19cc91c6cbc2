import { expect, test } from 'vitest';
import { createBackend } from './backends/headless/index.ts';
import { LabelBoard } from './label-board.ts';
import { TwinError } from './errors.ts';

const at = [117.49, 30.66] as const;

test('a label whose text changes stays in sight until the next verdict, a new one waits for it', async () => {
  const loader = { load: () => Promise.reject(new TwinError('not-found', 'nothing to load')) };
  const backend = await createBackend({ at, loader, pose: { lon: at[0], lat: at[1], height: 1000, heading: 0, pitch: -90, roll: 0 } });
  const board = new LabelBoard(backend, () => 'zh');
  const alphas = (): number[] => backend.drawn.flatMap(({ batch }) => (batch.kind === 'labels' ? batch.texts.map((_, i) => batch.colours[4 * i + 3]) : []));
  const entry = (text: string, lon: number) => ({ text, lon, lat: at[1], height: 0, rank: 1 });
  board.set('sensor', [entry('87', at[0])]);
  expect(alphas()).toEqual([0]);
  board.tick(backend);
  expect(alphas()).toEqual([255]);
  board.set('sensor', [entry('88', at[0]), entry('12', at[0] + 0.001)]);
  expect(alphas()).toEqual([255, 0]);
  board.set('sensor', []);
  expect(backend.drawn).toHaveLength(0);
});
