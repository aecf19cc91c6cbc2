import { createTwin, ground, tiles, type CityCatalogue, type LayerType, type Rule } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';
import { useRule } from '../../planner/properties.ts';

const { element, backend, economy, button, words } = examplePage('example.colour');
const { url, at } = await exampleCity();

/** Heights by an even ramp. */
const byHeight: Rule = { by: 'property', key: 'height', unit: 'm', ramp: { from: 0, to: 120, scheme: 'viridis' } };
/** A value that another layer keeps current, joined by the building's id. */
const byLoad: Rule = { by: 'join', key: 'load', unit: 'kW', classes: { limits: [20, 40, 60, 80], colours: ['#fdefb2', '#f9c86a', '#ee9a3a', '#c95a20', '#8c2a12'] } };

/** Offers a load for every building once a second: what a feed of meters would do. */
const meters: LayerType = {
  type: 'meters',
  title: { zh: '用电负荷', en: 'Electric load' },
  create: () => ({
    async attach(stage, document) {
      const address = stage.resolve(document.url!);
      const { layers } = await stage.json<CityCatalogue>(address);
      const features = stage.resolve(layers.buildings!.features, address);
      const numbers = Array.from({ length: layers.buildings!.count }, (_, number) => number);
      const { rows } = await stage.analysis.run<unknown, { rows: { id: string }[] }>('features', { features, numbers });
      const ids = rows.map((row) => row.id);
      const offer = (): void => {
        const hour = (stage.clock.now() / 60) % 24;
        stage.values.offer('load', ids, Float32Array.from(ids, (_, i) => 50 + 45 * Math.sin(hour + i * 0.7)));
      };
      offer();
      const timer = setInterval(offer, 1000);
      stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
      stage.status({ state: 'live', count: ids.length });
    },
    update() {},
    describe: () => Promise.resolve(null),
    legend: () => null,
    extent: () => null,
  }),
};

const twin = await createTwin(element, { backend, economy, at, layers: [meters] });
twin.add(ground({ url }));
const buildings = twin.add(tiles({ url, rule: byHeight }));
twin.add({ type: 'meters', url, options: { offers: [{ name: 'load', title: meters.title, unit: 'kW', from: 0, to: 100 }] } });

const colour = (rule: Rule): void => twin.apply([{ op: 'add', path: `/layers/${buildings}/rule`, value: rule }]);
button(words.say('example.byHeight'), () => colour(byHeight));
button(words.say('example.byUse'), () => colour(useRule(['residential', 'old-town', 'commercial', 'office', 'public', 'school', 'hospital', 'industrial'])));
button(words.say('example.byLive'), () => colour(byLoad));
button(words.say('example.tall'), () => {
  const filter = twin.document.layers[buildings].filter?.length ? [] : [{ key: 'height', is: '>=' as const, value: 30 }];
  twin.apply([{ op: 'add', path: `/layers/${buildings}/filter`, value: filter }]);
});

Object.assign(window, { twin });
