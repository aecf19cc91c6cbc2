import { createTwin, createUi, defineWidgets, ground, placeWidget, sensor, tiles, type AlertRule } from 'citymirror';
import { exampleCity, examplePage } from '../page.ts';

const { element, backend, economy, words } = examplePage('example.alerts');
const { url, at } = await exampleCity();

// Rules are data: they stand in the document, travel with it, and raise the same alarms in a replay.
const rules: readonly AlertRule[] = [
  { id: 'aqi', title: { zh: 'AQI 超过 150', en: 'AQI over 150' }, severity: 'warning', kind: 'air', item: 'aqi', when: { is: 'above', limit: 150, clear: 145 }, escalate: { after: 600, to: 'critical' } },
  { id: 'night', title: { zh: '噪声超过 70 dB', en: 'Noise over 70 dB' }, severity: 'warning', kind: 'noise', item: 'laeq', when: { is: 'above', limit: 70, clear: 68, of: [2, 3] } },
  { id: 'silent', title: { zh: '站点失联', en: 'Station silent' }, severity: 'info', when: { is: 'missing', for: 120 } },
];

const twin = await createTwin(element, { backend, economy, at });
twin.add(ground({ url }));
twin.add(tiles({ url }));
twin.add(sensor({ url, feed: { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 120 }, alerts: { rules } }));

// The list knows no subject: it shows what any layer offers as alarms, and acknowledges by a patch.
defineWidgets();
placeWidget('city-alarms', createUi({ twin, words, signal: new AbortController().signal }), document.querySelector('#alarms')!).toggleAttribute('always', true);

Object.assign(window, { twin });
