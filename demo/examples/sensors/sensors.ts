import { createTwin, ground, sensor, tiles, type SensorResult } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.sensors');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const stations = twin.add(sensor({
  url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 120 },
  about: '/feeds/sensors.json',
}));

// The table of all stations comes with every change, the worst first.
twin.on('result', ({ layer }) => {
  const result = twin.result(layer) as SensorResult | null;
  const [worst] = result?.rows ?? [];
  if (layer !== stations || !result || !worst || worst.value === null) return say(words.say('example.waiting'));
  const old = result.rows.filter((row) => row.stale || row.value === null).length;
  say(words.say('example.stations', { name: worst.name, value: worst.level ? words.text(worst.level) : worst.value, old, n: result.rows.length }));
});

Object.assign(window, { twin });
