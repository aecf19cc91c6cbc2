import type { CityCatalogue, SceneDocument, StoreyChoice } from 'citymirror';

type LayerDocument = SceneDocument['layers'][string];
type Models = NonNullable<CityCatalogue['layers']['models']>;
export type Storey = Models['storeys'][number];

/** The storeys of one model, highest first; what lies on none comes last. */
export function storeysOf(models: Models, model: number): Storey[] {
  return models.storeys.filter((storey) => storey.model === model).toSorted((a, b) => (b.elevation ?? -Infinity) - (a.elevation ?? -Infinity));
}

/** The storey that a layer's document looks at; null for all. */
export function choiceOf(layer: LayerDocument): StoreyChoice | null {
  const choice = layer.options?.storey as Partial<StoreyChoice> | undefined;
  return typeof choice?.id === 'string' ? { id: choice.id, show: choice.show === 'below' ? 'below' : 'only' } : null;
}

export function hiddenClassesOf(layer: LayerDocument): string[] {
  const hidden = layer.options?.hiddenClasses;
  return Array.isArray(hidden) ? hidden.filter((name): name is string => typeof name === 'string') : [];
}

/** Whether a storey is shown under a choice. */
export function isShown(storey: Storey, choice: StoreyChoice | null, all: readonly Storey[]): boolean {
  const chosen = choice && all.find(({ id }) => id === choice.id);
  if (!chosen || chosen.id === storey.id) return true;
  return choice.show === 'below' && (storey.elevation === null || (chosen.elevation !== null && storey.elevation <= chosen.elevation));
}

/** Elements by class on the storeys given, most first. */
export function classesOf(storeys: readonly Storey[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { classes } of storeys) for (const [name, count] of Object.entries(classes)) counts.set(name, (counts.get(name) ?? 0) + count);
  return [...counts].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** A layer's options with another storey or other hidden classes; what is null or empty is left out. */
export function optionsWith(layer: LayerDocument, change: { storey?: StoreyChoice | null; hiddenClasses?: readonly string[] }): Record<string, unknown> {
  const { storey: _storey, hiddenClasses: _hidden, ...rest } = layer.options ?? {};
  const storey = change.storey === undefined ? choiceOf(layer) : change.storey;
  const hidden = change.hiddenClasses ?? hiddenClassesOf(layer);
  return { ...rest, ...(storey && { storey }), ...(hidden.length > 0 && { hiddenClasses: [...hidden] }) };
}
