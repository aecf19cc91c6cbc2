import { ORDER } from '../../engine/drawing/batch.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';
import { HERE, type Case, type Rgb } from './case.ts';
import { instanceCases } from './instance-cases.ts';
import { litFromAbove } from './lit.ts';
import { packed } from './packed.ts';
import { BLUE, bytes, GREEN, labels, lines, moving, points, polygons, RED, rgb, sheets, square, YELLOW, type Rgba } from './shapes.ts';

const half = (colour: Rgba): Rgba => [colour[0], colour[1], colour[2], 128];
const mix = (top: Rgb, below: Rgb, alpha: number): Rgb => top.map((value, i) => Math.round(value * alpha + below[i] * (1 - alpha))) as unknown as Rgb;

const MONTH = 30 * 86_400;
/** Half way between two keyframes. */
const way = { from: [-100, 0, 2], to: [100, 0, 2], times: [990, 1010] } as const;
const oblique = { lon: HERE.lon, lat: HERE.lat - 0.004, height: 300, heading: 0, pitch: -35, roll: 0 };
const low = { lon: HERE.lon, lat: HERE.lat - 0.02, height: 300, heading: 0, pitch: -8, roll: 0 };

const pointCases: Case[] = [
  {
    name: 'discs at their places, in their colours', kind: 'points', draw: (a) => [points(a, [[0, 0, 2], [80, 60, 2], [-90, -70, 2]], [RED, GREEN, BLUE])],
    probes: [
      { what: 'first', at: [0, 0, 2], look: rgb(RED) }, { what: 'second', at: [80, 60, 2], look: rgb(GREEN) }, { what: 'third', at: [-90, -70, 2], look: rgb(BLUE) },
      { what: 'beside', at: [0, 0, 2], shift: [20, 0], look: 'ground' },
    ],
  },
  {
    name: 'alpha 0 hides a slot', kind: 'points', draw: (a) => [points(a, [[0, 0, 2], [80, 0, 2]], [[0, 0, 0, 0], RED])],
    probes: [{ what: 'hidden', at: [0, 0, 2], look: 'ground' }, { what: 'shown', at: [80, 0, 2], look: rgb(RED) }],
  },
  {
    name: 'a size for each slot', kind: 'points', draw: (a) => [points(a, [[-80, 0, 2], [80, 0, 2]], [RED, RED], { size: Float32Array.of(12, 56) })],
    probes: [{ what: 'outside the small one', at: [-80, 0, 2], shift: [14, 0], look: 'ground' }, { what: 'inside the large one', at: [80, 0, 2], shift: [20, 0], look: rgb(RED) }],
  },
  {
    name: 'between two keyframes', kind: 'points', time: 1000, draw: (a) => [moving(a, [way], [RED])],
    probes: [{ what: 'half way', at: [0, 0, 2], look: rgb(RED) }, { what: 'where it was', at: [-100, 0, 2], look: 'ground' }, { what: 'where it will be', at: [100, 0, 2], look: 'ground' }],
  },
  {
    name: 'held before the first and after the second keyframe', kind: 'points', time: 1000,
    draw: (a) => [moving(a, [{ ...way, times: [1020, 1030] }, { from: [-100, 60, 2], to: [100, 60, 2], times: [980, 990] }], [RED, BLUE])],
    probes: [{ what: 'not yet off', at: [-100, 0, 2], look: rgb(RED) }, { what: 'arrived', at: [100, 60, 2], look: rgb(BLUE) }],
  },
  {
    name: 'the same motion thirty days later, epoch re-based', kind: 'points', time: 1000 + MONTH, draw: (a) => [moving(a, [{ ...way, times: [-10, 10] }], [RED], { epoch: 1000 + MONTH })],
    probes: [{ what: 'half way', at: [0, 0, 2], look: rgb(RED) }, { what: 'where it was', at: [-100, 0, 2], look: 'ground' }],
  },
  {
    name: 'stale: grey and a third of its alpha', kind: 'points', time: 1000, draw: (a) => [moving(a, [{ ...way, times: [900, 960] }, { from: [-100, 60, 2], to: [-100, 60, 2], times: [900, 995] }], [RED, RED], { staleAfter: 15 })],
    probes: [{ what: 'old', at: [100, 0, 2], look: { over: [148, 148, 148], alpha: 1 / 3 } }, { what: 'fresh', at: [-100, 60, 2], look: rgb(RED) }],
  },
  {
    name: 'new keyframes reach their slots and no other', kind: 'points', time: 1000,
    draw: (a) => [moving(a, [way, { from: [-100, 60, 2], to: [100, 60, 2], times: [990, 1010] }, { from: [0, -60, 2], to: [0, -60, 2], times: [0, 1] }], [RED, GREEN, BLUE])],
    change: ([drawn]) => drawn.write({ kind: 'motion', count: 1, buffer: packed([{ slot: 1, from: [60, 90, 2, 900], to: [60, 90, 2, 901], colour: YELLOW }]) }),
    probes: [{ what: 'moved and recoloured', at: [60, 90, 2], look: rgb(YELLOW) }, { what: 'where it was', at: [0, 60, 2], look: 'ground' }, { what: 'first untouched', at: [0, 0, 2], look: rgb(RED) }, { what: 'third untouched', at: [0, -60, 2], look: rgb(BLUE) }],
  },
  {
    name: 'new colours', kind: 'points', draw: (a) => [points(a, [[0, 0, 2], [80, 0, 2]], [RED, GREEN])], change: ([drawn]) => drawn.write({ kind: 'colours', colours: bytes(BLUE, GREEN) }),
    probes: [{ what: 'changed', at: [0, 0, 2], look: rgb(BLUE) }, { what: 'the same', at: [80, 0, 2], look: rgb(GREEN) }],
  },
  {
    name: 'on a stem over its place', kind: 'points', pose: oblique, draw: (a) => [points(a, [[0, 0, 0]], [RED], { stem: 60 })],
    probes: [{ what: 'symbol', at: [0, 0, 60], look: rgb(RED) }, { what: 'stem', at: [0, 0, 25], look: 'not ground' }, { what: 'beside the stem', at: [0, 0, 25], shift: [8, 0], look: 'ground' }],
  },
  {
    name: 'a vehicle turns along its motion', kind: 'points', time: 1000, draw: (a) => [moving(a, [way], [RED], { symbol: 'arrow', size: 56 })],
    probes: [{ what: 'along', at: [0, 0, 2], shift: [20, 0], look: rgb(RED) }, { what: 'across', at: [0, 0, 2], shift: [0, 20], look: 'ground' }],
  },
];

