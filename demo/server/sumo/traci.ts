import { connect, type Socket } from 'node:net';

/** Commands and variables of SUMO's control protocol that are used here. @source SUMO user documentation, TraCI/Protocol and TraCI/*_Value_Retrieval */
export const TRACI = {
  version: 0x00, step: 0x02, close: 0x7f,
  subscribe: { lane: 0xd3, light: 0xd2, vehicle: 0xd4, edge: 0xda, sim: 0xdb },
  get: { light: 0xa2, edge: 0xaa, lane: 0xa3, vehicle: 0xa4 },
  ids: 0x00, position: 0x42, speed: 0x40, angle: 0x43, vehicleClass: 0x49, meanSpeed: 0x11, halting: 0x14, state: 0x20, phase: 0x28, program: 0x29, nextSwitch: 0x2d, departed: 0x74, expected: 0x7d, time: 0x66,
} as const;

type Value = number | string | readonly string[] | readonly [number, number];

/** What one object said in a step: values by variable. */
export interface TraciReport {
  readonly domain: number;
  readonly id: string;
  readonly values: ReadonlyMap<number, Value>;
}

/** Largest answer taken, bytes. */
const LARGEST = 64 << 20;

class Reader {
  #at: number;
  constructor(private readonly bytes: Buffer, at = 0) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  skipTo(at: number): void {
    this.#at = at;
  }

  byte(): number {
    return this.bytes.readUInt8(this.#at++);
  }

  int(): number {
    this.#at += 4;
    return this.bytes.readInt32BE(this.#at - 4);
  }

  double(): number {
    this.#at += 8;
    return this.bytes.readDoubleBE(this.#at - 8);
  }

  string(): string {
    const length = this.int();
    this.#at += length;
    return this.bytes.toString('utf8', this.#at - length, this.#at);
  }

  value(type: number): Value {
    switch (type) {
      case 0x01: return [this.double(), this.double()];
      case 0x07: return this.byte();
      case 0x08: return this.bytes.readInt8(this.#at++);
      case 0x09: return this.int();
      case 0x0b: return this.double();
      case 0x0c: return this.string();
      case 0x0e: return Array.from({ length: this.int() }, () => this.string());
      default: throw new Error(`SUMO answered with a value of type ${type}, which is not known here.`);
    }
  }

  /** Where a command ends: its length is one byte, or four after a zero. */
  commandEnd(): number {
    const start = this.#at;
    const short = this.byte();
    return start + (short > 0 ? short : this.int());
  }
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};

function command(id: number, content: Buffer): Buffer {
  const long = content.length + 2 > 255;
  const head = Buffer.alloc(long ? 6 : 2);
  if (long) head.writeInt32BE(content.length + 6, 1);
  else head.writeUInt8(content.length + 2, 0);
  head.writeUInt8(id, head.length - 1);
  return Buffer.concat([head, content]);
}

/** A connection to a running SUMO. One call at a time, in order; when the connection ends, calls that wait are refused with a sentence. */
export class Traci {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Buffer) => void; reject: (error: Error) => void }[] = [];
  #ended: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#take(data));
    socket.on('error', (error) => this.#end(new Error(`The connection to SUMO broke (${error.message}).`)));
    socket.on('close', () => this.#end(new Error('SUMO closed the connection.')));
  }

  /** Connects as soon as SUMO listens. @throws Error when it does not within `patience` seconds */
  static async connect(port: number, patience = 15, host = '127.0.0.1'): Promise<Traci> {
    const end = Date.now() + patience * 1000;
    for (;;) {
      try {
        const socket = connect({ port, host });
        await new Promise<void>((resolve, reject) => {
          socket.once('connect', () => resolve());
          socket.once('error', reject);
        });
        socket.removeAllListeners('error');
        return new Traci(socket);
      } catch (cause) {
        if (Date.now() > end) throw new Error(`SUMO does not answer on port ${port} (${cause instanceof Error ? cause.message : String(cause)}).`, { cause });
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  /** Version of the protocol and of SUMO. */
  async version(): Promise<{ readonly api: number; readonly name: string }> {
    const reader = await this.#ask(TRACI.version, Buffer.alloc(0));
    reader.commandEnd();
    reader.byte();
    return { api: reader.int(), name: reader.string() };
  }

  /** Ids of a domain's objects ({@link TRACI}.get). */
  async ids(domain: number): Promise<readonly string[]> {
    const reader = await this.#ask(domain, Buffer.concat([Buffer.of(TRACI.ids), text('')]));
    reader.commandEnd();
    reader.byte();
    reader.byte();
    reader.string();
    return reader.value(reader.byte()) as readonly string[];
  }

  /** From now on every step tells these variables of an object ({@link TRACI}.subscribe). */
  async subscribe(domain: number, id: string, variables: readonly number[]): Promise<void> {
    await this.#ask(domain, Buffer.concat([double(0), double(1e9), text(id), Buffer.of(variables.length, ...variables)]));
  }

  /** Goes on by one step and hands out what subscribed objects say. */
  async step(): Promise<TraciReport[]> {
    const reader = await this.#ask(TRACI.step, double(0));
    const count = reader.int();
    const reports: TraciReport[] = [];
    for (let i = 0; i < count; i++) {
      const end = reader.commandEnd();
      const domain = reader.byte() - 0x10;
      const id = reader.string();
      const values = new Map<number, Value>();
      for (let left = reader.byte(); left > 0; left--) {
        const variable = reader.byte();
        const fine = reader.byte() === 0;
        const value = reader.value(reader.byte());
        if (fine) values.set(variable, value);
      }
      reader.skipTo(end);
      reports.push({ domain, id, values });
    }
    return reports;
  }

  close(): void {
    if (!this.#ended) this.#socket.end(Buffer.concat([Buffer.from([0, 0, 0, 6]), command(TRACI.close, Buffer.alloc(0))]));
    this.#socket.destroySoon();
  }

  /** Sends a command; the answer's reader stands after its status. @throws Error with SUMO's own words */
  async #ask(id: number, content: Buffer): Promise<Reader> {
    if (this.#ended) throw this.#ended;
    const body = command(id, content);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(Buffer.concat([length, body]));
    });
    const reader = new Reader(answer);
    const end = reader.commandEnd();
    reader.byte();
    const result = reader.byte();
    const words = reader.string();
    if (result !== 0) throw new Error(`SUMO refused a command (${id.toString(16)}): ${words || 'no reason given'}.`);
    reader.skipTo(end);
    return reader;
  }

  #take(data: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? data : Buffer.concat([this.#buffer, data]);
    while (this.#buffer.length >= 4) {
      const length = this.#buffer.readInt32BE(0);
      if (length < 4 || length > LARGEST) {
        this.#end(new Error(`SUMO said an answer of ${length} bytes; this is no TraCI.`));
        this.#socket.destroy();
        return;
      }
      if (this.#buffer.length < length) return;
      const answer = this.#buffer.subarray(4, length);
      this.#buffer = this.#buffer.subarray(length);
      this.#waiting.shift()?.resolve(answer);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting) reject(this.#ended);
    this.#waiting = [];
  }
}
