import { ground, tiles } from 'citymirror';
import { defineCityTwin, type CityTwinElement } from 'citymirror/element';

defineCityTwin();
const element = document.querySelector<CityTwinElement>('city-twin')!;
const twin = await element.twin;
twin.add(ground({ url: '/cities/sample/city.json' }));
twin.add(tiles({ url: '/cities/sample/city.json' }));

Object.assign(window, { twin });
