import type { CardSeries } from '../layer.ts';
import type { Text } from '../drawing/rule.ts';
import { CardChart } from './card-chart.ts';
import { clockStates } from '../clock-time.ts';
import { h, listen, type Part, type Ui } from './element.ts';
import { formatSpan, formatTime } from './format.ts';

/** Something that happened at a place and a time, as a list shows it. */
export interface ListedEvent {
  readonly id: string;
  readonly title: Text;
  readonly detail: Text;
  readonly tone: 'bad' | 'warn' | 'plain';
  /** Unix seconds; end is null while it goes on. */
  readonly start: number;
  readonly end: number | null;
  readonly lon: number;
  readonly lat: number;
  /** Thing of the layer that is selected with it. */
  readonly select?: string;
  /** Unix seconds from which what shows it is replayed; absent: the map stays at its time. */
  readonly replay?: number;
}

/** What a layer offers for the list, as `listed` of its result. */
export interface Listed {
  readonly title: Text;
  readonly series?: readonly CardSeries[];
  readonly events: readonly ListedEvent[];
  /** Said where there are no events. */
  readonly none: Text;
  /** By which rule, in a line under the list. */
  readonly note?: Text;
}

/** Metres from which a place is looked at after a jump. */
const AWAY = { back: 0.0026, height: 260, pitch: -40 } as const;
const ROWS = 60;

/** What the layers report, newest or worst first as they have it; a click goes to the place and, where it is known, to the time. */
export function eventsWidget(part: Part): void {
  const { ui, root, signal } = part;
  const sections = new Map<string, { element: HTMLElement; chart: CardChart; show(listed: Listed): void }>();
  const body = h('div', { class: 'scroll events' });
  const live = h('button', { type: 'button', class: 'text slim', text: ui.words.say('events.live'), hidden: true, onclick: () => ui.twin.apply([{ op: 'replace', path: '/clock', value: clockStates.live() }], { by: 'events', undo: false }) });
  root.append(h('section', { class: 'panel', 'aria-label': ui.words.say('events.title') }, h('header', {}, h('h2', { text: ui.words.say('events.title') }), live), body));
  const show = (): void => {
    live.hidden = ui.twin.clock.state.mode === 'live';
    const seen = new Set<string>();
    for (const layer of Object.keys(ui.twin.document.layers)) {
      const listed = listedBy(ui, layer);
      if (!listed) continue;
      seen.add(layer);
      let section = sections.get(layer);
      if (!section) {
        section = makeSection(part, layer);
        sections.set(layer, section);
        body.append(section.element);
      }
      section.show(listed);
    }
    for (const [layer, { element, chart }] of sections) {
      if (seen.has(layer)) continue;
      chart.show([]);
      element.remove();
      sections.delete(layer);
    }
  };
  show();
  listen(part, ui.twin.on('result', show));
  listen(part, ui.twin.on('state', show));
  signal.addEventListener('abort', () => sections.clear(), { once: true });
}

function listedBy(ui: Ui, layer: string): Listed | null {
  if (!ui.twin.document.layers[layer]?.visible) return null;
  const result = ui.twin.result(layer) as { listed?: Listed | null } | null;
  return result?.listed ?? null;
}

function makeSection(part: Part, layer: string): { element: HTMLElement; chart: CardChart; show(listed: Listed): void } {
  const { ui } = part;
  const title = h('h3');
  const chart = new CardChart(ui.words, part.signal);
  const list = h('ol');
  const none = h('p', { class: 'small-text' });
  const note = h('p', { class: 'small-text' });
  return {
    chart,
    element: h('section', { class: 'stack pad' }, title, chart.element, list, none, note),
    show(listed) {
      title.textContent = ui.words.text(listed.title);
      chart.show(listed.series ?? []);
      none.textContent = listed.events.length === 0 ? ui.words.text(listed.none) : '';
      note.textContent = listed.note ? ui.words.text(listed.note) : '';
      const focused = (part.root.activeElement as HTMLElement | null)?.dataset.id;
      list.replaceChildren(...listed.events.slice(0, ROWS).map((event) => row(ui, layer, event)));
      if (focused) list.querySelector<HTMLElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

function row(ui: Ui, layer: string, event: ListedEvent): HTMLElement {
  const { words } = ui;
  const span = event.end === null ? words.say('events.going', { time: formatTime(event.start) }) : words.say('events.lasted', { time: formatTime(event.start), span: formatSpan(event.end - event.start, words) });
  return h('li', {}, h('button', { type: 'button', class: `event ${event.tone}`, 'data-id': event.id, label: words.say('events.jump', { title: words.text(event.title) }), onclick: () => jump(ui, layer, event) },
    h('strong', { text: words.text(event.title) }), h('span', { class: 'small-text', text: words.text(event.detail) }), h('span', { class: 'small-text', text: span })));
}

/** To the event's place and, where something shows it, to its time. */
function jump(ui: Ui, layer: string, event: ListedEvent): void {
  const { twin } = ui;
  const clock = event.replay === undefined ? [] : [{ op: 'replace' as const, path: '/clock', value: clockStates.replay(event.replay, twin.clock.machine(), 1) }];
  const selection = event.select === undefined ? [] : [{ op: 'replace' as const, path: '/selection', value: { layer, id: event.select } }];
  if (clock.length + selection.length > 0) twin.apply([...clock, ...selection], { by: 'events', undo: false });
  void twin.look({ lon: event.lon, lat: event.lat - AWAY.back, height: AWAY.height, heading: 0, pitch: AWAY.pitch, roll: 0 }, 1.2);
}
