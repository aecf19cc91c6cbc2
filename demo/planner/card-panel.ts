import { cardLayer, CardView, every, h, icon, isShown, listen, type Hit, type Part, type SensorResult } from 'citymirror';
import { lookAt } from './affected-list.ts';
import { foundOf } from './find.ts';
import { placeIncident } from './incident-panel.ts';
import type { PageUi } from './page-ui.ts';

/** The hit that a selection of the document stands for, from the feature table or the table of stations: a shared scene opens with its card. */
async function hitOf(ui: PageUi, selection: { layer: string; id: string }): Promise<Hit | null> {
  if (ui.twin.document.layers[selection.layer]?.type === 'sensor') {
    const station = (ui.twin.result(selection.layer) as SensorResult | null)?.rows.find(({ id }) => id === selection.id);
    return station ? { layer: selection.layer, id: station.id, lon: station.lon, lat: station.lat, height: 0, depth: 0, properties: { kind: station.kind, name: station.name } } : null;
  }
  const layer = ui.twin.document.layers[selection.layer];
  if (layer?.type !== 'tiles' && layer?.type !== 'bim') return null;
  const features = await ui.catalogues.features(layer.url, layer.type === 'bim' ? 'models' : 'buildings');
  if (!features) return null;
  const { rows } = await ui.twin.analyse('features', { features, ids: [selection.id] });
  if (!rows[0]) return null;
  const { lon, lat, height } = foundOf(selection.layer, rows[0]);
  return { layer: selection.layer, id: selection.id, lon, lat, height, depth: 0, properties: rows[0].properties };
}

/** What is selected, kept current while it is shown. A click on the map selects when the tool is to select. */
export function cardPanel(part: Part<PageUi>): void {
  const { ui, root, host, signal } = part;
  const { twin, words, tools } = ui;
  let hit = (part.memory.get('hit') ?? null) as Hit | null;
  const title = h('h2');
  const view = new CardView(words, signal);
  const body = h('div', { class: 'pad scroll' }, view.element);
  const select = (next: Hit | null): void => {
    hit = next;
    part.memory.set('hit', next);
    twin.apply([{ op: 'replace', path: '/selection', value: next && { layer: next.layer, id: next.id } }], { by: 'pick', undo: false });
  };
  root.append(h('section', { class: 'panel', 'aria-label': words.say('card.title') },
    h('header', {}, title,
      h('button', { class: 'icon', type: 'button', label: words.say('card.incident'), onclick: () => { if (hit) void placeIncident(ui, { lon: hit.lon, lat: hit.lat }); } }, icon('incident')),
      h('button', { class: 'icon', type: 'button', label: words.say('card.fly'), onclick: () => { if (hit) lookAt(twin, hit); } }, icon('locate')),
      h('button', { class: 'icon', type: 'button', label: words.say('card.close'), onclick: () => select(null) }, icon('close'))),
    body));
  const draw = async (): Promise<void> => {
    const now = hit;
    const card = now && isShown(twin, now.layer) ? await twin.describe(now).catch(() => null) : null;
    if (signal.aborted || now !== hit) return;
    host.hidden = !now || !card;
    if (!now || !card) return view.show(null, 0);
    title.textContent = cardLayer(part, now);
    view.show(card, twin.clock.machine());
  };
  const follow = async (): Promise<void> => {
    const { selection } = twin.document;
    if (!selection) hit = null;
    else if (hit?.layer !== selection.layer || hit.id !== selection.id) hit = await hitOf(ui, selection).catch(() => null);
    part.memory.set('hit', hit);
    if (!signal.aborted) await draw();
  };
  host.hidden = true;
  void follow();
  listen(part, twin.on('pick', (picked) => { if (tools.tool === 'select') select(picked.hit); }));
  listen(part, twin.on('state', () => void follow()));
  // A moving thing's card goes with it.
  every(1000, signal, () => {
    if (!hit && twin.document.selection && twin.document.layers[twin.document.selection.layer]?.type === 'sensor') void follow();
    else if (hit && twin.document.layers[hit.layer]?.feed) void draw();
  });
}
