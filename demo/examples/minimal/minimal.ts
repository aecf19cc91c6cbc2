import { createTwin, ground, tiles } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy } = examplePage('example.minimal');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));

Object.assign(window, { twin });
