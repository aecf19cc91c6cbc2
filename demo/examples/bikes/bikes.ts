import { type Anchor, createTwin, formatNumber, formatSpan, ground, ORDER, tiles, type Classes, type FeedFeature, type LayerType, type OpenFeed, type Text } from 'citymirror';
import { readCity } from '../../planner/cities.ts';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.bikes');

/** Bikes to rent: none, few, some, many; dark to light, so that it reads without telling red from green. */
const BIKES: Classes = { limits: [1, 4, 9], colours: ['#3b1f57', '#3f6fb0', '#31a795', '#f2d64b'], labels: [{ zh: '无车', en: 'none' }, { zh: '1–3', en: '1–3' }, { zh: '4–8', en: '4–8' }, { zh: '9 以上', en: '9 and more' }] };
/** Metres above the ground at which a station's sign stands. */
const LIFT = 45;
const STALE = 60;

/** A layer of this page on the feed port: places and colours stay in the worker, names and cards come from what the feed tells. */
const bikes: LayerType = {
  type: 'bikes',
  title: { zh: '公共自行车', en: 'Bike stations' },
  create: () => {
    const names = new Map<string, FeedFeature>();
    let feed: OpenFeed | null = null;
    let own = '';
    let here: Anchor = { lon: 0, lat: 0, height: 0 };
    let now = (): number => 0;
    return {
      attach(stage, document) {
        let drawn: ReturnType<typeof stage.draw> | null = null;
        now = () => stage.clock.now();
        here = stage.anchor;
        own = stage.id;
        const { dem } = document.options as { dem?: string };
        const spec = { transport: 'gbfs', url: stage.resolve('/feeds/bikes/gbfs.json'), decode: 'gbfs', staleAfter: STALE } as const;
        feed = stage.feeds.open(spec, { anchor: stage.anchor, as: 'points', lag: 0, lift: LIFT, capacity: 500, colour: { key: 'bikes', classes: BIKES }, ...(dem && { dem: stage.resolve(dem) }) }, {
          reset: ({ epoch, capacity }) => {
            drawn?.dispose();
            drawn = stage.draw({
              kind: 'points', anchor: stage.anchor, epoch, order: ORDER.symbol, ids: null, size: 16, symbol: 'dot', stem: LIFT, places: new Float32Array(3 * capacity), colours: new Uint8Array(4 * capacity),
              motion: { to: new Float32Array(3 * capacity), times: new Float32Array(2 * capacity), staleAfter: STALE },
            });
          },
          motion: (change) => drawn?.write(change),
          values: () => {},
          features: (told) => told.forEach((feature) => names.set(feature.id, feature)),
          status: (status) => stage.status({ state: status.state === 'live' || status.state === 'stale' ? status.state : status.state === 'failed' ? 'failed' : 'loading', count: status.ids, feed: status }),
        }, stage.signal);
        return Promise.resolve();
      },
      update() {},
      async pick({ clip, width, height, x, y, time }) {
        const found = await feed?.nearest({ clip: clip(here), width, height, x, y, time });
        return found?.lon && found.lat ? { layer: own, id: found.id, lon: found.lon, lat: found.lat, height: found.height ?? 0, depth: 0, properties: {} } : null;
      },
      async describe({ id }) {
        const reading = await feed?.reading(id, now());
        const name = String(names.get(id)?.properties.name ?? id);
        const row = (label: Text, value: number | undefined) => ({ label, value: value === undefined ? '–' : formatNumber(value, words.language) });
        const { values } = reading ?? { values: {} as Record<string, number> };
        return { title: { zh: name, en: name }, rows: [row({ zh: '可借车辆', en: 'Bikes' }, values.bikes), row({ zh: '空桩', en: 'Docks' }, values.docks), row({ zh: '总桩数', en: 'Capacity' }, values.capacity)], asOf: reading?.time ?? null, stale: reading?.stale ?? true, source: { zh: 'GBFS，模拟数据', en: 'GBFS, simulated' } };
      },
      legend: () => null,
      extent: () => null,
    };
  },
};

const { url, at } = await exampleCity();
const twin = await createTwin(element, { backend, economy, at, layers: [bikes] });
twin.add(ground({ url }));
twin.add(tiles({ url }));
const { dem } = (await readCity(url)).layers.terrain ?? {};
const layer = twin.add({ type: 'bikes', options: dem === undefined ? {} : { dem: new URL(dem, new URL(url, location.href)).href } });

let chosen = '';
twin.on('pick', async ({ hit }) => {
  const card = hit?.layer === layer ? await twin.describe(hit) : null;
  chosen = card ? ` — ${[card.title[words.language], ...card.rows.map(({ label, value }) => `${label[words.language]} ${value}`)].join(words.say('list'))}` : '';
});
twin.on('time', () => {
  const { feed } = twin.status(layer);
  if (!feed?.newest) return say(words.say('example.waiting'));
  say(words.say('example.bikeCount', { stations: formatNumber(feed.ids, words.language), age: formatSpan(twin.clock.machine() - feed.newest, words) }) + chosen);
});

Object.assign(window, { twin });
