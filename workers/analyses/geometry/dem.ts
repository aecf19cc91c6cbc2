import { heightAt, loadHeightGrid, type HeightGrid } from '../../feeds/surface.ts';
import type { AnalysisContext } from '../context.ts';

export interface Dem {
  readonly grid: HeightGrid;
  /** Vertical datum the DEM declares. */
  readonly datum: string;
  /** Bilinear metres at a place in degrees; NaN outside and at no-data. */
  height(lon: number, lat: number): number;
}

/** A dem.json with its dem.bin, kept in the worker. */
export function demAt(url: string, context: Pick<AnalysisContext, 'load' | 'cache'>): Promise<Dem> {
  return context.cache.keep(`dem ${url}`, async () => {
    const grid = await loadHeightGrid(url, async (each) => {
      const { buffer, byteOffset, byteLength } = (await context.load(each)).bytes;
      return buffer.slice(byteOffset, byteOffset + byteLength);
    });
    const { datum } = grid as HeightGrid & { datum?: string };
    return { grid, datum: datum ?? 'unknown', height: (lon, lat) => heightAt(grid, lon, lat) };
  });
}
