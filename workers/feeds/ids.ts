const FREE = -1;
const GONE = -2;

/**
 * Names of things → slots 0, 1, 2 … in the order of their first reading; a slot that is given up is used again. Whole numbers below 2³² go through a typed table
 * (no object an id), everything else through a map; a feed uses one of the two.
 */
export class IdTable {
  /** Slots ever in use; those given up are among them, without a name. */
  slots = 0;
  private readonly byName = new Map<string, number>();
  private readonly nameOf: string[] = [];
  /** Open addressing: key and slot of each place, −1 where it is free, −2 where a key was taken away. */
  private keys = new Uint32Array(1024);
  private places = new Int32Array(1024).fill(FREE);
  private used = 0;
  private numberOf = new Uint32Array(1024);
  private readonly given: number[] = [];

  constructor(
    readonly capacity: number,
    private readonly numeric: boolean,
  ) {}

  /** Ids known now. */
  get count(): number {
    return this.slots - this.given.length;
  }

  /** Slot of an id, −1 when unknown. */
  find(id: string | number): number {
    if (!this.numeric) return this.byName.get(String(id)) ?? -1;
    const key = typeof id === 'number' ? id : /^\d{1,10}$/u.test(id) ? Number(id) : -1;
    return key < 0 ? -1 : Math.max(-1, this.places[this.place(key)]);
  }

  /** Slot of an id, a new one where it is unknown; −1 when there is no room. */
  add(id: string | number): number {
    const known = this.find(id);
    if (known >= 0) return known;
    if (this.count >= this.capacity) return -1;
    if (!this.numeric) {
      const slot = this.given.pop() ?? this.slots++;
      const name = String(id);
      this.byName.set(name, slot);
      this.nameOf[slot] = name;
      return slot;
    }
    const key = Number(id);
    if (!Number.isInteger(key) || key < 0 || key > 0xffffffff) return -1;
    if (this.used * 2 >= this.keys.length) this.rebuild();
    const slot = this.given.pop() ?? this.slots++;
    this.put(key, slot);
    if (slot >= this.numberOf.length) {
      const list = new Uint32Array(this.numberOf.length * 2);
      list.set(this.numberOf);
      this.numberOf = list;
    }
    this.numberOf[slot] = key;
    return slot;
  }

  /** Gives up a slot: its id is unknown again, and another may get it. */
  remove(slot: number): void {
    if (this.numeric) {
      const at = this.place(this.numberOf[slot]);
      if (this.places[at] !== slot) return;
      this.places[at] = GONE;
    } else {
      if (this.byName.get(this.nameOf[slot]) !== slot) return;
      this.byName.delete(this.nameOf[slot]);
      this.nameOf[slot] = '';
    }
    this.given.push(slot);
  }

  name(slot: number): string {
    return this.numeric ? String(this.numberOf[slot]) : this.nameOf[slot];
  }

  /** Where a key stands in the table, or the free place after it. */
  private place(key: number): number {
    const mask = this.keys.length - 1;
    let at = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    while (this.places[at] !== FREE && (this.places[at] === GONE || this.keys[at] !== key)) at = (at + 1) & mask;
    return at;
  }

  private put(key: number, slot: number): void {
    const at = this.place(key);
    this.keys[at] = key;
    this.places[at] = slot;
    this.used++;
  }

  /** The table anew, without what was taken away, and twice as long where it is full. */
  private rebuild(): void {
    const [keys, places] = [this.keys, this.places];
    const length = this.count * 2 >= keys.length / 2 ? keys.length * 2 : keys.length;
    this.keys = new Uint32Array(length);
    this.places = new Int32Array(length).fill(FREE);
    this.used = 0;
    for (let i = 0; i < keys.length; i++) if (places[i] >= 0) this.put(keys[i], places[i]);
  }
}
