import type { FromWorker } from '../messages.ts';

/** What a backend's shader would show of a feed: keeps the last record of every slot and mixes its keyframes. */
export class Screen {
  epoch = NaN;
  readonly records = new Map<number, { floats: Float32Array; alpha: number; colour: number }>();
  motions = 0;
  updates = 0;
  bytes = 0;
  readonly resets: number[] = [];
  status: Extract<FromWorker, { kind: 'status' }>['status'] | null = null;
  readonly statuses: string[] = [];
  readonly values = new Map<string, number>();
  readonly times = new Map<string, number>();

  readonly take = (message: FromWorker): void => {
    if (message.kind === 'reset') {
      this.epoch = message.epoch;
      this.records.clear();
      this.resets.push(message.epoch);
    } else if (message.kind === 'motion') {
      const floats = new Float32Array(message.buffer);
      const bits = new Uint8Array(message.buffer);
      this.motions++;
      this.updates += message.count;
      this.bytes += message.buffer.byteLength;
      const seen = new Set<number>();
      for (let i = 0; i < message.count; i++) {
        const slot = floats[10 * i];
        if (seen.has(slot)) throw new Error(`slot ${slot} twice in one change`);
        seen.add(slot);
        this.records.set(slot, { floats: floats.slice(10 * i, 10 * i + 10), alpha: bits[40 * i + 39], colour: new Uint32Array(message.buffer, 40 * i + 36, 1)[0] });
      }
    } else if (message.kind === 'status') {
      this.status = message.status;
      if (this.statuses.at(-1) !== message.status.state) this.statuses.push(message.status.state);
    } else if (message.kind === 'values') {
      message.ids.forEach((id, i) => {
        this.values.set(`${id} ${message.name}`, message.values[i]);
        this.times.set(`${id} ${message.name}`, message.times[i]);
      });
    }
  };

  /** Place of a slot in a frame of the clock, with the seconds since its second keyframe; null where nothing is seen. */
  at(slot: number, clock: number): { x: number; y: number; z: number; age: number } | null {
    const record = this.records.get(slot);
    if (!record || record.alpha === 0) return null;
    const { floats } = record;
    const t = clock - this.epoch;
    const share = floats[8] > floats[4] ? Math.min(1, Math.max(0, (t - floats[4]) / (floats[8] - floats[4]))) : 1;
    const mix = (k: number): number => floats[1 + k] + (floats[5 + k] - floats[1 + k]) * share;
    return { x: mix(0), y: mix(1), z: mix(2), age: t - floats[8] };
  }
}
