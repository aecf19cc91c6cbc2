import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import { encodeFlatGeobuf, type FgbTable } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { networkState } from '../models/congestion.ts';
import { analyse } from './run.ts';
import { filesInMemory } from './testing/made-city.ts';

const anchor = { lon: 117, lat: 30, height: 0 };
const ground = placer(anchor);
const degrees = (x: number, y: number): [number, number] => { const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3)); return [lon, lat]; };
/** Five streets to the east, a kilometre each, oneway, one after another; one to the north from the third's end. */
const rows = [0, 1, 2, 3, 4].map((i) => ({ rings: [Float64Array.of(...degrees(i * 1000, 0), ...degrees(i * 1000 + 1000, 0))], values: { id: `e${i}`, name: i === 2 ? '长江路' : '', class: 'primary', lanes: 2, oneway: true, speed: 60 } }))
  .concat([{ rings: [Float64Array.of(...degrees(3000, 0), ...degrees(3000, 1000))], values: { id: 'n', name: '', class: 'primary', lanes: 2, oneway: true, speed: 60 } }]);
const table: FgbTable = {
  name: 'roads', geometry: 'LineString', count: rows.length, row: (i) => rows[i],
  columns: [{ name: 'id', type: 'string' }, { name: 'name', type: 'string' }, { name: 'class', type: 'string' }, { name: 'lanes', type: 'ushort' }, { name: 'oneway', type: 'bool' }, { name: 'speed', type: 'float' }],
};
const load = filesInMemory({ 'http://x/roads.fgb': encodeFlatGeobuf(table) });
const ids = ['e0', 'e1', 'e2', 'e3', 'e4', 'n', 'gone'];

describe('congestion of a city’s roads', () => {
  const times = Float64Array.of(0, 300, 600);
  const frames = [[60, 60, 60, 60, 60, 60, 1], [60, 12, 12, 60, 60, NaN, 1], [12, 12, 12, 60, 60, 30, 1]];
  const speeds = Float32Array.from(frames.flat());

  test('the state at every moment and the stretch with its name, place, length and direction', async () => {
    const out = await analyse('congestion', { roads: 'http://x/roads.fgb', ids, times, speeds }, { load });
    const sections = { lengths: Array<number>(6).fill(1000), ranks: Array<'arterial'>(6).fill('arterial'), free: Array<number>(6).fill(60) };
    frames.forEach((frame, t) => {
      const slow = networkState(sections, frame.slice(0, 6));
      expect(out.index[t]).toBeCloseTo(slow.index, 4);
      expect(out.speed[t]).toBeCloseTo(slow.speed, 3);
      expect(out.known[t]).toBeCloseTo((100 * slow.known) / slow.total, 4);
    });
    expect(out).toMatchObject({ total: expect.closeTo(6, 2) as number, assumedFlow: true });
    expect(out.points).toHaveLength(1);
    const [point] = out.points;
    expect(point).toMatchObject({ name: '长江路', roads: ['e0', 'e1', 'e2'], start: 300, end: 600, going: true, length: expect.closeTo(3000, 0) as number });
    const [x, y] = ground.place(point.lon, point.lat, 0, new Float64Array(3));
    expect([x, y].map(Math.round)).toEqual([3000, 0]);
    expect(point.queue).toBeCloseTo(270, 0);
    expect(point.lost).toBeCloseTo(((1 / 12 - 1 / 60) * 0.6 * 2800 * 300 * 5) / 3600, 1);
  });

  test('within an area only, with flows counted and a method of one’s own', async () => {
    const area = [[degrees(2400, -100), degrees(5100, -100), degrees(5100, 100), degrees(2400, 100)]];
    const out = await analyse('congestion', { roads: 'http://x/roads.fgb', ids, times, speeds, area, flows: new Float32Array(7).fill(100), method: { method: 'travel-time-ratio' } }, { load });
    expect(out.total).toBeCloseTo(3, 2);
    expect(out.points.map(({ roads }) => roads)).toEqual([['e2']]);
    expect(out.ratio[1]).toBeCloseTo((60 / 12 + 1 + 1) / 3, 4);
    expect(out.assumedFlow).toBe(false);
  });

  test('columns that do not fit, and a method that is none, are said', async () => {
    await expect(analyse('congestion', { roads: 'http://x/roads.fgb', ids, times, speeds: speeds.slice(1) }, { load })).rejects.toThrow('3 moments of 7 roads need 21 speeds');
    await expect(analyse('congestion', { roads: 'http://x/roads.fgb', ids, times, speeds, method: { bands: [1] } }, { load })).rejects.toThrow('bands are not four that rise');
  });
});

describe('a fleet’s tracks', () => {
  const track = (id: string, list: readonly (readonly [number, number, number])[]) => ({
    id, times: Float64Array.from(list, ([time]) => time), places: Float64Array.from(list.flatMap(([, x, y]) => [...degrees(x, y), 12])), speeds: new Float32Array(list.length).fill(15),
  });
  const rules = {
    routes: [[degrees(0, 0), degrees(5000, 0)]], speed: { limit: 70 },
    forbidden: [{ id: 'f', name: '学校', rings: [[degrees(2900, 300), degrees(3100, 300), degrees(3100, 600), degrees(2900, 600)]] }],
  };
  test('on the approved street with a poor receiver there is nothing; into the side street there is, with the stretch that shows it', async () => {
    const good = track('good', Array.from({ length: 14 }, (_, i) => [i * 10, i * 150, i % 2 ? 25 : -20] as const));
    const bad = track('bad', [...Array.from({ length: 21 }, (_, i) => [i * 10, i * 150, 0] as const), ...Array.from({ length: 8 }, (_, i) => [210 + i * 15, 3002, 50 + i * 110] as const)]);
    const { events } = await analyse('fleet', { roads: 'http://x/roads.fgb', tracks: [good, bad], rules }, { load });
    expect(events.map(({ vehicle, kind }) => [vehicle, kind])).toEqual([['bad', 'off-route'], ['bad', 'forbidden']]);
    expect(events[1]).toMatchObject({ fence: 'f', name: '学校', end: expect.any(Number) as number });
    expect(events[1].lat).toBeCloseTo(degrees(3000, 300)[1], 6);
    expect(events[1].evidence[0]).toBeCloseTo(events[1].start - 60, 6);
    const { events: without } = await analyse('fleet', { roads: null, tracks: [bad], rules }, { load });
    expect(without.map(({ kind }) => kind)).toEqual(['off-route', 'forbidden']);
  });
  test('rules that are none are named', async () => {
    const wrong = { forbidden: [{ id: 'f', name: '学校', rings: [[degrees(0, 0)]] }] };
    await expect(analyse('fleet', { roads: null, tracks: [], rules: wrong }, { load })).rejects.toThrow('forbidden[0] “学校”: rings must be lists of at least three [lon, lat] in degrees');
    const late = { forbidden: [{ ...rules.forbidden[0], windows: [{ from: '7', to: '9:00' }] }] };
    await expect(analyse('fleet', { roads: null, tracks: [], rules: late }, { load })).rejects.toThrow('“7” to “9:00” are no times of day');
    await expect(analyse('fleet', { roads: null, tracks: [], rules: { stay: { radius: -1 } } }, { load })).rejects.toThrow('radius: it must be a number from 0 on');
  });
});
