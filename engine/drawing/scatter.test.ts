import { expect, test } from 'vitest';
import { packed } from '../../tests/conformance/packed.ts';
import { scatterInto, writeMotion } from './scatter.ts';

const change = { kind: 'motion', count: 2, buffer: packed([{ slot: 2, from: [1, 2, 3, 4], to: [5, 6, 7, 8], colour: [9, 10, 11, 12] }, { slot: 0, from: [21, 22, 23, 24], to: [25, 26, 27, 28], colour: [29, 30, 31, 32] }]) } as const;

test('records reach the texels of their slots and no other', () => {
  const from = new Float32Array(16).fill(-1);
  const to = new Float32Array(16).fill(-1);
  const colours = new Uint8Array(16).fill(77);
  scatterInto(change, from, to, colours);
  expect([...from]).toEqual([21, 22, 23, 24, -1, -1, -1, -1, 1, 2, 3, 4, -1, -1, -1, -1]);
  expect([...to]).toEqual([25, 26, 27, 28, -1, -1, -1, -1, 5, 6, 7, 8, -1, -1, -1, -1]);
  expect([...colours]).toEqual([29, 30, 31, 32, 77, 77, 77, 77, 9, 10, 11, 12, 77, 77, 77, 77]);
});

test('records reach the columns of a batch', () => {
  const columns = { places: new Float32Array(9), to: new Float32Array(9), times: new Float32Array(6), colours: new Uint8Array(12) };
  writeMotion(change, columns);
  expect([...columns.places]).toEqual([21, 22, 23, 0, 0, 0, 1, 2, 3]);
  expect([...columns.to]).toEqual([25, 26, 27, 0, 0, 0, 5, 6, 7]);
  expect([...columns.times]).toEqual([24, 28, 0, 0, 4, 8]);
  expect([...columns.colours]).toEqual([29, 30, 31, 32, 0, 0, 0, 0, 9, 10, 11, 12]);
});
