import type { Card, CardSeries } from '#engine';
import { CardView } from '../../engine/ui/card.ts';
import { UI_EN } from '../../engine/ui/dictionary-en.ts';
import { UI_ZH } from '../../engine/ui/dictionary-zh.ts';
import { CONTROLS, WIDGETS } from '../../engine/ui/style.ts';
import { TOKENS } from '../../engine/ui/tokens.ts';
import { Words, type Language } from '../../engine/ui/words.ts';

/** A card with courses, in a shadow root as on the planner's page, under the policy that the pages are served with. */
const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));

const query = new URLSearchParams(location.search);
const words = new Words({ zh: UI_ZH, en: UI_EN }, (query.get('lang') ?? 'zh') as Language);
document.documentElement.dataset.theme = query.get('theme') ?? 'light';
const tokens = new CSSStyleSheet();
tokens.replaceSync(TOKENS);
document.adoptedStyleSheets = [tokens];
const sheet = new CSSStyleSheet();
sheet.replaceSync(`${CONTROLS + WIDGETS} :host { width: 340px; padding: 12px; background: var(--cm-surface); }`);
const host = document.querySelector('main')!.appendChild(document.createElement('div'));
const root = host.attachShadow({ mode: 'open' });
root.adoptedStyleSheets = [sheet];

const hours = 36;
const start = Date.UTC(2026, 10, 20, 0) / 1000;
const course = (zh: string, unit: string, scale: number, bands?: CardSeries['bands']): CardSeries => ({
  title: { zh, en: zh }, unit, bands,
  times: Float64Array.from({ length: hours }, (_, i) => start + i * 3600),
  // Six hours missing, and one alone after them.
  values: Float32Array.from({ length: hours }, (_, i) => ((i >= 14 && i < 20) || i === 21 ? Number.NaN : scale * (80 + 60 * Math.sin(i / 4)))),
});
const level = (below: number, colour: string, zh: string): NonNullable<CardSeries['bands']>[number] => ({ below, colour, label: { zh, en: zh } });
const bands = [level(50, '#00e400', '优'), level(100, '#ffff00', '良'), level(150, '#ff7e00', '轻度'), level(Infinity, '#ff0000', '中度')];
const card: Card = {
  title: { zh: '老城空气站', en: 'Old town' }, asOf: start + hours * 3600, stale: false, source: { zh: '模拟', en: 'simulated' },
  rows: [{ label: { zh: 'AQI', en: 'AQI' }, value: 87 }, { label: { zh: 'PM2.5', en: 'PM2.5' }, value: 64, unit: 'µg/m³ · IAQI 87', group: { zh: '监测值', en: 'Readings' } }],
  series: [course('AQI', '', 1, bands), course('CO', 'mg/m³', 0.01)],
};
const life = new AbortController();
const view = new CardView(words, life.signal);
root.append(view.element);
view.show(card, start + hours * 3600);

/** Pixels of the plot whose colour is near to one of the tokens or given, over all pixels. */
function share(colour: string): number {
  const canvas = root.querySelector('canvas')!;
  const { width, height } = canvas;
  const paper = new OffscreenCanvas(width, height).getContext('2d')!;
  paper.drawImage(canvas, 0, 0);
  const { data } = paper.getImageData(0, 0, width, height);
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  let found = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200 && Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 40) found++;
  return found / (width * height);
}

/** Columns of the plot, as shares of its width, in which the line's colour is found. */
function lineColumns(colour: string): number[] {
  const canvas = root.querySelector('canvas')!;
  const { width, height } = canvas;
  const paper = new OffscreenCanvas(width, height).getContext('2d')!;
  paper.drawImage(canvas, 0, 0);
  const { data } = paper.getImageData(0, 0, width, height);
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const columns: number[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const at = 4 * (y * width + x);
      if (data[at + 3] > 150 && Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 60) {
        columns.push(x / width);
        break;
      }
    }
  }
  return columns;
}

function violate(): void {
  document.head.append(Object.assign(document.createElement('style'), { textContent: 'a { color: red }' }));
}

export const bench = { view, card, root, life, violations, share, lineColumns, violate };
Object.assign(window, { bench });
