import { acknowledgePatch, alarmOrder, insists, type Alarm } from '../alarm.ts';
import { csv } from './csv.ts';
import { every, h, listen, type Part } from './element.ts';
import { formatDate, formatSpan, formatTime } from './format.ts';
import { alarmSound } from './alarm-sound.ts';
import type { TwinPort } from './port.ts';

/** Minutes that a mute lasts: it ends by itself, and says when. */
const MUTE = 15;
const WHO = 'citymirror-alarm-by';

/** Every alarm that a layer of the twin offers in its result. */
export function alarmsOf(twin: Pick<TwinPort, 'document' | 'result'>): Alarm[] {
  return Object.keys(twin.document.layers).flatMap((id) => (twin.result(id) as { alarms?: readonly Alarm[] } | null)?.alarms ?? []).toSorted(alarmOrder);
}

/** The alarms of all layers (hidden while there is none, unless the element says `always`): unseen ones first, each to be acknowledged with a name and a note, all of them to be taken away as a table. */
export function alarmsWidget(part: Part): void {
  const { ui: { twin, words }, host, root, signal } = part;
  const sound = alarmSound(signal);
  const list = h('ul', { class: 'scroll', role: 'log', 'aria-live': 'assertive' });
  const count = h('span', { class: 'count' });
  const empty = h('p', { class: 'empty', text: words.say('alarms.empty') });
  const by = h('input', { type: 'text', maxlength: 40, autocomplete: 'name', placeholder: words.say('alarms.by'), 'aria-label': words.say('alarms.by'), value: String(part.memory.get(WHO) ?? ''), oninput: () => part.memory.set(WHO, by.value) });
  const note = h('input', { type: 'text', maxlength: 200, placeholder: words.say('alarms.note'), 'aria-label': words.say('alarms.note') });
  const bell = h('button', { class: 'text', type: 'button', onclick: () => {
    sound.press(MUTE * 60);
    draw();
  } });
  const save = h('button', { class: 'text', type: 'button', text: words.say('alarms.export'), onclick: () => download(alarmTable(alarmsOf(twin), words.language)) });
  root.append(h('section', { class: 'panel alarms', 'aria-label': words.say('alarms.title') },
    h('header', {}, h('h2', { text: words.say('alarms.title') }), count, bell, save), h('div', { class: 'who' }, by, note), empty, list));
  const acknowledge = (alarm: Alarm): void => {
    if (by.value.trim() === '') {
      by.focus();
      return;
    }
    twin.apply(acknowledgePatch(twin.document, alarm, { by: by.value.trim(), at: twin.clock.now(), note: note.value.trim() }), { by: 'alarms' });
    note.value = '';
  };
  let said = '';
  const draw = (): void => {
    const alarms = alarmsOf(twin).filter(insists);
    const unseen = alarms.filter(({ acknowledged }) => acknowledged === null).length;
    sound.ring(unseen > 0);
    const until = sound.mutedUntil();
    bell.textContent = until !== null ? words.say('alarms.muted', { until: formatTime(until / 1000) }) : sound.on() ? words.say('alarms.mute', { minutes: MUTE }) : words.say('alarms.sound');
    count.textContent = alarms.length === 0 ? '' : words.say('alarms.count', { unseen, n: alarms.length });
    empty.hidden = alarms.length > 0;
    host.hidden = alarms.length === 0 && !host.hasAttribute('always');
    const now = twin.clock.now();
    // The rows are made anew only when they say something else: the focus stays where it is.
    const key = JSON.stringify(alarms.map(({ id, severity, cleared, acknowledged, linkDown }) => [id, severity, cleared, acknowledged, linkDown, Math.floor(now / 60)]));
    if (key === said) return;
    said = key;
    list.replaceChildren(...alarms.map((alarm) => alarmRow(part, alarm, now, () => acknowledge(alarm))));
  };
  draw();
  listen(part, twin.on('result', draw));
  listen(part, twin.on('state', draw));
  every(1000, signal, draw);
}

function alarmRow({ ui: { twin, words } }: Part, alarm: Alarm, now: number, acknowledge: () => void): HTMLElement {
  const { severity, acknowledged, cleared, raised, name, title, value, linkDown, asOf, escalated, lon, lat, height } = alarm;
  const parts = [
    words.say(`alarms.${severity}`) + (escalated ? words.say('alarms.escalated') : ''), words.say('alarms.since', { age: formatSpan(Math.max(0, now - raised), words) }),
    cleared === null ? '' : words.say('alarms.cleared'), linkDown && asOf !== null ? words.say('alarms.linkDown', { age: formatSpan(Math.max(0, now - asOf), words) }) : '',
    acknowledged ? words.say('alarms.seenBy', { by: acknowledged.by, note: acknowledged.note ? ` · ${acknowledged.note}` : '' }) : '',
  ].filter(Boolean);
  const fly = (): void => void twin.look({ lon, lat: lat - 0.006, height: height + 480, heading: 0, pitch: -35, roll: 0 }, 1.2);
  return h('li', { class: `alarm ${severity}${acknowledged ? ' seen' : ''}` },
    h('button', { class: 'titles', type: 'button', onclick: fly, label: words.say('alarms.goTo', { name }) }, h('strong', { text: `${name} · ${words.text(title)}${value ? ` · ${value}` : ''}` }), h('span', { class: 'says', text: parts.join(' · ') })),
    acknowledged ? null : h('button', { class: 'text', type: 'button', text: words.say('alarms.acknowledge'), onclick: acknowledge }));
}

/** The audit list as CSV: every alarm, with what was done about it; times in UTC. */
export function alarmTable(alarms: readonly Alarm[], language: 'zh' | 'en'): string {
  const time = (unix: number | null): string | null => (unix === null ? null : new Date(unix * 1000).toISOString());
  const head = ['id', 'layer', 'station', 'name', 'rule', 'severity', 'escalated', 'value', 'raised', 'cleared', 'acknowledged', 'by', 'note', 'lon', 'lat'];
  return csv(head, alarms.toSorted((a, b) => a.raised - b.raised).map((alarm) => [
    alarm.id, alarm.layer, alarm.feature, alarm.name, alarm.title[language], alarm.severity, alarm.escalated ? 1 : 0, alarm.value, time(alarm.raised), time(alarm.cleared),
    time(alarm.acknowledged?.at ?? null), alarm.acknowledged?.by ?? null, alarm.acknowledged?.note ?? null, alarm.lon, alarm.lat,
  ]));
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  h('a', { href: url, download: `alarms-${formatDate(Date.now() / 1000)}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
