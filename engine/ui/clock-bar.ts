import type { SceneDocument } from '../document.ts';
import { clockStates } from '../clock-time.ts';
import { BY } from './edit.ts';
import { every, h, listen, setLabel, type Part } from './element.ts';
import { formatDate, formatSpan, formatTime, zoneAt } from './format.ts';
import { icon, stateMark } from './icons.ts';
import { statusOf } from './layer-status.ts';
import type { TwinPort } from './port.ts';

type ClockDocument = SceneDocument['clock'];

/** Speeds that a replay offers. */
const RATES = [0.5, 1, 2, 4, 8, 16] as const;

/** What all feeds of a twin have: the span of their histories together and the newest reading, in unix seconds. */
export function feedSpan(twin: Pick<TwinPort, 'document' | 'status'>): { from: number | null; newest: number | null; feeds: number } {
  let from: number | null = null;
  let newest: number | null = null;
  let feeds = 0;
  for (const id of Object.keys(twin.document.layers)) {
    const { feed } = statusOf(twin, id);
    if (!feed) continue;
    feeds++;
    if (feed.history) from = Math.min(from ?? Infinity, feed.history.from);
    if (feed.newest !== null) newest = Math.max(newest ?? -Infinity, feed.newest);
  }
  return { from, newest, feeds };
}

/** Live, pause, replay of what the feeds' histories hold; the moment shown and how old it is always in sight. */
export function clockWidget(part: Part): void {
  const { ui, root, signal } = part;
  const { twin, words } = ui;
  let held = false;
  const set = (clock: ClockDocument): void => twin.apply([{ op: 'replace', path: '/clock', value: clock }], { by: BY, undo: false });
  const rate = (): number => Number(rates.value);
  const badge = h('span', { class: 'badge', role: 'status' });
  const moment = h('strong');
  const note = h('span', { class: 'small-text' });
  const pause = h('button', { class: 'icon', type: 'button', onclick: () => {
    const machine = twin.clock.machine();
    if (twin.clock.state.mode === 'paused') set(clockStates.replay(twin.clock.now(), machine, rate()));
    else set(clockStates.paused(twin.clock.now(), machine, rate()));
  } });
  const toLive = h('button', { class: 'icon', type: 'button', label: words.say('clock.toLive'), onclick: () => set(clockStates.live()) }, icon('live'));
  const slider = h('input', {
    type: 'range', min: 0, max: 1000, step: 1, label: words.say('clock.slider'),
    oninput: () => { held = true; seek(); },
    onchange: () => { held = false; seek(); },
  });
  const seek = (): void => {
    const { from } = feedSpan(twin);
    const machine = twin.clock.machine();
    if (from === null) return;
    const time = from + (slider.valueAsNumber / 1000) * (machine - from);
    if (slider.valueAsNumber >= 1000) set(clockStates.live());
    else if (twin.clock.state.mode === 'replay') set(clockStates.replay(time, machine, rate()));
    else set(clockStates.paused(time, machine, rate()));
  };
  const rates = h('select', { class: 'slim', label: words.say('clock.rate'), onchange: () => {
    if (twin.clock.state.mode === 'replay') set(clockStates.replay(twin.clock.now(), twin.clock.machine(), rate()));
  } }, ...RATES.map((each) => h('option', { value: each, text: `${each}×`, selected: each === 1 })));
  const start = h('span');
  const end = h('span');
  root.append(h('section', { class: 'clock', 'aria-label': words.say('clock.title') },
    pause, toLive, badge, h('div', { class: 'when' }, moment, note),
    h('div', { class: 'track' }, slider, h('div', { class: 'ends' }, start, end)), rates));

  const drawMode = (): void => {
    const { mode, rate: now } = twin.clock.state;
    const names = { live: 'clock.live', paused: 'clock.paused', replay: 'clock.replay' } as const;
    badge.className = `badge ${mode === 'live' ? 'live' : 'past'}`;
    badge.replaceChildren(mode === 'live' ? stateMark('live') : icon(mode === 'paused' ? 'pause' : 'clock'), words.say(names[mode]));
    setLabel(pause, words.say(mode === 'paused' ? 'clock.play' : 'clock.pause'));
    pause.replaceChildren(icon(mode === 'paused' ? 'play' : 'pause'));
    toLive.disabled = mode === 'live';
    rates.disabled = mode === 'live';
    if (mode === 'replay') rates.value = String(now);
  };
  const draw = (): void => {
    const time = twin.clock.now();
    const machine = twin.clock.machine();
    const { from, newest, feeds } = feedSpan(twin);
    moment.textContent = `${formatDate(time)} ${formatTime(time)}`;
    moment.title = zoneAt(time);
    const live = twin.clock.state.mode === 'live';
    note.textContent = live
      ? (feeds === 0 ? words.say('clock.noFeed') : newest === null ? zoneAt(time) : words.say('clock.newest', { age: formatSpan(machine - newest, words) }))
      : words.say('clock.behind', { span: formatSpan(machine - time, words) });
    slider.disabled = from === null || machine - from < 2;
    start.textContent = from === null ? words.say(feeds === 0 ? 'clock.noFeed' : 'clock.noHistory') : formatTime(from);
    end.textContent = from === null ? '' : formatTime(machine);
    slider.setAttribute('aria-valuetext', `${formatDate(time)} ${formatTime(time)}`);
    if (!held) slider.value = String(from === null ? 1000 : Math.min(1000, Math.max(0, ((time - from) / Math.max(1, machine - from)) * 1000)));
    slider.style.setProperty('--fill', `${slider.valueAsNumber / 10}%`);
  };
  drawMode();
  draw();
  listen(part, twin.on('state', () => { drawMode(); draw(); }));
  listen(part, twin.on('time', draw));
  every(1000, signal, draw);
}
