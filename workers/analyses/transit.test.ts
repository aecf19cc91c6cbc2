import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { placer } from '#geo';
import { describeShared, shared } from '../../tests/shared.ts';
import { dayStart } from '../models/transit/timetable.ts';
import { analysisCache } from './context.ts';
import { analyse } from './run.ts';
import { unzipTexts } from './geometry/unzip.ts';

const url = (name: string): string => pathToFileURL(shared(`data/traffic/gtfs/${name}.zip`)).href;

describeShared('public transport in a worker', () => {
  const cache = analysisCache();
  const ask = { url: url('bart'), dem: null, lift: 1 };
  const now = dayStart('20180605', 'America/Los_Angeles') + 8 * 3600;

  test('lines lie in cells of at most 20 km, each once; stops know who calls', async () => {
    const { lines, routes, stops, trips, from } = await analyse('transit', ask, { cache });
    expect([routes.length, stops.ids.length, trips, from]).toEqual([6, 50, 2525, '20180526']);
    for (const { places, starts, route } of lines) {
      expect(Math.max(...places.map(Math.abs))).toBeLessThan(20_000);
      expect([starts.length, starts.at(-1)]).toEqual([route.length + 1, places.length / 3]);
    }
    // Line 01 runs 84 km from Antioch to Millbrae.
    const metres = lines.reduce((sum, { places, starts, route }) => route.reduce((own, which, line) => {
      if (routes[which].id !== '01') return own;
      for (let i = starts[line] + 1; i < starts[line + 1]; i++) own += Math.hypot(places[3 * i] - places[3 * i - 3], places[3 * i + 1] - places[3 * i - 2]);
      return own;
    }, sum), 0);
    expect(metres).toBeGreaterThan(80_000);
    expect(stops.routes[stops.ids.indexOf('EMBR')].length).toBe(4);
  });

  test('vehicles at two moments: those ten seconds apart move no faster than trains do', async () => {
    const { cells, total } = await analyse('transit-at', { ...ask, from: now, to: now + 10, as: null, delays: null }, { cache });
    expect(total).toBeGreaterThan(40);
    expect(cells.reduce((sum, { trips }) => sum + trips.length, 0)).toBe(total);
    for (const { places, next } of cells) for (let i = 0; i < places.length; i += 3) expect(Math.hypot(next[i] - places[i], next[i + 1] - places[i + 1])).toBeLessThan(10 * 40);
    // A day of the feed put in place of a later one shows the same trains.
    const later = await analyse('transit-at', { ...ask, from: now + 400 * 7 * 86_400, to: now + 400 * 7 * 86_400, as: '20180605', delays: null }, { cache });
    expect(Math.abs(later.total - total)).toBeLessThan(6);
    expect((await analyse('transit-at', { ...ask, from: now + 400 * 7 * 86_400, to: now + 400 * 7 * 86_400, as: null, delays: null }, { cache })).total).toBe(0);
  });

  test('a delay puts a vehicle back to where it was that much earlier', async () => {
    const { cells } = await analyse('transit-at', { ...ask, from: now, to: now, as: null, delays: null }, { cache });
    const [{ trips: [trip], anchor, places }] = cells;
    const late = await analyse('transit-at', { ...ask, from: now + 120, to: now + 120, as: null, delays: { trips: [trip], seconds: new Float32Array([120]) } }, { cache });
    const cell = late.cells.find(({ trips }) => trips.includes(trip))!;
    const at = cell.trips.indexOf(trip);
    const degrees = (anchor_: typeof anchor, array: Float32Array, i: number): Float64Array => placer(anchor_).unplace(array[3 * i], array[3 * i + 1], array[3 * i + 2], new Float64Array(3));
    const [a, b] = [degrees(anchor, places, 0), degrees(cell.anchor, cell.places, at)];
    expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeLessThan(1e-6);
    const card = await analyse('transit-card', { url: ask.url, trip, time: now + 120, as: null, delays: { trips: [trip], seconds: new Float32Array([120]) } }, { cache });
    const plain = await analyse('transit-card', { url: ask.url, trip, time: now, as: null, delays: null }, { cache });
    expect(card.trip?.running).toBe(true);
    expect(card.trip?.calls.map(({ time }) => Math.round(time))).toEqual(plain.trip?.calls.map(({ time }) => Math.round(time)));
    const stop = await analyse('transit-card', { url: ask.url, stop: 'EMBR', time: now, as: null, delays: null }, { cache });
    expect(stop.departures).toHaveLength(8);
  });

  test('a feed that is none, and a file that is no archive, are said by name', async () => {
    await expect(analyse('transit', { ...ask, url: url('badgtfs') }, { cache })).rejects.toThrow(/badgtfs\.zip is no GTFS feed that can be shown: it has no stops\.txt/u);
    await expect(unzipTexts(new TextEncoder().encode('not a zip at all, by far'), () => true, 'x.zip')).rejects.toThrow(/x\.zip cannot be read as a ZIP archive/u);
    await expect(analyse('transit-card', { url: ask.url, trip: 'none', time: now, as: null, delays: null }, { cache })).rejects.toMatchObject({ code: 'not-found' });
  });
});
