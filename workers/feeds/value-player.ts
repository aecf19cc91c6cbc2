import { NO_VALUE, type History } from './history.ts';
import { Wheel } from './wheel.ts';

const JUMP = 5;

export interface ValueChange {
  readonly name: string;
  readonly slots: number[];
  /** NaN where a reading said that it has none, or where there is no reading yet. */
  readonly values: number[];
  /** Unix seconds; NaN where there is no reading yet. */
  readonly times: number[];
}

/** The newest value of every id and name at a moment: tells what changed when the moment passes a reading, in either direction. */
export class ValuePlayer {
  private readonly wheel = new Wheel();
  /** Record told last and its time, a slot: a record may have become another reading's. */
  private told: number[] = [];
  private toldTime: number[] = [];
  private dirty: number[] = [];
  private changed: number[] = [];
  private now = NaN;

  constructor(private readonly history: History) {}

  touch(slot: number): void {
    while (this.told.length <= slot) {
      this.told.push(-1);
      this.toldTime.push(NaN);
    }
    this.dirty.push(slot);
  }

  /** An older reading came: it may speak of values that the newest one does not. */
  amend(slot: number): void {
    if (this.told[slot] >= 0) this.told[slot] = -1;
  }

  /** Everything counts as changed at the next move. */
  retell(): void {
    this.now = NaN;
  }

  moveTo(moment: number): void {
    const again = Number.isNaN(this.now);
    const jumped = again || moment < this.now - 0.001 || moment > this.now + JUMP;
    this.now = moment;
    if (jumped) {
      this.wheel.reset(moment);
      this.dirty = this.told.map((_, slot) => slot);
    }
    const { dirty } = this;
    this.dirty = [];
    for (const slot of dirty) this.advance(slot, moment, again);
    this.wheel.turn(moment, (slot) => this.advance(slot, moment, false));
  }

  private advance(slot: number, moment: number, again: boolean): void {
    const { history, told, toldTime } = this;
    const record = history.at(slot, moment);
    const time = record < 0 ? NaN : history.time[record];
    const same = record === told[slot] && Object.is(time, toldTime[slot]);
    // Nothing known yet is news where something was told before.
    if (record < 0 ? !Number.isNaN(toldTime[slot]) : again || !same) this.changed.push(slot);
    told[slot] = record;
    toldTime[slot] = time;
    const next = history.after(slot, moment);
    if (next >= 0) this.wheel.add(slot, history.time[next]);
  }

  /** What changed since the last call, by name. */
  take(): ValueChange[] {
    const { history } = this;
    const slots = [...new Set(this.changed)];
    this.changed = [];
    if (slots.length === 0) return [];
    return [...history.values.keys()].flatMap((name) => {
      const change: ValueChange = { name, slots: [], values: [], times: [] };
      for (const slot of slots) {
        const none = this.told[slot] < 0;
        const record = history.speaking(none ? history.newest(slot) : this.told[slot], name);
        if (record < 0) continue;
        const value = history.value(record, name);
        change.slots.push(slot);
        change.values.push(none || value === NO_VALUE ? NaN : value);
        change.times.push(none ? NaN : history.time[record]);
      }
      return change.slots.length > 0 ? [change] : [];
    });
  }
}
