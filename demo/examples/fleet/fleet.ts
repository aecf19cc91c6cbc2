import { createTwin, createUi, defineWidgets, fleet, ground, placeWidget, tiles } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, say, words } = examplePage('example.fleet');
const { url, at } = await exampleCity();

/** The simulated tippers' rules: plain data, and part of the scene from here on. The simulator knows them a moment after its start. */
async function rulesOf(): Promise<Parameters<typeof fleet>[0]['rules']> {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await fetch('/feeds/fleet.json').catch(() => null);
    const rules = answer?.ok ? ((await answer.json()) as Parameters<typeof fleet>[0]['rules']) : {};
    if (rules.routes) return rules;
    say(words.say('example.waiting'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return {};
}

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
Object.assign(window, { twin });
const rules = await rulesOf();
const trucks = twin.add(fleet({ url, feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/fleet/#', decode: 'vehicles', staleAfter: 12 }, rules, lag: 3, minutes: 20 }));
const [lon, lat] = rules.forbidden?.[0]?.rings[0][0] ?? at;
await twin.look({ lon: lon - 0.0025, lat: lat - 0.0052, height: 420, heading: 14, pitch: -33, roll: 0 }, 0);

defineWidgets();
const ui = createUi({ twin, words, signal: new AbortController().signal });
const side = document.createElement('aside');
document.body.append(side);
placeWidget('city-events', ui, side);

twin.on('pick', ({ hit }) => twin.apply([{ op: 'replace', path: '/selection', value: hit?.layer === trucks ? { layer: trucks, id: hit.id } : null }], { by: 'page' }));
twin.on('status', ({ layer, status }) => {
  if (layer === trucks && status.message) say(words.text(status.message));
});
