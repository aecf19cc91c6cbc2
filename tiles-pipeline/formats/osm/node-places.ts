const CHUNK = 1 << 16;
/** 1e-7 degrees, as OpenStreetMap itself keeps places: some 11 mm. */
const STEP = 1e-7;
/** More than any city; 16 bytes each, and 5 to 11 for the index. */
export const MOST_NODES = 120_000_000;

/** Slots walked for one id at most, and ways of mixing ids that are tried. A third of the slots is always free. */
const LONGEST_WALK = 2000;
const SEEDS = 4;

interface Chunk {
  readonly id: Float64Array;
  readonly lon: Int32Array;
  readonly lat: Int32Array;
}

/** Places of nodes: 16 bytes a node in chunks that never move, and an open hash of 4 bytes a slot made when all are there. */
export class NodePlaces {
  readonly #chunks: Chunk[] = [];
  #slots = new Uint32Array(0);
  #mask = 0;
  #seed = 0;
  count = 0;
  /** Nodes met again under the same id; the later place holds. */
  repeated = 0;

  /** @param lon @param lat degrees, within the earth's */
  add(id: number, lon: number, lat: number): void {
    const at = this.count % CHUNK;
    if (at === 0) this.#chunks.push({ id: new Float64Array(CHUNK), lon: new Int32Array(CHUNK), lat: new Int32Array(CHUNK) });
    const chunk = this.#chunks[this.#chunks.length - 1];
    chunk.id[at] = id;
    chunk.lon[at] = Math.round(lon / STEP);
    chunk.lat[at] = Math.round(lat / STEP);
    this.count++;
  }

  /** Makes the index; places are found only after it. false where the ids are chosen so that they cannot be told apart quickly. */
  index(): boolean {
    let size = 16;
    while (size < this.count * 1.5) size *= 2;
    this.#mask = size - 1;
    for (this.#seed = 0; this.#seed < SEEDS; this.#seed++) {
      this.#slots = new Uint32Array(size);
      if (this.#fill()) return true;
    }
    return false;
  }

  #fill(): boolean {
    this.repeated = 0;
    for (let n = 0; n < this.count; n++) {
      const slot = this.#slot(this.#idOf(n));
      if (slot < 0) return false;
      if (this.#slots[slot] !== 0) this.repeated++;
      this.#slots[slot] = n + 1;
    }
    return true;
  }

  /** What is held, in bytes. */
  get bytes(): number {
    return this.#chunks.length * CHUNK * 16 + this.#slots.byteLength;
  }

  /** The node's number here; −1 where it is not known. */
  find(id: number): number {
    const slot = this.#slots.length === 0 ? -1 : this.#slot(id);
    return slot < 0 ? -1 : this.#slots[slot] - 1;
  }

  /** Degrees, seven decimals. */
  lon(n: number): number {
    return this.#chunks[Math.floor(n / CHUNK)].lon[n % CHUNK] / 1e7;
  }

  lat(n: number): number {
    return this.#chunks[Math.floor(n / CHUNK)].lat[n % CHUNK] / 1e7;
  }

  #idOf(n: number): number {
    return this.#chunks[Math.floor(n / CHUNK)].id[n % CHUNK];
  }

  /** The slot of an id, or the free one where it belongs; −1 after a walk no honest file needs. */
  #slot(id: number): number {
    let slot = hash(id, this.#seed) & this.#mask;
    for (let steps = 0; this.#slots[slot] !== 0 && this.#idOf(this.#slots[slot] - 1) !== id; steps++) {
      if (steps > LONGEST_WALK) return -1;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}

/** Mixes all bits: neighbours in a street have neighbouring ids. */
function hash(id: number, seed: number): number {
  let h = (id | 0) ^ Math.imul(seed, 0x27d4eb2f) ^ Math.imul(Math.floor(id / 4_294_967_296) | 0, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
