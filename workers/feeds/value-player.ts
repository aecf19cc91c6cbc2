import type { History } from './history.ts';
import { Wheel } from './wheel.ts';

const JUMP = 5;

export interface ValueChange {
  readonly name: string;
  readonly slots: number[];
  readonly values: number[];
  readonly times: number[];
}

/** The newest value of every id at a moment: tells what changed when the moment passes a reading. */
export class ValuePlayer {
  private readonly wheel = new Wheel();
  /** Record told last, a slot. */
  private told: number[] = [];
  private dirty: number[] = [];
  private changed: number[] = [];
  private now = NaN;

  constructor(private readonly history: History) {}

  touch(slot: number): void {
    while (this.told.length <= slot) this.told.push(-1);
    this.dirty.push(slot);
  }

  /** Everything counts as changed at the next move. */
  retell(): void {
    this.now = NaN;
  }

  moveTo(moment: number): void {
    const jumped = Number.isNaN(this.now) || moment < this.now - 0.001 || moment > this.now + JUMP;
    this.now = moment;
    if (jumped) {
      this.wheel.reset(moment);
      this.dirty = this.told.map((_, slot) => slot);
    }
    const { dirty } = this;
    this.dirty = [];
    for (const slot of dirty) this.advance(slot, moment, jumped);
    this.wheel.turn(moment, (slot) => this.advance(slot, moment, false));
  }

  private advance(slot: number, moment: number, again: boolean): void {
    const record = this.history.at(slot, moment);
    if (record >= 0 && (again || record !== this.told[slot])) this.changed.push(slot);
    this.told[slot] = record;
    const next = this.history.after(slot, moment);
    if (next >= 0) this.wheel.add(slot, this.history.time[next]);
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
        const record = this.told[slot];
        const value = record < 0 ? NaN : history.value(record, name);
        if (Number.isNaN(value)) continue;
        change.slots.push(slot);
        change.values.push(value);
        change.times.push(history.time[record]);
      }
      return change.slots.length > 0 ? [change] : [];
    });
  }
}
