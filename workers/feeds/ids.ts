const FREE = -1;
const GONE = -2;

function emptyTable(places: number): Int32Array {
  const table = new Int32Array(2 * places);
  for (let i = 1; i < table.length; i += 2) table[i] = FREE;
  return table;
}

/**
 * Names of things → slots 0, 1, 2 … in the order of their first reading; a slot that is given up is used again. Whole numbers below 2³² go through a typed table
 * (no object an id), everything else through a map; a feed uses one of the two.
 */
export class IdTable {
  /** Slots ever in use; those given up are among them, without a name. */
  slots = 0;
  private readonly byName = new Map<string, number>();
  private readonly nameOf: string[] = [];
  /** Open addressing, two numbers a place that lie side by side in memory: a key's bits, and its slot, −1 where the place is free, −2 where a key was taken away. */
  private table = emptyTable(1024);
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
    return key < 0 ? -1 : Math.max(-1, this.table[2 * this.place(key) + 1]);
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
    if (this.used * 4 >= this.table.length) this.rebuild();
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
      if (this.table[2 * at + 1] !== slot) return;
      this.table[2 * at + 1] = GONE;
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
    const { table } = this;
    const mask = (table.length >> 1) - 1;
    const bits = key | 0;
    let at = (Math.imul(bits, 0x9e3779b1) >>> 7) & mask;
    for (;;) {
      const slot = table[2 * at + 1];
      if (slot === FREE || (slot !== GONE && table[2 * at] === bits)) return at;
      at = (at + 1) & mask;
    }
  }

  private put(key: number, slot: number): void {
    const at = this.place(key);
    this.table[2 * at] = key | 0;
    this.table[2 * at + 1] = slot;
    this.used++;
  }

  /** The table anew, without what was taken away, and twice as long where it is full. */
  private rebuild(): void {
    const { table } = this;
    const places = table.length >> 1;
    this.table = emptyTable(this.count * 4 >= places ? places * 2 : places);
    this.used = 0;
    for (let i = 0; i < places; i++) if (table[2 * i + 1] >= 0) this.put(table[2 * i], table[2 * i + 1]);
  }
}
