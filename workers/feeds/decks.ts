import { placer } from '#geo';
import { DECK_LIFT, profile, STEP } from '../analyses/geometry/road-lines.ts';
import type { RoadNetwork } from '../models/road-network.ts';
import { heightAt, type Decks, type HeightGrid } from './surface.ts';

/** A deck as drawn: [x, y, height, …], metres of the network's anchor and above the ellipsoid. */
type Deck = Float64Array;

/** The decks of a network's bridges over a ground: the same line of heights that they are drawn with, made when something first drives on one. */
export function decksOf(network: RoadNetwork, grid: HeightGrid): Decks {
  const frame = placer({ ...network.anchor, height: 0 });
  const ground = { height: (lon: number, lat: number): number => heightAt(grid, lon, lat) };
  const made = new Map<number, Deck>();
  const scratch = new Float64Array(3);
  const deckOf = (line: number): Deck => {
    const known = made.get(line);
    if (known) return known;
    const { coordinates } = network.roads[line];
    const xy = Float64Array.from(coordinates.flatMap(([lon, lat]) => [lon, lat]));
    const points = profile(xy, 0, coordinates.length, STEP, ground, true);
    const deck = Float64Array.from(points.flatMap(([lon, lat, height]) => [...frame.place(lon, lat, 0, scratch).subarray(0, 2), height + DECK_LIFT]));
    made.set(line, deck);
    return deck;
  };
  return {
    height(edge, lon, lat) {
      const line = network.linkLine[edge >> 1];
      if (!network.roads[line].bridge) return NaN;
      const [x, y] = frame.place(lon, lat, 0, scratch);
      return heightOn(deckOf(line), x, y);
    },
  };
}

/** Height of the place on a deck's middle line that is nearest to x, y. */
function heightOn(deck: Deck, x: number, y: number): number {
  let nearest = Infinity;
  let height = deck[2];
  for (let i = 0; i + 5 < deck.length; i += 3) {
    const [dx, dy] = [deck[i + 3] - deck[i], deck[i + 4] - deck[i + 1]];
    const share = Math.min(1, Math.max(0, ((x - deck[i]) * dx + (y - deck[i + 1]) * dy) / (dx * dx + dy * dy || 1)));
    const off = (deck[i] + share * dx - x) ** 2 + (deck[i + 1] + share * dy - y) ** 2;
    if (off >= nearest) continue;
    nearest = off;
    height = deck[i + 2] + share * (deck[i + 5] - deck[i + 2]);
  }
  return height;
}
