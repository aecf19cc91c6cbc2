import { MOTION_STRIDE, type MotionChange } from './batch.ts';

/** Where the parts of a record lie: attribute, floats (or bytes), offset in bytes. @see MotionChange */
export const SCATTER_LAYOUT = [
  { name: 'a_slot', size: 1, offset: 0, bytes: false },
  { name: 'a_from', size: 4, offset: 4, bytes: false },
  { name: 'a_to', size: 4, offset: 20, bytes: false },
  { name: 'a_colour', size: 4, offset: 36, bytes: true },
] as const;

/** One point a record, one texel each in three colour attachments (from, to, colour): GLSL ES 3.00 bodies without `#version` and precision. */
export const SCATTER_VERTEX = `
in float a_slot;
in vec4 a_from;
in vec4 a_to;
in vec4 a_colour;
uniform vec2 u_shape;
flat out vec4 v_from;
flat out vec4 v_to;
flat out vec4 v_colour;
void main() {
  v_from = a_from;
  v_to = a_to;
  v_colour = a_colour;
  float row = floor((a_slot + 0.5) / u_shape.x);
  gl_Position = vec4((vec2(a_slot - row * u_shape.x, row) + 0.5) / u_shape * 2.0 - 1.0, 0.0, 1.0);
  gl_PointSize = 1.0;
}`;

export const SCATTER_FRAGMENT = `
flat in vec4 v_from;
flat in vec4 v_to;
flat in vec4 v_colour;
layout(location = 0) out highp vec4 out_from;
layout(location = 1) out highp vec4 out_to;
layout(location = 2) out highp vec4 out_colour;
void main() {
  out_from = v_from;
  out_to = v_to;
  out_colour = v_colour;
}`;

/** What a card that cannot draw into float textures does instead: the same writing on copies in memory, [4] a texel. */
export function scatterInto(change: MotionChange, from: Float32Array, to: Float32Array, colours: Uint8Array): void {
  const floats = new Float32Array(change.buffer);
  const bytes = new Uint8Array(change.buffer);
  const words = MOTION_STRIDE / 4;
  for (let i = 0; i < change.count; i++) {
    const at = i * words;
    const slot = floats[at] * 4;
    for (let k = 0; k < 4; k++) {
      from[slot + k] = floats[at + 1 + k];
      to[slot + k] = floats[at + 5 + k];
      colours[slot + k] = bytes[i * MOTION_STRIDE + 36 + k];
    }
  }
}

/** Writes keyframes into a batch's own columns, for picks and for drawing it again: places [3n], to [3n], times [2n], colours [4n]. */
export function writeMotion(change: MotionChange, columns: { places: Float32Array; to: Float32Array; times: Float32Array; colours: Uint8Array }): void {
  const floats = new Float32Array(change.buffer);
  const bytes = new Uint8Array(change.buffer);
  const { places, to, times, colours } = columns;
  for (let i = 0; i < change.count; i++) {
    const at = (i * MOTION_STRIDE) / 4;
    const slot = floats[at];
    for (let k = 0; k < 3; k++) {
      places[3 * slot + k] = floats[at + 1 + k];
      to[3 * slot + k] = floats[at + 5 + k];
    }
    times[2 * slot] = floats[at + 4];
    times[2 * slot + 1] = floats[at + 8];
    for (let k = 0; k < 4; k++) colours[4 * slot + k] = bytes[i * MOTION_STRIDE + 36 + k];
  }
}
