import { clockStates } from '../clock-time.ts';
import type { SceneDocument } from '../document.ts';
import { ClockTrack, PARTS } from './clock-track.ts';
import { BY } from './edit.ts';
import { every, h, listen, setLabel, type Part } from './element.ts';
import { formatDate, formatSpan, formatTime, zoneAt } from './format.ts';
import { icon, stateMark } from './icons.ts';
import { statusOf } from './layer-status.ts';
import type { TwinPort } from './port.ts';
import { rangeOf, stepOf, type Range, type RangeName } from './time-range.ts';
import type { UiKey } from './dictionary-en.ts';

type ClockDocument = SceneDocument['clock'];

/** Speeds that a replay offers, backwards ones first. */
const RATES = [-60, -8, -1, 0.1, 0.5, 1, 2, 4, 8, 16, 60, 300, 1000] as const;
const RANGES: readonly RangeName[] = ['quarter', 'hour', 'sixHours', 'last24', 'day'];
/** Milliseconds between two looks at how much came when. */
const COUNT = 2000;

/** What all feeds of a twin have, in unix seconds: the span of their histories together, the newest reading, what of it is thinned, and how far older time has come from its source. */
export interface FeedSpan {
  readonly from: number | null;
  readonly newest: number | null;
  readonly feeds: number;
  readonly thinned: readonly Range[];
  readonly loading: Range | null;
  readonly loaded: readonly Range[];
  readonly holes: readonly Range[];
  /** Whether older time than is held can be asked for. */
  readonly hasPast: boolean;
}

export function feedSpan(twin: Pick<TwinPort, 'document' | 'status'>): FeedSpan {
  const feeds = Object.keys(twin.document.layers).map((id) => statusOf(twin, id).feed).filter((feed) => feed !== null);
  const froms = feeds.flatMap(({ history }) => (history ? [history.from] : []));
  const newest = feeds.flatMap((feed) => (feed.newest === null ? [] : [feed.newest]));
  return {
    feeds: feeds.length,
    from: froms.length > 0 ? Math.min(...froms) : null,
    newest: newest.length > 0 ? Math.max(...newest) : null,
    thinned: feeds.flatMap(({ history }) => history?.thinned ?? []),
    loading: feeds.map(({ past }) => past?.loading).find((span) => span) ?? null,
    loaded: feeds.flatMap(({ past }) => past?.loaded ?? []),
    holes: feeds.flatMap(({ past }) => past?.holes ?? []),
    hasPast: feeds.some(({ past }) => past !== undefined),
  };
}

