import { createBackend } from '../engine/backends/headless/index.ts';
import { judgeLabels, type LabelAsk } from '../engine/drawing/declutter.ts';
import { TwinError } from '../engine/errors.ts';
import { LabelBoard } from '../engine/label-board.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

const LABELS = 20_000;
const VERDICTS = 60;
const AT = [117.49, 30.66] as const;

const middle = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1];
const worst = (list: readonly number[]): number => Math.max(...list);

/** 20,000 labels of five layers over 20 km under a camera that flies along: what the page's thread pays for a verdict, and what the worker does. */
export async function run(): Promise<Row[]> {
  const loader = { load: () => Promise.reject(new TwinError('not-found', 'nothing to load')) };
  const pose = (step: number) => ({ lon: AT[0] + step * 2e-4, lat: AT[1] - 0.03 + step * 1e-4, height: 900, heading: step * 0.7, pitch: -32, roll: 0 });
  const backend = await createBackend({ at: AT, loader, pose: pose(0) });
  const main: number[] = [];
  const there: number[] = [];
  const judge = async (ask: LabelAsk): Promise<Uint8Array> => {
    // What a message costs on this side: the copy that is posted.
    const posted = structuredClone(ask);
    main.push(performance.now() - begun);
    const start = performance.now();
    const verdict = judgeLabels(posted);
    there.push(performance.now() - start);
    begun = performance.now();
    return verdict;
  };
  let begun = 0;
  let state = 5;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const board = new LabelBoard(backend, { language: () => 'zh', judge, orderOf: (layer) => Number(layer) });
  for (let layer = 0; layer < 5; layer++)
    board.set(String(layer), Array.from({ length: LABELS / 5 }, (_, i) => ({ text: `站 ${i}`, lon: AT[0] + 0.2 * (random() - 0.5), lat: AT[1] + 0.18 * (random() - 0.5), height: 40, rank: Math.floor(random() * 20), alarm: i % 997 === 0 })));
  const shownAt = new Map<string, number[]>();
  let twice = 0;
  let before: number[][] = [];
  for (let step = 0; step < VERDICTS; step++) {
    await backend.look(pose(step), 0);
    begun = performance.now();
    board.tick();
    // The verdict is applied a few turns of promises later, before anything else runs.
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    main[main.length - 1] += performance.now() - begun;
    const now = backend.drawn.map(({ batch }) => (batch.kind === 'labels' ? batch.texts.map((_, i) => batch.colours[4 * i + 3]) : []));
    now.forEach((list, set) => list.forEach((alpha, i) => {
      if (before[set]?.[i] !== 255 || alpha !== 0) return;
      const times = [...(shownAt.get(`${set} ${i}`) ?? []), performance.now()].filter((time) => time > performance.now() - 1000);
      shownAt.set(`${set} ${i}`, times);
      if (times.length > 1) twice++;
    }));
    before = now;
    await new Promise((resolve) => { setTimeout(resolve, 205); });
  }
  board.dispose();
  const rows: Row[] = [];
  const row = (what: string, value: number, unit: string, limit: number | null): void => { rows.push({ what, value: Number(value.toPrecision(3)), unit, reach: limit === null ? null : `≤ ${limit}`, met: limit === null || value <= limit }); };
  row(`${LABELS} labels, moving camera: the page's thread a verdict (columns, message, colours), middle`, middle(main), 'ms', 4);
  row('the same, worst', worst(main), 'ms', null);
  row('the worker a verdict, middle', middle(there), 'ms', null);
  row('the other way: all of it on the page’s thread, middle', middle(main) + middle(there), 'ms', null);
  row('labels that went out of sight twice within a second', twice, 'labels', 0);
  return rows;
}
