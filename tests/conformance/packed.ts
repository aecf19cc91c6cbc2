import { MOTION_STRIDE } from '../../engine/drawing/batch.ts';
import type { Rgba } from './shapes.ts';

/** New keyframes for some slots, as a feed packs them. */
export function packed(records: { slot: number; from: readonly number[]; to: readonly number[]; colour: Rgba }[]): ArrayBuffer {
  const buffer = new ArrayBuffer(records.length * MOTION_STRIDE);
  const view = new DataView(buffer);
  records.forEach(({ slot, from, to, colour }, i) => {
    [slot, ...from, ...to].forEach((value, k) => view.setFloat32(i * MOTION_STRIDE + 4 * k, value, true));
    colour.forEach((value, k) => view.setUint8(i * MOTION_STRIDE + 36 + k, value));
  });
  return buffer;
}
