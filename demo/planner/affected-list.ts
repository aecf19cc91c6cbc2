import { formatLength, formatNumber, h, type Part } from 'citymirror';
import { affectedCsv } from './affected-csv.ts';
import { fileName, saveFile } from './files.ts';
import { foundOf } from './find.ts';
import { shownIncident, type Affected } from './incident.ts';
import { layersOf, sayError, type PageUi } from './page-ui.ts';
import { useText } from './properties.ts';
import { virtualList } from './virtual-list.ts';

function bytes(value: number, language: 'zh' | 'en'): string {
  return value < 1_000_000 ? `${formatNumber(value / 1000, language)} kB` : `${formatNumber(value / 1_000_000, language, 1)} MB`;
}

/** Flies to a building of the list and selects it: its place comes from the feature table, it need not be loaded. */
async function flyTo(part: Part<PageUi>, number: number): Promise<void> {
  const { twin, catalogues, words, notices } = part.ui;
  const shown = shownIncident(twin.document);
  const url = shown && twin.document.layers[shown.layer]?.url;
  const features = await catalogues.features(url ?? undefined);
  if (!features) return;
  try {
    const { rows } = await twin.analyse('features', { features, numbers: [number] });
    const layer = layersOf(twin, 'tiles').find((id) => twin.document.layers[id].url === url);
    if (!rows[0]) return;
    const found = foundOf(layer ?? '', rows[0]);
    if (layer) twin.apply([{ op: 'replace', path: '/selection', value: { layer, id: rows[0].id } }], { by: 'list', undo: false });
    lookAt(twin, found);
  } catch (cause) {
    notices.say({ text: sayError(words, cause), tone: 'bad' });
  }
}

/** Brings a place into the picture from some two hundred metres. */
export function lookAt(twin: PageUi['twin'], place: { lon: number; lat: number; height: number }): void {
  const reach = 0.0012;
  void twin.look({ west: place.lon - reach, east: place.lon + reach, south: place.lat - reach, north: place.lat + reach, top: place.height }, 1.2);
}

/** Count, export and list of the affected buildings, nearest first. */
export function affectedList(part: Part<PageUi>): { element: HTMLElement; show(affected: Affected | null, reset: boolean): void } {
  const { ui, signal } = part;
  const { words, twin } = ui;
  let affected: Affected | null = null;
  const count = h('span', { class: 'large' });
  const what = h('span', { class: 'quiet' });
  const save = h('button', { class: 'text slim', type: 'button', label: words.say('incident.csvTip'), onclick: () => {
    if (affected) saveFile(fileName(words.say('incident.list'), 'csv', twin.clock.now()), affectedCsv(affected, words), 'text/csv;charset=utf-8');
  } }, words.say('incident.csv'));
  const list = virtualList(words.say('incident.list'), (i) => row(i), signal);
  const read = h('small', { class: 'pad read' });
  const row = (i: number): HTMLElement => {
    const now = affected as Affected;
    const name = now.names[i] || now.addresses[i] || now.ids[i];
    const height = now.heights[i];
    const details = [words.text(useText(now.uses[i] || 'unknown')), Number.isFinite(height) ? `${formatNumber(height, words.language, 1)} m` : null, now.names[i] ? now.addresses[i] : null].filter((each) => each);
    const distance = now.distances[i];
    return h('li', {}, h('button', { type: 'button', label: words.say('incident.fly', { name }), onclick: () => void flyTo(part, now.numbers[i]) },
      h('span', { class: 'ellipsis', text: name }),
      h('span', { class: 'distance', text: distance < 0.05 ? words.say('incident.inside') : formatLength(distance, words.language) }),
      h('small', { class: 'ellipsis', text: details.join(words.say('list')) })));
  };
  const element = h('div', { class: 'affected' }, h('div', { class: 'row pad', role: 'status' }, count, what, h('span', { class: 'grow' }), save), list.element, read);
  return {
    element,
    show(next, reset) {
      affected = next;
      count.textContent = next ? formatNumber(next.total, words.language) : '';
      what.textContent = next ? words.say(next.total === 0 ? 'incident.none' : 'incident.affected') : words.say('incident.counting');
      count.hidden = next?.total === 0;
      save.disabled = !next || next.total === 0;
      list.element.hidden = !next || next.total === 0;
      read.hidden = !next || next.bytesTotal === 0;
      if (next) read.textContent = words.say('incident.read', { read: bytes(next.bytesRead, words.language), total: bytes(next.bytesTotal, words.language) });
      list.show(next?.ids.length ?? 0, reset);
    },
  };
}
