import { createTwin } from 'citymirror';
import { feedsOf } from '../../planner/feeds.ts';
import { readCities, readCity } from '../../planner/cities.ts';
import { firstView, layersOfCity } from '../../planner/scene-of-city.ts';
import { examplePage } from '../page.ts';

// Two cities, wherever they are, in one document: each layer keeps anchors of its own, so nothing shakes far from the origin.
const { element, backend, economy, button, words, say } = examplePage('example.places');
const all = await readCities();
const wanted = ['shenzhen', 'shanghai'].map((id) => all.find((city) => city.id === id)).filter((city) => city !== undefined);
const pair = wanted.length === 2 ? wanted : all.slice(0, 2);
if (pair.length === 0) say(words.say('page.noCity'));
else {
  const catalogues = await Promise.all(pair.map((city) => readCity(city.url)));
  const layers = Object.assign({}, ...pair.map((city, i) => layersOfCity(catalogues[i], city.url, feedsOf(city), `-${city.id}`)));
  const views = catalogues.map((city) => firstView(city.center, city.bounds));
  const twin = await createTwin(element, {
    backend, economy,
    document: {
      version: 1, title: { zh: pair.map((city) => city.title.zh).join('、'), en: pair.map((city) => city.title.en).join(', ') },
      at: [...catalogues[0].center], camera: views[0], clock: { mode: 'live', time: 0, at: 0, rate: 1 }, light: 'day', layers, selection: null, tools: {},
    },
  });
  pair.forEach((city, i) => button(words.text(city.title), () => void twin.look(views[i], 0)));
  Object.assign(window, { twin });
}
