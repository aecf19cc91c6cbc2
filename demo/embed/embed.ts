import { createTwin, tiles, traffic } from 'citymirror';

const element = document.querySelector<HTMLElement>('#twin')!;
const url = '/cities/sample/city.json';

const twin = await createTwin(element, { backend: new URLSearchParams(location.search).get('backend') ?? 'three', at: [117.49, 30.66] });
twin.add(tiles({ url }));
twin.add(traffic({ url, feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 15 } }));
twin.on('error', ({ error }) => console.warn(error.code, error.message));
window.addEventListener('pagehide', () => void twin.dispose());

Object.assign(window, { twin });
