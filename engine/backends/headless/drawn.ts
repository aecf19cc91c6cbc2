import { MOTION_STRIDE, type Batch, type Change, type Drawn, type InstancesBatch, type Motion, type MotionChange, type PointsBatch } from '../../drawing/batch.ts';
import { STALE_FADE } from '../../drawing/recipes/points.ts';
import { TwinError } from '../../errors.ts';

/** Points at a moment, as the shader would place and tint them. */
export interface PointsAt {
  /** [3n] metres of the batch's anchor. */
  readonly places: Float32Array;
  /** [4n] sRGB and alpha, 0 … 255, staleness and `opacity` applied. */
  readonly colours: Uint8Array;
}

/** A batch kept in memory with every change applied: what a layer's test looks at. */
export interface HeadlessDrawn extends Drawn {
  /** The batch as it stands now; its arrays are copies of those handed in. */
  readonly batch: Batch;
  readonly disposed: boolean;
  /** Number of changes written so far. */
  readonly writes: number;
  /** Where points or instances are at a moment (unix seconds). @throws TwinError `unsupported` for other kinds */
  at(time: number): PointsAt;
}

/** Copies every typed array of a batch, so that a later change by the owner does not reach what is drawn. */
function copyBatch(batch: Batch): Batch {
  const copy: Record<string, unknown> = { ...batch };
  for (const [key, value] of Object.entries(batch)) if (ArrayBuffer.isView(value)) copy[key] = (value as Float32Array).slice();
  if ('motion' in batch && batch.motion) {
    const { to, times } = batch.motion;
    copy.motion = { ...batch.motion, to: to.slice(), times: times.slice() } satisfies Motion;
  }
  return copy as unknown as Batch;
}

/** Bytes of all columns of a batch. */
export function batchBytes(batch: Batch): number {
  let bytes = 'motion' in batch && batch.motion ? batch.motion.to.byteLength + batch.motion.times.byteLength : 0;
  for (const value of [...Object.values(batch), ...(batch.kind === 'instances' ? Object.values(batch.model) : [])]) if (ArrayBuffer.isView(value)) bytes += value.byteLength;
  return bytes;
}

function writeMotion(batch: Batch, change: MotionChange): void {
  if (!('motion' in batch) || !batch.motion) throw new TwinError('bad-input', `A motion change was written to ${batch.kind} without motion`);
  const slots = batch.places.length / 3;
  if (change.buffer.byteLength < change.count * MOTION_STRIDE) throw new TwinError('bad-input', `A motion change of ${change.count} records needs ${change.count * MOTION_STRIDE} bytes, ${change.buffer.byteLength} came`);
  const view = new DataView(change.buffer);
  for (let record = 0; record < change.count; record++) {
    const at = record * MOTION_STRIDE;
    const slot = view.getFloat32(at, true);
    if (!Number.isInteger(slot) || slot < 0 || slot >= slots) throw new TwinError('bad-input', `A motion change names slot ${slot}; the batch has ${slots}`);
    for (let axis = 0; axis < 3; axis++) {
      batch.places[slot * 3 + axis] = view.getFloat32(at + 4 + axis * 4, true);
      batch.motion.to[slot * 3 + axis] = view.getFloat32(at + 20 + axis * 4, true);
    }
    batch.motion.times[slot * 2] = view.getFloat32(at + 16, true);
    batch.motion.times[slot * 2 + 1] = view.getFloat32(at + 32, true);
    for (let channel = 0; channel < 4; channel++) batch.colours[slot * 4 + channel] = view.getUint8(at + 36 + channel);
  }
}

/** The shader's rule for one slot: mixes between the keyframes, holds outside, fades when stale. */
function pointsAt(batch: PointsBatch | InstancesBatch, time: number, opacity: number): PointsAt {
  const count = batch.places.length / 3;
  const places = batch.places.slice();
  const colours = batch.colours.slice();
  const moment = time - batch.epoch;
  for (let slot = 0; slot < count; slot++) {
    let stale = 0;
    let left = 1;
    if (batch.motion) {
      const { to, times, staleAfter, goneAfter = Infinity } = batch.motion;
      const first = times[slot * 2];
      const second = times[slot * 2 + 1];
      const share = Math.min(1, Math.max(0, (moment - first) / Math.max(second - first, 1e-6)));
      for (let axis = 0; axis < 3; axis++) {
        const from = batch.places[slot * 3 + axis];
        places[slot * 3 + axis] = from + (to[slot * 3 + axis] - from) * share;
      }
      stale = Math.min(1, Math.max(0, (moment - second - staleAfter) / STALE_FADE.seconds));
      left = 1 - Math.min(1, Math.max(0, (moment - second - goneAfter) / STALE_FADE.seconds));
    }
    const at = slot * 4;
    for (let channel = 0; channel < 3; channel++) colours[at + channel] = Math.round(colours[at + channel] + (255 * STALE_FADE.grey - colours[at + channel]) * stale);
    colours[at + 3] = Math.round(colours[at + 3] * (1 - (1 - STALE_FADE.alpha) * stale) * left * opacity);
  }
  return { places, colours };
}

/** Keeps a batch; `gone` is called once, on disposal. */
export function keepBatch(source: Batch, gone: (drawn: HeadlessDrawn) => void): HeadlessDrawn {
  const batch = copyBatch(source);
  let disposed = false;
  let writes = 0;
  const drawn: HeadlessDrawn = {
    kind: batch.kind,
    batch,
    order: batch.order,
    visible: true,
    opacity: 1,
    get bytes() { return disposed ? 0 : batchBytes(batch); },
    get disposed() { return disposed; },
    get writes() { return writes; },
    write(change: Change) {
      if (disposed) throw new TwinError('bad-input', 'A change was written to a batch that is disposed');
      if (change.kind === 'motion') writeMotion(batch, change);
      else if (batch.kind === 'mesh' || change.colours.length !== batch.colours.length) throw new TwinError('bad-input', `A change of ${change.colours.length / 4} colours does not fit this ${batch.kind} batch`);
      else batch.colours.set(change.colours);
      writes++;
    },
    at(time) {
      if (batch.kind !== 'points' && batch.kind !== 'instances') throw new TwinError('unsupported', `Only points and instances have places at a moment, not ${batch.kind}`);
      return pointsAt(batch, time, drawn.opacity);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      gone(drawn);
    },
  };
  return drawn;
}
