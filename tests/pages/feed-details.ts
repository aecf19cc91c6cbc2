import { UI_EN } from '../../engine/ui/dictionary-en.ts';
import { UI_ZH } from '../../engine/ui/dictionary-zh.ts';
import { defineWidget, placeWidget } from '../../engine/ui/element.ts';
import { layersWidget } from '../../engine/ui/layer-list.ts';
import { Notices } from '../../engine/ui/notices.ts';
import { CONTROLS, WIDGETS } from '../../engine/ui/style.ts';
import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { TOKENS } from '../../engine/ui/tokens.ts';
import { Words, type Language } from '../../engine/ui/words.ts';
import { standingFeed } from '../../workers/feeds/testing/standing-feed.ts';

/** A layer list whose one layer has a feed that received good and bad messages: what the planner shows of it. */
const query = new URLSearchParams(location.search);
const words = new Words({ zh: UI_ZH, en: UI_EN }, (query.get('lang') ?? 'zh') as Language);
document.documentElement.dataset.theme = query.get('theme') ?? 'light';
const tokens = new CSSStyleSheet();
tokens.replaceSync(TOKENS);
document.adoptedStyleSheets = [tokens];
const sheet = new CSSStyleSheet();
sheet.replaceSync(`${CONTROLS + WIDGETS} :host { width: 360px }`);

const standing = standingFeed({}, { capacity: 500 });
const receive = (text: string, at: number): void => {
  standing.now = at;
  standing.sendBytes(new TextEncoder().encode(text));
};
const start = standing.now;
for (let k = 0; k < 4000; k++) if (k % 400 !== 399) receive(JSON.stringify({ id: `皖R${k % 300}`, t: start + k * 0.05 - 45, lon: 117.49, lat: 30.66, seq: k, source: 'gateway-3' }), start + k * 0.05);
for (const text of ['<img src=x onerror="window.hacked = true">', '{"id":"皖R7","t":"2027-01-15T08:00:00","lon":117.49,"lat":30.66}', '{"id":"皖R8","t":1800000200,"lon":30.66,"lat":117.49}', '<script>window.hacked = true</script>', '', '{"__proto__":{"hacked":true}}']) receive(text, start + 200);
receive(JSON.stringify({ id: '皖R9', t: start + 210 + 3600, lon: 117.49, lat: 30.66 }), start + 210);
standing.now = start + 215;
standing.feed.flush(standing.now);

const twin = new FakeTwin(undefined, () => standing.now);
const status = standing.feed.status(standing.now);
twin.add({ type: 'traffic', title: { zh: '车辆', en: 'Vehicles' } }, 'traffic');
twin.statuses.set('traffic', { state: 'live', message: null, progress: null, count: status.ids, feed: status });
twin.refused = standing.feed.ledger.refused();
defineWidget('city-layers', layersWidget);
const widget = placeWidget('city-layers', { twin, words, sheet, notices: new Notices() }, document.querySelector('main')!);
export const bench = { twin, root: widget.shadowRoot!, status };
Object.assign(window, { bench });
