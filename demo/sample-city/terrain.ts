import { bend, board, canal, island, longStreets, riverHalf } from './layout.ts';
import { noise } from './random.ts';
import { reserves } from './zoning.ts';
import type { Point } from './shape.ts';

/** Metres above the ellipsoid, as far as a made-up city has one. */
const PLAIN = 13.2;
const RIVER = 9.4;
const LAKE = 11.6;

const smooth = (t: number): number => {
  const s = Math.max(0, Math.min(1, t));
  return s * s * (3 - 2 * s);
};

/** From the ground back to the drawing board: the bend is gentle, a few steps of correction undo it to a centimetre. */
export function unbend(x: number, y: number): Point {
  let u = x;
  let v = y - 830;
  for (let step = 0; step < 30; step++) {
    const [bx, by] = bend(u, v);
    const dx = x - bx;
    const dy = y - by;
    u += dx;
    v += dy;
    if (dx * dx + dy * dy < 1e-4) break;
  }
  return [u, v];
}

export const hills: readonly { u: number; v: number; radius: number; top: number }[] = [
  { u: -2900, v: -3650, radius: 620, top: 118 }, { u: -2250, v: -3900, radius: 480, top: 74 }, { u: 2700, v: -3800, radius: 520, top: 62 },
  { u: 2900, v: 2250, radius: 560, top: 88 }, { u: -3050, v: 2200, radius: 520, top: 56 },
];

/** Height of the hill in the park, on the board. */
function parkHill(u: number, v: number): number {
  const park = reserves.find((reserve) => reserve.use === 'hill-park')!;
  const du = (u - (park.west + park.east) / 2) / ((park.east - park.west) / 2 - 36);
  const dv = (v - (park.south + park.north) / 2) / ((park.north - park.south) / 2 - 40);
  return 46 * smooth(1 - Math.hypot(du, dv)) * (1 + 0.12 * noise(u / 60, v / 60, 11));
}

/** How far inside a lake a place of the board lies: 0 on the shore, 1 in the middle, negative outside. */
export function lakeAt(u: number, v: number): number {
  let most = -9;
  for (const { west, south, east, north, use } of reserves) {
    if (use !== 'lake-park') continue;
    const du = (u - (west + east) / 2) / ((east - west) * 0.34);
    const dv = (v - (south + north) / 2) / ((north - south) * 0.33);
    const angle = Math.atan2(dv, du);
    const shore = 1 + 0.16 * Math.sin(angle * 3 + west) + 0.08 * Math.sin(angle * 5 + south);
    most = Math.max(most, 1 - Math.hypot(du, dv) / shore);
  }
  return most;
}

export function inRiver(u: number, v: number): boolean {
  if (Math.abs(v) >= riverHalf(u)) return false;
  return !onIsland(u, v);
}

/** The island in the river's wide part, a long drop. */
export function onIsland(u: number, v: number): boolean {
  const t = (u - island.from) / (island.to - island.from);
  return t > 0 && t < 1 && Math.abs(v + 6) < island.half * Math.sin(Math.PI * t) ** 0.7;
}

export const inCanal = (u: number, v: number): boolean => Math.abs(u - canal.axis) < canal.half && v > canal.source && v < canal.mouth;

/** Height of the ground in metres at a place in metres east and north of the centre. Streets keep the plain's gentle slope; only hills are steep. */
export function heightAt(x: number, y: number): number {
  const [u, v] = unbend(x, y);
  let height = PLAIN + 1.5 * noise(u / 1400, v / 1400, 21) + 0.0004 * Math.abs(v);
  for (const hill of hills) {
    const reach = Math.hypot(u - hill.u, v - hill.v) / hill.radius;
    if (reach < 2) height += hill.top * smooth(1 - reach / 2) ** 1.4 * (1 + 0.28 * noise(u / 210, v / 210, 31) + 0.1 * noise(u / 70, v / 70, 32));
  }
  height += parkHill(u, v);
  const bank = Math.abs(v) - riverHalf(u);
  // A levee a metre high carries the embankment street; its slope falls to the water.
  if (bank < 90) height += 1.1 * smooth((90 - bank) / 60) * smooth(bank / 30);
  if (bank < 16 && !onIsland(u, v)) height += (RIVER - height) * smooth((16 - bank) / 30);
  const lake = lakeAt(u, v);
  if (lake > -0.12) height += (LAKE - height) * smooth((lake + 0.12) / 0.16);
  const side = Math.abs(u - canal.axis) - canal.half;
  if (side < 10 && v > canal.source - 10 && v < longStreets.bankSouth + 120) height += (RIVER + 0.8 - height) * smooth((10 - side) / 14);
  return height;
}

/** Share of rise over run at a place, over twelve metres. */
export function slopeAt(x: number, y: number): number {
  const d = 6;
  return Math.hypot(heightAt(x + d, y) - heightAt(x - d, y), heightAt(x, y + d) - heightAt(x, y - d)) / (2 * d);
}

/** Whether a place of the plan is dry and flat enough to build on. */
export function buildable([x, y]: Point): boolean {
  const [u, v] = unbend(x, y);
  if (u < board.west + 6 || u > board.east - 6 || v < board.south + 6 || v > board.north - 6) return false;
  return !inRiver(u, v) && !inCanal(u, v) && lakeAt(u, v) < -0.15 && slopeAt(x, y) < 0.16;
}
