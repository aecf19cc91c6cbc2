import type { Anchor } from '#geo';
import { ORDER, type InstancesBatch, type MotionChange } from '../../engine/drawing/batch.ts';
import { HERE, type Case, type Probe } from './case.ts';
import { litFromAbove } from './lit.ts';
import { packed } from './packed.ts';
import { BLUE, bytes, GREEN, RED, YELLOW, type Rgba } from './shapes.ts';

const WHITE: Rgba = [255, 255, 255, 255];
const HALF: Rgba = [255, 255, 255, 128];

/** A slab 4 m thick and 16 m wide, red from its origin 24 m to the north, green 12 m to the south, its upper side 4 m up. */
export function slab(): InstancesBatch['model'] {
  const places: number[] = [];
  const indices: number[] = [];
  const colours: number[] = [];
  for (const [south, north, colour] of [[0, 24, RED], [-12, 0, GREEN]] as const) {
    const first = places.length / 3;
    for (const up of [0, 4]) for (const [east, along] of [[-8, south], [8, south], [8, north], [-8, north]]) {
      places.push(east, along, up);
      colours.push(...colour);
    }
    for (const [a, b, c, d] of [[4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]) indices.push(...[a, b, c, a, c, d].map((k) => first + k));
  }
  return { places: Float32Array.from(places), indices: Uint32Array.from(indices), colours: Uint8Array.from(colours) };
}

interface Stand { readonly at: readonly [number, number, number]; readonly heading?: number; readonly tint?: Rgba }

/** Slabs at places, of one size. */
export function slabs(anchor: Anchor, stands: readonly Stand[], more: Partial<InstancesBatch> = {}): InstancesBatch {
  return {
    kind: 'instances', anchor, epoch: 0, order: ORDER.solid, ids: null, model: slab(), motion: null, scale: 1,
    places: Float32Array.from(stands.flatMap(({ at }) => [...at])), headings: Float32Array.from(stands, ({ heading = 0 }) => heading),
    colours: bytes(...stands.map(({ tint = WHITE }) => tint)), ...more,
  };
}

const NORTH = litFromAbove(RED);
const SOUTH = litFromAbove(GREEN);

/** The red end 18 m along a heading from a place, the green one 7 m behind it, and ground past either and beside. */
function ends(what: string, [east, north, up]: readonly [number, number, number], heading: number, size = 1): Probe[] {
  const [sin, cos] = [Math.sin((heading * Math.PI) / 180) * size, Math.cos((heading * Math.PI) / 180) * size];
  const top = up + 4 * size;
  const probe = (name: string, along: number, aside: number, look: Probe['look']): Probe => ({ what: `${what}: ${name}`, at: [east + along * sin + aside * cos, north + along * cos - aside * sin, look === 'ground' ? up : top], look, tolerance: 8 });
  return [probe('front', 18, 0, NORTH), probe('back', -7, 0, SOUTH), probe('before it', 32, 0, 'ground'), probe('behind it', -19, 0, 'ground'), probe('beside it', 8, 15, 'ground')];
}

const way = { from: [-60, 20, 0], to: [60, 20, 0], times: [990, 1010] } as const;

function moving(anchor: Anchor, more: Partial<InstancesBatch> = {}): InstancesBatch {
  return slabs(anchor, [{ at: way.from, heading: 10 }], { motion: { to: Float32Array.from(way.to), times: Float32Array.from(way.times), staleAfter: Infinity }, ...more });
}

const onwards: MotionChange = { kind: 'motion', count: 1, buffer: packed([{ slot: 0, from: [-40, 40, 0, 990], to: [-40, -40, 0, 1010], colour: WHITE }]) };

/** Models at their places; run with all other cases on every backend. */
export const instanceCases: readonly Case[] = [
  { name: 'each at its place, turned clockwise', kind: 'instances', draw: (a) => [slabs(a, [{ at: [-60, 40, 0] }, { at: [50, 50, 0], heading: 90 }, { at: [0, -60, 0], heading: 217 }])], probes: [...ends('north', [-60, 40, 0], 0), ...ends('east', [50, 50, 0], 90), ...ends('southwest', [0, -60, 0], 217)] },
  { name: 'each in its size', kind: 'instances', draw: (a) => [slabs(a, [{ at: [-70, 0, 0] }, { at: [50, 0, 0], heading: 45 }], { scale: Float32Array.of(0.5, 2) })], probes: [...ends('half', [-70, 0, 0], 0, 0.5), ...ends('double', [50, 0, 0], 45, 2)] },
  {
    name: 'tinted, hidden, see-through, and changed', kind: 'instances', draw: (a) => [slabs(a, [{ at: [-80, 0, 0], tint: WHITE }, { at: [0, 0, 0], tint: HALF }, { at: [80, 0, 0], tint: BLUE }])],
    change: ([drawn]) => drawn.write({ kind: 'colours', colours: bytes(YELLOW, HALF, [255, 255, 255, 0]) }),
    probes: [
      { what: 'red under yellow', at: [-80, 18, 4], look: litFromAbove([Math.round((RED[0] * YELLOW[0]) / 255), Math.round((RED[1] * YELLOW[1]) / 255), Math.round((RED[2] * YELLOW[2]) / 255), 255]), tolerance: 8 },
      { what: 'half transparent', at: [0, 18, 4], look: { over: NORTH, alpha: 128 / 255 }, tolerance: 8 }, { what: 'hidden now', at: [80, 18, 4], look: 'ground' },
    ],
  },
  { name: 'half way between two keyframes, looking along', kind: 'instances', draw: (a) => [moving(a)], probes: ends('on its way', [0, 20, 0], 90) },
  { name: 'turned the shorter way between two headings', kind: 'instances', draw: (a) => [slabs(a, [{ at: [0, 0, 0], heading: 350 }], { toHeadings: Float32Array.of(50), motion: { to: Float32Array.of(0, 0, 0), times: Float32Array.of(990, 1010), staleAfter: Infinity } })], probes: ends('half turned', [0, 0, 0], 20) },
  { name: 'standing it looks as given, with new keyframes where they lead', kind: 'instances', draw: (a) => [moving(a), slabs(a, [{ at: [60, 0, 0], heading: 300 }], { motion: { to: Float32Array.of(60, 0, 0), times: Float32Array.of(0, 1), staleAfter: Infinity } })], change: ([drawn]) => drawn.write(onwards), probes: [...ends('sent south', [-40, 0, 0], 180), ...ends('standing', [60, 0, 0], 300)] },
  {
    // Paint 1 of two; from heading 0 to a quarter of a turn, half way at the moment shown; standing, then sent on.
    name: 'driven: painted, turned between two headings that came with the record', kind: 'instances',
    draw: (a) => [slabs(a, [{ at: [0, 0, 0], tint: [1, 0, 64, 255] }], { paints: bytes(BLUE, WHITE), motion: { to: Float32Array.of(0, 0, 0), times: Float32Array.from(way.times), staleAfter: Infinity } })], probes: ends('half a quarter', [0, 0, 0], 45),
  },
  {
    name: 'driven: keyframes written later bring paint and headings with them', kind: 'instances',
    draw: (a) => [slabs(a, [{ at: [60, 0, 0], tint: [0, 0, 0, 255] }], { paints: bytes(BLUE, WHITE), motion: { to: Float32Array.of(60, 0, 0), times: Float32Array.of(0, 1), staleAfter: Infinity } })],
    change: ([drawn]) => drawn.write({ kind: 'motion', count: 1, buffer: packed([{ slot: 0, from: [-30, 30, 0, 990], to: [-30, 10, 0, 1010], colour: [1, 128, 128, 255] }]) }), probes: ends('sent south', [-30, 20, 0], 180),
  },
  ...[['0 km', HERE.lon, HERE.lat], ['45 km', 117.9602, HERE.lat], ['1,200 km', 113.93, 22.53]].map(([far, lon, lat]): Case => ({
    name: `a model ${far} from the twin's own anchor`, kind: 'instances', anchor: { lon: Number(lon), lat: Number(lat), height: 0 }, draw: (a) => [slabs(a, [{ at: [20, -10, 0], heading: 70 }])],
    // The sun stands eleven degrees elsewhere over a place so far off, and lights a face a little otherwise.
    probes: ends('there', [20, -10, 0], 70).map((probe) => ({ ...probe, tolerance: far === '1,200 km' ? 14 : probe.tolerance })),
  })),
];
