import { createTwin, emergency, formatLength, formatNumber, ground, tiles } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.incident');
const { url, at } = await exampleCity();
const radius = 400;

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const layer = twin.add(emergency({ url, incidents: [{ id: 'fire', kind: 'fire', lon: at[0], lat: at[1], radius, at: Math.round(Date.now() / 1000) }] }));

twin.on('result', () => {
  const affected = (twin.result(layer) as Record<string, { total: number }> | null)?.fire;
  if (affected) say(words.say('example.affected', { n: formatNumber(affected.total, words.language), radius: formatLength(radius, words.language) }));
});
// A click anywhere moves the incident there.
twin.on('pick', ({ surface }) => {
  if (surface) twin.apply([{ op: 'replace', path: `/layers/${layer}/options/incidents/0/lon`, value: surface.lon }, { op: 'replace', path: `/layers/${layer}/options/incidents/0/lat`, value: surface.lat }]);
});

Object.assign(window, { twin });
