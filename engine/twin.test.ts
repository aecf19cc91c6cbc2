import { describe, expect, it, vi } from 'vitest';
import { createBackend, type HeadlessBackend } from './backends/headless/index.ts';
import { Clock } from './clock.ts';
import { emptyDocument } from './document.ts';
import { ORDER, type PointsBatch } from './drawing/batch.ts';
import { TwinError } from './errors.ts';
import type { Layer, LayerType, Stage } from './layer.ts';
import { Twin } from './twin.ts';
import type { TwinParts } from './twin-parts.ts';

const LIGHT = { name: 'day', sun: { azimuth: 140, altitude: 45 }, key: [1, 1, 1], fill: [1, 1, 1], sky: { zenith: [0, 0, 1], horizon: [1, 1, 1] }, haze: { distance: 2e4 }, night: 0 } as const;
const batch: PointsBatch = { kind: 'points', anchor: { lon: 117.49, lat: 30.66, height: 0 }, epoch: 0, order: ORDER.symbol, ids: ['a'], places: new Float32Array([1, 2, 3]), colours: new Uint8Array([9, 9, 9, 255]), size: 8, symbol: 'dot', stem: 0, motion: null };

interface Seen {
  stages: Stage[];
  updates: number;
}

function dots(seen: Seen, fault?: () => void): LayerType {
  const create = (): Layer => ({
    async attach(stage) {
      seen.stages.push(stage);
      fault?.();
      stage.draw(batch);
      stage.labels([{ text: '池州站', lon: 117.49, lat: 30.66, height: 10, rank: 1 }]);
      stage.marks.set('city', [{ numbers: new Uint32Array([1]), colour: '#ff0000', strength: 1 }]);
    },
    update: () => { seen.updates++; },
    pick: async () => null, describe: async () => null, legend: () => null, extent: () => null,
    digest: async (time) => `dots at ${time}`,
  });
  return { type: 'dots', title: { zh: '点', en: 'Dots' }, create };
}

