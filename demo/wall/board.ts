import type { CityTwin, LayerStatus, Text } from 'citymirror';
import { ageText, type Say } from './words.ts';

/** Live layers named on the wall: more than this nobody reads from afar. */
const MOST = 5;

const at = (id: string): HTMLElement => document.getElementById(id)!;

/** Beijing's clock, whatever the machine's zone. */
const TIME = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const dateOf = (language: 'zh' | 'en'): Intl.DateTimeFormat => new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' });

/** Title, clock, how old each live layer is, and the heartbeat; drawn once a second. */
export class Board {
  readonly #say: Say;
  readonly #language: 'zh' | 'en';
  readonly #date: Intl.DateTimeFormat;
  #received = 0;
  #low = false;

  constructor(language: 'zh' | 'en', say: Say) {
    this.#language = language;
    this.#say = say;
    this.#date = dateOf(language);
  }

  boot(text: string): void {
    at('boot').textContent = text;
  }

  /** @param unix seconds */
  clock(unix: number): void {
    const now = new Date(unix * 1000);
    at('time').textContent = TIME.format(now);
    at('date').textContent = this.#date.format(now);
  }

  draw(twin: CityTwin, frames: number, online: boolean): void {
    const now = twin.clock.now();
    this.clock(now);
    at('title').textContent = this.#text(twin.document.title);
    at('event').textContent = this.#events(twin);
    const live = Object.entries(twin.document.layers).filter(([, { feed, visible }]) => feed && visible).map(([id, { title }]) => ({ title, status: statusOf(twin, id) }));
    at('as-of').replaceChildren(...live.toSorted((a, b) => worse(b.status) - worse(a.status)).slice(0, MOST).map(({ title, status }) => this.#row(title, status, now)));
    this.#beat(live.map(({ status }) => status), frames, online);
  }

  #text(text: Text): string {
    return text[this.#language];
  }

  #events(twin: CityTwin): string {
    const incidents = Object.values(twin.document.layers).flatMap(({ options, type }) => (type === 'emergency' && Array.isArray(options?.incidents) ? (options.incidents as { title?: string; at: number }[]) : []));
    const newest = incidents.toSorted((a, b) => b.at - a.at)[0];
    return newest ? `${newest.title ?? ''} · ${TIME.format(new Date(newest.at * 1000))}${incidents.length > 1 ? ` (+${incidents.length - 1})` : ''}` : '';
  }

  #row(title: Text, status: LayerStatus, now: number): HTMLElement {
    const row = document.createElement('li');
    const newest = status.feed?.newest ?? null;
    row.className = status.state === 'failed' || status.feed?.state === 'failed' ? 'failed' : newest === null || status.state === 'stale' ? 'stale' : '';
    const name = document.createElement('b');
    name.textContent = this.#text(title);
    const when = document.createElement('span');
    when.textContent = newest === null ? this.#say('none') : `${this.#say('asOf', { time: TIME.format(new Date(newest * 1000)) })} · ${this.#say('ago', { age: ageText(now - newest, this.#say) })}`;
    row.append(name, when);
    return row;
  }

  /** Goes lighter and darker slowly as long as the page lives; its words say of what. */
  #beat(statuses: readonly LayerStatus[], frames: number, online: boolean): void {
    const received = statuses.reduce((sum, { feed }) => sum + (feed?.ledger.received ?? 0), 0);
    const arrived = Math.max(0, received - this.#received);
    this.#received = received;
    this.#low = !this.#low;
    const beat = at('beat');
    beat.className = `${this.#low ? 'low' : ''} ${online ? '' : 'waiting'}`.trim();
    const words = [frames > 0 ? this.#say('frames', { n: frames }) : this.#say('quiet'), ...(statuses.length > 0 ? [this.#say('data', { n: arrived })] : []), ...(online ? [] : [this.#say('offline')])];
    beat.querySelector('span')!.textContent = words.join(' · ');
  }
}

function statusOf(twin: CityTwin, id: string): LayerStatus {
  try {
    return twin.status(id);
  } catch {
    return { state: 'failed', message: null, progress: null, count: null, feed: null };
  }
}

function worse({ state, feed }: LayerStatus): number {
  return state === 'failed' || feed?.state === 'failed' ? 2 : state === 'stale' || !feed?.newest ? 1 : 0;
}
