import { DEPTH, GIRDER, offset, type DeckParts, type Station } from './bridge-deck.ts';
import type { Colour, MeshBuilder, Vertex } from './mesh-builder.ts';
import { DECK_LIFT } from './road-lines.ts';

/** Metres between piers, about; a deck this near the ground has none. */
const SPAN = 40;
const LOW = 3;
/** Metres from which on a deck stands on two piers side by side, and what share of the width these stand from its middle. */
const WIDE = 14;
const ASIDE = 0.27;
/** Metres that a pier reaches into the deck. */
const INTO = 0.1;
/** Metres along and across of a pier. */
const THICK = [1.4, 1.8] as const;
const CONCRETE: Colour = [208, 203, 193];

interface Ground {
  height(lon: number, lat: number): number;
}

/** Piers at even distances below a deck, each of their four edges down to the ground just there. None where the ground is near or unknown. */
export function bridgePiers(mesh: MeshBuilder, stations: readonly Station[], { frame, points, half }: DeckParts, ground: Ground): void {
  const along = [0];
  for (let i = 1; i < stations.length; i++) along.push(along[i - 1] + Math.hypot(...stations[i].at.map((part, axis) => part - stations[i - 1].at[axis])));
  const length = along.at(-1)!;
  const spans = Math.max(1, Math.round(length / SPAN));
  const across = 2 * half > WIDE ? [-2 * half * ASIDE, 2 * half * ASIDE] : [0];
  const wide = Math.min(THICK[1], half * GIRDER);
  for (let k = 1; k < spans; k++) {
    const metres = (length * k) / spans;
    const i = Math.max(0, along.findLastIndex((each) => each <= metres));
    const next = Math.min(stations.length - 1, i + 1);
    const share = (metres - along[i]) / (along[next] - along[i] || 1);
    const between = (a: Vertex, b: Vertex): Vertex => a.map((part, axis) => part + (b[axis] - part) * share) as unknown as Vertex;
    const station: Station = { at: between(stations[i].at, stations[next].at), right: between(stations[i].right, stations[next].right), up: stations[i].up };
    const [lon, lat, deck] = [0, 1, 2].map((axis) => points[i][axis] + (points[next][axis] - points[i][axis]) * share);
    if (!(deck + DECK_LIFT - ground.height(lon, lat) > LOW)) continue;
    for (const aside of across) pier(mesh, station, aside, wide);
  }

  /** Four walls between the corners below the deck and the ground below each. */
  function pier(to: MeshBuilder, station: Station, aside: number, width: number): void {
    const top = INTO - DEPTH.middle;
    const [rx, ry] = station.right;
    const size = Math.hypot(rx, ry) || 1;
    const ahead: Vertex = [-ry / size, rx / size, 0];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([x, y]) => offset(station, aside + (x * width) / 2, top).map((part, axis) => part + (ahead[axis] * y * THICK[0]) / 2) as unknown as Vertex);
    const feet = corners.map((corner) => footOf(corner));
    if (feet.some((foot) => foot.some(Number.isNaN))) return;
    for (let side = 0; side < 4; side++) to.strip([corners[side], feet[side]], [corners[side + 1], feet[side + 1]], CONCRETE);
  }

  function footOf(corner: Vertex): Vertex {
    const [lon, lat] = frame.unplace(corner[0], corner[1], corner[2], [0, 0, 0]);
    return frame.place(lon, lat, ground.height(lon, lat), [0, 0, 0]) as unknown as Vertex;
  }
}
