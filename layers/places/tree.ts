import type { InstanceModel } from '#engine';

const SIDES = 7;
/** Rings of the crown: metres up and out, and how light they are (the foot of a crown lies in its own shade). */
const CROWN = [[0.2, 0.1, 0.62], [0.34, 0.3, 0.74], [0.58, 0.36, 0.88], [0.82, 0.23, 1]] as const;
const LEAVES = [112, 138, 98] as const;
const BARK = [112, 96, 82] as const;

/** A broadleaved tree one metre high as triangles: scaled by its height it is as tall as it was surveyed. Quiet colours: trees are part of the city. */
export function tree(): InstanceModel {
  const places: number[] = [];
  const indices: number[] = [];
  const colours: number[] = [];
  const ring = (up: number, out: number, turn: number, colour: readonly number[]): number => {
    const first = places.length / 3;
    for (let i = 0; i < SIDES; i++) {
      const angle = ((i + turn) / SIDES) * 2 * Math.PI;
      places.push(out * Math.sin(angle), out * Math.cos(angle), up);
      colours.push(...colour, 255);
    }
    return first;
  };
  const tip = (up: number, colour: readonly number[]): number => {
    places.push(0, 0, up);
    colours.push(...colour, 255);
    return places.length / 3 - 1;
  };
  // Corners go clockwise seen from above: outward faces are counter-clockwise.
  const band = (low: number, high: number): void => {
    for (let i = 0; i < SIDES; i++) {
      const next = (i + 1) % SIDES;
      indices.push(low + i, high + i, low + next, low + next, high + i, high + next);
    }
  };
  const tone = (share: number): number[] => LEAVES.map((channel) => Math.round(channel * share));
  band(ring(-0.04, 0.035, 0, BARK), ring(0.3, 0.022, 0, BARK));
  const rings = CROWN.map(([up, out, share], k) => ring(up, out, k / 2, tone(share)));
  for (let k = 1; k < rings.length; k++) band(rings[k - 1], rings[k]);
  const [under, top] = [tip(0.18, tone(0.55)), tip(1, tone(1))];
  for (let i = 0; i < SIDES; i++) {
    const next = (i + 1) % SIDES;
    indices.push(under, rings[0] + i, rings[0] + next, rings[rings.length - 1] + i, top, rings[rings.length - 1] + next);
  }
  return { places: Float32Array.from(places), indices: Uint32Array.from(indices), colours: Uint8Array.from(colours) };
}
