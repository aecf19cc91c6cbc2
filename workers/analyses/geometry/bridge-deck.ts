import type { Placer } from '#geo';
import type { Colour, MeshBuilder, Vertex } from './mesh-builder.ts';
import { DECK_LIFT } from './road-lines.ts';

export interface DeckParts {
  readonly frame: Placer;
  /** lon, lat in degrees and height in metres along the middle. */
  readonly points: readonly (readonly [number, number, number])[];
  /** Metres from the middle to the edge of the road. */
  readonly half: number;
  /** White lines: none, along both edges, or along the middle too. */
  readonly marks: 'none' | 'edges' | 'both';
}

/** A cross-section's place and directions, metres of the anchor; `right` is as long as the mitre wants. */
export interface Station {
  readonly at: Vertex;
  readonly right: Vertex;
  readonly up: Vertex;
}

/** Metres. A parapet's width and height, and the depth of the deck at its side and in its middle. */
export const PARAPET = { width: 0.3, height: 0.9 };
export const DEPTH = { side: 0.8, middle: 1.4 };
/** Share of the width that the deep middle has. */
export const GIRDER = 0.7;
const MITRE = 2;
const LINE = 0.2;

const CONCRETE: Colour = [221, 216, 205];
const SHADED: Colour = [196, 191, 181];
const ASPHALT: Colour = [206, 200, 188];
const MARK: Colour = [240, 236, 226];

/** A deck along its stations: the road, parapets, sides and underside, closed at both ends. @returns the stations, for what it stands on */
export function bridgeDeck(mesh: MeshBuilder, parts: DeckParts): Station[] {
  const stations = stationsOf(parts);
  const outer = parts.half + PARAPET.width;
  for (const [from, to, colour] of roadStrips(parts)) face(mesh, stations, [from, 0], [to, 0], colour);
  for (const side of [-1, 1]) {
    const [inside, outside] = [side * parts.half, side * outer];
    face(mesh, stations, [inside, 0], [inside, PARAPET.height], CONCRETE);
    face(mesh, stations, [inside, PARAPET.height], [outside, PARAPET.height], CONCRETE);
    face(mesh, stations, [outside, PARAPET.height], [outside, -DEPTH.side], CONCRETE);
    face(mesh, stations, [outside, -DEPTH.side], [outside * GIRDER, -DEPTH.middle], SHADED);
  }
  face(mesh, stations, [-outer * GIRDER, -DEPTH.middle], [outer * GIRDER, -DEPTH.middle], SHADED);
  for (const end of [stations[0], stations.at(-1)!]) {
    const across = (width: number, up: number): Vertex[] => [-width, width].map((right) => offset(end, right, up));
    mesh.strip(across(outer, 0), across(outer, -DEPTH.side), CONCRETE);
    mesh.strip(across(outer, -DEPTH.side), across(outer * GIRDER, -DEPTH.middle), CONCRETE);
    for (const side of [-1, 1]) mesh.strip([offset(end, side * parts.half, 0), offset(end, side * outer, 0)], [offset(end, side * parts.half, PARAPET.height), offset(end, side * outer, PARAPET.height)], CONCRETE);
  }
  return stations;
}

/** The road from left to right: asphalt, with its lines where it has any. */
function roadStrips({ half, marks }: DeckParts): [number, number, Colour][] {
  const lines = marks === 'none' || half < 3 ? [] : [-half + 0.5, ...(marks === 'both' ? [-LINE / 2] : []), half - 0.5 - LINE];
  const strips: [number, number, Colour][] = [];
  let from = -half;
  for (const line of lines) {
    strips.push([from, line, ASPHALT], [line, line + LINE, MARK]);
    from = line + LINE;
  }
  return [...strips, [from, half, ASPHALT]];
}

function face(mesh: MeshBuilder, stations: readonly Station[], [fromRight, fromUp]: readonly [number, number], [toRight, toUp]: readonly [number, number], colour: Colour): void {
  mesh.strip(stations.map((station) => offset(station, fromRight, fromUp)), stations.map((station) => offset(station, toRight, toUp)), colour);
}

/** Metres right and up of a station. */
export function offset({ at, right, up }: Station, metresRight: number, metresUp: number): Vertex {
  return [0, 1, 2].map((axis) => at[axis] + right[axis] * metresRight + up[axis] * metresUp) as unknown as Vertex;
}

/** Where the deck's middle runs, DECK_LIFT over the profile. Sides lie level; joints are mitred. */
function stationsOf({ frame, points }: DeckParts): Station[] {
  const at = points.map(([lon, lat, height]) => frame.place(lon, lat, height + DECK_LIFT, [0, 0, 0]) as unknown as Vertex);
  const ups = points.map(([lon, lat, height], i) => less(frame.place(lon, lat, height + DECK_LIFT + 1, [0, 0, 0]) as unknown as Vertex, at[i]));
  const rights = at.slice(1).map((to, i) => {
    const way = less(to, at[i]);
    const [ux, uy, uz] = ups[i];
    const across: Vertex = [way[1] * uz - way[2] * uy, way[2] * ux - way[0] * uz, way[0] * uy - way[1] * ux];
    const size = Math.hypot(...across) || 1;
    return across.map((part) => part / size) as unknown as Vertex;
  });
  return at.map((place, i) => {
    const [before, after] = [rights[Math.max(0, i - 1)], rights[Math.min(rights.length - 1, i)]];
    const sum = before.map((part, axis) => part + after[axis]);
    const size = Math.hypot(...sum) || 1;
    // |sum| is 2·cos(half the turn): the mitre is as long as 1 / cos.
    const stretch = Math.min(2 / size, MITRE) / size;
    return { at: place, right: sum.map((part) => part * stretch) as unknown as Vertex, up: ups[i] };
  });
}

function less(a: Vertex, b: Vertex): Vertex {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
