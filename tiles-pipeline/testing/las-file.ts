/** A point of a made LAS file. */
export interface LasPoint {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly class: number;
  readonly intensity?: number;
  /** As the file has them: to 255 or to 65,535. */
  readonly rgb?: readonly [number, number, number];
  readonly withheld?: boolean;
}

/** A LAS 1.2 file of format 2 with a scale of a millimetre and bounds that hold. */
export function lasFile({ points, offset = [0, 0, 0] }: { points: readonly LasPoint[]; offset?: readonly [number, number, number] }): Buffer {
  const bytes = Buffer.alloc(227 + 26 * points.length);
  bytes.write('LASF', 0, 'latin1');
  bytes[24] = 1;
  bytes[25] = 2;
  bytes.writeUInt16LE(227, 94);
  bytes.writeUInt32LE(227, 96);
  bytes[104] = 2;
  bytes.writeUInt16LE(26, 105);
  bytes.writeUInt32LE(points.length, 107);
  const sides = (['x', 'y', 'z'] as const).flatMap((axis) => [points.reduce((most, point) => Math.max(most, point[axis]), -Infinity), points.reduce((least, point) => Math.min(least, point[axis]), Infinity)]);
  [0.001, 0.001, 0.001, ...offset, ...sides].forEach((value, k) => bytes.writeDoubleLE(value, 131 + 8 * k));
  for (const [k, point] of points.entries()) {
    const at = 227 + 26 * k;
    (['x', 'y', 'z'] as const).forEach((axis, i) => bytes.writeInt32LE(Math.round((point[axis] - offset[i]) * 1000), at + 4 * i));
    bytes.writeUInt16LE(point.intensity ?? 0, at + 12);
    bytes[at + 15] = point.class | (point.withheld ? 0x80 : 0);
    point.rgb?.forEach((channel, i) => bytes.writeUInt16LE(channel, at + 20 + 2 * i));
  }
  return bytes;
}
