import { TwinError } from '../../engine/errors.ts';
import type { HeightsInput, HeightsOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { demAt } from './geometry/dem.ts';

/** Ground heights from the companion's DEM: one answer on every machine, whatever the engine has loaded. */
export async function heights({ dem, places }: HeightsInput, context: AnalysisContext): Promise<HeightsOutput> {
  if (places.length % 2 !== 0) throw new TwinError('bad-input', `Places come in pairs of longitude and latitude; ${places.length} numbers were given`);
  const ground = await demAt(dem, context);
  const out = new Float32Array(places.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = ground.height(places[2 * i], places[2 * i + 1]);
  return { heights: out, datum: ground.datum };
}