async function makeTwin(types: LayerType[], more: Partial<TwinParts> = {}): Promise<{ twin: Twin; backends: HeadlessBackend[]; disposed: () => number }> {
  const backends: HeadlessBackend[] = [];
  const onDispose = vi.fn();
  const twin = await Twin.create({
    element: {} as HTMLElement, document: emptyDocument([117.49, 30.66]), backend: 'headless', layerTypes: new Map(types.map((type) => [type.type, type])),
    loadBackend: async () => async (options) => { const made = await createBackend(options); backends.push(made); return made; },
    lights: { dawn: { ...LIGHT, name: 'dawn' }, day: LIGHT, dusk: { ...LIGHT, name: 'dusk' }, night: { ...LIGHT, name: 'night' } },
    feeds: { open: () => { throw new Error('no feeds here'); }, clock() {}, density: async () => new Uint32Array(0), dispose() {} },
    analysis: { run: () => Promise.reject(new Error('no analyses here')), dispose() {} },
    loader: { load: () => Promise.reject(new TwinError('not-found', 'nothing here')) },
    assets: '', budget: 1e9, economy: true, page: 'http://localhost/', onDispose, ...more,
  });
  return { twin, backends, disposed: () => onDispose.mock.calls.length };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('a twin', () => {
  it('draws what its document says, and only that', async () => {
    const seen: Seen = { stages: [], updates: 0 };
    const { twin, backends } = await makeTwin([dots(seen)]);
    const id = twin.add({ type: 'dots' });
    await settle();
    const points = () => backends[0].drawn.filter((drawn) => drawn.batch.kind === 'points');
    expect(points()).toHaveLength(1);
    twin.apply([{ op: 'replace', path: `/layers/${id}/visible`, value: false }]);
    expect(points()[0].visible).toBe(false);
    expect(seen.updates).toBe(1);
    twin.undo();
    expect(points()[0].visible).toBe(true);
    twin.undo();
    expect(twin.document.layers).toEqual({});
    expect(backends[0].drawn).toHaveLength(0);
    expect(seen.stages[0].signal.aborted).toBe(true);
    twin.redo();
    await settle();
    expect(points()).toHaveLength(1);
    await twin.dispose();
  });

  it('rebuilds everything from the document when the context is lost', async () => {
    const seen: Seen = { stages: [], updates: 0 };
    const { twin, backends } = await makeTwin([dots(seen)]);
    twin.add({ type: 'dots' });
    const clip = [{ kind: 'plane', lon: 117.49, lat: 30.66, height: 0, heading: 0, pitch: 0 }];
    twin.apply([{ op: 'replace', path: '/camera/height', value: 777 }, { op: 'replace', path: '/light', value: 'night' }, { op: 'add', path: '/clip', value: clip }]);
    await settle();
    expect(backends[0].clipped).toEqual(clip);
    const digest = await twin.digest(1000);
    backends[0].lose();
    await settle();
    expect(backends).toHaveLength(2);
    expect(backends[0].disposed).toBe(true);
    expect(backends[1].drawn.length).toBe(2);
    expect(backends[1].view.pose.height).toBe(777);
    expect(backends[1].clipped).toEqual(clip);
    twin.undo();
    await settle();
    expect(backends[1].clipped).toEqual([]);
    twin.redo();
    await settle();
    expect(backends[1].clipped).toEqual(clip);
    expect(await twin.digest(1000)).toBe(digest);
    await twin.dispose();
    expect(backends[1].drawn).toHaveLength(0);
  });

  it('stops rebuilding when the context is lost again and again, and says so', async () => {
    const { twin, backends } = await makeTwin([]);
    const errors: string[] = [];
    twin.on('error', ({ error }) => errors.push(error.code));
    for (let i = 0; i < 8; i++) {
      backends.at(-1)!.lose();
      await settle();
    }
    expect(backends.length).toBe(6);
    expect(errors).toEqual(['backend-lost']);
    await twin.dispose();
  });

  it('keeps the others when one layer fails, and says which', async () => {
    const seen: Seen = { stages: [], updates: 0 };
    const bad = { ...dots({ stages: [], updates: 0 }, () => { throw new TwinError('bad-input', 'The file is empty.'); }), type: 'bad' };
    const { twin, backends } = await makeTwin([dots(seen), bad]);
    const reports: unknown[] = [];
    twin.on('error', ({ error, layer }) => reports.push([layer, error.code]));
    twin.add({ type: 'bad' }, 'bad');
    twin.add({ type: 'dots' });
    await settle();
    expect(twin.status('bad')).toMatchObject({ state: 'failed', message: { en: 'The file is empty.' } });
    expect(reports).toEqual([['bad', 'bad-input']]);
    expect(backends[0].drawn.length).toBe(2);
    expect(() => twin.add({ type: 'unknown' })).toThrow(/layer type/u);
    await twin.dispose();
  });

  it('gives one digest for one document and moment, and another for another', async () => {
    const a = await makeTwin([dots({ stages: [], updates: 0 })]);
    const b = await makeTwin([dots({ stages: [], updates: 0 })]);
    for (const { twin } of [a, b]) twin.add({ type: 'dots' }, 'x');
    expect(await a.twin.digest(5)).toBe(await b.twin.digest(5));
    expect(await a.twin.digest(5)).not.toBe(await a.twin.digest(6));
    b.twin.apply([{ op: 'replace', path: '/layers/x/opacity', value: 0.5 }]);
    expect(await a.twin.digest(5)).not.toBe(await b.twin.digest(5));
    await a.twin.dispose();
    await b.twin.dispose();
  });

  it('leaves nothing: disposed twice, or while it starts', async () => {
    const { twin, backends, disposed } = await makeTwin([dots({ stages: [], updates: 0 })]);
    twin.add({ type: 'dots' });
    await twin.dispose();
    await twin.dispose();
    expect(disposed()).toBe(1);
    expect(backends[0].disposed).toBe(true);
    expect(() => twin.apply([{ op: 'replace', path: '/light', value: 'night' }])).toThrow(/disposed/u);
  });

  it('folds a flood of one error into one event a second with its count', async () => {
    vi.useFakeTimers();
    try {
      const seen: Seen = { stages: [], updates: 0 };
      const { twin } = await makeTwin([dots(seen)]);
      twin.add({ type: 'dots' });
      const repeats: number[] = [];
      twin.on('error', (report) => repeats.push(report.repeats));
      for (let i = 0; i < 500; i++) seen.stages[0].report(new TwinError('network', 'No answer.', { where: '/a' }));
      expect(repeats).toEqual([1]);
      vi.advanceTimersByTime(3000);
      expect(repeats).toEqual([1, 499]);
      await twin.dispose();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the clock', () => {
  it('is live, stands, or replays, and never runs ahead of the present', () => {
    let machine = 1000;
    const clock = new Clock(() => machine);
    expect(clock.now()).toBe(1000);
    clock.set({ mode: 'replay', time: 900, at: 1000, rate: 10 });
    machine = 1005;
    expect(clock.now()).toBe(950);
    machine = 1100;
    expect(clock.now()).toBe(1100);
    clock.set({ mode: 'paused', time: 950, at: 0, rate: 1 });
    machine = 2000;
    expect(clock.now()).toBe(950);
  });
});
