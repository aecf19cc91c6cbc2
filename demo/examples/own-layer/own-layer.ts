import { createTwin, ground, ORDER, placer, tiles, type LayerType } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.own');

/** A layer of this page: a ring of points about a place. It makes a batch and hands it to its stage; which engine paints it, it never knows. */
const ring: LayerType = {
  type: 'ring',
  title: { zh: '测量点', en: 'Survey points' },
  create: () => ({
    attach(stage, document) {
      const count = 36;
      const { lon, lat, metres } = document.options as { lon: number; lat: number; metres: number };
      const anchor = { lon, lat, height: 0 };
      const places = new Float32Array(3 * count);
      const colours = new Uint8Array(4 * count).fill(255);
      for (let i = 0; i < count; i++) {
        const turn = (i / count) * 2 * Math.PI;
        const spot = placer(anchor).unplace(metres * Math.sin(turn), metres * Math.cos(turn), 0, new Float64Array(3));
        placer(anchor).place(spot[0], spot[1], 60, places, 3 * i);
        colours.set([214, 90 + 3 * i, 40, 255], 4 * i);
      }
      stage.draw({ kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: Array.from({ length: count }, (_, i) => `point-${i}`), places, colours, size: 14, symbol: 'dot', stem: 40, motion: null });
      stage.status({ state: 'ready', count });
      return Promise.resolve();
    },
    update() {},
    describe: (hit) => Promise.resolve({ title: { zh: hit.id, en: hit.id }, rows: [], asOf: null, stale: false, source: null }),
    legend: () => null,
    extent: () => null,
  }),
};

const { url, at } = await exampleCity();
const twin = await createTwin(element, { backend, economy, at, layers: [ring] });
twin.add(ground({ url }));
twin.add(tiles({ url }));
twin.add({ type: 'ring', options: { lon: at[0], lat: at[1], metres: 500 } });
say(words.say('example.ring'));

Object.assign(window, { twin });
