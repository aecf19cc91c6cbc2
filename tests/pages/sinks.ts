import { cardView, createUi, defineWidgets, h, legendView, placeWidget, watchCredits, UI_EN, UI_ZH, Words, type Card, type Legend } from 'citymirror';
import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';

let pwned = 0;
Object.assign(window, { pwn: () => { pwned++; } });
const out = document.getElementById('out')!;
const twin = new FakeTwin();
const words = new Words({ zh: UI_ZH, en: UI_EN }, 'en');
const life = new AbortController();
let poison = '';
const ui = createUi({ twin, words, signal: life.signal, layers: { properties: () => Promise.resolve([{ key: poison, label: { zh: poison, en: poison }, type: 'category', values: [poison] } as never]), add: () => Promise.reject(new Error(poison)), files: () => {} } });
defineWidgets();
for (const tag of ['city-layers', 'city-clock', 'city-notices', 'city-credits'] as const) placeWidget(tag, ui, out);
watchCredits(twin, out, life.signal);

const text = (value: string): { zh: string; en: string } => ({ zh: value, en: value });

function card(value: string): Card {
  const times = Float64Array.of(1, 2);
  return {
    title: text(value), asOf: 1, stale: true, source: text(value),
    rows: [{ label: text(value), value, unit: value }, { label: text(value), value: text(value), group: text(value) }],
    series: [{ title: text(value), unit: value, times, values: Float32Array.of(1, 2), bands: [{ below: 3, colour: value, label: text(value) }] }],
  };
}

function legend(value: string): Legend {
  return { title: text(value), unit: value, entries: [{ colour: value, label: text(value) }] } as Legend;
}

/** Every place of the widgets where a text of somebody else's is shown, with how it gets there. */
const sinks: Readonly<Record<string, (value: string) => void>> = {
  'card: title, rows, groups, units, source, series': (value) => { out.append(cardView(card(value), words, 1e9)); },
  'legend: title, unit, entries, colours': (value) => { out.append(legendView(legend(value), words)); },
  'notice: text and action': (value) => { ui.notices.say({ text: value, tone: 'bad', action: { label: value, run: () => {} } }); },
  'credits: text, address, licence, review number': (value) => {
    twin.owed = [{ text: value, url: value, licence: value, always: true }, { text: text(value), url: `javascript:${value}` }];
    twin.events.emit('result', { layer: 'x' });
  },
  'layer list: title, date, level, source, status, properties': (value) => {
    poison = value;
    twin.statuses.set('a', { state: 'failed', message: text(value), progress: null, count: 1, feed: null });
    twin.legends.set('a', legend(value));
    if ('a' in twin.document.layers) twin.remove('a');
    twin.add({ type: 'tiles', title: text(value), date: value, cimLevel: value, source: value, url: value }, 'a');
    for (const button of document.querySelector('city-layers')!.shadowRoot!.querySelectorAll<HTMLButtonElement>('button[aria-expanded="false"]')) button.click();
  },
  'labels and addresses of controls, file names': (value) => { out.append(h('button', { label: value, text: value }), h('a', { download: value, text: value, title: value }), h('input', { value, placeholder: value })); },
};

/** Everything in all shadow roots that could run something and is not ours. */
function suspects(root: ParentNode = document.body): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const bad = /^(script|iframe|object|embed|base|marquee|template|style|link|video|audio|math)$/iu.test(element.tagName) && element.getAttribute('src')?.includes('sinks.ts') !== true;
    const handlers = [...element.attributes].filter(({ name, value }) => /^on/iu.test(name) || (/^(href|src|action|formaction|srcdoc|xlink:href)$/iu.test(name) && /^\s*(javascript|data|vbscript):/iu.test(value)));
    if (bad || handlers.length > 0) found.push(element.outerHTML.slice(0, 120));
    if (element.shadowRoot) found.push(...suspects(element.shadowRoot));
  }
  return found;
}

/** Puts every payload into a sink. @returns how often a payload ran, and what of it became an element that could */
async function feed(name: string, payloads: readonly string[]): Promise<{ ran: number; suspects: string[] }> {
  const before = pwned;
  const found: string[] = [];
  for (const [i, value] of payloads.entries()) {
    sinks[name](value);
    if (i % 10 === 9 || i === payloads.length - 1) found.push(...suspects());
    if (out.childElementCount > 60) for (const old of [...out.children].slice(6, 40)) old.remove();
  }
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  return { ran: pwned - before, suspects: found };
}

Object.assign(window, { sinks: { names: Object.keys(sinks), feed, ran: () => pwned, suspects }, sinksReady: true });
