import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { FeedSpec, FeedStatus } from '#engine';
import type { AnalysisName } from '#models';
import { analysisCache } from '../../workers/analyses/context.ts';
import { analyse } from '../../workers/analyses/run.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { benchLayer, leftOn, NOTHING_LEFT, type BenchOptions, type FakeAnalysis } from '../../tests/stage.ts';
import { delayText } from './card.ts';
import { routeColour, routeKind } from './route-look.ts';
import { transit, transitLayer } from './transit.ts';
import type { TransitResult } from './transit-layer.ts';

/** Tuesday 2018-06-05, 08:00 in San Francisco. */
const NOW = Date.UTC(2018, 5, 5, 15) / 1000;
const cache = analysisCache();
const real = (name: AnalysisName): FakeAnalysis => ((input: { url: string }) => analyse(name, { ...input, url: pathToFileURL(shared('data/traffic/gtfs/bart.zip')).href } as never, { cache })) as unknown as FakeAnalysis;
const analyses = Object.fromEntries((['transit', 'transit-at', 'transit-card'] as const).map((name) => [name, real(name)]));
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/trips/#', decode: 'readings', staleAfter: 90 };
const live: FeedStatus = { state: 'live', newest: NOW, ids: 1, stale: 0, ledger: { received: 1, applied: 1, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 }, reconnects: 0, issues: [], history: null };
const bench = (options: Partial<Parameters<typeof transit>[0]> = {}, more: BenchOptions = {}): ReturnType<typeof benchLayer> => benchLayer(transitLayer, transit({ url: 'bart.zip', feed, ...options }), { analyses, now: NOW, at: [-122.3, 37.8], ...more });

describeShared('the transit layer', () => {
  test('draws lines, stops and rings where trains should be; all of it goes', async () => {
    const { backend, staged, labels, statuses, until } = await bench();
    await until(() => backend.drawn.some(({ batch }) => batch.kind === 'points' && batch.symbol === 'ring'));
    const result = staged.layer.result!() as TransitResult;
    expect(result.underWay).toBeGreaterThan(40);
    expect(result.lines).toContainEqual({ id: '07', name: 'Richmond - Daly City/Millbrae', colour: '#ff0000' });
    const rings = backend.drawn.filter(({ batch }) => batch.kind === 'points' && batch.symbol === 'ring');
    expect(rings.reduce((sum, { batch }) => sum + batch.ids!.length, 0)).toBe(result.underWay);
    expect(labels.map(({ text }) => text)).toContain('Embarcadero');
    expect(statuses.at(-1)?.message?.zh).toContain(`6 条线路，${result.underWay} 辆在途`);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('a delay told makes of a ring a train in the colour of its punctuality, later on its way; the card says so', async () => {
    const { backend, feeds, staged, card, until, clock } = await bench();
    await until(() => backend.drawn.some(({ batch }) => batch.kind === 'points' && batch.symbol === 'ring'));
    const trip = backend.drawn.find(({ batch }) => batch.kind === 'points' && batch.symbol === 'ring')!.batch.ids![0];
    const hit = { layer: 'subject', id: `trip ${trip}`, lon: 0, lat: 0, height: 0, depth: 0, properties: {} };
    const before = (await card(hit))!;
    const value = (each: typeof before, zh: string): unknown => each.rows.find((row) => row.label.zh === zh)?.value;
    expect([value(before, '位置'), value(before, '准点')]).toEqual([{ zh: '时刻表推算，未经观测', en: 'by the timetable, not observed' }, { zh: '无实时数据', en: 'nothing told' }]);
    feeds.find(({ wish }) => wish.as === 'values')!.sink.values({ name: 'delay', ids: [trip], values: new Float32Array([420]), times: new Float64Array([NOW - 5]) });
    feeds.find(({ wish }) => wish.as === 'values')!.sink.status(live);
    clock.set({ mode: 'paused', time: NOW, at: NOW, rate: 1 });
    await until(() => backend.drawn.some(({ batch }) => batch.kind === 'points' && batch.symbol === 'train' && batch.ids?.includes(trip)));
    const train = backend.drawn.find(({ batch }) => batch.kind === 'points' && batch.symbol === 'train' && batch.ids?.includes(trip))!;
    expect([...(train.batch as { colours: Uint8Array }).colours.subarray(0, 3)]).toEqual([0xe0, 0x8a, 0x1e]);
    const after = (await card(hit))!;
    expect([value(after, '位置'), value(after, '准点'), after.asOf]).toEqual([{ zh: '时刻表加实时晚点推算', en: 'by the timetable and the delay told' }, { zh: '晚点 7 分钟', en: '7 min late' }, NOW - 5]);
    const stop = (await card({ ...hit, id: 'stop EMBR' }))!;
    expect(stop.title.zh).toBe('Embarcadero');
    expect(stop.rows.length).toBe(8);
    expect((staged.layer.result!() as TransitResult).punctuality).toEqual({ early: 0, 'on-time': 0, late: 1, 'very-late': 0 });
    staged.detach();
  });

  test('a timetable that is not of today says so, and shows a day of its own where it is asked to', async () => {
    const later = Date.UTC(2026, 5, 2, 15) / 1000;
    const today = await bench({ feed: undefined }, { now: later });
    await today.until(() => today.statuses.at(-1)?.message?.en.includes('no trips today') ?? false);
    today.staged.detach();
    const stood = await bench({ feed: undefined, day: '20180605' }, { now: later });
    await stood.until(() => stood.statuses.at(-1)?.message?.zh.includes('时刻表取自 2018-06-05，并非今天') ?? false);
    expect((stood.staged.layer.result!() as TransitResult).underWay).toBeGreaterThan(40);
    stood.staged.detach();
  });

  test('words and looks of lines', () => {
    const route = { id: 'r', name: 'r', long: 'r', type: 109, colour: null };
    expect([routeKind(route).zh, routeKind({ ...route, type: 700 }).zh, routeKind({ ...route, type: 3 }).zh]).toEqual(['铁路', '公交', '公交']);
    expect([routeColour({ ...route, colour: '#ffffff' }, 1), routeColour({ ...route, colour: '#339933' }, 1)]).toEqual(['#b5482f', '#339933']);
    expect([0, 130, -200, 900].map((delay) => delayText(delay).zh)).toEqual(['准点', '准点（晚 2 分钟）', '提前 3 分钟', '严重晚点 15 分钟']);
    expect(delayText(900).en).toBe('15 min very late');
  });
});
