import { batchHit, createTwin, ground, ORDER, placer, tiles, type AnalysisTypes, type InstanceModel, type InstancesBatch, type LayerType } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';
import { tree } from './tree.ts';

const { element, backend, economy, say, words } = examplePage('example.instances');

const COUNT = 240;

type Heights = AnalysisTypes['heights'];

/** A layer of this page: one model (`?model=` names a GLB of your own) along a ring of avenues, standing on the ground. Which engine paints it, it never knows. */
const avenue: LayerType = {
  type: 'avenue',
  title: { zh: '行道树', en: 'Trees' },
  create: () => {
    let batch: InstancesBatch | null = null;
    return {
      async attach(stage, document) {
        const { lon, lat, dem, model } = document.options as { lon: number; lat: number; dem: string | null; model: string | null };
        // A GLB of your own becomes triangles in a worker.
        const shape: InstanceModel = model ? await stage.analysis.run<AnalysisTypes['model']['input'], InstanceModel>('model', { url: stage.resolve(model) }) : tree();
        const anchor = { lon, lat, height: 0 };
        const local = placer(anchor);
        const spots = Array.from({ length: COUNT }, (_, i) => {
          const [turn, metres] = [(i * 2 * Math.PI) / (COUNT / 3), 140 + 60 * (i % 3)];
          return local.unplace(metres * Math.sin(turn), metres * Math.cos(turn), 0, new Float64Array(3));
        });
        const known = dem ? (await stage.analysis.run<Heights['input'], Heights['output']>('heights', { dem, places: spots.flatMap(([east, north]) => [east, north]) })).heights : null;
        const places = new Float32Array(3 * COUNT);
        spots.forEach((spot, i) => local.place(spot[0], spot[1], Number.isFinite(known?.[i]) ? known![i] : 0, places, 3 * i));
        batch = {
          kind: 'instances', anchor, epoch: 0, order: ORDER.solid, ids: spots.map((_, i) => `tree-${i}`), model: shape, places, motion: null,
          headings: Float32Array.from(spots, (_, i) => (i * 67) % 360), scale: Float32Array.from(spots, (_, i) => 0.8 + ((i * 37) % 50) / 100), colours: new Uint8Array(4 * COUNT).fill(255),
        };
        stage.draw(batch);
        stage.status({ state: 'ready', count: COUNT });
      },
      update() {},
      pick: (ask) => {
        const hit = batch && batchHit(batch, ask);
        return Promise.resolve(hit && { ...hit, layer: 'avenue-1', id: `tree-${hit.slot}`, properties: {} });
      },
      describe: (hit) => Promise.resolve({ title: { zh: hit.id, en: hit.id }, rows: [], asOf: null, stale: false, source: null }),
      legend: () => null,
      extent: () => null,
    };
  },
};

const { url, at } = await exampleCity();
const twin = await createTwin(element, { backend, economy, at, layers: [avenue] });
twin.add(ground({ url }));
twin.add(tiles({ url }));

const { layers } = (await (await fetch(url)).json()) as { layers: { terrain?: { dem: string } } };
twin.add({ type: 'avenue', options: { lon: at[0], lat: at[1], dem: layers.terrain ? new URL(layers.terrain.dem, new URL(url, location.href)).href : null, model: new URL(location.href).searchParams.get('model') } });
await twin.look({ lon: at[0], lat: at[1] - 0.0042, height: 230, heading: 0, pitch: -26, roll: 0 }, 0);
say(words.say('example.trees', { n: COUNT }));

Object.assign(window, { twin });
