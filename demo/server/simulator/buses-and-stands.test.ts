import { describe, expect, test } from 'vitest';
import { placer, readGtfs, readStands, roadNetwork, running, tripPlace, type Road } from 'citymirror/analysis';
import { entriesOf } from '../../../workers/models/zip.ts';
import { BusVoice, busFeed, busZip } from './bus-lines.ts';
import type { NamedPlace } from './named-places.ts';
import { standsOf, StandVoice } from './stands.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 0 };
const ground = placer(anchor);
const at = (x: number, y: number): [number, number] => {
  const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3));
  return [lon, lat];
};
const roads: Road[] = [{ id: 'm', class: 'primary', lanes: 4, coordinates: [at(-200, 0), at(1200, 0), at(2600, 300)] }, { id: 'c', class: 'secondary', lanes: 2, coordinates: [at(1200, -300), at(1200, 0), at(1200, 300)] }];
const network = roadNetwork(roads, anchor);
/** Stops on the right-hand side of both ways. */
const stops: NamedPlace[] = [0, 450, 900, 1100].flatMap((x) => [-9, 9].map((y): NamedPlace => {
  const [lon, lat] = at(x, y);
  return { id: `s${x}${y < 0 ? 'e' : 'w'}`, name: `站“${x}”, 东`, kind: 'bus-stop', lon, lat, attributes: { lines: '1路' } };
}));
const files = busFeed(network, stops)!;

describe('made-up buses', () => {
  const transit = readGtfs((name) => files[name] ?? null, 'made');

  test('make a feed that is read without a fault: one line there and back, on the street, each way by its own stops', () => {
    expect(transit.skipped).toEqual({});
    expect(transit.routes.map(({ name, type }) => [name, type])).toEqual([['1路', 3]]);
    const ways = [0, 1].map((back) => transit.trips.ids.findIndex((id) => id.startsWith(`1路-${back}@`)));
    const calls = ways.map((trip) => Array.from({ length: transit.trips.count[trip] }, (_, k) => transit.stops.ids[transit.calls.stop[transit.trips.first[trip] + k]]));
    expect(calls).toContainEqual(['s0e', 's450e', 's900e', 's1100e']);
    expect(calls).toContainEqual(['s1100w', 's900w', 's450w', 's0w']);
  });

  test('tell how late they are where they then are; not all tell, and not all tell their place', () => {
    // Noon in China on a day of any year.
    const now = Date.UTC(2026, 4, 5, 4) / 1000;
    const voice = new BusVoice(files);
    const said = Array.from({ length: 40 }, (_, k) => voice.speak(now + 300 * k)).flat();
    expect(said.length).toBeGreaterThan(20);
    expect(said.some(({ lon }) => lon === undefined)).toBe(true);
    const first = voice.speak(now).find(({ lon }) => lon !== undefined)!;
    const run = running(transit, now, { delay: (trip) => BusVoice.delay(trip, now) }).find(({ trip }) => transit.trips.ids[trip] === first.id)!;
    expect(first.lon).toBeCloseTo(tripPlace(transit, run.trip, run.seconds).lon, 6);
    expect(busFeed(network, [])).toBe(null);
  });

  test('the zip holds its files', () => {
    const entries = entriesOf(busZip(files));
    expect(typeof entries === 'string' ? entries : entries.map(({ name, size }) => [name, size])).toEqual(Object.entries(files).map(([name, text]) => [name, Buffer.byteLength(text)]));
  });
});

describe('made-up stands', () => {
  const places = [...stops, ...[100, 700].map((x): NamedPlace => ({ id: `h${x}`, name: `医院${x}`, kind: 'hospital', lon: at(x, 60)[0], lat: at(x, 60)[1], attributes: {} }))];
  const stands = standsOf(network, places, 1);

  test('stand beside the street and are read back whole', () => {
    expect(readStands(JSON.parse(JSON.stringify({ stands, synthetic: true })), 'made')).toEqual({ stands, synthetic: true, skipped: {} });
    expect(stands.filter(({ kind }) => kind === 'parking').map(({ bays }) => bays.length)).toEqual([24, 24]);
    expect(stands.filter(({ kind }) => kind === 'bikes')).toHaveLength(4);
  });

  test('say all at first, then what changed; never more than they hold', () => {
    const voice = new StandVoice(stands, 1);
    expect(voice.speak(1_780_000_000, true)).toHaveLength(48 + 4);
    let later = 0;
    for (let k = 1; k < 200; k++) {
      for (const { id, values } of voice.speak(1_780_000_000 + 30 * k, false)) {
        later++;
        const stand = stands.find((each) => id.split('/')[0] === each.id)!;
        for (const value of Object.values(values)) expect(value >= 0 && value <= stand.capacity!).toBe(true);
      }
    }
    expect(later).toBeGreaterThan(100);
    expect(later).toBeLessThan(200 * 20);
  });
});
