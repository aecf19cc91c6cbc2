import { createTwin, ground, tiles } from 'citymirror';
import { examplePage } from '../page.ts';

const { element, backend, economy } = examplePage('example.minimal');

const twin = await createTwin(element, { backend, economy, at: [117.49, 30.66] });
twin.add(ground({ url: '/cities/sample/city.json' }));
twin.add(tiles({ url: '/cities/sample/city.json' }));

Object.assign(window, { twin });
