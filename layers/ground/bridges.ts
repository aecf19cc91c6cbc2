import { ORDER, type Stage } from '#engine';
import type { BridgesInput, BridgesOutput } from '#models';

/** Draws a city's bridges as solids that go with the layer. @returns how many there are @throws TwinError what the analysis throws */
export async function drawBridges(stage: Stage, input: BridgesInput): Promise<number> {
  const { cells, total } = await stage.analysis.run<BridgesInput, BridgesOutput>('bridges', input, { signal: stage.signal, affinity: input.dem ?? input.roads });
  if (stage.signal.aborted) return 0;
  for (const cell of cells) stage.draw({ kind: 'mesh', ...cell, epoch: 0, order: ORDER.solid, ids: null, slots: null, lit: true });
  return total;
}
