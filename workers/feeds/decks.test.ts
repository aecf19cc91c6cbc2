import { expect, test } from 'vitest';
import { placer } from '#geo';
import { madeDem } from '../analyses/testing/made-city.ts';
import { encodeFlatGeobuf, type FgbTable } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { Feed } from './feed.ts';
import { Screen } from './testing/screen.ts';

const START = 1_800_000_000;
const LIFT = 1.2;
const ANCHOR = { lon: 117.02, lat: 30.02, height: 20 };
/** A river ten metres below two banks of which the eastern one is two metres higher; a street along it below the bridge. */
const bank = (lon: number): number => 30 + 500 * (lon - 117.02);
const river = (lon: number): number => bank(lon) - (Math.abs(lon - 117.02) < 0.0015 ? 10 : 0);
const dem = madeDem([117, 30, 117.04, 30.04], 401, river);
const rows = [
  { rings: [Float64Array.of(117.01, 30.02, 117.018, 30.02)], values: { id: 'west', class: 'primary', lanes: 2, bridge: false } },
  { rings: [Float64Array.of(117.018, 30.02, 117.02, 30.0202, 117.022, 30.02)], values: { id: 'bridge', class: 'primary', lanes: 2, bridge: true } },
  { rings: [Float64Array.of(117.022, 30.02, 117.03, 30.02)], values: { id: 'east', class: 'primary', lanes: 2, bridge: false } },
  { rings: [Float64Array.of(117.0205, 30.01, 117.0205, 30.03)], values: { id: 'below', class: 'primary', lanes: 2, bridge: false } },
];
const table: FgbTable = {
  name: 'roads', geometry: 'LineString', count: rows.length, row: (i) => rows[i],
  columns: [{ name: 'id', type: 'string' }, { name: 'class', type: 'string' }, { name: 'lanes', type: 'ushort' }, { name: 'bridge', type: 'bool' }],
};
const files: Record<string, Uint8Array> = { 'http://x/roads.fgb': encodeFlatGeobuf(table), 'http://x/dem.json': dem.json, 'http://x/dem.bin': dem.bin };

/** A vehicle's heights above the ellipsoid, ten times a second between two messages, by its longitude. */
async function driven(places: readonly (readonly [lon: number, lat: number])[], seconds: number, heading: number): Promise<{ lon: number; height: number }[]> {
  let clock = START;
  const screen = new Screen();
  const feed = new Feed({
    number: 1, spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 60 },
    wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ff0000', roads: 'http://x/roads.fgb', dem: 'http://x/dem.json', lift: LIFT, capacity: 4 },
    context: { now: () => clock, WebSocket: globalThis.WebSocket, brokers: new Map(), load: async (url: string) => files[url].slice().buffer as ArrayBuffer },
    post: screen.take,
  });
  await feed.prepare(new AbortController().signal);
  const message = places.map(([lon, lat], i) => ({ id: 'v', t: START + i * seconds, lon, lat, heading, speed: 15 }));
  clock = START + seconds;
  feed.receive({ bytes: new TextEncoder().encode(JSON.stringify(message)), topic: 'city/vehicles/1', at: clock });
  const frame = placer(ANCHOR);
  const seen: { lon: number; height: number }[] = [];
  for (clock = START; clock <= START + seconds; clock += 0.1) {
    feed.flush(clock);
    const { x, y, z } = screen.at(0, clock)!;
    const [lon, , height] = frame.unplace(x, y, z, [0, 0, 0]);
    seen.push({ lon, height: height - LIFT });
  }
  expect(feed.ledger.counts.rejected).toBe(0);
  return seen;
}

const straight = (lon: number): number => bank(117.018) + ((bank(117.022) - bank(117.018)) * (lon - 117.018)) / 0.004;

test('a vehicle on a bridge drives on the deck, from bank to bank', async () => {
  const seen = await driven([[117.016, 30.019985], [117.024, 30.019985]], 50, 90);
  const over = seen.filter(({ lon }) => Math.abs(lon - 117.02) < 0.0014);
  expect(over.length).toBeGreaterThan(50);
  // A decimetre of deck over the profile; pieces of way may leave the deck by some centimetres.
  for (const { lon, height } of over) expect(Math.abs(height - straight(lon) - 0.1)).toBeLessThan(0.1);
  for (const { lon, height } of seen.filter(({ lon }) => Math.abs(lon - 117.02) > 0.0022)) expect(Math.abs(height - bank(lon))).toBeLessThan(0.2);
});

test('one that was read on a bridge stands on it, and one below it drives on the ground', async () => {
  const [first] = await driven([[117.0201, 30.02018], [117.0201, 30.02018]], 1, 95);
  expect(Math.abs(first.height - straight(first.lon) - 0.1)).toBeLessThan(0.1);
  const below = await driven([[117.02052, 30.019], [117.02052, 30.0213]], 20, 0);
  for (const { lon, height } of below) expect(Math.abs(height - river(lon))).toBeLessThan(0.1);
});
