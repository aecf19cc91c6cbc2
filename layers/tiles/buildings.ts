import { TwinError, type LayerDocument, type SceneDocument } from '#engine';
import type { CityCatalogue } from '#models';
import type { Part } from './part.ts';
import { catalogueNotes, grouped } from './words.ts';

/** Numbers of the blocks that models of the same folder stand for while they are shown. */
function replaced(document: LayerDocument, city: CityCatalogue, scene: SceneDocument): readonly number[] {
  const { models } = city.layers;
  if (!models || document.options?.replace === false) return [];
  const shown = Object.values(scene.layers).some((layer) => layer.type === 'bim' && layer.visible && layer.opacity > 0 && layer.url === document.url);
  return shown ? [...new Set(models.models.flatMap((model) => model.replaces))] : [];
}

/** The buildings of a city folder, or anybody's tileset. */
export const buildings: Part = {
  look: 'city',
  foreign: true,
  of(city, layer) {
    const { buildings: found } = city.layers;
    if (!found) throw new TwinError('not-found', 'There are no buildings in the data. Build the city again with footprints among the inputs, or take this layer away.', { where: layer });
    return { ...found, cimLevel: found.cimLevel ?? null };
  },
  extent(city) {
    const [west, south, east, north] = city.bounds;
    return { west, south, east, north, top: city.layers.buildings?.heights?.max ?? 100 };
  },
  conditions: () => [],
  hidden: replaced,
  card: async (hit, { city, document }) => (await import('./card.ts')).buildingCard(hit, city, document),
  notes(document, city, scene) {
    const { length } = replaced(document, city, scene);
    return [...catalogueNotes(city), ...(length === 0 ? [] : [{ zh: `${length} 栋由精细模型代替`, en: `${length} buildings give way to models` }])];
  },
  passing: (shown, all) => ({ zh: `筛选后 ${grouped(shown)} / ${grouped(all)} 栋`, en: `${grouped(shown)} of ${grouped(all)} buildings pass the filter` }),
};
