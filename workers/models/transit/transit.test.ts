import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { entriesOf } from '../zip.ts';
import { eachRow } from './csv.ts';
import { gtfsTime, readGtfs, type GtfsFiles } from './gtfs.ts';
import { punctuality, realtimeTrips } from './realtime.ts';
import { dayStart, departuresAt, running, tripPlace } from './timetable.ts';
import { runsOn } from './transit.ts';

function feed(name: string): GtfsFiles {
  const bytes = readFileSync(shared(`data/traffic/gtfs/${name}.zip`));
  const entries = entriesOf(bytes);
  if (typeof entries === 'string') throw new Error(entries);
  return (file) => {
    const entry = entries.find((each) => each.name === file);
    if (!entry) return null;
    const start = entry.at + 30 + bytes.readUInt16LE(entry.at + 26) + bytes.readUInt16LE(entry.at + 28);
    const packed = bytes.subarray(start, start + entry.packed);
    return (entry.method === 0 ? packed : inflateRawSync(packed)).toString('utf8');
  };
}
const made = (files: Readonly<Record<string, string>>): GtfsFiles => (name) => files[name] ?? null;
const small = {
  'agency.txt': 'agency_name,agency_url,agency_timezone\nA,http://a,Asia/Shanghai\n',
  'stops.txt': 'stop_id,stop_name,stop_lat,stop_lon\na,A,30,117\nb,B,30,117.01\nc,C,30.01,117.01\n',
  'routes.txt': 'route_id,route_short_name,route_long_name,route_type,route_color\nr,1路,,3,FF0000\n',
  'trips.txt': 'route_id,service_id,trip_id,shape_id\nr,s,t,\n',
  'stop_times.txt': 'trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,08:00:00,08:00:00,a,1\nt,,,b,2\nt,08:20:00,08:20:00,c,3\n',
  'calendar.txt': 'service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\ns,1,1,1,1,1,0,0,20260101,20261231\n',
};

describe('tables of a feed', () => {
  test('quotes, doubled quotes, breaks in quotes, CR LF and a byte order mark', () => {
    const rows: string[][] = [];
    const header = eachRow('\uFEFFb,a,c\r\n"1,5", x ,"say ""so"""\r\n\r\n"two\nlines",,9', ['a', 'b', 'c', 'd'], (fields) => rows.push([...fields]));
    expect(header).toEqual(['b', 'a', 'c']);
    expect(rows).toEqual([['x', '1,5', 'say "so"', ''], ['', 'two\nlines', '9', '']]);
  });

  test('whatever is written comes back', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '中', ' ', '\r') });
    fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (written) => {
      const rows: string[][] = [];
      eachRow(`x,y\n${written.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`, ['x', 'y'], (fields) => rows.push([...fields]));
      expect(rows).toEqual(written);
    }));
  });

  test('times may pass midnight; others are none', () => {
    expect(['25:01:02', '6:00:00', '24:60:00', 'noon'].map(gtfsTime)).toEqual([90_062, 21_600, Number.NaN, Number.NaN]);
  });
});

