import { alarmOrder, canonical, toTwinError, type Acknowledgement, type Alarm, type Stage, type Text } from '#engine';
import { readAlertRules, type AlertSeverity } from '#models';
import { AlertWatch, type CourseOf, type Episode } from './alert-watch.ts';
import { itemNamed, itemsOf } from './items.ts';
import type { Station, StationState } from './stations.ts';

/** Alert rules and what people said of their alarms: `alerts` among the options of a sensor layer. */
export interface StationAlerts {
  readonly rules: readonly unknown[];
  /** By alarm id; written by whoever acknowledges. */
  readonly acknowledged?: Readonly<Record<string, Acknowledgement>>;
}

/** The alarms of a sensor layer: episodes of the rules with what people said of them. */
export class StationAlarms {
  readonly watch: AlertWatch;
  readonly #stage: Stage;
  readonly #stations: readonly Station[];
  #rules = '';
  #clock = '';
  #aqi = new Map<string, number>();
  /** Why there are no rules. */
  note: Text | null = null;

  constructor(stage: Stage, stations: readonly Station[], changed: () => void) {
    this.#stage = stage;
    this.#stations = stations;
    this.watch = new AlertWatch(stage, changed);
  }

  /** Follows the document's rules, the clock and the stations; called whenever one of them may have changed. */
  follow(option: unknown, states: ReadonlyMap<string, StationState>, now: number, clock: { readonly key: string; readonly courseOf: CourseOf; readonly known: number | null }): void {
    this.watch.known = clock.known;
    const rules = (option as StationAlerts | undefined)?.rules ?? null;
    const said = canonical(rules);
    if (said !== this.#rules) {
      this.#rules = said;
      this.#read(rules);
      this.#clock = '';
    }
    if (clock.key !== this.#clock) {
      this.#clock = clock.key;
      this.#aqi.clear();
      void this.watch.rebuild(now, clock.courseOf);
    }
    for (const { station: { id }, verdict, asOf } of states.values()) {
      if (!verdict || asOf === null || this.#aqi.get(id) === asOf) continue;
      this.#aqi.set(id, asOf);
      this.watch.read(id, 'aqi', { time: asOf, value: verdict.value });
    }
    this.watch.step(now);
  }

  /** Every alarm, those that insist first, at a moment. */
  alarms(option: unknown, states: ReadonlyMap<string, StationState>, now: number, linkDown: boolean): Alarm[] {
    const words = (option as StationAlerts | undefined)?.acknowledged ?? {};
    return this.watch.episodes.filter(({ raised }) => raised <= now).map((episode) => this.#alarm(episode, words, { state: states.get(episode.station.id), now, linkDown })).toSorted(alarmOrder);
  }

  #alarm(episode: Episode, words: NonNullable<StationAlerts['acknowledged']>, { state, now, linkDown }: { state: StationState | undefined; now: number; linkDown: boolean }): Alarm {
    const { rule, station, raised } = episode;
    const id = `${rule.id} ${station.id} ${Math.round(raised * 1000)}`;
    // Before somebody saw it, nobody had: a replay shows the alarm as it was.
    const word = words[id] && words[id].at <= now ? words[id] : null;
    const cleared = episode.cleared !== null && episode.cleared <= now ? episode.cleared : null;
    const escalated = rule.escalate !== undefined && (word?.at ?? cleared ?? now) - raised >= rule.escalate.after;
    const severity: AlertSeverity = escalated ? rule.escalate!.to : rule.severity;
    const { lon, lat, height, name } = station;
    return { id, layer: this.#stage.id, title: rule.title, feature: station.id, name: name || station.id, lon, lat, height, severity, escalated, value: valueText(episode), raised, cleared, acknowledged: word, asOf: state?.asOf ?? null, linkDown };
  }

  #read(rules: unknown): void {
    this.note = null;
    try {
      this.watch.watch(readAlertRules(rules), this.#stations);
    } catch (cause) {
      const error = toTwinError(cause, 'bad-input', this.#stage.id);
      this.note = { zh: `报警规则有误，未启用：${error.message}`, en: `alert rules are not in use: ${error.message}` };
      this.watch.watch([], []);
      this.#stage.report(error);
    }
  }
}


function valueText({ rule, station, value }: Episode): string {
  if (!rule.item || Number.isNaN(value) || ['missing', 'inside', 'outside'].includes(rule.when.is)) return '';
  if (rule.item === 'aqi') return String(value);
  const item = itemsOf(station).find(({ name }) => name === rule.item) ?? itemNamed(rule.item);
  return `${value.toFixed(item.digits)}${item.unit ? ` ${item.unit}` : ''}`;
}
