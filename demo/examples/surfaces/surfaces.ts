import { createTwin, ground, legendView, sensor, tiles, type SurfaceChoice } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, button, words } = examplePage('example.surfaces');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const stations = twin.add(sensor({
  url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 120 },
  surface: { item: 'pm25' },
}));

// What is shown is one entry of the document: an item, a method, the estimate or its error.
const show = (surface: SurfaceChoice | null): void => twin.apply([{ op: 'add', path: `/layers/${stations}/options/surface`, value: surface }]);
button('PM2.5', () => show({ item: 'pm25' }));
button(words.say('example.temperature'), () => show({ item: 'temperature' }));
button(words.say('example.error'), () => show({ item: 'pm25', show: 'error' }));
button(words.say('example.distance'), () => show({ item: 'pm25', method: 'distance' }));
button(words.say('example.none'), () => show(null));

// The legend carries unit, moment and the figures of the cross-validation.
const key = document.querySelector('header')!.appendChild(document.createElement('div'));
twin.on('result', ({ layer }) => {
  const legend = layer === stations ? twin.legend(layer) : null;
  if (legend) key.replaceChildren(legendView(legend, words));
});

Object.assign(window, { twin });