const lineCases: Case[] = [
  {
    name: 'as wide as said', kind: 'lines', draw: (a) => [lines(a, [[[-120, 0, 1], [120, 0, 1]]], [RED], { width: 12 })],
    probes: [{ what: 'middle', at: [10, 0, 1], look: rgb(RED) }, { what: 'near the edge', at: [10, 0, 1], shift: [0, 4], look: rgb(RED) }, { what: 'outside', at: [10, 0, 1], shift: [0, 10], look: 'ground' }, { what: 'past the end', at: [135, 0, 1], look: 'ground' }],
  },
  {
    name: 'one colour a line, changed by one texel', kind: 'lines', draw: (a) => [lines(a, [[[-100, 50, 1], [100, 50, 1]], [[-100, -50, 1], [100, -50, 1]]], [RED, GREEN])],
    change: ([drawn]) => drawn.write({ kind: 'colours', colours: bytes(RED, BLUE) }),
    probes: [{ what: 'first', at: [0, 50, 1], look: rgb(RED) }, { what: 'second', at: [0, -50, 1], look: rgb(BLUE) }],
  },
  {
    name: 'a corner without a gap', kind: 'lines', draw: (a) => [lines(a, [[[-100, 0, 1], [0, 0, 1], [0, 100, 1]]], [half(RED)], { width: 20 })],
    probes: [{ what: 'outer corner', at: [0, 0, 1], shift: [6, 6], look: { over: rgb(RED), alpha: 128 / 255 } }, { what: 'the corner itself is painted once', at: [0, 0, 1], shift: [-4, -4], look: { over: rgb(RED), alpha: 128 / 255 } }],
  },
  {
    name: 'a tube as thick as its metres', kind: 'lines', draw: (a) => [lines(a, [[[-120, 0, 40], [120, 0, 40]]], [YELLOW], { metres: true, width: 30, order: ORDER.solid })],
    probes: [{ what: 'inside', at: [0, 20, 40], look: 'not ground' }, { what: 'crown', at: [0, 0, 70], look: litFromAbove(YELLOW), tolerance: 12 }, { what: 'outside', at: [0, 40, 40], look: 'ground' }],
  },
  {
    name: 'on far ground, not in it', kind: 'lines', pose: low, draw: (a) => [lines(a, [[[-500, 0, 0], [500, 0, 0]]], [RED], { width: 8 })],
    probes: [{ what: 'west', at: [-300, 0, 0], look: rgb(RED) }, { what: 'middle', at: [1, 0, 0], look: rgb(RED) }, { what: 'east', at: [300, 0, 0], look: rgb(RED) }],
  },
  {
    name: 'from behind the eye to before it', kind: 'lines', pose: oblique, draw: (a) => [lines(a, [[[0, -3000, 0], [0, 3000, 0]]], [BLUE], { width: 12 })],
    probes: [{ what: 'near', at: [0, -150, 0], look: rgb(BLUE) }, { what: 'far', at: [0, 400, 0], look: rgb(BLUE) }, { what: 'beside', at: [0, 0, 0], shift: [30, 0], look: 'ground' }],
  },
];