/** Live, pause, replay in both directions, steps and jumps to events; the moment shown and how old it is always in sight. */
export function clockWidget(part: Part): void {
  const { ui: { twin, words }, root, signal, memory } = part;
  const set = (clock: ClockDocument): void => twin.apply([{ op: 'replace', path: '/clock', value: clock }], { by: BY, undo: false });
  const machine = (): number => twin.clock.machine();
  const rate = (): number => Number(rates.value);
  const range = (): Range => rangeOf(ranges.value as RangeName, machine(), twin.clock.now(), day.value || null);
  const toggle = (): void => {
    if (twin.clock.state.mode === 'paused') set(clockStates.replay(twin.clock.now(), machine(), rate()));
    else set(clockStates.paused(twin.clock.now(), machine(), rate()));
  };
  const step = (seconds: number): void => set(clockStates.stepped(twin.clock.state, machine(), seconds));
  const track = new ClockTrack(words, { toggle, step, live: () => set(clockStates.live()), seek: (time) => set(clockStates.jumped(twin.clock.state, machine(), time)) });

  const button = (key: UiKey, glyph: Parameters<typeof icon>[0], run: (event: MouseEvent) => void): HTMLButtonElement => h('button', { class: 'icon', type: 'button', label: words.say(key), onclick: run }, icon(glyph));
  const stepBy = (sign: 1 | -1) => (event: MouseEvent): void => step(sign * (event.shiftKey ? 0.04 : stepOf(range())));
  const pause = h('button', { class: 'icon', type: 'button', onclick: toggle });
  const [before, after] = [button('clock.lastEvent', 'eventBack', () => track.neighbour(-1)), button('clock.nextEvent', 'eventOn', () => track.neighbour(1))];
  const badge = h('span', { class: 'badge', role: 'status' });
  const [moment, note] = [h('strong'), h('span', { class: 'small-text ellipsis' })];
  const rates = h('select', { class: 'slim', label: words.say('clock.rate'), onchange: () => {
    if (twin.clock.state.mode !== 'live') set(clockStates.replay(twin.clock.now(), machine(), rate()));
  } }, ...RATES.map((each) => rateOption(each, words.say('clock.backwards'))));
  const ranges = h('select', { class: 'slim', label: words.say('clock.range'), onchange: () => {
    memory.set('range', ranges.value);
    day.hidden = ranges.value !== 'day';
    if (!day.hidden && day.value === '') day.value = formatDate(twin.clock.now());
    void count();
  } }, ...RANGES.map((name) => h('option', { value: name, text: words.say(`clock.${name}`), selected: name === (memory.get('range') ?? 'hour') })));
  const day = h('input', { type: 'date', class: 'slim', label: words.say('clock.day'), value: String(memory.get('day') ?? ''), max: formatDate(machine()), onchange: () => {
    memory.set('day', day.value);
    if (day.value !== '') set(clockStates.jumped(twin.clock.state, machine(), Math.min(machine(), rangeOf('day', machine(), 0, day.value).from + 43_200)));
    void count();
  } });
  day.hidden = ranges.value !== 'day';
  const toLive = h('button', { class: 'text slim main', type: 'button', label: words.say('clock.toLive'), onclick: () => set(clockStates.live()) }, icon('live'), words.say('clock.toLive'));
  root.append(h('section', { class: 'clock', 'aria-label': words.say('clock.title') },
    h('div', { class: 'controls' },
      h('div', { class: 'row tight' }, before, button('clock.stepBack', 'stepBack', stepBy(-1)), pause, button('clock.stepOn', 'stepOn', stepBy(1)), after),
      badge, h('div', { class: 'when' }, moment, note), day, ranges, rates, toLive), track.element));

  let counted: { range: Range; density: Uint32Array } = { range: range(), density: new Uint32Array(PARTS) };
  const count = async (): Promise<void> => {
    const asked = range();
    const density = await twin.density(asked.from, asked.to, PARTS).catch(() => null);
    // A feed worker that is being replaced has no answer; the last one stays.
    if (!density || signal.aborted) return;
    counted = { range: asked, density };
    draw();
  };
  const drawMode = (): void => {
    const { mode, rate: now } = twin.clock.state;
    const names = { live: 'clock.live', paused: 'clock.paused', replay: 'clock.replay' } as const;
    badge.className = `badge ${mode === 'live' ? 'live' : 'past'}`;
    badge.replaceChildren(mode === 'live' ? stateMark('live') : icon(mode === 'paused' ? 'pause' : 'clock'), words.say(names[mode]) + (mode === 'replay' ? ` ${rateText(now)}` : ''));
    setLabel(pause, words.say(mode === 'paused' ? 'clock.play' : 'clock.pause'));
    pause.replaceChildren(icon(mode === 'paused' ? 'play' : 'pause'));
    toLive.disabled = mode === 'live';
    rates.disabled = mode === 'live';
    if (mode === 'live') return;
    if (![...rates.options].some(({ value }) => Number(value) === now)) rates.append(rateOption(now, words.say('clock.backwards')));
    rates.value = String(now);
  };
  const draw = (): void => {
    const [time, present, span] = [twin.clock.now(), machine(), feedSpan(twin)];
    const { mode } = twin.clock.state;
    const moments = twin.moments();
    moment.textContent = `${formatDate(time)} ${formatTime(time)}`;
    moment.title = zoneAt(time);
    const said = noteOf(part, span, present - time);
    note.textContent = said;
    note.title = said;
    before.disabled = !moments.some((each) => each.time < time - 0.5);
    after.disabled = !moments.some((each) => each.time > time + 0.5);
    track.show({
      range: range(), moment: time, machine: present, density: counted.density, counted: counted.range, moments,
      held: span.from === null ? null : { from: span.from, to: present }, thinned: span.thinned, loading: span.loading, loaded: span.loaded, holes: span.holes,
      said: `${formatDate(time)} ${formatTime(time)}${words.say('list')}${mode === 'live' ? words.say('clock.live') : said}`,
    });
  };
  drawMode();
  draw();
  void count();
  listen(part, twin.on('state', () => { drawMode(); draw(); }));
  listen(part, twin.on('time', draw));
  every(1000, signal, draw);
  every(COUNT, signal, () => void count());
  const resized = new ResizeObserver(draw);
  resized.observe(track.element);
  signal.addEventListener('abort', () => resized.disconnect(), { once: true });
}

/** What stands under the moment: how old it is, what comes, what is not there. */
function noteOf({ ui: { twin, words } }: Part, { feeds, newest, from, loading, thinned, holes, hasPast }: FeedSpan, behind: number): string {
  if (twin.clock.state.mode === 'live') return feeds === 0 ? words.say('clock.noFeed') : newest === null ? words.say('clock.noHistory') : words.say('clock.newest', { age: formatSpan(behind + twin.clock.now() - newest, words) });
  const time = twin.clock.now();
  const within = (span: Range): boolean => time >= span.from && time <= span.to;
  if (loading) return words.say('clock.loading', { from: formatTime(loading.from).slice(0, 5), to: formatTime(loading.to).slice(0, 5) });
  if (holes.some(within)) return words.say('clock.hole');
  if (feeds > 0 && (from === null || time < from) && !hasPast) return words.say('clock.before');
  return `${words.say('clock.behind', { span: formatSpan(behind, words) })}${thinned.some(within) ? `${words.say('list')}${words.say('clock.thinned')}` : ''}`;
}

function rateText(rate: number): string {
  return `${rate < 0 ? '−' : ''}${Math.abs(rate)}×`;
}

function rateOption(rate: number, backwards: string): HTMLOptionElement {
  return h('option', { value: rate, text: rate < 0 ? `${backwards} ${Math.abs(rate)}×` : rateText(rate), selected: rate === 1 });
}
