import { createTwin, createUi, defineWidgets, ground, placeWidget, placer, sketch, tiles, traffic } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, button, words } = examplePage('example.congestion');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const roads = twin.add(traffic({ url, roadsFeed: { transport: 'mqtt', url: '/mqtt', topic: 'city/roads/#', decode: 'road-speeds', staleAfter: 90 }, congestion: { level: 4 } }));
await twin.look({ lon: at[0], lat: at[1] - 0.017, height: 1150, heading: 8, pitch: -38, roll: 0 }, 0);

// The list beside the map: the area's day, and its congested stretches with a way to each.
defineWidgets();
const ui = createUi({ twin, words, signal: new AbortController().signal });
const side = document.createElement('aside');
document.body.append(side);
placeWidget('city-events', ui, side);

/** A circle around the middle, as a district would be. */
const local = placer({ lon: at[0], lat: at[1], height: 0 });
const district = Array.from({ length: 49 }, (_, i): [number, number] => {
  const [lon, lat] = local.unplace(900 * Math.cos((i / 24) * Math.PI), 900 * Math.sin((i / 24) * Math.PI), 0, new Float64Array(3));
  return [lon, lat];
});
let outline: string | null = null;
const area = button(words.say('example.district'), () => {
  const options = twin.document.layers[roads].options;
  if (outline) twin.remove(outline);
  outline = outline ? null : twin.add(sketch({ url, features: [{ type: 'Feature', properties: { colour: '#14587f' }, geometry: { type: 'LineString', coordinates: district } }] }));
  area.textContent = words.say(outline ? 'example.whole' : 'example.district');
  twin.apply([{ op: 'replace', path: `/layers/${roads}/options`, value: { ...options, congestion: outline ? { area: [district], name: words.say('example.district') } : {} } }], { by: 'page' });
});

twin.on('status', ({ layer, status }) => {
  if (layer === roads && status.message) say(words.text(status.message));
});

Object.assign(window, { twin });