const polygonCases: Case[] = [
  {
    name: 'flat, as wide as its ring', kind: 'polygons', draw: (a) => [polygons(a, [[square(0, 0, 0, 60)]], [RED])],
    probes: [{ what: 'middle', at: [0, 0, 0], look: rgb(RED) }, { what: 'corner', at: [54, 54, 0], look: rgb(RED) }, { what: 'outside', at: [70, 0, 0], look: 'ground' }],
  },
  {
    name: 'a hole shows the ground', kind: 'polygons', draw: (a) => [polygons(a, [[square(0, 0, 0, 90), square(20, 0, 0, 30).toReversed()]], [GREEN])],
    probes: [{ what: 'hole', at: [20, 0, 0], look: 'ground' }, { what: 'rim', at: [-50, 0, 0], look: rgb(GREEN) }],
  },
  {
    name: 'a bay stays open', kind: 'polygons', draw: (a) => [polygons(a, [[[[-80, -80, 0], [80, -80, 0], [80, 80, 0], [40, 80, 0], [40, -20, 0], [-40, -20, 0], [-40, 80, 0], [-80, 80, 0]]]], [BLUE])],
    probes: [{ what: 'bay', at: [0, 40, 0], look: 'ground' }, { what: 'arm', at: [60, 50, 0], look: rgb(BLUE) }, { what: 'base', at: [0, -50, 0], look: rgb(BLUE) }],
  },
  {
    name: 'extruded: the roof stands at its height, lit', kind: 'polygons', draw: (a) => [polygons(a, [[square(60, 0, 0, 30)]], [YELLOW], { heights: Float32Array.of(120), order: ORDER.solid })],
    probes: [{ what: 'roof', at: [60, 0, 120], look: litFromAbove(YELLOW), tolerance: 8 }, { what: 'wall towards the middle', at: [30, 0, 50], shift: [2, 0], look: 'not ground' }],
  },
  {
    name: 'two of them, one recoloured, one hidden', kind: 'polygons', draw: (a) => [polygons(a, [[square(-60, 0, 0, 30)], [square(60, 0, 0, 30)]], [RED, RED])],
    change: ([drawn]) => drawn.write({ kind: 'colours', colours: bytes(GREEN, [0, 0, 0, 0]) }),
    probes: [{ what: 'recoloured', at: [-60, 0, 0], look: rgb(GREEN) }, { what: 'hidden', at: [60, 0, 0], look: 'ground' }],
  },
];

