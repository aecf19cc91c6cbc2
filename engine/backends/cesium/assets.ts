import { buildModuleUrl } from '@cesium/engine';
import { TwinError, shownUrl } from '../../errors.ts';

/** A file that lies beside Cesium's workers where they were copied whole, with the engine's version. */
export const ASSETS_MARK = 'citymirror-assets.json';

/**
 * Tells Cesium where its workers lie, after a look whether they are there.
 * @throws TwinError `assets-missing` with what to do about it
 */
export async function useAssets(assets: string): Promise<void> {
  const where = shownUrl(assets);
  const help = 'Add the plugin citymirror/vite to Vite, or run `npx citymirror assets DIR` and pass `assets: \'/dir/\'`.';
  let mark: { engine?: string };
  try {
    const answer = await fetch(new URL(ASSETS_MARK, assets), { signal: AbortSignal.timeout(20_000) });
    mark = answer.ok ? ((await answer.json()) as { engine?: string }) : {};
  } catch (cause) {
    throw new TwinError('assets-missing', `Cesium's workers are not at ${where}. ${help}`, { where, cause });
  }
  if (mark.engine !== '@cesium/engine') throw new TwinError('assets-missing', `Cesium's workers are not at ${where}. ${help}`, { where });
  buildModuleUrl.setBaseUrl(assets);
}