describe('a small feed', () => {
  test('times that are not given lie between by distance; a trip without a shape goes straight', () => {
    const transit = readGtfs(made(small), 'small.zip');
    const { along, arrival } = transit.calls;
    const [ab, bc] = [along[1] - along[0], along[2] - along[1]];
    expect(ab).toBeCloseTo(965, -1);
    expect(arrival[1]).toBeCloseTo(28_800 + 1200 * (ab / (ab + bc)), 6);
    expect(transit.routes[0]).toMatchObject({ name: '1路', colour: '#ff0000', type: 3 });
    // Monday 2026-03-02, 08:05 in China.
    const now = Date.UTC(2026, 2, 2, 0, 5) / 1000;
    const [run] = running(transit, now);
    expect(run).toMatchObject({ trip: 0, date: '20260302', seconds: 28_800 + 300 });
    const place = tripPlace(transit, run.trip, run.seconds);
    expect(place.along).toBeCloseTo((300 / 1200) * (ab + bc), 3);
    expect(place.heading).toBeCloseTo(90, 0);
    expect(running(transit, now, { delay: () => 600 })).toEqual([]);
    expect(running(transit, Date.UTC(2026, 2, 1, 0, 5) / 1000)).toEqual([]);
    expect(running(transit, Date.UTC(2026, 2, 1, 0, 5) / 1000, { as: '20260302' })).toHaveLength(1);
  });

  test.each([
    ['no stops', { 'stops.txt': undefined }, /has no stops\.txt/u],
    ['a column that is missing', { 'trips.txt': 'trip,route\n1,2\n' }, /trips\.txt has no column trip_id, route_id, service_id; it has trip, route/u],
    ['a zone that is none', { 'agency.txt': 'agency_name,agency_timezone\nA,Mars/Olympus\n' }, /time zone “Mars\/Olympus”/u],
    ['no calendar', { 'calendar.txt': undefined }, /neither calendar\.txt nor calendar_dates\.txt/u],
  ])('refused by name: %s', (_, change, message) => {
    const files = Object.fromEntries(Object.entries({ ...small, ...change }).filter(([, text]) => text !== undefined)) as Record<string, string>;
    expect(() => readGtfs(made(files), 'small.zip')).toThrow(message);
  });

  test('a shape drawn for the other way is turned round', () => {
    const shapes = 'shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nw,30.01,117.01,1\nw,30,117.01,2\nw,30,117,3\n';
    const transit = readGtfs(made({ ...small, 'shapes.txt': shapes, 'trips.txt': 'route_id,service_id,trip_id,shape_id\nr,s,t,w\n' }), 'small.zip');
    expect(transit.skipped).toEqual({ 'way of stops against its shape (the shape was turned round)': 1 });
    expect([...transit.calls.along].map(Math.round)).toEqual([0, 965, 2073]);
  });

  test('days count from noon minus twelve hours, through a change of clocks', () => {
    // 2026-03-08 02:00 → 03:00 in Los Angeles: the day has 23 hours.
    expect(dayStart('20260308', 'America/Los_Angeles')).toBe(Date.UTC(2026, 2, 8, 7) / 1000);
    expect(dayStart('20260309', 'America/Los_Angeles')).toBe(Date.UTC(2026, 2, 9, 7) / 1000);
    expect(dayStart('20260307', 'America/Los_Angeles')).toBe(Date.UTC(2026, 2, 7, 8) / 1000);
    expect(dayStart('20260302', 'Asia/Shanghai')).toBe(Date.UTC(2026, 2, 1, 16) / 1000);
    expect(dayStart('20260302', 'Pacific/Kiritimati')).toBe(Date.UTC(2026, 2, 1, 10) / 1000);
  });
});