const labelCases: Case[] = [
  {
    name: 'letters in their colour over a halo of the opposite lightness', kind: 'labels', draw: (a) => [labels(a, [{ at: [0, 0, 2], text: '█', colour: RED }])],
    probes: [{ what: 'letter', at: [0, 0, 2], look: rgb(RED), tolerance: 12 }, { what: 'far beside', at: [0, 0, 2], shift: [40, 0], look: 'ground' }],
  },
  {
    name: 'moved by its offset', kind: 'labels', draw: (a) => [labels(a, [{ at: [0, 0, 2], text: '█', colour: BLUE }], { offset: [40, 30] })],
    probes: [{ what: 'right and up', at: [0, 0, 2], shift: [40, -30], look: rgb(BLUE), tolerance: 12 }, { what: 'its place', at: [0, 0, 2], look: 'ground' }],
  },
  {
    name: 'alpha 0 hides, new colours show', kind: 'labels', draw: (a) => [labels(a, [{ at: [-60, 0, 2], text: '█', colour: RED }, { at: [60, 0, 2], text: '█', colour: [33, 87, 201, 0] }])],
    change: ([drawn]) => drawn.write({ kind: 'colours', colours: bytes([222, 45, 38, 0], BLUE) }),
    probes: [{ what: 'now hidden', at: [-60, 0, 2], look: 'ground' }, { what: 'now shown', at: [60, 0, 2], look: rgb(BLUE), tolerance: 12 }],
  },
  {
    name: 'a label behind the eye is nowhere', kind: 'labels', pose: oblique, draw: (a) => [labels(a, [{ at: [0, -3000, 0], text: '██████', colour: RED }, { at: [0, 0, 0], text: '█', colour: BLUE }])],
    probes: [{ what: 'before the eye', at: [0, 0, 0], look: rgb(BLUE), tolerance: 12 }, { what: 'middle of the sky', at: [0, 20000, 9000], look: 'ground' }, { what: 'below', at: [0, -200, 0], look: 'ground' }],
  },
  {
    name: 'over a solid that stands before it', kind: 'labels', draw: (a) => [labels(a, [{ at: [0, 0, 2], text: '█', colour: RED }]), sheets(a, [{ at: [0, 0, 100], half: 60, colour: GREEN }])],
    probes: [{ what: 'letter', at: [0, 0, 2], look: rgb(RED), tolerance: 12 }, { what: 'solid', at: [40, 40, 100], look: rgb(GREEN) }],
  },
];

const meshCases: Case[] = [
  {
    name: 'colours as they are', kind: 'mesh', draw: (a) => [sheets(a, [{ at: [-50, 0, 5], half: 40, colour: RED }, { at: [50, 0, 5], half: 40, colour: YELLOW }])],
    probes: [{ what: 'first', at: [-50, 0, 5], look: rgb(RED), tolerance: 2 }, { what: 'second', at: [50, 0, 5], look: rgb(YELLOW), tolerance: 2 }, { what: 'outside', at: [0, 70, 0], look: 'ground' }],
  },
  {
    name: 'lit from above', kind: 'mesh', light: LIGHTS.day, draw: (a) => [sheets(a, [{ at: [0, 0, 5], half: 60, colour: BLUE }], { lit: true })],
    probes: [{ what: 'middle', at: [0, 0, 5], look: litFromAbove(BLUE) }],
  },
  {
    name: 'nearer hides farther, whichever is drawn first', kind: 'mesh', draw: (a) => [sheets(a, [{ at: [0, 0, 100], half: 30, colour: RED }]), sheets(a, [{ at: [0, 0, 20], half: 60, colour: GREEN }])],
    probes: [{ what: 'near', at: [0, 0, 100], look: rgb(RED) }, { what: 'far', at: [50, 0, 20], look: rgb(GREEN) }],
  },
  {
    name: 'half transparent over the ground', kind: 'mesh', draw: (a) => [sheets(a, [{ at: [0, 0, 5], half: 60, colour: half(BLUE) }], { order: ORDER.translucent })],
    probes: [{ what: 'middle', at: [0, 0, 5], look: { over: rgb(BLUE), alpha: 128 / 255 } }],
  },
  {
    name: 'opacity of the whole', kind: 'mesh', draw: (a) => [sheets(a, [{ at: [0, 0, 5], half: 60, colour: RED }])], change: ([drawn]) => { drawn.opacity = 0.25; },
    probes: [{ what: 'middle', at: [0, 0, 5], look: { over: rgb(RED), alpha: 0.25 } }],
  },
  {
    name: 'invisible, then visible, then gone', kind: 'mesh', draw: (a) => [sheets(a, [{ at: [-50, 0, 5], half: 40, colour: RED }]), sheets(a, [{ at: [50, 0, 5], half: 40, colour: BLUE }])],
    change: ([first, second]) => { first.visible = false; second.dispose(); },
    probes: [{ what: 'invisible', at: [-50, 0, 5], look: 'ground' }, { what: 'disposed', at: [50, 0, 5], look: 'ground' }],
  },
];

