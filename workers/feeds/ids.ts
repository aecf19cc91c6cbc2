/**
 * Names of things → slots 0, 1, 2 … in the order of their first reading. Whole numbers below 2³² go through a typed table
 * (no object an id), everything else through a map; a feed uses one of the two.
 */
export class IdTable {
  private readonly byName = new Map<string, number>();
  private readonly nameOf: string[] = [];
  private keys = new Uint32Array(1024);
  private slots = new Int32Array(1024).fill(-1);
  private readonly numbers: { list: Uint32Array; count: number } = { list: new Uint32Array(1024), count: 0 };

  constructor(
    readonly capacity: number,
    private readonly numeric: boolean,
  ) {}

  get count(): number {
    return this.numeric ? this.numbers.count : this.nameOf.length;
  }

  /** Slot of an id, −1 when unknown. */
  find(id: string | number): number {
    if (!this.numeric) return this.byName.get(String(id)) ?? -1;
    const key = typeof id === 'number' ? id : /^\d{1,10}$/u.test(id) ? Number(id) : -1;
    return key < 0 ? -1 : this.slots[this.place(key)];
  }

  /** Slot of an id, a new one where it is unknown; −1 when there is no room. */
  add(id: string | number): number {
    const known = this.find(id);
    if (known >= 0) return known;
    if (this.count >= this.capacity) return -1;
    if (!this.numeric) {
      const name = String(id);
      this.byName.set(name, this.nameOf.length);
      return this.nameOf.push(name) - 1;
    }
    const key = Number(id);
    if (!Number.isInteger(key) || key < 0 || key > 0xffffffff) return -1;
    if (this.count * 2 >= this.keys.length) this.grow();
    const place = this.place(key);
    const slot = this.numbers.count++;
    this.keys[place] = key;
    this.slots[place] = slot;
    if (slot >= this.numbers.list.length) {
      const list = new Uint32Array(this.numbers.list.length * 2);
      list.set(this.numbers.list);
      this.numbers.list = list;
    }
    this.numbers.list[slot] = key;
    return slot;
  }

  name(slot: number): string {
    return this.numeric ? String(this.numbers.list[slot]) : this.nameOf[slot];
  }

  /** Where a key stands in the open-addressed table, or the free place where it would. */
  private place(key: number): number {
    const mask = this.keys.length - 1;
    let at = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    while (this.slots[at] >= 0 && this.keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const [keys, slots] = [this.keys, this.slots];
    this.keys = new Uint32Array(keys.length * 2);
    this.slots = new Int32Array(keys.length * 2).fill(-1);
    for (let i = 0; i < keys.length; i++) {
      if (slots[i] < 0) continue;
      const at = this.place(keys[i]);
      this.keys[at] = keys[i];
      this.slots[at] = slots[i];
    }
  }
}
