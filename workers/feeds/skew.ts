import type { SkewStatus } from '../../engine/ports.ts';
import { longer } from './history.ts';

/** Seconds that a reading may be ahead of its receipt before its clock counts as ahead. */
const NEAR = 1;
/** Readings in a row that must say so until a clock counts as set right, and by how many seconds (half of what it was ahead, where that is less). */
const SURE = 3;
const CLEARLY = 5;
/** Ids whose clocks are watched for the estimate, and the seconds of each half of the window. */
const WATCHED = 64;
const HALF = 30;

/**
 * What is known of the clocks of a feed's sources, against this machine's.
 *
 * - **Ahead**: nothing is measured after it was received, so a reading from the future proves its clock wrong by at least that much. Its id's readings are set back by
 *   the most seen: they keep their distances, and none is ever shown fresher than its receipt.
 * - **Behind**: a slow clock looks just like data that come late. Readings keep their times and go stale by them; the estimate says how far.
 *
 * The estimate is the median over some ids of the least (receipt − time) of the last half minute to minute: the message that travelled fastest tells most, and one odd clock moves no median.
 */
export class Skews {
  /** Seconds that each slot's readings are set back; null while no clock was ever ahead. */
  private ahead: Float64Array | null = null;
  /** Readings in a row that a slot's clock seemed set right, and the most that they were ahead. */
  private right = new Uint8Array(0);
  private most = new Float64Array(0);
  /** When a slot was last set back further. */
  private raised = new Float64Array(0);
  private corrected = 0;
  private readonly least = new Float64Array(2 * WATCHED).fill(Infinity);
  private since = NaN;

  /** A reading's time as it counts here, and the estimate learns from it. Unix seconds. */
  take(slot: number, time: number, at: number): number {
    if (slot < WATCHED) this.watch(slot, time, at);
    if (time <= at + NEAR && this.ahead === null) return time;
    return this.setBack(slot, time, at);
  }

  /** A slot is another id's from now on. */
  clear(slot: number): void {
    if (!this.ahead || slot >= this.ahead.length) return;
    if (this.ahead[slot] > 0) this.corrected--;
    this.ahead[slot] = this.right[slot] = 0;
  }

  /** Null until there is something to tell from. `seconds` above zero: the sources' clocks are ahead of this machine's. */
  status(): SkewStatus | null {
    const list: number[] = [];
    for (let i = 0; i < WATCHED; i++) {
      const least = Math.min(this.least[i], this.least[WATCHED + i]);
      if (least < Infinity) list.push(least);
    }
    if (list.length === 0) return null;
    list.sort((a, b) => a - b);
    const middle = list.length >> 1;
    const median = list.length % 2 === 1 ? list[middle] : (list[middle - 1] + list[middle]) / 2;
    return { seconds: -median, corrected: this.corrected };
  }

  private watch(slot: number, time: number, at: number): void {
    if (!(at - this.since < HALF)) {
      // A step of this machine's own clock, back or far on, leaves nothing to compare with.
      const gone = !(at - this.since < 2 * HALF) || at < this.since;
      for (let i = 0; i < WATCHED; i++) this.least[i] = gone ? Infinity : this.least[WATCHED + i];
      this.least.fill(Infinity, WATCHED);
      this.since = at;
    }
    if (at - time < this.least[WATCHED + slot]) this.least[WATCHED + slot] = at - time;
  }

  private setBack(slot: number, time: number, at: number): number {
    if (!this.ahead || slot >= this.ahead.length) this.lengthen(slot + 1);
    const { right, most } = this;
    const ahead = this.ahead!;
    const by = time - at;
    const was = ahead[slot];
    if (by > was + NEAR) {
      // Readings of one moment keep their distances, even if the last of them are a little ahead until the next comes.
      if (this.raised[slot] === at) return time - was;
      this.raised[slot] = at;
      if (was === 0) this.corrected++;
      ahead[slot] = by;
      right[slot] = 0;
    } else if (by >= was - Math.min(CLEARLY, was / 2)) right[slot] = 0;
    else if (was > 0) {
      // One such reading may be late; several in a row are a clock that was set right.
      most[slot] = right[slot] === 0 ? by : Math.max(most[slot], by);
      if (++right[slot] >= SURE) {
        ahead[slot] = most[slot] > NEAR ? most[slot] : 0;
        right[slot] = 0;
        if (ahead[slot] === 0) this.corrected--;
      }
    }
    return time - ahead[slot];
  }

  private lengthen(slots: number): void {
    const length = Math.max(1024, slots, 2 * (this.ahead?.length ?? 0));
    this.ahead = longer(this.ahead ?? new Float64Array(0), length);
    this.right = longer(this.right, length);
    this.most = longer(this.most, length);
    this.raised = longer(this.raised, length);
  }
}