/** Two translucent sheets, a tube and a label, by their order numbers alone: above and below do not matter. */
function ordered(upFirst: boolean): Case {
  const [lower, upper] = upFirst ? [1, 0] : [0, 1];
  const top: Rgb = upFirst ? rgb(RED) : rgb(BLUE);
  const below: Rgb = upFirst ? rgb(BLUE) : rgb(RED);
  return {
    name: `two translucent sheets, a tube and a label, the ${upFirst ? 'lower' : 'upper'} sheet last`, kind: 'frame',
    draw: (a) => [
      labels(a, [{ at: [-40, 0, 2], text: '█', colour: GREEN }]),
      sheets(a, [{ at: [0, 0, 30], half: 90, colour: half(RED) }], { order: ORDER.translucent + lower }),
      sheets(a, [{ at: [0, 0, 60], half: 90, colour: half(BLUE) }], { order: ORDER.translucent + upper }),
      lines(a, [[[40, -60, 100], [40, 60, 100]]], [YELLOW], { metres: true, width: 20, order: ORDER.solid }),
    ],
    probes: [
      { what: 'both sheets', at: [-30, 70, 30], look: mix(top, mix(below, [212, 212, 205], 128 / 255), 128 / 255), tolerance: 26 },
      { what: 'label over all', at: [-40, 0, 2], look: rgb(GREEN), tolerance: 12 },
      { what: 'tube over both', at: [40, 0, 120], look: litFromAbove(YELLOW), tolerance: 14 },
    ],
  };
}

/** The same things around anchors near and far: the same pixels relative to the camera. */
function anchored(name: string, lon: number, lat: number): Case {
  return {
    name: `anchored ${name} from the twin's own anchor`, kind: 'frame', anchor: { lon, lat, height: 0 },
    draw: (a) => [points(a, [[20, 30, 2]], [RED]), sheets(a, [{ at: [-60, 40, 3], half: 20, colour: BLUE }]), lines(a, [[[-100, -40, 1], [100, -40, 1]]], [GREEN]), polygons(a, [[square(70, 60, 0, 20)]], [YELLOW])],
    probes: [
      { what: 'point', at: [20, 30, 2], look: rgb(RED) }, { what: 'sheet', at: [-60, 40, 3], look: rgb(BLUE) }, { what: 'sheet edge', at: [-60, 40, 3], shift: [-11, 0], look: rgb(BLUE) },
      { what: 'beside the sheet', at: [-60, 40, 3], shift: [-17, 0], look: 'ground' }, { what: 'line', at: [50, -40, 1], look: rgb(GREEN) }, { what: 'polygon', at: [70, 60, 0], look: rgb(YELLOW) },
    ],
  };
}

/** Every case, run on every backend that draws. */
export const cases: readonly Case[] = [
  ...pointCases, ...lineCases, ...polygonCases, ...labelCases, ...meshCases, ...instanceCases,
  ordered(false), ordered(true),
  anchored('0 km', HERE.lon, HERE.lat), anchored('45 km', 117.9602, HERE.lat), anchored('1,200 km', 113.93, 22.53),
];
