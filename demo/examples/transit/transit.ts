import { createTwin, ground, tiles, transit, type TransitResult } from 'citymirror';
import { cardAside } from '../card-aside.ts';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.transit');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const buses = twin.add(transit({
  url: '/feeds/buses.zip', city: url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/trips/#', decode: 'readings', staleAfter: 30 },
}));
const show = cardAside(twin, words);

// A stop in the middle shows its next departures; a click on a bus shows its trip and how late it is.
let opened = false;
twin.on('result', ({ layer }) => {
  const result = layer === buses ? (twin.result(layer) as TransitResult | null) : null;
  if (!result || result.stops.length === 0) return;
  const { early, late, 'on-time': fine, 'very-late': very } = result.punctuality;
  say(words.say('example.buses', { n: result.underWay, fine, late: late + very, early }));
  if (opened) return;
  opened = true;
  const away = ({ lon, lat }: { lon: number; lat: number }): number => Math.hypot(lon - at[0], lat - at[1]);
  const stop = result.stops.reduce((a, b) => (away(b) < away(a) ? b : a));
  void twin.look({ lon: stop.lon - 0.0012, lat: stop.lat - 0.0056, height: 480, heading: 14, pitch: -38, roll: 0 }, 0);
  void show({ layer: buses, id: `stop ${stop.id}`, lon: stop.lon, lat: stop.lat, height: stop.height, depth: 0, properties: {} });
});

Object.assign(window, { twin });
