import { placer } from '#geo';
import { ORDER, type Alarm, type Drawn, type LabelEntry, type PointsBatch, type Stage, type Text } from '#engine';
import { shortAge, STEM } from './markers.ts';

/** A ring around the station's own symbol, which stays to be read and picked. */
const SIZE = 42;
/** Metres that an alarm's words stand over those of its station. */
const OVER = 14;
/** Milliseconds of one swell, and between two steps of it. Slower than one in three seconds, and never to nothing: it swells, it does not blink (WCAG 2.3.1). */
const SWELL = 3200;
const STEP = 160;
const FAINT = 0.55;
const COLOURS = { critical: [240, 55, 43], warning: [239, 118, 34], info: [47, 125, 196] } as const;
const TEXTS = { day: '#b3190f', night: '#ff9a8c' } as const;

/** Alarms over their stations: those nobody saw swell slowly until somebody does. */
export class AlarmMarks {
  readonly #stage: Stage;
  #shown: { readonly key: string; readonly alarms: readonly Alarm[]; readonly drawn: Drawn } | null = null;
  readonly #still: boolean;

  constructor(stage: Stage) {
    this.#stage = stage;
    // Who asked the system for less motion has alarms that stand still.
    this.#still = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false;
    const timer = setInterval(() => this.#swell(), STEP);
    stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Shows the alarms; several at one station are one symbol, the first of the list. */
  show(alarms: readonly Alarm[]): void {
    const first = [...new Map(alarms.toReversed().map((alarm) => [alarm.feature, alarm])).values()];
    const key = first.map(({ feature, severity, acknowledged }) => `${feature} ${severity} ${acknowledged !== null}`).join();
    if (key === (this.#shown?.key ?? '')) {
      if (this.#shown) this.#shown = { ...this.#shown, alarms: first };
      return;
    }
    this.#shown?.drawn.dispose();
    this.#shown = first.length === 0 ? null : { key, alarms: first, drawn: this.#stage.draw(batchOf(first)) };
  }

  labels(now: number, night: boolean): LabelEntry[] {
    return (this.#shown?.alarms ?? []).map((alarm) => {
      const { lon, lat, height, acknowledged, name } = alarm;
      const said = alarmText(alarm, now);
      return {
        text: { zh: `${name} ${said.zh}`, en: `${name}: ${said.en}` }, lon, lat, height: height + STEM + OVER, rank: 60, size: 14, colour: night ? TEXTS.night : TEXTS.day,
        ...(acknowledged === null ? { alarm: true } : {}),
      };
    });
  }

  #swell(): void {
    if (!this.#shown || this.#still || this.#shown.alarms.every(({ acknowledged }) => acknowledged !== null)) return;
    const phase = (1 + Math.cos((2 * Math.PI * (performance.now() % SWELL)) / SWELL)) / 2;
    this.#shown.drawn.write({ kind: 'colours', colours: coloursOf(this.#shown.alarms, FAINT + (1 - FAINT) * phase) });
    this.#stage.requestFrame();
  }
}

/** What an alarm says beside its place: title, value, and how old the word is where no news can come. */
export function alarmText({ title, value, linkDown, asOf, cleared }: Alarm, now: number): Text {
  const age = linkDown && asOf !== null ? shortAge(now - asOf) : null;
  const parts = (language: 'zh' | 'en'): string => [
    title[language], value,
    cleared === null ? '' : language === 'zh' ? '已恢复，未确认' : 'over, not acknowledged',
    age ? (language === 'zh' ? `最后已知 ${age.zh}，链路中断` : `last known ${age.en} ago, link down`) : '',
  ].filter(Boolean).join(' · ');
  return { zh: parts('zh'), en: parts('en') };
}

function coloursOf(alarms: readonly Alarm[], swell: number): Uint8Array {
  return Uint8Array.from(alarms.flatMap(({ severity, acknowledged }) => [...COLOURS[severity], Math.round(255 * (acknowledged === null ? swell : 0.9))]));
}

function batchOf(alarms: readonly Alarm[]): PointsBatch {
  const { lon, lat, height } = alarms[0];
  const local = placer({ lon, lat, height });
  const places = new Float32Array(3 * alarms.length);
  alarms.forEach((alarm, i) => { local.place(alarm.lon, alarm.lat, alarm.height, places, 3 * i); });
  return { kind: 'points', anchor: { lon, lat, height }, epoch: 0, order: ORDER.symbol, ids: alarms.map(({ feature }) => feature), places, colours: coloursOf(alarms, 1), size: SIZE, symbol: 'alarm', stem: STEM, motion: null };
}
