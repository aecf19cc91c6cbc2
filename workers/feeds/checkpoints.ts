/** Readings an id, on average, between two checkpoints. */
const APART = 24;

/** The part of a history that checkpoints lead into. */
export interface Chains {
  head: Int32Array;
  time: Float64Array;
  slot: Int32Array;
  before(record: number): number;
}

/** Every id's newest record at some moments, so that a search begins near the moment asked for and not at the newest reading. */
export class Checkpoints {
  /** Unix seconds, ascending, and the record of each slot at or before then, −1 where none. */
  private times: number[] = [];
  private heads: Int32Array[] = [];
  private since = 0;

  constructor(private readonly chains: Chains) {}

  get count(): number {
    return this.times.length;
  }

  get bytes(): number {
    return this.heads.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The first checkpoint at or after a moment; {@link count} where there is none. */
  past(moment: number): number {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A slot's newest record at a checkpoint; its newest of all past the last one. */
  head(checkpoint: number, slot: number): number {
    const heads = checkpoint < this.heads.length ? this.heads[checkpoint] : this.chains.head;
    return slot < heads.length ? heads[slot] : -1;
  }

  /** A record that no later one lies before, as near after the moment as is known. */
  from(slot: number, moment: number): number {
    return this.head(this.past(moment), slot);
  }

  /** A record was put in; `late`: not as the newest of its slot. */
  added(slot: number, record: number, late: boolean, ids: number): void {
    const { time } = this.chains;
    // Also the first of a new id may be older than some checkpoints.
    if (this.times.length > 0 && time[record] <= this.times[this.times.length - 1]) this.passed(slot, record);
    if (late || ++this.since < APART * ids) return;
    this.since = 0;
    const last = this.times.at(-1) ?? -Infinity;
    if (time[record] <= last) return;
    this.times.push(time[record]);
    // What is newer than this record already lies past the checkpoint.
    const heads = this.chains.head.slice();
    for (let k = 0; k < heads.length; k++) while (heads[k] >= 0 && time[heads[k]] > time[record]) heads[k] = this.chains.before(heads[k]);
    this.heads.push(heads);
  }

  /** Sets them anew, evenly among the records there are. */
  build(count: number, ids: number): void {
    const { time, slot: slots, head } = this.chains;
    const wanted = Math.floor(count / (APART * Math.max(1, ids)));
    const stride = Math.max(1, Math.floor(count / 8192));
    const sample: number[] = [];
    for (let record = 0; record < count; record += stride) if (slots[record] >= 0) sample.push(time[record]);
    sample.sort((a, b) => a - b);
    this.times = [...new Set(Array.from({ length: wanted }, (_, k) => sample[Math.floor(((k + 0.5) * sample.length) / wanted)]))].filter((each) => each !== undefined);
    this.heads = this.times.map(() => new Int32Array(head.length).fill(-1));
    this.since = 0;
    for (let slot = 0; slot < head.length; slot++) {
      let k = this.times.length - 1;
      for (let record = head[slot]; record >= 0 && k >= 0; record = this.chains.before(record)) while (k >= 0 && this.times[k] >= time[record]) this.heads[k--][slot] = record;
    }
  }

  private passed(slot: number, record: number): void {
    const { time } = this.chains;
    for (let k = this.past(time[record]); k < this.heads.length; k++) {
      if (slot >= this.heads[k].length) this.heads[k] = lengthened(this.heads[k], Math.max(slot + 1, this.heads[k].length * 2));
      const known = this.heads[k][slot];
      if (known < 0 || time[known] < time[record]) this.heads[k][slot] = record;
    }
  }
}

function lengthened(heads: Int32Array, length: number): Int32Array {
  const out = new Int32Array(length).fill(-1);
  out.set(heads);
  return out;
}
