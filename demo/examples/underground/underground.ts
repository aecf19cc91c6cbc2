import { createTwin, formatNumber, ground, pipeline, tiles, type PipelineResult, type Rule } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, button, words } = examplePage('example.underground');
const { url, at } = await exampleCity();

const twin = await createTwin(element, { backend, economy, at });
twin.add({ ...ground({ url }), opacity: 0.3 });
twin.add({ ...tiles({ url }), opacity: 0.2 });
const pipes = twin.add(pipeline({ url }));

const colour = (rule: Rule | null): void => twin.apply([{ op: 'add', path: `/layers/${pipes}/rule`, value: rule }], { by: 'example' });
button(words.say('example.byKind'), () => colour(null));
button(words.say('example.byDiameter'), () => colour({ by: 'property', key: 'diameter', classes: { limits: [0.15, 0.3, 0.5, 1], colours: ['#fde725', '#5ec962', '#21918c', '#3b528b', '#440154'] }, unit: 'm' }));
button(words.say('example.byDepth'), () => colour({ by: 'property', key: 'cover', ramp: { from: 7, to: 0, scheme: 'viridis' }, unit: 'm' }));

twin.on('status', () => {
  const result = twin.result(pipes) as PipelineResult | null;
  if (result) say(words.say('example.pipes', { n: formatNumber(result.links, words.language), km: formatNumber(Math.round(result.networks.reduce((sum, { length }) => sum + length, 0) / 1000), words.language) }));
});

await twin.look({ lon: at[0], lat: at[1] - 0.004, height: 300, heading: 10, pitch: -38, roll: 0 }, 0);
Object.assign(window, { twin });
