import { createTwin, formatNumber, formatSpan, ground, tiles, traffic } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.traffic');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const cars = twin.add(traffic({
  url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 15 },
  roadsFeed: { transport: 'mqtt', url: '/mqtt', topic: 'city/roads/#', decode: 'road-speeds', staleAfter: 90 },
}));

twin.on('time', () => {
  const { feed } = twin.status(cars);
  if (!feed?.newest) return say(words.say('example.waiting'));
  say(words.say('example.vehicles', { n: formatNumber(feed.ids, words.language), age: formatSpan(twin.clock.machine() - feed.newest, words) }));
});

Object.assign(window, { twin });
