import { planOf } from '../../roofs/plan.ts';
import { ROOF_SHAPES, type RoofShape } from '../../roofs/roof-shapes.ts';
import { riseOf, roofOver, type RoofWish } from '../../roofs/roof.ts';
import { roofedBody } from '../../roofs/roofed-body.ts';
import { DEFAULT_HEIGHT, STOREY_HEIGHT } from '../../stages/buildings.ts';
import { crossesItself, GREATEST_AREA, LEAST_AREA, squareMetres } from '../../stages/rings.ts';
import type { Solid } from '../format.ts';
import type { Tags } from './element-store.ts';
import { colourOf, heading, materialColour, metres, type Rgb } from './measures.ts';
import { said } from './area-rule.ts';

/** What became of the roof or the heights a building is tagged with, where they could not be taken as they stand. */
export type BodyNote = 'unknown-roof' | 'roof-not-fitting' | 'floor-above-roof' | 'part-not-drawn';

export interface Body {
  /** Absent where a plain prism from the ground says it all. */
  readonly solid?: Solid;
  /** Metres above the ground; NaN where the tags say nothing. */
  readonly top: number;
  readonly notes: readonly BodyNote[];
}

/** Walls and roofs of bodies of which only the other is coloured, sRGB. */
const WALL: Rgb = [222, 218, 211];
const ROOF: Rgb = [240, 237, 231];
/** Metres a building rises that nothing is said of; canopies are thin. */
const CANOPY = { top: 4, thick: 0.5 };
const CANOPIES = new Set(['roof', 'carport', 'canopy']);
/** Tags that lift a building off the ground. */
const FLOOR_KEYS = ['min_height', 'building:min_height', 'building:min_level', 'min_level'];
/** Square metres of the least part of a building that has a body: a column, a gun barrel. */
const LEAST_PART = 0.02;
/** No building is higher. */
const HIGHEST = 1500;

const SHAPE_WORDS: Readonly<Record<string, RoofShape>> = Object.assign(Object.create(null), {
  ...Object.fromEntries(ROOF_SHAPES.map((shape) => [shape, shape])),
  half_hipped: 'half-hipped', 'pitched': 'gabled', gable: 'gabled', hip: 'hipped', lean_to: 'skillion', shed: 'skillion', pyramid: 'pyramidal', conical: 'cone', barrel: 'round', tented: 'pyramidal', 'side_hipped': 'hipped', 'double_saltbox': 'saltbox', bellcast_gable: 'gabled',
}) as Record<string, RoofShape>;

/**
 * The body of a building or part from its tags: floor, eaves and top in metres above the ground. `height` is the top, roof included; without
 * it `building:levels` (roof levels come on top), else 9 m.
 * @param always a body also where a prism would do: for parts, which are joined to one
 * @source OSM wiki, Simple 3D Buildings
 */
export function bodyOf(rings: readonly Float64Array[], tags: Tags, always = false): Body {
  const notes: BodyNote[] = [];
  const wish = wishOf(tags, notes);
  const colours = coloursOf(tags);
  // Most buildings are prisms: nothing is measured for them.
  const plan = (always || wish.shape !== 'flat' || colours || FLOOR_KEYS.some((key) => key in tags) || isCanopy(tags)) && sound(rings, always ? LEAST_PART : LEAST_AREA) ? planOf(rings) : undefined;
  const heights = heightsOf(tags, wish, () => (plan ? riseOf(plan, wish) : 0));
  if (heights.base >= heights.top) {
    notes.push('floor-above-roof');
    heights.base = 0;
  }
  const top = heights.said ? heights.top : Number.NaN;
  // An outline that lost a ring as one of no width is told by the city's account.
  if (!plan || plan.rings.length < rings.length || (!always && wish.shape === 'flat' && heights.base === 0 && !colours)) return { top, notes: always ? [...notes, 'part-not-drawn'] : notes };
  const eaves = Math.max(heights.base, heights.top - heights.roof);
  const roof = wish.shape === 'flat' ? undefined : roofOver(plan, wish);
  let solid = roof && roofedBody(plan, roof, { ...heights, eaves }, colours);
  if (!solid) {
    if (wish.shape !== 'flat') notes.push('roof-not-fitting');
    const even = always || heights.base > 0 || colours ? roofOver(plan, flat) : undefined;
    solid = even && roofedBody(plan, even, { ...heights, eaves: heights.top }, colours);
  }
  if (!solid && always) notes.push('part-not-drawn');
  return { solid, top, notes };
}

/** Whether an outline can have a body; one that cannot is named by the city's own account when the feature comes there. */
function sound(rings: readonly Float64Array[], least: number): boolean {
  return rings.every((ring) => !crossesItself(ring)) && squareMetres(rings[0]) >= least && squareMetres(rings[0]) <= GREATEST_AREA;
}

const flat: RoofWish = { shape: 'flat' };

