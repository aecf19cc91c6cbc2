import { choices, drag, formatDate, formatLength, formatPlace, formatTime, h, icon, listen, type Part } from 'citymirror';
import { affectedList } from './affected-list.ts';
import { addIncident, incidentsOf, KINDS, LEAST, MOST, radiusAt, shareOf, showIncident, shownIncident, type Affected, type Incident, type Kind } from './incident.ts';
import { layersOf, sayError, type PageUi } from './page-ui.ts';
import { searchField } from './search.ts';

/** Puts an incident where somebody pointed or typed; says so when the scene has no buildings to ask. */
export async function placeIncident(ui: PageUi, place: { lon: number; lat: number; height?: number }): Promise<void> {
  try {
    const kind: Kind = shownIncident(ui.twin.document)?.incident.kind ?? 'fire';
    if (!(await addIncident(ui.twin, ui.catalogues, place, kind))) ui.notices.say({ text: ui.words.say('incident.noData'), tone: 'bad' });
  } catch (cause) {
    ui.notices.say({ text: sayError(ui.words, cause), tone: 'bad' });
  }
}

function kindChoice(part: Part<PageUi>): { element: HTMLElement; set(kind: Kind): void } {
  const { twin, words } = part.ui;
  const buttons = KINDS.map((kind) => h('button', { type: 'button', text: words.say(`incident.${kind}`), onclick: () => {
    const shown = shownIncident(twin.document);
    if (shown && shown.incident.kind !== kind) twin.apply([{ op: 'replace', path: `/layers/${shown.layer}/options/incidents/${shown.at}/kind`, value: kind }], { by: 'incident' });
  } }));
  return {
    element: choices(words.say('incident.kind'), 'segments', buttons),
    set: (kind) => buttons.forEach((button, i) => button.setAttribute('aria-checked', String(KINDS[i] === kind))),
  };
}

function radiusSlider(part: Part<PageUi>): { element: HTMLElement; set(radius: number): void } {
  const { twin, words } = part.ui;
  let moving: ReturnType<typeof drag> | null = null;
  const output = h('output');
  const show = (radius: number): void => {
    output.textContent = formatLength(radius, words.language);
    input.style.setProperty('--fill', `${shareOf(radius)}%`);
    input.setAttribute('aria-valuetext', formatLength(radius, words.language));
  };
  const start = (): ReturnType<typeof drag> | null => {
    const shown = shownIncident(twin.document);
    if (!shown) return null;
    return drag(twin, `/layers/${shown.layer}/options/incidents/${shown.at}/radius`, () => shownIncident(twin.document)?.incident.radius);
  };
  const input = h('input', {
    type: 'range', min: 0, max: 100, step: 0.5, id: 'incident-radius',
    oninput: () => {
      const radius = radiusAt(input.valueAsNumber);
      show(radius);
      (moving ??= start())?.step(radius);
    },
    onchange: () => {
      (moving ??= start())?.end(radiusAt(input.valueAsNumber));
      moving = null;
    },
  });
  return {
    element: h('div', { class: 'field' }, h('label', { for: 'incident-radius', text: words.say('incident.radius') }), input, output),
    set(radius) {
      if (!moving) input.value = String(shareOf(Math.min(MOST, Math.max(LEAST, radius))));
      show(radius);
    },
  };
}

function removeShown(part: Part<PageUi>): void {
  const { twin, words, notices } = part.ui;
  const shown = shownIncident(twin.document);
  if (!shown) return;
  const rest = incidentsOf(twin.document, shown.layer).filter((each) => each.id !== shown.incident.id);
  twin.apply([{ op: 'remove', path: `/layers/${shown.layer}/options/incidents/${shown.at}` }, { op: 'add', path: '/tools/incident', value: rest.length > 0 ? { layer: shown.layer, id: rest.at(-1)?.id } : {} }], { by: 'incident' });
  notices.say({ text: words.say('incident.removed'), tone: 'plain', action: { label: words.say('layer.undo'), run: () => { twin.undo(); } } });
}

