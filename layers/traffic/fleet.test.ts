import { describe, expect, test } from 'vitest';
import type { FeedSpec, Track } from '#engine';
import type { FleetEventRow, FleetInput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { fleet, fleetLayer } from './fleet.ts';
import { eventDetail, listedEvents, mergedEvents } from './fleet-words.ts';
import type { FleetResult } from './result.ts';

const NOW = 1_800_000_000;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/fleet/#', decode: 'vehicles', staleAfter: 12 };
const row = (more: Partial<FleetEventRow> = {}): FleetEventRow => ({ id: 'z1 forbidden f 0', kind: 'forbidden', vehicle: 'z1', start: NOW - 100, end: null, lon: 117.49, lat: 30.66, fence: 'f', name: '学校', most: NaN, allowed: NaN, evidence: [NOW - 160, NOW], ...more });
const ring = [[117.48, 30.65], [117.49, 30.65], [117.49, 30.66]] as const;
const rules = { forbidden: [{ id: 'f', name: '学校', rings: [ring] }], routes: [[[117.48, 30.65], [117.482, 30.65]]] } as const;
const track: Track = { times: Float64Array.of(NOW - 20, NOW - 15, NOW - 10), places: Float64Array.of(117.48, 30.65, 5, 117.481, 30.65, 5, 117.482, 30.65, 5), read: Uint8Array.of(1, 0, 1), speeds: Float32Array.of(9, 9, 10) };

describe('events', () => {
  test('what overlaps a known event is that event; one that began before the window keeps its start; what ends, ends', () => {
    const known = [row()];
    const [going] = mergedEvents(known, [row({ id: 'other', start: NOW - 60, end: null, lon: 1, evidence: [NOW - 60, NOW + 5] })], NOW - 60);
    expect(going).toMatchObject({ id: 'z1 forbidden f 0', start: NOW - 100, lon: 117.49, end: null, evidence: [NOW - 160, NOW + 5] });
    const [ended, next] = mergedEvents([going], [row({ start: NOW - 100, end: NOW - 20 }), row({ id: 'again', start: NOW - 5, end: null })], NOW - 900);
    expect([ended.end, next.id, next.end]).toEqual([NOW - 20, 'again', null]);
    expect(mergedEvents([row()], [], NOW - 50)[0].end).toBe(NOW - 50);
    expect(mergedEvents([row({ end: NOW - 90 })], [], NOW - 50)[0].end).toBe(NOW - 90);
  });
  test('the list has those that go on first, in both languages, with the moment to replay from', () => {
    const listed = listedEvents([row({ id: 'a', start: NOW - 900, end: NOW - 800 }), row({ id: 'b', kind: 'off-route', most: 312, allowed: 50 }), row({ id: 'c', kind: 'stop', most: 400, allowed: 300, start: NOW - 500, end: NOW - 100 })], 3);
    expect(listed.events.map(({ id, tone }) => [id, tone])).toEqual([['b', 'bad'], ['c', 'warn'], ['a', 'warn']]);
    expect(listed.events[0]).toMatchObject({ replay: NOW - 157, select: 'z1', title: { zh: 'z1 偏离核准路线', en: 'z1 off the approved route' }, detail: { zh: '最远 312 m（容许 50 m）', en: 'at most 312 m (50 m allowed)' } });
    expect(eventDetail(row({ kind: 'stop', most: 400, allowed: 300 })).zh).toBe('停留 6.7 分钟（容许 5.0 分钟）');
    expect(eventDetail(row({ kind: 'speeding', most: 81.4, allowed: 60 })).en).toBe('at most 81 km/h (limit 60 km/h)');
  });
});

describe('the fleet layer', () => {
  const asked: FleetInput[] = [];
  const analyses = {
    fleet: ((input: FleetInput) => { asked.push(input); return { events: [row()] }; }) as unknown as FakeAnalysis,
    drape: (() => ({ anchor: { lon: 117.485, lat: 30.655, height: 5 }, places: new Float32Array(9), indices: Uint32Array.of(0, 1, 2), outline: { places: new Float32Array(12), starts: Uint32Array.of(0, 4) }, area: 1 })) as unknown as FakeAnalysis,
    heights: ((input: { places: number[] }) => ({ heights: new Float32Array(input.places.length / 2).fill(5), datum: 'ellipsoid' })) as unknown as FakeAnalysis,
  };
  const bench = () => benchLayer(fleetLayer, fleet({ url: 'city/city.json', feed, rules: rules as never, lag: 3 }), { files: { [CITY_URL]: CITY }, analyses, now: NOW });

  test('draws fences and routes, judges readings only, and lists and labels what it finds', async () => {
    const { backend, feeds, staged, labels, statuses, until } = await bench();
    await until(() => backend.drawn.length >= 3);
    expect(backend.drawn.map(({ kind }) => kind).toSorted()).toEqual(['lines', 'lines', 'mesh']);
    expect(feeds[0].wish).toMatchObject({ as: 'points', lag: 3, near: { most: 200, key: 'kind' } });
    await until(() => asked.length > 0);
    feeds[0].way = track;
    feeds[0].shown = { ids: ['z1'], places: new Float32Array(3), stale: new Uint8Array(1) };
    // The rules, changed and back, make it judge at once.
    staged.update({ ...staged.document, options: { ...staged.document.options, rules: {} } });
    await until(() => asked.some(({ tracks }) => tracks.length > 0));
    await until(() => labels.length === 1);
    expect([...asked.at(-1)!.tracks[0].times]).toEqual([NOW - 20, NOW - 10]);
    expect([...asked.at(-1)!.tracks[0].speeds]).toEqual([9, 10]);
    const result = staged.layer.result!() as FleetResult;
    expect(result.listed.events).toHaveLength(1);
    expect(labels[0].text).toEqual({ zh: 'z1 驶入禁行区 学校', en: 'z1 in a forbidden area, 学校' });
    expect(statuses.at(-1)?.message?.zh).toContain('违规 1 起，进行中 1 起');
    expect(await result.track('z1', 0, NOW)).toBe(track);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
    expect(feeds.every(({ closed }) => closed)).toBe(true);
  });

  test('says what is missing', async () => {
    const { statuses } = await benchLayer(fleetLayer, { type: 'fleet' }, { now: NOW });
    expect(statuses.at(-1)).toMatchObject({ state: 'failed', message: { en: expect.stringContaining('needs the URL of a city.json') as string } });
  });
});
