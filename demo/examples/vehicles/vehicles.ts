import { createTwin, follow, formatNumber, formatSpan, ground, tiles, traffic } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, button, words } = examplePage('example.near');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const cars = twin.add(traffic({
  url,
  feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 15 },
  vehicles: { models: 2000, within: 450, trail: 40 },
}));
await twin.look({ lon: at[0], lat: at[1] - 0.0035, height: 130, heading: 8, pitch: -22, roll: 0 }, 0);

let stop: (() => void) | null = null;
let note = '';
const select = (id: string | null): void => twin.apply([{ op: 'replace', path: '/selection', value: id === null ? null : { layer: cars, id } }], { by: 'page' });

/** Follows a vehicle, and shows the way it came. */
function chase(id: string): void {
  stop?.();
  select(id);
  note = words.say('example.following', { id });
  toggle.textContent = words.say('example.unfollow');
  stop = follow(twin, cars, id, {
    onEnd: (why) => {
      stop = null;
      note = why === 'gone' ? words.say('example.gone', { id }) : '';
      toggle.textContent = words.say('example.follow');
    },
  });
}

/** The vehicle nearest to the middle of the picture, looked for in widening rings. */
async function middle(): Promise<string | null> {
  const { width, height } = twin.backend.view;
  for (let ring = 0; ring < 14; ring++) {
    for (let k = 0; k < Math.max(1, 5 * ring); k++) {
      const angle = (2 * Math.PI * k) / Math.max(1, 5 * ring);
      const hit = await twin.pick(width / 2 + 11 * ring * Math.cos(angle), height / 2 + 11 * ring * Math.sin(angle));
      if (hit?.layer === cars && hit.properties.kind === 'vehicle') return hit.id;
    }
  }
  return null;
}

const toggle = button(words.say('example.follow'), () => {
  if (stop) return stop();
  void middle().then((id) => id && chase(id));
});

twin.on('pick', ({ hit }) => {
  if (hit?.layer === cars && hit.properties.kind === 'vehicle') chase(hit.id);
  else if (!stop) select(null);
});
twin.on('time', () => {
  const { feed } = twin.status(cars);
  if (!feed?.newest) return say(words.say('example.waiting'));
  say(note || words.say('example.vehicles', { n: formatNumber(feed.ids, words.language), age: formatSpan(twin.clock.machine() - feed.newest, words) }));
});

Object.assign(window, { twin, chase, middle });