/** All incidents of the scene as tabs, when there are several. */
function tabs(part: Part<PageUi>): { element: HTMLElement; draw(): void } {
  const { twin, words } = part.ui;
  const element = h('div', { class: 'tabs', role: 'tablist', 'aria-label': words.say('incident.title') });
  return {
    element,
    draw() {
      const all = layersOf(twin, 'emergency').flatMap((layer) => incidentsOf(twin.document, layer).map((incident) => ({ layer, incident })));
      const shown = shownIncident(twin.document);
      element.hidden = all.length < 2;
      element.replaceChildren(...all.map(({ layer, incident }, i) => h('button', {
        type: 'button', role: 'tab', 'aria-selected': String(shown?.layer === layer && shown.incident.id === incident.id), title: words.say(`incident.${incident.kind}`),
        text: words.say('incident.number', { n: i + 1 }), onclick: () => showIncident(twin, layer, incident.id),
      })));
    },
  };
}

/** The incident tool: place, kind, radius while it moves, and the buildings within. Works without a picture, by address or coordinates. */
export function incidentPanel(part: Part<PageUi>): void {
  const { ui, root, host, signal } = part;
  const { twin, words, tools } = ui;
  const kinds = kindChoice(part);
  const radius = radiusSlider(part);
  const tab = tabs(part);
  const list = affectedList(part);
  const place = h('dd');
  const time = h('dd');
  const hint = h('p', { class: 'small-text' });
  const typed = searchField(part, { id: 'incident-place', hint: words.say('incident.typed'), choose: (found) => void placeIncident(ui, { lon: found.lon, lat: found.lat }) });
  const details = h('div', { class: 'pad stack' }, kinds.element, radius.element,
    h('dl', { class: 'meta' }, h('dt', { text: words.say('incident.place') }), place, h('dt', { text: words.say('incident.at') }), time));
  const start = h('div', { class: 'pad stack' }, hint, typed);
  const remove = h('button', { class: 'icon', type: 'button', label: words.say('incident.remove'), onclick: () => removeShown(part) }, icon('remove'));
  const another = h('button', { class: 'icon', type: 'button', label: words.say('incident.move'), onclick: () => { tools.tool = 'incident'; } }, icon('plus'));
  const close = (): void => {
    tools.tool = 'select';
    showIncident(twin, null);
  };
  root.append(h('section', { class: 'panel', 'aria-label': words.say('incident.title') },
    h('header', {}, icon('incident'), h('h2', { text: words.say('incident.title') }), another, remove, h('button', { class: 'icon', type: 'button', label: words.say('close'), onclick: close }, icon('close'))),
    tab.element, start, details, list.element));
  let last = '';
  const draw = (): void => {
    const shown = shownIncident(twin.document);
    const blind = twin.backend.canvas === null;
    host.hidden = !shown && tools.tool !== 'incident' && !blind;
    start.hidden = shown !== null && tools.tool !== 'incident' && !blind;
    hint.textContent = words.say(blind ? 'incident.hintTyped' : 'incident.hint');
    for (const each of [details, list.element]) each.hidden = shown === null;
    another.hidden = shown === null || blind;
    remove.hidden = shown === null;
    tab.draw();
    if (!shown) return;
    drawIncident(shown.incident);
    const results = twin.result(shown.layer) as Readonly<Record<string, Affected>> | null;
    list.show(results?.[shown.incident.id] ?? null, last !== shown.incident.id);
    last = shown.incident.id;
  };
  const drawIncident = (incident: Incident): void => {
    kinds.set(incident.kind);
    radius.set(incident.radius);
    place.textContent = formatPlace(incident.lon, incident.lat);
    time.textContent = incident.at > 0 ? `${formatDate(incident.at)} ${formatTime(incident.at)}` : '–';
  };
  draw();
  listen(part, twin.on('state', draw));
  listen(part, twin.on('result', draw));
  listen(part, twin.on('backend', draw));
  tools.onChange(draw, signal);
}
