import { placer, type Placer } from '#geo';
import type { BridgesInput, BridgesOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { bridgeDeck, type DeckParts } from './geometry/bridge-deck.ts';
import { bridgePiers } from './geometry/bridge-piers.ts';
import { demAt } from './geometry/dem.ts';
import { openFlatGeobuf } from './geometry/flatgeobuf.ts';
import { MeshBuilder } from './geometry/mesh-builder.ts';
import { linesByCell, profile, STEP } from './geometry/road-lines.ts';
import { roadMetres } from './ground/city-map.ts';

/** Classes whose middle and edges are marked. */
const MARKED = new Set(['motorway', 'trunk', 'primary', 'secondary', 'tertiary']);

/** The bridges of a city as meshes: decks with parapets along the same heights that road lines have, on piers down to the ground of the DEM. */
export async function bridges(input: BridgesInput, context: AnalysisContext): Promise<BridgesOutput> {
  if (!input.dem) return { cells: [], total: 0 };
  const file = await openFlatGeobuf(input.roads, (url, range) => context.load(url, range));
  const lines = await file.all();
  const [isBridge, lanes, oneways] = ['bridge', 'lanes', 'oneway'].map((name) => lines.numbers(name));
  const found = linesByCell(lines, (row) => isBridge[row] === 1);
  if (found.length === 0) return { cells: [], total: 0 };
  const [ground, classes] = [await demAt(input.dem, context), lines.text('class')];
  const cells: BridgesOutput['cells'][number][] = [];
  let total = 0;
  for (const { lon, lat, members } of found) {
    const anchor = { lon, lat, height: profile(lines.xy, members[0].first, members[0].last, STEP, ground, true)[0][2] };
    const frame: Placer = placer(anchor);
    const mesh = new MeshBuilder();
    for (const { row, first, last } of members) {
      const parts: DeckParts = {
        frame, points: profile(lines.xy, first, last, STEP, ground, true),
        half: roadMetres(classes[row], lanes[row]) / 2, marks: MARKED.has(classes[row]) ? (oneways[row] === 1 ? 'edges' : 'both') : 'none',
      };
      const stations = bridgeDeck(mesh, parts);
      bridgePiers(mesh, stations, parts, ground);
    }
    total += members.length;
    cells.push({ anchor, ...mesh.columns() });
    context.progress(cells.length / found.length);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return { cells, total };
}
