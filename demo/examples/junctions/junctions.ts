import { createTwin, formatNumber, ground, junctions, tiles, type JunctionsResult } from 'citymirror';
import { cardAside } from '../card-aside.ts';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.junctions');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const signals = twin.add(junctions({
  url: '/feeds/junctions.json', city: url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/signals/#', decode: 'readings', staleAfter: 15 },
}));
const show = cardAside(twin, words);

// The first corridor's second junction is looked at; a click on another shows its card.
let opened = false;
twin.on('result', ({ layer }) => {
  const result = layer === signals ? (twin.result(layer) as JunctionsResult | null) : null;
  const [wave] = result?.corridors ?? [];
  if (!result || result.rows.length === 0) return;
  if (wave) say(words.say('example.wave', { name: wave.name, n: result.rows.length, forward: formatNumber(wave.forward, words.language), reverse: formatNumber(wave.reverse, words.language), cycle: formatNumber(wave.cycle, words.language) }));
  const row = result.rows.find(({ id }) => id === (wave ? wave.junctions[1] : result.rows[0].id));
  if (opened || !row) return;
  opened = true;
  const { id, lon, lat, name } = row;
  void twin.look({ lon: lon - 0.0006, lat: lat - 0.0011, height: 110, heading: 26, pitch: -38, roll: 0 }, 0);
  void show({ layer: signals, id, lon, lat, height: 0, depth: 0, properties: { name } });
});

Object.assign(window, { twin });