describeShared('real feeds', () => {
  const bart = readGtfs(feed('bart'), 'bart.zip');

  test('BART: six coloured lines, every trip and call of its files', () => {
    expect(bart.routes.map(({ name, type, colour }) => [name, type, colour])).toContainEqual(['Richmond - Daly City/Millbrae', 1, '#ff0000']);
    expect([bart.stops.ids.length, bart.trips.ids.length, bart.calls.stop.length]).toEqual([50, 2525, 33_167]);
    // The shapes of line 01 end where it ended before it grew to Antioch.
    expect(Object.keys(bart.skipped)).toEqual(['way of stops beyond the ends of its shape (drawn straight to them)']);
    expect([bart.zone, bart.from, bart.to]).toEqual(['America/Los_Angeles', '20180526', '20190701']);
  });

  test('BART: calls lie where their stations are, in the order of the trip', () => {
    let worst = 0;
    for (let trip = 0; trip < bart.trips.ids.length; trip += 7) {
      const first = bart.trips.first[trip];
      for (let call = first; call < first + bart.trips.count[trip]; call++) {
        if (call > first) expect(bart.calls.along[call]).toBeGreaterThanOrEqual(bart.calls.along[call - 1]);
        const { lon, lat } = tripPlace(bart, trip, bart.calls.arrival[call]);
        const stop = bart.calls.stop[call];
        worst = Math.max(worst, Math.hypot((lon - bart.stops.places[2 * stop]) * Math.cos((lat * Math.PI) / 180), lat - bart.stops.places[2 * stop + 1]) * 111_320);
      }
    }
    expect(worst).toBeLessThan(120);
  });

  test('BART: as many trains at a moment as its files say, Monday exceptions counted', () => {
    // Tuesday 2018-06-05 08:00 in San Francisco, counted from the text itself.
    const now = dayStart('20180605', bart.zone) + 8 * 3600;
    const rows = feed('bart')('stop_times.txt')!.split(/\r?\n/u).slice(1).filter(Boolean).map((row) => row.split(','));
    const spans = new Map<string, [number, number]>();
    for (const [trip, arrival, departure] of rows) {
      const known = spans.get(trip) ?? [Infinity, -Infinity];
      spans.set(trip, [Math.min(known[0], gtfsTime(departure)), Math.max(known[1], gtfsTime(arrival))]);
    }
    const wanted = [...spans].filter(([trip, [from, to]]) => trip.endsWith('WKDY') && from <= 8 * 3600 && to >= 8 * 3600).length;
    expect(wanted).toBeGreaterThan(40);
    expect(running(bart, now)).toHaveLength(wanted);
    // Memorial Day runs as a Sunday.
    const service = (id: string): (typeof bart.services)[number] => bart.services.find((each) => each.id === id)!;
    expect([runsOn(service('WKDY'), '20180528'), runsOn(service('SUN'), '20180528')]).toEqual([false, true]);
    const stop = bart.stops.ids.indexOf('EMBR');
    const next = departuresAt(bart, stop, now, { most: 5 });
    expect(next).toHaveLength(5);
    expect(next.every(({ time }, i) => time >= now && (i === 0 || time >= next[i - 1].time))).toBe(true);
  });

  test('TriMet: the feed’s own distances place the calls, and geometry agrees', () => {
    const transit = readGtfs(feed('trimet-2routes'), 'trimet.zip');
    expect(transit.routes.map(({ name, colour }) => [name, colour])).toEqual([['Portland Streetcar - NS Line', '#84bd00'], ['MAX Green Line', '#008852']]);
    expect(transit.trips.ids).toHaveLength(2341);
    let worst = 0;
    for (let call = 0; call < transit.trips.count[0]; call++) {
      const { lon, lat } = tripPlace(transit, 0, transit.calls.arrival[call]);
      const stop = transit.calls.stop[call];
      worst = Math.max(worst, Math.hypot((lon - transit.stops.places[2 * stop]) * Math.cos((lat * Math.PI) / 180), lat - transit.stops.places[2 * stop + 1]) * 111_320);
    }
    expect(worst).toBeLessThan(60);
  });

  test('the example feed’s headways are told out; its errors are left out by reason', () => {
    const example = readGtfs(feed('example'), 'example.zip');
    expect(example.trips.ids.filter((id) => id.startsWith('STBA@'))).toHaveLength(32);
    expect(example.skipped).toEqual({});
    const wrong = readGtfs(feed('example-errors'), 'example-errors.zip');
    expect(wrong.skipped).toMatchObject({ 'stop without a place on Earth': 1, 'call at a stop that is not there': 2 });
    expect(wrong.trips.ids.length).toBe(example.trips.ids.length);
    expect(() => readGtfs(feed('badgtfs'), 'badgtfs.zip')).toThrow(/badgtfs\.zip is no GTFS feed that can be shown: it has no stops\.txt/u);
  });

  const json = (name: string): unknown => JSON.parse(readFileSync(shared(`data/traffic/gtfs-rt/${name}`), 'utf8'));

  test('real-time BART: delays of the next calls, joined by trip', () => {
    const message = json('bart-trip-updates.pb.json') as { entity: unknown[] };
    const { trips, time, skipped } = realtimeTrips(message);
    expect([time, trips.length, skipped]).toEqual([1_565_199_921, message.entity.length, {}]);
    expect(trips[0]).toMatchObject({ trip: '1011112WKDY', delay: 29, stopSequence: 1 });
    const vehicles = realtimeTrips(json('BA-vehicle-positions.json'));
    expect(vehicles.trips[0]).toMatchObject({ trip: '3210613WKDY', route: '01', vehicle: '1001', lon: -122.27145, lat: 37.80377, heading: 45, stopSequence: 4 });
  });

  test.each(['E026.vehicle_position-position-latitude.1', 'E026.vehicle_position-position-longitude.2', 'E001.header-timestamp'])('real-time faults are left out: %s', (name) => {
    expect(realtimeTrips(json(`errors/${name}.json`)).trips).toEqual([]);
  });

  test('delays are judged', () => {
    expect([-61, -60, 0, 300, 301, 600, 601].map((delay) => punctuality(delay).id)).toEqual(['early', 'on-time', 'on-time', 'on-time', 'late', 'late', 'very-late']);
  });
});
