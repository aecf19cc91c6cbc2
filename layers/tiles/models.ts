import { TwinError, type Condition, type LayerDocument, type Text } from '#engine';
import type { CatalogueStorey, CityCatalogue } from '#models';
import { elementCard } from './element-card.ts';
import type { Part, StoreyChoice } from './part.ts';
import { catalogueNotes, grouped } from './words.ts';

/** The storey that is looked at, with what is hidden for it; null where all are shown. */
function isolated(document: LayerDocument, city: CityCatalogue): { storey: CatalogueStorey; show: StoreyChoice['show']; hidden: readonly string[] } | null {
  const choice = document.options?.storey as Partial<StoreyChoice> | undefined;
  const storeys = city.layers.models?.storeys ?? [];
  const storey = storeys.find(({ id }) => id === choice?.id);
  if (!storey) return null;
  const show = choice?.show === 'below' ? 'below' : 'only';
  const others = storeys.filter((each) => each.model === storey.model && each.id !== storey.id);
  // What lies on no storey (the site, the ground) belongs to the view from below up, not to a storey alone.
  const hidden = others.filter(({ elevation }) => show === 'only' || (elevation !== null && storey.elevation !== null && elevation > storey.elevation));
  return { storey, show, hidden: hidden.map(({ id }) => id) };
}

function hiddenClasses(document: LayerDocument): string[] {
  const classes = document.options?.hiddenClasses;
  return Array.isArray(classes) ? classes.filter((each) => typeof each === 'string') : [];
}

function isolatedText(document: LayerDocument, city: CityCatalogue): Text[] {
  const found = isolated(document, city);
  if (!found) return [];
  const { storey: { name }, show } = found;
  const zh = name || '无楼层';
  const en = name || 'no storey';
  return [show === 'only' ? { zh: `只显示 ${zh}`, en: `only ${en} is shown` } : { zh: `显示 ${zh} 及以下`, en: `${en} and below are shown` }];
}

/** The models of a city folder. */
export const models: Part = {
  look: 'model',
  foreign: false,
  of(city, layer) {
    const { models: found } = city.layers;
    if (!found) throw new TwinError('not-found', 'There is no building model in the data. Build the city again with an .ifc among the inputs, or take this layer away.', { where: layer });
    return { ...found, cimLevel: found.cimLevel ?? null };
  },
  extent(city) {
    const boxes = city.layers.models?.models ?? [];
    const side = (k: number, pick: (...values: number[]) => number): number => pick(...boxes.map(({ bounds }) => bounds[k]));
    return { west: side(0, Math.min), south: side(1, Math.min), east: side(2, Math.max), north: side(3, Math.max), top: Math.max(...boxes.map(({ anchor }) => anchor[2])) + 30 };
  },
  conditions(document, city) {
    const not = (key: string, value: string): Condition => ({ key, is: '!=', value });
    return [...(isolated(document, city)?.hidden.map((id) => not('storeyId', id)) ?? []), ...hiddenClasses(document).map((name) => not('class', name))];
  },
  hidden: () => [],
  card: elementCard,
  notes(document, city) {
    const byHand = city.layers.models?.models.filter(({ georeferenced }) => !georeferenced).map(({ name }) => name) ?? [];
    const placed: Text[] = byHand.length > 0 ? [{ zh: `${byHand.join('、')} 的位置是人工给定的`, en: `${byHand.join(', ')} placed by hand` }] : [];
    return [...isolatedText(document, city), ...placed, ...catalogueNotes({ ...city, missing: [] })];
  },
  passing: (shown, all) => ({ zh: `显示 ${grouped(shown)} / ${grouped(all)} 个构件`, en: `${grouped(shown)} of ${grouped(all)} elements are shown` }),
};
