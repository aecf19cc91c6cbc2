const BUCKETS = 4096;
/** Seconds a bucket. */
const WIDTH = 0.02;

/** Which slot is due when: a ring of buckets, each a chain through `next`. A slot is in it once at most; what lies past the ring's end comes up early and is put back. */
export class Wheel {
  private readonly heads = new Int32Array(BUCKETS).fill(-1);
  private next = new Int32Array(1024);
  private queued = new Uint8Array(1024);
  private turned = 0;

  /** Empties the wheel and begins at a moment. */
  reset(moment: number): void {
    this.heads.fill(-1);
    this.queued.fill(0);
    this.turned = Math.floor(moment / WIDTH);
  }

  add(slot: number, due: number): void {
    if (slot >= this.queued.length) {
      const length = Math.max(slot + 1, this.queued.length * 2);
      const [next, queued] = [new Int32Array(length), new Uint8Array(length)];
      next.set(this.next);
      queued.set(this.queued);
      [this.next, this.queued] = [next, queued];
    }
    if (this.queued[slot]) return;
    const bucket = Math.min(this.turned + BUCKETS - 1, Math.max(this.turned + 1, Math.ceil(due / WIDTH)));
    const at = bucket % BUCKETS;
    this.queued[slot] = 1;
    this.next[slot] = this.heads[at];
    this.heads[at] = slot;
  }

  /** Turns to a moment and hands over the slots of the buckets passed; they are out of the wheel then. */
  turn(moment: number, due: (slot: number) => void): void {
    const to = Math.floor(moment / WIDTH);
    const from = Math.max(this.turned + 1, to - BUCKETS + 1);
    this.turned = Math.max(this.turned, to);
    for (let bucket = from; bucket <= to; bucket++) {
      let slot = this.heads[bucket % BUCKETS];
      this.heads[bucket % BUCKETS] = -1;
      while (slot >= 0) {
        const following = this.next[slot];
        this.queued[slot] = 0;
        due(slot);
        slot = following;
      }
    }
  }
}
