import { createTwin, ground, parking, tiles, type ParkingResult } from 'citymirror';
import { cardAside } from '../card-aside.ts';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.parking');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const stands = twin.add(parking({
  url: '/feeds/stands.json', city: url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/stands/#', decode: 'readings', staleAfter: 120 },
}));
const show = cardAside(twin, words);

// A car park whose bays tell of themselves is looked at first; a click on another bar shows its card.
let opened = false;
twin.on('result', ({ layer }) => {
  const result = layer === stands ? (twin.result(layer) as ParkingResult | null) : null;
  if (!result || result.rows.length === 0) return;
  const parks = result.rows.filter(({ kind, free }) => kind === 'parking' && free !== null);
  const bikes = result.rows.filter(({ kind, taken }) => kind === 'bikes' && taken !== null);
  if (parks.length === 0) return;
  say(words.say('example.free', { n: parks.length, free: parks.reduce((sum, row) => sum + row.free!, 0), stations: bikes.length, bikes: bikes.reduce((sum, row) => sum + row.taken!, 0) }));
  if (opened) return;
  opened = true;
  const row = result.rows.find(({ id }) => id === 'P1') ?? parks[0];
  void twin.look({ lon: row.lon - 0.0009, lat: row.lat - 0.0019, height: 150, heading: 22, pitch: -32, roll: 0 }, 0);
  void show({ layer: stands, id: row.id, lon: row.lon, lat: row.lat, height: 0, depth: 0, properties: {} });
});

Object.assign(window, { twin });
