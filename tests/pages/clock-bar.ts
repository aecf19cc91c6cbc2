import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { defineWidget, placeWidget } from '../../engine/ui/element.ts';
import { clockWidget } from '../../engine/ui/clock-bar.ts';
import { createUi } from '../../engine/ui/widgets.ts';
import { UI_EN } from '../../engine/ui/dictionary-en.ts';
import { UI_ZH } from '../../engine/ui/dictionary-zh.ts';
import { Words, type Language } from '../../engine/ui/words.ts';

/** The clock beside a twin whose feed has an hour of data with a gap, an incident and an alarm. */
const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
const query = new URLSearchParams(location.search);
const words = new Words({ zh: UI_ZH, en: UI_EN }, (query.get('lang') ?? 'zh') as Language);
document.documentElement.dataset.theme = query.get('theme') ?? 'light';
const NOW = 1_796_000_000;
let machine = NOW;
const twin = new FakeTwin(undefined, () => machine);
twin.add({ type: 'sensor' }, 'air');
const ledger = { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
twin.statuses.set('air', { state: 'live', message: null, progress: null, count: 3, feed: {
  state: 'live', newest: NOW - 4, ids: 3, stale: 0, reconnects: 0, issues: [], ledger,
  history: { from: NOW - 3000, to: NOW - 4, thinned: [{ from: NOW - 3000, to: NOW - 2400, step: 60 }] },
  past: { loading: { from: NOW - 3600, to: NOW - 3000 }, loaded: [], holes: [] },
} });
twin.happened = [
  { layer: 'x', time: NOW - 1500, kind: 'alarm', title: { zh: 'PM2.5 超标', en: 'PM2.5 over the limit' } },
  { layer: 'x', time: NOW - 600, kind: 'incident', title: { zh: '火灾', en: 'Fire' } },
];
twin.counted = (from, to, buckets) => Uint32Array.from({ length: buckets }, (_, k) => {
  const age = NOW - (from + ((k + 0.5) * (to - from)) / buckets);
  return age > 3000 || (age > 1000 && age < 1300) ? 0 : 50 + Math.round(30 * Math.sin(age / 200));
});
const life = new AbortController();
const ui = createUi({ twin, words, signal: life.signal });
defineWidget('city-clock', clockWidget);
const element = placeWidget('city-clock', ui, document.querySelector('main')!);

/** What the test asks of the page. */
export const bench = {
  violations, twin, life, root: element.shadowRoot!, now: NOW,
  advance(seconds: number): void {
    machine += seconds;
    twin.events.emit('time', twin.clock.now());
  },
  /** Red, green, blue of the track at a share of its width, a little above its foot. */
  pixel(share: number): number[] {
    const canvas = element.shadowRoot!.querySelector('canvas')!;
    return [...canvas.getContext('2d')!.getImageData(Math.floor(share * (canvas.width - 1)), canvas.height - 4, 1, 1).data.subarray(0, 3)];
  },
};
Object.assign(window, { bench });