function wishOf(tags: Tags, notes: BodyNote[]): RoofWish {
  const word = said(tags, 'roof:shape') || said(tags, 'building:roof:shape');
  if (!word) return flat;
  const shape = SHAPE_WORDS[word.trim().toLowerCase().replaceAll(' ', '_')];
  if (!shape) {
    notes.push('unknown-roof');
    return flat;
  }
  const direction = heading(tags['roof:direction'] ?? tags['roof:slope:direction']);
  return { shape, across: tags['roof:orientation'] === 'across', ...(!Number.isNaN(direction) && { direction }) };
}

interface Heights {
  base: number;
  readonly top: number;
  /** Of the roof alone. */
  readonly roof: number;
  /** Whether the tags say how high it is. */
  readonly said: boolean;
}

function isCanopy(tags: Tags): boolean {
  return CANOPIES.has(said(tags, 'building')) || CANOPIES.has(said(tags, 'building:part'));
}

/** @param rise metres the roof rises over, measured only where it is asked for */
function heightsOf(tags: Tags, wish: RoofWish, rise: () => number): Heights {
  const canopy = isCanopy(tags);
  const height = positive(metres(tags.height ?? tags['building:height']));
  const levels = positive(Number.parseFloat(tags['building:levels'] ?? tags['levels'] ?? ''), 300);
  const lowest = positive(metres(tags.min_height ?? tags['building:min_height'])) || positive(Number.parseFloat(tags['building:min_level'] ?? tags['min_level'] ?? ''), 300) * STOREY_HEIGHT;
  const body = height || levels * STOREY_HEIGHT || (canopy ? CANOPY.top : DEFAULT_HEIGHT);
  const roof = wish.shape === 'flat' ? 0 : roofHeight(tags, wish, body - lowest, rise);
  // Levels do not count those in the roof; without either the roof is within what is assumed.
  const top = height || (levels > 0 ? levels * STOREY_HEIGHT + roof : Math.max(body, lowest > 0 ? lowest + STOREY_HEIGHT : 0));
  const base = lowest || (canopy && wish.shape === 'flat' ? Math.max(0, top - CANOPY.thick) : 0);
  return { base, top, roof: Math.min(roof, Math.max(0, top - base)), said: height > 0 || levels > 0 };
}

/** As tagged, by its levels or its angle; else as a slope of 35°, and at most two fifths of the body. */
function roofHeight(tags: Tags, wish: RoofWish, body: number, rise: () => number): number {
  const own = positive(metres(tags['roof:height'] ?? tags['building:roof:height']));
  if (own > 0) return own;
  const angle = Number.parseFloat(tags['roof:angle'] ?? '');
  if (angle > 0 && angle < 85) return rise() * Math.tan((angle * Math.PI) / 180);
  const levels = positive(Number.parseFloat(tags['roof:levels'] ?? tags['building:roof:levels'] ?? ''), 50);
  if (levels > 0) return levels * STOREY_HEIGHT;
  const turned = wish.shape === 'dome' || wish.shape === 'onion' || wish.shape === 'round';
  return Math.min(rise() * (turned ? 1 : wish.shape === 'skillion' ? 0.2 : 0.7), Math.max(0, body) * 0.4);
}

function positive(value: number, most = HIGHEST): number {
  return value > 0 && value <= most ? value : 0;
}

function coloursOf(tags: Tags): { wall: Rgb; roof: Rgb } | undefined {
  const wall = colourOf(tags['building:colour'] ?? tags['building:color'] ?? tags['building:facade:colour']) ?? materialColour(tags['building:material'] ?? tags['building:facade:material'] ?? tags['building:cladding']);
  const roof = colourOf(tags['roof:colour'] ?? tags['roof:color'] ?? tags['building:roof:colour']) ?? materialColour(tags['roof:material']);
  return wall || roof ? { wall: wall ?? WALL, roof: roof ?? ROOF } : undefined;
}

/** Several bodies as one. Colours stay where any has them. */
export function joined(solids: readonly Solid[]): Solid {
  const positions = new Float64Array(solids.reduce((sum, solid) => sum + solid.positions.length, 0));
  const triangles = new Uint32Array(solids.reduce((sum, solid) => sum + solid.triangles.length, 0));
  const surfaces = new Uint8Array(triangles.length / 3);
  const colours = solids.some((solid) => solid.colours) ? new Uint8Array(surfaces.length * 4) : undefined;
  let [corner, index] = [0, 0];
  for (const solid of solids) {
    positions.set(solid.positions, corner * 3);
    for (let i = 0; i < solid.triangles.length; i++) triangles[index + i] = solid.triangles[i] + corner;
    surfaces.set(solid.surfaces, index / 3);
    colours?.set(solid.colours ?? plain(solid), (index / 3) * 4);
    corner += solid.positions.length / 3;
    index += solid.triangles.length;
  }
  return { lod: solids.some((solid) => solid.lod === '2.0') ? '2.0' : '1.2', positions, triangles, surfaces, ...(colours && { colours }) };
}

function plain({ surfaces }: Solid): Uint8Array {
  const out = new Uint8Array(surfaces.length * 4);
  for (const [t, surface] of surfaces.entries()) out.set([...(surface === 1 ? ROOF : WALL), 255], t * 4);
  return out;
}
